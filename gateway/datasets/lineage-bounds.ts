// How far a request for lineage looks.

import { z } from 'zod';

export const lineageQuery = z.strictObject({
  direction: z
    .enum(['up', 'down', 'both'])
    .default('both')
    .describe('`up`: to what it rests on; `down`: to what rests on it; default: `both`'),
  depth: z
    .string()
    .regex(/^([1-9]|10)$/, 'a number from 1 to 10')
    .transform(Number)
    .default(4)
    .describe('how many steps away, from 1 to 10; default: 4'),
  limit: z
    .string()
    .regex(/^([1-9]\d?|1\d\d|200)$/, 'a number from 1 to 200')
    .transform(Number)
    .default(100)
    .describe('how many things in all, from 1 to 200; default: 100'),
});

export type LineageBounds = Pick<z.infer<typeof lineageQuery>, 'direction' | 'depth' | 'limit'>;
