import { z } from 'zod';
import { byField, executionField, reasonField } from '../http/request-fields.ts';

const step = z.string().min(1).max(200);

/** What is asked for where a run is to go on. */
export const resumeBodySchema = z.strictObject({
  reason: reasonField.optional(),
  by: byField.optional(),
  execution: executionField
    .optional()
    .describe('the failed execution that is meant: then a repeated request never goes on from another'),
  dryRun: z.boolean().optional().describe('only say what would happen'),
  fromScratch: z.boolean().optional().describe('keep no result'),
  exclude: z.array(step).max(1000).optional().describe('steps that run again although they succeeded'),
  supply: z
    .array(
      z.strictObject({
        step,
        output: z.custom<unknown>((output) => output !== undefined, 'is missing'),
      }),
    )
    .max(100)
    .optional()
    .describe('results that you give instead of running the steps: `{ "step": …, "output": … }`'),
});
export type ResumeBody = z.infer<typeof resumeBodySchema>;
