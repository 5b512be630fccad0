import { z } from 'zod';
import { verdicts } from '../../goals/wire/approvals.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import { PAYLOAD_BYTES } from '../../goals/wire/names.ts';
import { actorField, executionField, neededReasonField } from '../http/request-fields.ts';

/** What a person's answer may have, in bytes of JSON. */
const DATA_BYTES = PAYLOAD_BYTES / 4;

/** What a person decides. */
export const decisionBodySchema = z
  .strictObject({
    decision: z.enum(verdicts),
    by: actorField,
    reason: neededReasonField.optional().describe('why, in 1 to 500 characters; a rejection needs it'),
    data: z
      .unknown()
      .refine((data) => jsonBytes(data) <= DATA_BYTES, `${DATA_BYTES} bytes at most`)
      .optional()
      .describe('the answer, where the run asks for one; it fits the schema that the run gives'),
    execution: executionField
      .optional()
      .describe('the execution that is meant; only the first execution of a run needs none'),
  })
  .refine(({ decision, reason }) => decision === 'approve' || reason !== undefined, {
    path: ['reason'],
    error: 'is missing; say why it is rejected',
  });
export type DecisionBody = z.infer<typeof decisionBodySchema>;
