// The record of a run: one auditable document of what was wanted, what was done, decided and by whom, and what came of
// it. Made by views/ from a history alone; docs/reference/run-record.md explains it.
//
// Fields are added, never renamed or taken away: what would break a reader gets a new `version`.

import { z } from 'zod';
import { verifiedField } from './actor.ts';
import { noteSchema } from './annotations.ts';
import { runArtifactsSchema } from './artifacts.ts';
import { producedSchema, usedSchema } from './datasets.ts';
import { criterionSchema, failureSchema } from './failure.ts';
import { errorClasses } from './ledger.ts';
import { inDoubtSchema, retractedSchema } from './retraction.ts';
import { dispositions, outcomes, resumesSchema, runErrorSchema, runSchema, stepSchema } from './run-view.ts';

export const RECORD_VERSION = 1;

export const operatorActionSchema = z.object({
  /**
   * `resume`: had the run go on from the end of an earlier execution. `accept`: closed the failed run as accepted, which
   * the gateway knows, and no history. `signal` and `update` are those that operators send, not those by which
   * goalkeeper talks to itself. `approve` and `reject`: decided what the run asked. `tag` and `untag`: gave it a tag, which is
   * the name, or took it away. `retract`: said that its outcome is wrong.
   */
  kind: z.enum([
    'resume',
    'cancel',
    'terminate',
    'reset',
    'pause',
    'unpause',
    'signal',
    'update',
    'accept',
    'approve',
    'reject',
    'tag',
    'untag',
    'retract',
  ]),
  at: z.string(),
  /** Who said so: a name where one was given, else the process that asked Temporal. Null when Temporal was told none. */
  by: z.string().nullable(),
  verified: verifiedField,
  reason: z.string().nullable(),
  /** Of a signal or an update: its name; of a decision: the step that asked. */
  name: z.string().nullable(),
});

/** Something that somebody did to a run, from outside of its goal. */
export type OperatorAction = z.infer<typeof operatorActionSchema>;

export const decisionSchema = z.discriminatedUnion('kind', [
  /** A step would not be tried again: its error was permanent, its attempts were used up, or no time was left. */
  z.object({
    kind: z.literal('gave-up'),
    at: z.string(),
    step: z.string(),
    reason: z.enum(['permanent', 'exhausted', 'deadline']),
  }),
  /** A step failed for good, and the run did not end by it: `pursue` coped. */
  z.object({ kind: z.literal('handled'), at: z.string(), step: z.string(), message: z.string().nullable() }),
  /** A step was torn down, because the run no longer wanted it or ended before it. */
  z.object({ kind: z.literal('torn-down'), at: z.string(), step: z.string() }),
  /** The run was ended because its time was over. */
  z.object({ kind: z.literal('deadline'), at: z.string(), deadline: z.string().nullable() }),
  z.object({ kind: z.literal('criterion'), at: z.string(), ...criterionSchema.shape }),
]);
export type RecordedDecision = z.infer<typeof decisionSchema>;

const omittedSchema = z.object({
  step: z.string(),
  fingerprint: z.string(),
  type: z.string(),
  code: z.string(),
  message: z.string(),
  class: z.enum(errorClasses),
  disposition: z.enum(dispositions),
  count: z.int(),
  first: z.string(),
  last: z.string(),
});

export const runRecordSchema = z.object({
  version: z.literal(RECORD_VERSION),
  run: z.string(),
  execution: z.string(),
  /** What was wanted, by whom, and why. */
  intention: z.object({
    why: runSchema.shape.why,
    goal: z.string(),
    /** The goal's sentence, as it was declared when the run was started; null when it was started on Temporal's own. */
    outcome: z.string().nullable(),
    owner: z.string().nullable(),
    team: z.string().nullable(),
    key: z.string(),
    deadline: z.string().nullable(),
    startedAt: z.string(),
    input: z.unknown(),
    /** The end of the execution that it goes on from, what was kept of it, and who wanted that. */
    resumes: resumesSchema.nullable(),
  }),
  /** Each step, in the order in which they were begun. */
  path: z.array(stepSchema.omit({ progress: true, nextAttemptAt: true })),
  decisions: z.array(decisionSchema),
  actions: z.array(operatorActionSchema),
  /** Its tags when the record was made, and what people wrote on it until then; absent where there is nothing. */
  tags: z.array(z.string()).optional(),
  notes: z.array(noteSchema).optional(),
  /** What it was marked as when the record was made; absent where that is nothing. A sink gets what comes later by itself. */
  retracted: retractedSchema.optional(),
  inDoubt: z.array(inDoubtSchema).optional(),
  /** Partitions of datasets: what it produced, which counts once it is achieved, and what it used; absent where there are none. */
  produced: z.array(producedSchema).optional(),
  used: z.array(usedSchema).optional(),
  /** What its jobs and `pursue` showed beside the outcome; absent where that is nothing. */
  artifacts: runArtifactsSchema.optional(),
  errors: z.object({
    counts: runSchema.shape.errors,
    entries: z.array(runErrorSchema),
    /** How many more there were of which the bounded ledger kept no entry. */
    omitted: z.array(omittedSchema),
  }),
  outcome: z.object({
    /** Null as long as the run goes on. */
    outcome: z.enum(outcomes).nullable(),
    closedAt: z.string().nullable(),
    criteria: z.array(criterionSchema),
    failure: failureSchema.nullable(),
    output: z.unknown(),
  }),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

/** Where to go on after a stream of records that was cut: both are parameters of `GET /records`. */
export interface RecordPosition {
  /** When the last execution that was told had closed. */
  since: string;
  /** That execution: it, and those that closed in the same millisecond before it, are not told again. */
  after: string | null;
}

/** A line among records that is none: it has a `note`, where a record has a `version`. */
export type RecordNote =
  | { note: 'untold'; run: string; execution: string; closedAt: string }
  | {
      note: 'truncated';
      reason: 'limit' | 'stopping' | 'temporal_unavailable' | 'internal';
      next: RecordPosition;
    };
