// What each route takes: query parameters and bodies, and nothing beside them.

import { z } from 'zod';
import { verdicts } from '../../goals/wire/approvals.ts';
import { BACKFILL_AT_ONCE, reprocesses } from '../../goals/wire/backfill.ts';
import { leaseStates } from '../../goals/wire/lease.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import { PAYLOAD_BYTES } from '../../goals/wire/names.ts';
import { prioritySchema } from '../../goals/wire/priority.ts';
import { GOAL_NAME, NAME_LIMIT } from '../../goals/wire/run-id.ts';
import { outcomes } from '../../goals/wire/run-view.ts';
import { type Since, windowMs } from './window.ts';

const LIMIT = 100;

const limit = z
  .string()
  .regex(/^\d{1,3}$/, `a number from 1 to ${LIMIT}`)
  .transform(Number)
  .pipe(z.int().min(1).max(LIMIT))
  .default(50);

const window = z
  .string()
  .refine((window) => windowMs(window) !== null, 'write such as 36h or 30d, from 1h to 90d');

export const noQuery = z.strictObject({});

export const goalsQuery = z.strictObject({
  window: window.default('30d'),
});

const time = z.iso
  .datetime({
    offset: true,
    error: ({ input }) => `${input === undefined ? 'is missing; ' : ''}write such as 2026-11-20T06:00:00Z`,
  })
  .transform((given) => new Date(given));

/** A time, or how long ago it was: `24h`, `7d`. `text` is what was asked for: the same on each page of a list. */
const since = z.union(
  [window.transform(sinceWindow), time.transform((at) => ({ at, text: at.toISOString() }))],
  {
    error: 'write a time such as 2026-11-20T06:00:00Z, or how long ago such as 24h or 7d, up to 90d',
  },
);

function sinceWindow(text: string): Since {
  return { at: new Date(Date.now() - (windowMs(text) ?? 0)), text };
}

const key = z.string().min(1).max(1000);
const bound = z.string().regex(/^[A-Za-z0-9._~-]{1,120}$/, 'no run has such a key in its ID');

const runsFilter = z.strictObject({
  goal: z.string().regex(GOAL_NAME, 'no goal has such a name').max(NAME_LIMIT).optional(),
  owner: z.string().min(1).max(500).optional(),
  team: z.string().min(1).max(500).optional(),
  /** The key of a run, as its ID or its input has it. */
  key: key.optional(),
  /** The first and the last key of a range, as texts are ordered, both included. They go with a goal. */
  keyFrom: bound.optional(),
  keyTo: bound.optional(),
  outcome: z.enum(outcomes).optional(),
  /** `waiting`: all that wait for a person, also those that struggle beside that. */
  state: z.enum(['pursuing', 'waiting', 'struggling', 'stuck', 'closed']).optional(),
  /** Runs that an error of this fingerprint has hurt. */
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{16}$/, 'this is the fingerprint of no error')
    .optional(),
  /** Started at that time or later. */
  since: since.optional(),
  limit,
  cursor: z.string().max(5000).optional(),
});

export const runsQuery = runsFilter
  .refine(({ keyFrom, keyTo, goal }) => goal !== undefined || (keyFrom ?? keyTo) === undefined, {
    path: ['goal'],
    error: 'goes with `keyFrom` and `keyTo`: a range is one of the keys of a goal',
  })
  .refine(({ key, keyFrom, keyTo }) => key === undefined || (keyFrom ?? keyTo) === undefined, {
    path: ['key'],
    error: 'goes with neither `keyFrom` nor `keyTo`',
  });

export const errorsQuery = z.strictObject({
  window: window.default('24h'),
  goal: runsFilter.shape.goal,
  team: z.string().min(1).max(500).optional(),
  limit,
  cursor: z.string().max(100).optional(),
});

const RECORDS_LIMIT = 10_000;

export const recordsQuery = z.strictObject({
  goal: runsFilter.shape.goal,
  outcome: runsFilter.shape.outcome,
  /** Closed at that time or later, */
  since: time,
  /** and before that time: by default, now. */
  until: time.optional(),
  /** Goes on after the execution that was the last to be told. */
  after: z
    .guid('this is the ID of no execution')
    .transform((given) => given.toLowerCase())
    .optional(),
  limit: z
    .string()
    .regex(/^\d{1,5}$/, `a number from 1 to ${RECORDS_LIMIT}`)
    .transform(Number)
    .pipe(z.int().min(1).max(RECORDS_LIMIT))
    .default(RECORDS_LIMIT),
});

export const runQuery = z.strictObject({
  /** An older execution of the run, as `execution` of a run says it. */
  execution: z.guid('this is the ID of no execution').optional(),
});

const reason = z.string().max(500).optional();
/** Who asks. Nobody verifies it. */
const by = z.string().trim().min(1, 'is empty').max(100);
/** The same where it is written down with the act. It may be left out everywhere. */
const actor = by.default('anonymous');

export const startBody = z.strictObject({
  input: z.custom<unknown>((input) => input !== undefined, 'is missing'),
  reason,
  by: by.optional(),
  /** Pursue again what is achieved. */
  force: z.boolean().optional(),
  priority: prioritySchema.optional(),
});
export type StartBody = z.infer<typeof startBody>;

export const pauseBody = z.strictObject({
  reason,
  by: by.optional(),
  /** Whether runs that are under way begin no new step. */
  hold: z.boolean().optional(),
});
export const unpauseBody = pauseBody.omit({ hold: true });

export const cancelBody = z.strictObject({ reason, by: by.optional() });

const step = z.string().min(1).max(200);

export const resumeBody = z.strictObject({
  reason,
  by: by.optional(),
  /** The failed execution that is meant: then a repeated request never goes on from another. */
  execution: z.guid('this is the ID of no execution').optional(),
  dryRun: z.boolean().optional(),
  fromScratch: z.boolean().optional(),
  exclude: z.array(step).max(1000).optional(),
  supply: z
    .array(
      z.strictObject({ step, output: z.custom<unknown>((output) => output !== undefined, 'is missing') }),
    )
    .max(100)
    .optional(),
});
export type ResumeBody = z.infer<typeof resumeBody>;

/** What a person's answer may have, in bytes of JSON. */
const DATA_BYTES = PAYLOAD_BYTES / 4;

export const decisionBody = z
  .strictObject({
    decision: z.enum(verdicts),
    by: actor,
    reason: z.string().trim().min(1, 'is empty').max(500).optional(),
    data: z
      .unknown()
      .refine((data) => jsonBytes(data) <= DATA_BYTES, `${DATA_BYTES} bytes at most`)
      .optional(),
    /** The execution that is meant: then a repeat never decides what a later one asks. Only the first needs none. */
    execution: z.guid('this is the ID of no execution').optional(),
  })
  .refine(({ decision, reason }) => decision === 'approve' || reason !== undefined, {
    path: ['reason'],
    error: 'is missing; say why it is rejected',
  });
export type DecisionBody = z.infer<typeof decisionBody>;

export const acknowledgeBody = z.strictObject({ by: actor, reason });

export const alertsQuery = z.strictObject({
  state: z.enum(['open', 'closed']).optional(),
  goal: z.string().regex(GOAL_NAME, 'no goal has such a name').max(NAME_LIMIT).optional(),
});

const MUTE_DAYS = 90;

/** Until a time, or for a while; which is counted from now. */
export const muteBody = z
  .strictObject({
    until: z.iso.datetime({ offset: true, error: 'write such as 2026-11-20T06:00:00Z' }).optional(),
    for: z
      .string()
      .regex(/^\d{1,5}[mhd]$/, 'write such as 30m, 8h or 2d')
      .optional(),
    by: actor,
    reason,
  })
  .transform(({ until, for: span, ...mark }, { addIssue }) => {
    if ((until === undefined) === (span === undefined))
      addIssue({ code: 'custom', message: 'give either `until` or `for`' });
    const unit = { m: 60_000, h: 3_600_000, d: 86_400_000 }[span?.at(-1) ?? ''] ?? 0;
    const ms = until === undefined ? Date.now() + Number.parseInt(span ?? '', 10) * unit : Date.parse(until);
    if (!(ms <= Date.now() + MUTE_DAYS * 86_400_000))
      addIssue({ code: 'custom', message: `at most ${MUTE_DAYS} days` });
    return { ...mark, until: Number.isFinite(ms) ? new Date(ms).toISOString() : '' };
  });

export const unmuteBody = z.strictObject({ by: actor, reason });

export const acceptBody = z.strictObject({
  by: actor,
  reason: z.string().trim().min(1, 'is empty').max(500),
});

export const leasesQuery = z.strictObject({
  /** Default: all that are not torn down. */
  state: z.enum(leaseStates).optional(),
  goal: runsFilter.shape.goal,
  limit,
  cursor: runsFilter.shape.cursor,
});

export const retryBody = acceptBody;

export const schedulesQuery = z.strictObject({ goal: runsFilter.shape.goal });

/** An operator's wish. */
export const triggerBody = z.strictObject({ by: actor, reason });

const STEP_UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export const backfillBody = z
  .strictObject({
    goal: z.string().regex(GOAL_NAME, 'no goal has such a name').max(NAME_LIMIT),
    /** The goal's schedule, by name. Default: its only one. */
    schedule: z.string().regex(GOAL_NAME, 'no schedule has such a name').max(NAME_LIMIT).optional(),
    /** Instead of a schedule. */
    step: z
      .string()
      .regex(/^[1-9]\d{0,5}[smhd]$/, 'write such as 1d, 6h or 15m')
      .optional(),
    /** With a step: the input, in whose texts {date} and {time} stand for the time that is meant, in UTC. */
    input: z.unknown().optional(),
    from: time,
    to: time,
    atOnce: z.int().min(1).max(BACKFILL_AT_ONCE).default(4),
    dryRun: z.boolean().default(false),
    reprocess: z.enum(reprocesses).default('missing'),
    downstream: z.enum(['start', 'hold']).default('start'),
    by: actor,
    reason,
  })
  .refine(({ schedule, step }) => schedule === undefined || step === undefined, {
    path: ['step'],
    error: 'goes with no `schedule`; give either',
  })
  .refine(({ step, input }) => (step === undefined) === (input === undefined), {
    path: ['input'],
    error: 'goes with a `step`: give both, or a schedule, whose function makes the input',
  })
  .refine(({ from, to }) => from < to, { path: ['to'], error: 'is not later than `from`' })
  .transform(({ step, ...rest }) => ({ ...rest, stepMs: step === undefined ? null : stepOf(step) }));
export type BackfillBody = z.infer<typeof backfillBody>;

const stepOf = (step: string): number =>
  Number.parseInt(step, 10) * STEP_UNITS[step.at(-1) as keyof typeof STEP_UNITS];

export const backfillsQuery = z.strictObject({
  goal: runsFilter.shape.goal,
  state: z.enum(['open', 'closed']).optional(),
  limit,
  cursor: runsFilter.shape.cursor,
});
