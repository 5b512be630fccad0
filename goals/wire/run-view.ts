// A run as people see it: the answer of the gateway, made by views/ from a history.

import { z } from 'zod';
import { verifiedField } from './actor.ts';
import { noteSchema } from './annotations.ts';
import { askedKinds, decidedSchema, questionSchema } from './approvals.ts';
import { attemptLinesSchema } from './attempt-lines.ts';
import { producedSchema, usedSchema } from './datasets.ts';
import { criterionSchema, failureSchema } from './failure.ts';
import { leaseStates, leaseWhys } from './lease.ts';
import { errorClasses } from './ledger.ts';
import { mapProgressSchema } from './map.ts';
import { inDoubtSchema, retractedSchema, runMarks } from './retraction.ts';
import { awaitedSchema } from './waits.ts';

export const outcomes = ['achieved', 'failed', 'cancelled'] as const;
export type Outcome = (typeof outcomes)[number];

export const dispositions = ['pending', 'recovered', 'handled', 'fatal'] as const;

/** What became of an error. */
export type Disposition = (typeof dispositions)[number];

export const whyKinds = [
  'request',
  'goal',
  'engine',
  'resume',
  'schedule',
  'backfill',
  'event',
  'outcome',
  'standing',
] as const;

export const whySchema = z.object({
  kind: z.enum(whyKinds),
  at: z.string(),
  by: z.string().nullable(),
  verified: verifiedField,
  reason: z.string().nullable(),
  ref: z.string().nullable(),
  /** Of an `outcome`: the execution of that run. */
  execution: z.string().optional(),
  /** Pursued again though it was achieved. */
  forced: z.literal(true).optional(),
  /** A backfill's that goals which listen do not hear of. */
  downstream: z.literal('hold').optional(),
});

/**
 * Who or what triggered a run: a `request` to the gateway, another `goal` (`ref` is its run), somebody who started the
 * workflow on Temporal's own (`engine`), an operator who had it go on from an earlier execution (`resume`; `ref` is that
 * execution), a `schedule` (`ref` is the schedule, `at` the time that was meant), a `backfill` (`ref` is its ID, `at` the time that was meant), an
 * `event` (`ref` is its ID), the `outcome` of another goal's run (`ref` is that run, `execution` its execution), or a `standing` outcome that was
 * about to go stale. Nobody has verified `by`, unless `verified` says so.
 */
export type Why = z.infer<typeof whySchema>;

/** The durations that a run's memo keeps of its goal's declaration, in milliseconds. */
export const paceSchema = z.object({
  usualMs: z.number().nullable(),
  expectedMs: z.number().nullable(),
  /** Absent from runs that were started before it was told. */
  deadlineMs: z.number().nullable().optional(),
  /** The moments that times of day mean for the run, in milliseconds since 1970. Null where one does not count. */
  deadlineAt: z.number().nullable().optional(),
  expectedAt: z.number().nullable().optional(),
});
export type Pace = z.infer<typeof paceSchema>;

export const stuckSchema = z.object({
  /** When its task failed first since it last went on. */
  since: z.string(),
  /** How often it was tried, and is. */
  attempts: z.int(),
  /** `code_changed`, `payload_unreadable`, `code_loops` or `code_stuck`. */
  code: z.string(),
  message: z.string(),
  /** Digests of the workflow code with which it began, and went on last; null where they are not known. */
  began: z.string().nullable(),
  last: z.string().nullable(),
  /** What to do. */
  mend: z.string(),
});

/** Why a run cannot go on, nor end by itself. */
export type Stuck = z.infer<typeof stuckSchema>;

/** What a step signals to its workflow, once, when its errors persist. Times are those of the first error. */
export const struggleSchema = z.object({
  step: z.string(),
  since: z.string(),
  attempts: z.int(),
  code: z.string(),
  message: z.string(),
  fingerprint: z.string(),
  /** When the next attempt was due when this was told. */
  next: z.string().optional(),
});
export type Struggle = z.infer<typeof struggleSchema>;

const countsSchema = z.object({
  pending: z.int(),
  recovered: z.int(),
  handled: z.int(),
  fatal: z.int(),
  /** How many of those that are `handled` the run's cancellation cut off: nothing coped with them. Absent where none. */
  cutOff: z.int().optional(),
});
export type ErrorCounts = z.infer<typeof countsSchema>;

/** What a step asks of a person, and the decision. */
export const askedSchema = questionSchema.omit({ kind: true, name: true }).extend({
  decision: decidedSchema.nullable(),
  /** Who has approved so far, where it takes more than one. */
  approvals: z.array(decidedSchema.omit({ decision: true, data: true })).optional(),
});

export const stepSchema = z.object({
  path: z.string(),
  kind: z.enum(['job', 'goal', 'sleep', 'lease', 'map', 'event', ...askedKinds]),
  name: z.string(),
  /** `waiting` for its next attempt, for a worker to take it, for a slot of its pool, for a person or an event, or for an earlier teardown of the same resource. */
  state: z.enum(['waiting', 'running', 'succeeded', 'failed', 'cancelled', 'abandoned']),
  /** Attempts begun so far. Of a goal: 1; of what is asked of a person, and of an event: 0. */
  attempts: z.int(),
  startedAt: z.string(),
  closedAt: z.string().nullable(),
  /** When the next attempt is due, while one is waited for. */
  nextAttemptAt: z.string().nullable(),
  /** What it waits for, where that is no worker and no next attempt: `pool warehouse`. */
  waitingFor: z.string().optional(),
  progress: z
    .object({ done: z.number(), total: z.number().nullable(), note: z.string().nullable() })
    .nullable(),
  errors: countsSchema,
  /** Of a call that travelled with others, or ran inline: how long it took there, in milliseconds. */
  ms: z.number().optional(),
  /** Of a map: how its items stand. */
  map: mapProgressSchema.optional(),
  /** Of a goal: the run that this step waits or waited for. */
  run: z.string().nullable(),
  /** Temporal's run ID of that run: which execution of it. Absent where the history does not tell. */
  execution: z.string().optional(),
  /** When it did not run, as its result was kept: in which execution it did, or whether an operator supplied it. */
  kept: z.object({ from: z.string(), supplied: z.boolean() }).nullable(),
  /** Of an approval or an ask: what a person was to decide, and the decision. No decision, and closed: it expired, or was torn down. */
  asked: askedSchema.optional(),
  /** Of a wait for an event: which, and the one that came. No event, and closed: none came in time, or it was torn down. */
  awaits: awaitedSchema
    .extend({
      event: z.object({ id: z.string(), source: z.string(), time: z.string().optional() }).nullable(),
    })
    .optional(),
  /** Of a lease, which the step has begun: how it stands with what it tears down, apart from the step and the run. */
  lease: z
    .object({
      id: z.string(),
      /** Temporal's run ID of the lease. */
      execution: z.string(),
      state: z.enum(leaseStates),
      /** Why it tears down; null as long as it does not. */
      why: z.enum(leaseWhys).nullable(),
      expiresAt: z.string(),
    })
    .optional(),
});
export type Step = z.infer<typeof stepSchema>;

export const resumesSchema = z.object({
  execution: z.string(),
  /** `achieved`: items of its maps were lost, and the goal went on without them. */
  outcome: z.enum(outcomes),
  failure: failureSchema.nullable(),
  at: z.string(),
  by: z.string().nullable(),
  verified: verifiedField,
  reason: z.string().nullable(),
  /** Whether what had succeeded is kept. */
  seeded: z.boolean(),
  /** Steps of that execution that were to run again all the same, and those whose result an operator gave. */
  excluded: z.array(z.string()),
  supplied: z.array(z.string()),
});

/** The end of an earlier execution that a run goes on from, and who wanted it to. */
export type Resumes = z.infer<typeof resumesSchema>;

export const runSchema = z.object({
  id: z.string(),
  goal: z.string(),
  key: z.string(),
  /** Temporal's run ID: which execution of this run it is. */
  execution: z.string(),
  /**
   * `delayed`: it was asked for at a later time, and has not begun. `waiting` for a person or an event, unless it is `struggling`, which it may do beside that. `stuck`: whatever else it would be, its
   * code does not go on.
   */
  state: z.enum(['delayed', 'pursuing', 'waiting', 'struggling', 'stuck', 'closed']),
  outcome: z.enum(outcomes).nullable(),
  startedAt: z.string(),
  /** When it begins, or began, that was asked for at a later time: its durations count from then. Left out of any other. */
  startsAt: z.string().optional(),
  closedAt: z.string().nullable(),
  deadline: z.string().nullable(),
  /** When it was expected to be achieved; null when its goal does not say. */
  expected: z.string().nullable(),
  /** How long it usually takes, in milliseconds; null when its goal does not say. */
  usualMs: z.number().nullable(),
  /** The next retry, or what is left of its usual duration, would pass the deadline. */
  atRisk: z.boolean(),
  /** Of one at risk: when it can be achieved at the earliest, in whole minutes. Left out of any other. */
  earliestEnd: z.string().optional(),
  /** Achieved after the time at which it was expected, or still open past it. */
  late: z.boolean(),
  owner: z.string().nullable(),
  team: z.string().nullable(),
  why: whySchema,
  resumes: resumesSchema.nullable(),
  errors: countsSchema,
  criteria: z.array(criterionSchema),
  failure: failureSchema.nullable(),
  /** Steps whose errors persist, with the latest of them. Empty once they have settled. */
  struggling: z.array(struggleSchema.omit({ next: true }).extend({ nextAttemptAt: z.string().nullable() })),
  /** What it waits for persons to decide. Each is a step of the run, which says more. */
  waiting: z.array(
    questionSchema
      .pick({ kind: true, name: true, by: true, expires: true })
      .extend({ step: z.string(), since: z.string() }),
  ),
  /** Events that it waits for. Each is a step of the run, which says more. Left out where there are none. */
  waitsFor: z
    .array(
      awaitedSchema
        .pick({ type: true, match: true, until: true, dropped: true })
        .extend({ step: z.string(), since: z.string() }),
    )
    .optional(),
  /** Of a failed run: who closed it as accepted. The gateway knows; a history does not tell. */
  accepted: z
    .object({ at: z.string(), by: z.string(), verified: verifiedField, reason: z.string().nullable() })
    .nullable()
    .optional(),
  /** Left out unless it is stuck. */
  stuck: stuckSchema.optional(),
  /** Open, and no worker serves its queue; since when, where that is known. The gateway knows; a history does not tell. */
  noWorker: z.object({ queue: z.string(), since: z.string().nullable() }).optional(),
  input: z.unknown(),
  output: z.unknown(),
  /** Achieved, and was so before anything was done: the goal's `already` found it. */
  already: z.literal(true).optional(),
  /** By which lists find it; absent where it has none. */
  tags: z.array(z.string()).optional(),
  /** What people wrote on it; absent where nobody did. */
  notes: z.array(noteSchema).optional(),
  /** The partitions of datasets that it produced, which count once it is achieved; absent where there are none. */
  produced: z.array(producedSchema).optional(),
  /** The partitions that it used, and which execution of which run made each; absent where there are none. */
  used: z.array(usedSchema).optional(),
  /** How many tables, texts, links and images show with it, and how many more there were at least; absent where it has none. */
  artifacts: z.object({ kept: z.int(), dropped: z.int() }).optional(),
  /** Achieved, and found wrong since: its outcome stays as it was. Absent where it was not. */
  retracted: retractedSchema.optional(),
  /** It used what was retracted: once for each retraction. Absent where it did not. */
  inDoubt: z.array(inDoubtSchema).optional(),
  steps: z.array(stepSchema),
});
export type Run = z.infer<typeof runSchema>;

export const runSummarySchema = runSchema
  .omit({ steps: true, input: true, output: true, notes: true, produced: true, used: true })
  .extend({
    /** What it is marked as; absent where it is not. */
    marks: z.array(z.enum(runMarks)).optional(),
  });

/** A row of a list: a run without its steps, input and output. */
export type RunSummary = z.infer<typeof runSummarySchema>;

export const runErrorSchema = z.object({
  id: z.string(),
  step: z.string(),
  job: z.string(),
  attempt: z.int(),
  at: z.string(),
  ms: z.number(),
  type: z.string(),
  code: z.string(),
  message: z.string(),
  fingerprint: z.string(),
  disposition: z.enum(dispositions),
  /** Its step was still under way when the run was cancelled: nothing came of it any more, and nothing coped with it. */
  cutOff: z.literal(true).optional(),
  class: z.enum(errorClasses),
  worker: z.string(),
  stack: z.string().nullable(),
  /** JSON that the job gave along; absent where it gave none. */
  details: z.unknown().optional(),
  /** What its attempt wrote before it, the newest lines; absent where nothing is known of any. `hidden`: to whoever may not see values. */
  log: attemptLinesSchema.extend({ hidden: z.literal(true).optional() }).optional(),
});

/** One attempt's error, raw, with what became of it. */
export type RunError = z.infer<typeof runErrorSchema>;

export const hourlyErrorsSchema = z.object({ step: z.string(), hours: z.record(z.string(), z.int()) });

/** How many errors a step had, kept or not: per hour (`2026-11-20T05`, UTC), `earlier` for those before that. */
export type HourlyErrors = z.infer<typeof hourlyErrorsSchema>;

export const omittedErrorsSchema = z.object({
  step: z.string(),
  fingerprint: z.string(),
  type: z.string(),
  code: z.string(),
  message: z.string(),
  class: z.enum(errorClasses),
  disposition: z.enum(dispositions),
  cutOff: z.literal(true).optional(),
  count: z.int(),
  /** When the first and the last of this fingerprint came, kept or not. */
  first: z.string(),
  last: z.string(),
});

/** Errors of a step whose entries its bounded ledger no longer holds: how many of each fingerprint. */
export type OmittedErrors = z.infer<typeof omittedErrorsSchema>;
