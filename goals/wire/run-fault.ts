// What is wrong with a run before it begins.

import { z } from 'zod';

/** By a code of ours. */
export const runFaultSchema = z.object({ code: z.string(), message: z.string() });
export type RunFault = z.infer<typeof runFaultSchema>;
