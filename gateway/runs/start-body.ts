import { z } from 'zod';
import { prioritySchema } from '../../goals/wire/priority.ts';
import { LATEST_START_MS } from '../../goals/wire/run-start.ts';
import { byField, reasonField } from '../http/request-fields.ts';

const isSoon = (at: string): boolean => Date.parse(at) - Date.now() <= LATEST_START_MS;

/** What is asked for where a goal is to be pursued. */
export const startBodySchema = z
  .strictObject({
    input: z
      .custom<unknown>((input) => input !== undefined, 'is missing')
      .describe("what to pursue the goal for; it fits the goal's published schema"),
    reason: reasonField.optional(),
    by: byField.optional(),
    force: z.boolean().optional().describe('pursue again what is achieved'),
    startAt: z.iso
      .datetime({ offset: true, error: 'write such as 2026-11-20T06:00:00Z' })
      .refine(isSoon, 'is more than a year away')
      .optional()
      .describe('when a new run begins; default: at once'),
    delay: z
      .int()
      .min(0)
      .max(LATEST_START_MS, 'is more than a year')
      .optional()
      .describe('the same, in milliseconds from now'),
    priority: prioritySchema.optional().describe('1 (first) to 5 (last); default: that of the goal'),
  })
  .refine(({ startAt, delay }) => startAt === undefined || delay === undefined, {
    path: ['delay'],
    error: 'stands beside startAt; give one of the two',
  });
export type StartBody = z.infer<typeof startBodySchema>;
