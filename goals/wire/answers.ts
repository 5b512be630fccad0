// The shapes of what the gateway answers, beside a run: goals, schedules, backfills, leases, approvals, plans, troubles, events.
// The description of the API is made of them, and where we develop each answer is held to its own.

import { z } from 'zod';
import { verifiedField } from './actor.ts';
import { alertSchema, muteSchema } from './alerts.ts';
import { runArtifactsSchema } from './artifacts.ts';
import { backfillMemoSchema, backfillTermsSchema, plannedRunSchema } from './backfill.ts';
import { bulkActMemoSchema, bulkActs, bulkActTermsSchema } from './bulk-act.ts';
import { criterionSchema, failureKinds } from './failure.ts';
import { type GoalState, goalStates } from './goal-state.ts';
import { leaseMemoSchema, leaseStates } from './lease.ts';
import { errorClasses } from './ledger.ts';
import { pauseSchema } from './pause.ts';
import { poolMemoSchema } from './pools.ts';
import { publicationSchema } from './publication.ts';
import { recoveredRunSchema, recoveryMemoSchema, recoveryOfSchema, recoveryTermsSchema } from './recovery.ts';
import { doubtSchema, retractionMemoSchema, retractionTermsSchema } from './retraction.ts';
import { operatorActionSchema } from './run-record.ts';
import {
  askedSchema,
  hourlyErrorsSchema,
  omittedErrorsSchema,
  outcomes,
  runErrorSchema,
  runSchema,
  runSummarySchema,
  stepSchema,
} from './run-view.ts';
import { scheduleTermsSchema, triggerMemoSchema } from './schedules.ts';
import { type StandingState, standingStateSchema } from './standing.ts';

export const cataloguedGoalSchema = publicationSchema.extend({
  paused: pauseSchema.nullable(),
  /** Whether it is paused is as somebody has asked, and no worker has taken it yet. */
  pausePending: z.literal(true).optional(),
});
export type CataloguedGoal = z.infer<typeof cataloguedGoalSchema>;

export const scheduleSummarySchema = scheduleTermsSchema.extend({
  id: z.string(),
  goal: z.string(),
  owner: z.string(),
  team: z.string(),
  /** `absent`: it is published, and Temporal has none; a worker of the goal that starts creates it. */
  state: z.enum(['active', 'paused', 'absent']),
  /** Who paused it or had it go on, and why, as a text. */
  note: z.string().nullable(),
  /** The same as fields, where a gateway wrote the note. */
  steered: z
    .object({ by: z.string(), verified: verifiedField, at: z.string(), reason: z.string() })
    .optional(),
  /** The next scheduled times, without jitter. */
  next: z.array(z.string()),
});
export type ScheduleSummaryView = z.infer<typeof scheduleSummarySchema>;

const triggerViewSchema = triggerMemoSchema.omit({ schedule: true }).extend({
  trigger: z.string(),
  startedAt: z.string(),
  /** Whether it is still open: its run is, or no worker has taken it yet. */
  open: z.boolean(),
});
export type TriggerView = z.infer<typeof triggerViewSchema>;

export const scheduleViewSchema = scheduleSummarySchema.extend({
  /** How often Temporal has started its trigger. */
  triggered: z.int(),
  /** Times at which a run was still open; those that a catch-up made up for are among them. */
  skipped: z.int(),
  /** Times that Temporal came to too late to make up for them. What a catch-up passed over is told in `last`. */
  missed: z.int(),
  /** The latest triggers, newest first. */
  last: z.array(triggerViewSchema),
});
export type ScheduleView = z.infer<typeof scheduleViewSchema>;

export const triggeredSchema = z.object({
  schedule: z.string(),
  /** Its ID. */
  trigger: z.string(),
  at: z.string(),
});

export const backfillViewSchema = backfillTermsSchema.omit({ dryRun: true, inputs: true }).extend({
  ...backfillMemoSchema.omit({ startedAt: true }).shape,
  id: z.string(),
  /** Whose goal it is; null where the goal is published no more. */
  team: z.string().nullable(),
  /** Temporal's run ID: which execution under this ID it is. */
  execution: z.string(),
  /** `held`: its goal is paused. */
  state: z.enum(['pursuing', 'paused', 'held', 'closed']),
  outcome: z.enum(outcomes).nullable(),
  startedAt: z.string(),
  closedAt: z.string().nullable(),
});
export type BackfillView = z.infer<typeof backfillViewSchema>;

export const backfillPlanSchema = z.object({
  goal: z.string(),
  total: z.int(),
  items: z.array(plannedRunSchema),
  /** Goals that would be started, as they listen to this one, and how often at most. */
  downstream: z.array(z.object({ goal: z.string(), runs: z.int() })),
});
export type BackfillPlan = z.infer<typeof backfillPlanSchema>;

export const bulkActViewSchema = bulkActTermsSchema.extend({
  ...bulkActMemoSchema.shape,
  id: z.string(),
  state: z.enum(['acting', 'closed']),
  /** `cancelled`: it was stopped. `failed`: it could not act on some. */
  outcome: z.enum(outcomes).nullable(),
  startedAt: z.string(),
  closedAt: z.string().nullable(),
});
export type BulkActView = z.infer<typeof bulkActViewSchema>;

export const bulkActPlanSchema = z.object({
  act: z.enum(bulkActs),
  total: z.int(),
  /** The first of the runs. */
  items: z.array(z.object({ run: z.string(), execution: z.string() })),
});
export type BulkActPlan = z.infer<typeof bulkActPlanSchema>;

export const recoveryViewSchema = recoveryTermsSchema.extend({
  ...recoveryMemoSchema.shape,
  id: z.string(),
  state: z.enum(['pursuing', 'paused', 'closed']),
  outcome: z.enum(outcomes).nullable(),
  startedAt: z.string(),
  closedAt: z.string().nullable(),
});
export type RecoveryView = z.infer<typeof recoveryViewSchema>;

export const recoveryPlanSchema = z.object({
  of: recoveryOfSchema,
  total: z.int(),
  /** Steps of all runs: what is kept, what runs again, and what of that had begun before. */
  kept: z.int(),
  again: z.int(),
  repeats: z.int(),
  /** How many runs go on with other workflow code than before. */
  codeChanged: z.int(),
  goals: z.array(z.object({ goal: z.string(), runs: z.int() })),
  /** All of the runs, in the order in which they are pursued: as many as one recovery takes. */
  items: z.array(
    recoveredRunSchema.pick({ run: true, execution: true, how: true }).extend({
      /** How many steps; null where the run's history cannot be read. */
      kept: z.int().nullable(),
      again: z.int().nullable(),
      repeats: z.int().nullable(),
      codeChanged: z.boolean().nullable(),
      /** Runs that are pursued before it. */
      after: z.array(z.string()),
    }),
  ),
  /** Left out, as they were achieved since, or are under way again; and the first of them. */
  achieved: z.object({ total: z.int(), runs: z.array(z.string()) }),
  open: z.object({ total: z.int(), runs: z.array(z.string()) }),
  /** More than one recovery takes: ask once more after it. */
  left: z.int(),
});
export type RecoveryPlan = z.infer<typeof recoveryPlanSchema>;

export const retractionViewSchema = retractionTermsSchema.extend({
  ...retractionMemoSchema.shape,
  id: z.string(),
  /**
   * `marking`: it marks, or waits for what is open to end, and follows it on. `watching`: all that is known is marked, and runs that were open
   * then are looked at again when they close.
   */
  state: z.enum(['marking', 'watching', 'closed']),
  /** `failed`: there are more than it marks. */
  outcome: z.enum(outcomes).nullable(),
  closedAt: z.string().nullable(),
  /** Sinks of records, which keep the marks beyond Temporal's retention; where there is none, the marks go with the runs. */
  sinks: z.array(z.string()),
});
export type RetractionView = z.infer<typeof retractionViewSchema>;

/** With what is in doubt of the teams that whoever asks may see. */
export const retractionDetailsSchema = retractionViewSchema.extend({ items: z.array(doubtSchema) });
export type RetractionDetails = z.infer<typeof retractionDetailsSchema>;

export const retractionPlanSchema = z.object({
  run: z.string(),
  execution: z.string(),
  /** How many executions used it, at any depth, and of those the ones of teams that whoever asks may see. */
  total: z.int(),
  items: z.array(doubtSchema),
  /** There are more than one answer looks for. */
  truncated: z.boolean(),
  /** Sinks of records, which keep runs beyond Temporal's retention; where there is none, the marks go with the runs. */
  sinks: z.array(z.string()),
});
export type RetractionPlan = z.infer<typeof retractionPlanSchema>;

export const leaseViewSchema = leaseMemoSchema.omit({ execution: true }).extend({
  id: z.string(),
  /** Temporal's run ID of the lease. */
  execution: z.string(),
  /** That of the run which began it. */
  runExecution: z.string(),
  state: z.enum(leaseStates),
  startedAt: z.string(),
  closedAt: z.string().nullable(),
  /** When the worker retries the job, while it waits for an attempt. */
  nextAttemptAt: z.string().nullable(),
  /** Attempts to tear down that failed: how many, and the latest of them. */
  failed: z.int(),
  errors: z.array(runErrorSchema.omit({ disposition: true, cutOff: true })),
  /** Who had it retried, and why. */
  retries: z.array(operatorActionSchema.pick({ at: true, by: true, verified: true, reason: true })),
});

/** A lease as people see it. */
export type LeaseView = z.infer<typeof leaseViewSchema>;

const stepNameSchema = stepSchema.pick({ kind: true, name: true });

/** What a run asked, as the gateway shows it. */
export const shownApprovalSchema = stepNameSchema.extend({
  ...stepSchema.pick({ state: true, closedAt: true }).shape,
  ...askedSchema.shape,
  step: z.string(),
  since: z.string(),
});
export type ShownApproval = z.infer<typeof shownApprovalSchema>;

export const approvalsOfRunSchema = z.object({
  run: z.string(),
  execution: z.string(),
  items: z.array(shownApprovalSchema),
  next: z.null(),
});

const namedStepSchema = stepNameSchema.extend({ step: z.string().nullable() });
const keptStepSchema = namedStepSchema.extend({ from: z.string() });

export const resumePlanSchema = z.object({
  run: z.string(),
  /** The execution that it would go on from. */
  execution: z.string(),
  /** Results that are taken instead of running; `from` is the execution in which it ran, or the run of a needed goal. */
  kept: z.array(keptStepSchema),
  /**
   * Results that nothing takes, as the goal has no such job, or needs no such goal, any more. What does that work by now
   * under another name does it again.
   */
  unused: z.array(keptStepSchema),
  /** Results that the operator gives. */
  supplied: z.array(namedStepSchema),
  /**
   * Steps that are known to run again, and the lost items of maps that the run tells of. Whatever follows them runs as
   * well, for the first time.
   */
  again: z.array(namedStepSchema.extend(stepSchema.pick({ state: true, attempts: true }).shape)),
  /** Those among them that had begun: what they did to the world before is done again. */
  repeats: z.array(namedStepSchema.extend(stepSchema.pick({ attempts: true }).shape)),
  /** Digests of the workflow code of the goal's team, jobs not included; null where it is not known. */
  code: z.object({
    before: z.string().nullable(),
    now: z.string().nullable(),
    changed: z.boolean().nullable(),
  }),
});
export type ResumePlan = z.infer<typeof resumePlanSchema>;

const incidentSchema = z.object({
  /** Of its first true cause; where it has none, what stands for its goal and code. */
  fingerprint: z.string(),
  /** Null of errors of attempts. Else no attempt's error ended its runs, and this is the part of the goal at which they failed. */
  kind: z.enum(failureKinds).nullable(),
  /** Where it happened, some of the places, the latest first: the goal, and its job and step where there are such. */
  places: z.array(z.object({ goal: z.string(), job: z.string().nullable(), step: z.string().nullable() })),
  type: z.string(),
  code: z.string(),
  message: z.string(),
  class: z.enum(errorClasses),
  /** How many errors; of a trouble with a `kind`, how many outcomes it decided where it happened. */
  occurrences: z.int(),
  /** The first of them in the runs that are looked at. */
  since: z.string(),
  /** It hurt runs that closed before the window too, or may have: it began before `since`. */
  earlier: z.boolean(),
  lastSeen: z.string(),
  goals: z.array(z.string()),
  teams: z.array(z.string()),
  failedRuns: z.int(),
  healedRuns: z.int(),
  /** Runs in which a worker still retries it. */
  openRuns: z.int(),
  /** Some of the runs, those that failed first. */
  runs: z.array(z.string()),
});

/** What one fingerprint did to all runs of a window. */
export type Incident = z.infer<typeof incidentSchema>;

const errorCountsShape = {
  /** Errors that ended their run; of a trouble with a `kind`, outcomes. */
  failed: z.int(),
  /** Errors that changed no outcome. */
  healed: z.int(),
  /** Errors that a worker still retries. */
  open: z.int(),
};

export const incidentDetailsSchema = incidentSchema.extend({
  /** Its errors by hour (`2026-11-20T05`, UTC), the first hour first: those hours in which there were any. */
  hours: z.array(z.object({ hour: z.string(), ...errorCountsShape })),
  /** Errors of which no time of their own is kept: they are in no hour. */
  untimed: z.int(),
  /** What it did to each goal: first those of which it failed most runs. */
  hurt: z.array(
    incidentSchema
      .pick({ occurrences: true, failedRuns: true, healedRuns: true, openRuns: true, lastSeen: true })
      .extend({ goal: z.string(), team: z.string().nullable() }),
  ),
  /** The beginning of the window, or later when `truncated`. */
  from: z.string(),
  /** More runs were hurt in the window than are looked at: only those that closed since `from` count. */
  truncated: z.boolean(),
});

/** One trouble of a window: when it came, and whom it hurt. */
export type IncidentDetails = z.infer<typeof incidentDetailsSchema>;

export const incidentPageSchema = z.object({
  items: z.array(incidentSchema),
  /** What to give as `cursor` for the next page; null when this is the last. */
  next: z.string().nullable(),
  /** The beginning of the window, or later when `truncated`. */
  since: z.string(),
  /** More runs were hurt in the window than are looked at: only those that closed since then are told of. */
  truncated: z.boolean(),
});
export type IncidentPage = z.infer<typeof incidentPageSchema>;

const recentRunSchema = z.object({
  run: z.string(),
  /** Its latest execution. */
  execution: z.string(),
  outcome: z.enum(outcomes),
  closedAt: z.string(),
  /** Achieved, after an execution of the same run that was not. */
  mended: z.boolean(),
  /** Failed, and somebody has accepted that. */
  accepted: z.boolean(),
  /** Errors that changed no outcome; null where it is not known. */
  healed: z.int().nullable(),
  /** How long the execution took. */
  ms: z.number(),
});
export type RecentRun = z.infer<typeof recentRunSchema>;

const trackRecordSchema = z.object({
  /** The goal's run that closed last; null when none did. */
  last: z.object({ id: z.string(), outcome: z.enum(outcomes), closedAt: z.string().nullable() }).nullable(),
  /** The goal's runs that closed last, from the latest: up to 14 in a list, and 30 of one goal. */
  recent: z.array(recentRunSchema),
  /**
   * Executions that closed since then, by outcome, and those that are open. `since` is the beginning of the window,
   * or later: only the thousand executions that closed last, of all goals, are counted.
   */
  record: z.object({
    window: z.string(),
    since: z.string(),
    achieved: z.int(),
    failed: z.int(),
    cancelled: z.int(),
    open: z.int(),
  }),
});
export type TrackRecord = z.infer<typeof trackRecordSchema>;

/** That no worker serves a queue; since when, as far as Temporal remembers. */
const noWorkerSchema = z.object({ since: z.string().nullable() });
export type NoWorker = z.infer<typeof noWorkerSchema>;

/** What an event did for one goal. */
const effectSchema = z.union([
  z.object({
    goal: z.string(),
    /** Begun by it, now or (`repeated`) when it was delivered before; under way; achieved before; cancelled by it. */
    how: z.enum(['started', 'repeated', 'joined', 'achieved', 'cancelled']),
    run: z.string(),
    execution: z.string(),
  }),
  z.object({ goal: z.string(), how: z.literal('batched'), batch: z.string() }),
  /** Debounced or throttled: its run begins later, and may be that of a later event. */
  z.object({ goal: z.string(), how: z.literal('held'), pacer: z.string() }),
  /** Kept for the runs that wait for it, or will. */
  z.object({ goal: z.string(), how: z.literal('kept'), mailbox: z.string() }),
  z.object({ goal: z.string(), how: z.literal('refused'), code: z.string(), message: z.string() }),
]);
export type Effect = z.infer<typeof effectSchema>;

const deliveredSchema = z.object({
  id: z.string(),
  source: z.string(),
  type: z.string(),
  /** Empty: no goal means such an event. */
  goals: z.array(effectSchema),
});
export type Delivered = z.infer<typeof deliveredSchema>;

/** What of a publication is shown in a list. A field that is not named here is shown to nobody. */
export const GOAL_SUMMARY_FIELDS = [
  ...['goal', 'outcome', 'owner', 'team', 'key', 'freshMs', 'priority', 'fairness'],
  ...[
    'deadlineMs',
    'deadlineBy',
    'usualMs',
    'expectedMs',
    'expectedBy',
    'criteria',
    'jobs',
    'needs',
    'schedules',
    'usableBy',
  ],
  ...[
    'outcomes',
    'heals',
    'events',
    'waits',
    'cancels',
    'personal',
    'tags',
    'formerly',
    'taskQueue',
    'deployment',
    'version',
    'code',
    'retired',
  ],
  ...['paused', 'pausePending'],
] as const satisfies readonly (keyof CataloguedGoal)[];

/** The same of one goal by itself: what it takes and gives, too. */
export const GOAL_FIELDS = [
  ...GOAL_SUMMARY_FIELDS,
  'input',
  'output',
] as const satisfies readonly (keyof CataloguedGoal)[];

/**
 * Beside what it is and how it went: how its outcome stands, where it shall hold at all times, and that no worker serves its
 * queue, where none does.
 */
export const goalDetailsSchema = cataloguedGoalSchema.omit({ standing: true }).extend({
  ...trackRecordSchema.shape,
  standing: standingStateSchema.optional(),
  noWorker: noWorkerSchema.optional(),
  state: z.enum(goalStates),
  /** Goals that need it, among those that whoever asks may see. */
  neededBy: z.array(z.string()),
});
export const goalSummarySchema = goalDetailsSchema.omit({ input: true, output: true, neededBy: true });

export type ShownGoal<Field extends keyof CataloguedGoal> = Pick<CataloguedGoal, Field> &
  TrackRecord & { standing?: StandingState; noWorker?: NoWorker; state: GoalState };
export type GoalSummary = ShownGoal<(typeof GOAL_SUMMARY_FIELDS)[number]>;
export type GoalDetails = ShownGoal<(typeof GOAL_FIELDS)[number]> & { neededBy: string[] };

/** What an act answers that Temporal keeps, and no worker has done yet: 202 instead of 200. */
const pendingShape = { pending: z.string() };

export const goalPauseSchema = z.object({ goal: z.string(), paused: pauseSchema.nullable() });
export const pendingGoalPauseSchema = goalPauseSchema.extend({
  pausePending: z.literal(true),
  ...pendingShape,
});
export const pendingMuteSchema = muteSchema.extend(pendingShape);
export const pendingAlertSchema = alertSchema.extend(pendingShape);
export const pendingRunSchema = runSchema.extend(pendingShape);

export const alertListSchema = z.object({
  items: z.array(alertSchema),
  next: z.null(),
  mutes: z.array(muteSchema),
});

export const runErrorsSchema = z.object({
  items: z.array(runErrorSchema),
  next: z.null(),
  omitted: z.array(omittedErrorsSchema),
  hourly: z.array(hourlyErrorsSchema),
});

/** A page of what a run shows beside its outcome. */
export const runArtifactPageSchema = runArtifactsSchema.extend({ next: z.string().nullable() });
export type RunArtifactPage = z.infer<typeof runArtifactPageSchema>;

/** A list that is whole. */
export const wholeListOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.null() });

/** A page of a list. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    /** What to give as `cursor` for the next page; null when this is the last. */
    next: z.string().nullable(),
  });

export const poolListSchema = wholeListOf(poolMemoSchema);
export const scheduleListSchema = wholeListOf(scheduleSummarySchema);
export const deliveredListSchema = wholeListOf(deliveredSchema);
export const goalListSchema = pageOf(goalSummarySchema);
export const runPageSchema = pageOf(runSummarySchema);
export const leasePageSchema = pageOf(leaseViewSchema);
export const bulkActPageSchema = pageOf(bulkActViewSchema);
export const retractionPageSchema = pageOf(retractionViewSchema);
export const recoveryPageSchema = pageOf(recoveryViewSchema);
export const backfillPageSchema = pageOf(backfillViewSchema);

/** A key of a goal, with what became of it last. */
export const goalKeySchema = z.object({
  /** As the run's ID has it. */
  key: z.string(),
  /** ID of its run, whether there is one or not. */
  run: z.string(),
  /** The values at the paths of the goal's key; null where the ID has a digest instead. */
  parts: z.record(z.string(), z.union([z.string(), z.number()])).nullable(),
  /** `missing`: it is expected, and has no run. */
  state: z.enum(['missing', 'pursuing', 'waiting', 'struggling', 'closed']),
  outcome: z.enum(outcomes).nullable(),
  execution: z.string().nullable(),
  startedAt: z.string().nullable(),
  closedAt: z.string().nullable(),
  /** Fingerprint of the first true failure. */
  fingerprint: z.string().nullable(),
  /** The scheduled time that makes the key: the latest, where several do. Left out where the keys are not those of times. */
  at: z.string().optional(),
  /** The schedule has been paused since before that time. Left out where it is not. */
  paused: z.literal(true).optional(),
});
export type GoalKey = z.infer<typeof goalKeySchema>;

const outcomeCountsSchema = z.object({
  achieved: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  open: z.int(),
});

export const keyPageSchema = pageOf(goalKeySchema).extend({
  goal: z.string(),
  team: z.string(),
  /** The paths of the goal's key, which name its parts. */
  parts: z.array(z.string()),
  /** `expected`: the keys that are declared, or those of a schedule's times; `found`: those that have runs. */
  of: z.enum(['expected', 'found']),
  /** The schedules whose times make the keys, and of which span; null where none do. */
  times: z.object({ schedules: z.array(z.string()), from: z.string(), to: z.string() }).nullable(),
  totals: z.object({
    /** How many keys are expected; null where none are, or a `prefix` leaves it open. */
    expected: z.int().nullable(),
    /** Keys by their latest outcome; null where there are more than one answer reads. */
    keys: outcomeCountsSchema.extend({ missing: z.int() }).nullable(),
    /** Executions of all that the filter means but for `outcome`: a key that was pursued twice counts twice. */
    executions: outcomeCountsSchema,
  }),
});
export type KeyPage = z.infer<typeof keyPageSchema>;

/** What a criterion said in one execution that was judged. */
export const criterionResultSchema = criterionSchema.omit({ name: true }).extend({
  run: z.string(),
  execution: z.string(),
  /** When the execution closed. */
  at: z.string(),
  outcome: z.enum(outcomes),
});
export type CriterionResult = z.infer<typeof criterionResultSchema>;

export const criterionPageSchema = pageOf(criterionResultSchema).extend({
  goal: z.string(),
  criterion: z.string(),
});
export type CriterionPage = z.infer<typeof criterionPageSchema>;
