// What a sink of records gets of a run that was retracted or put in doubt: its record may have been written long before.
//
// Fields are added, never renamed or taken away: what would break a reader gets a new `version`.

import { z } from 'zod';
import { inDoubtSchema, retractedSchema } from './retraction.ts';
import { RECORD_VERSION } from './run-record.ts';

export const markRecordSchema = z.object({
  version: z.literal(RECORD_VERSION),
  run: z.string(),
  execution: z.string(),
  goal: z.string(),
  /** All marks that the execution has by then: each is in every later record of its marks. */
  retracted: retractedSchema.optional(),
  inDoubt: z.array(inDoubtSchema).optional(),
});

/** The marks of one execution, as a sink of records keeps them beside its record. */
export type MarkRecord = z.infer<typeof markRecordSchema>;

/** It tells two records of the marks of one execution apart: marks are only added. */
export const countOfMarks = ({ retracted, inDoubt = [] }: MarkRecord): number =>
  (retracted === undefined ? 0 : 1) + inDoubt.length;
