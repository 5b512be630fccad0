// What of a schedule crosses a process: its terms as data, what its trigger workflow is told, and what that tells.

import { z } from 'zod';
import { verifiedField } from './actor.ts';

export const overlaps = ['skip', 'bufferAll', 'allowAll', 'cancelOther'] as const;
/** The treatment of a time that comes while the run of an earlier one is open. By Temporal's own names. */
export type Overlap = (typeof overlaps)[number];

export const catchUps = ['all', 'last', 'none'] as const;
/** The treatment of times that passed while Temporal or every worker was down. */
export type CatchUp = (typeof catchUps)[number];

export const gaps = ['once', 'skip'] as const;
/** Whether a local time that a change of the clock leaves out comes once at the end of that gap, or not at all. */
export type Gap = (typeof gaps)[number];

export const scheduleTermsSchema = z.object({
  /** One of its kind in its goal. */
  name: z.string(),
  /** Cron expressions of 5, 6 (with a year) or 7 fields (with seconds), or macros such as `@daily`. */
  cron: z.array(z.string()),
  every: z.object({ ms: z.number(), offsetMs: z.number() }).nullable(),
  timezone: z.string(),
  /** What becomes of a local time that a change of the clock leaves out. Older deployments do not tell. */
  gap: z.enum(gaps).optional(),
  jitterMs: z.number(),
  overlap: z.enum(overlaps),
  catchUp: z.enum(catchUps),
  /** How far back a catch-up goes. */
  withinMs: z.number(),
});

/** A schedule of a goal as data: all but the function that makes the input. */
export type ScheduleTerms = z.infer<typeof scheduleTermsSchema>;

/**
 * What the trigger workflow of a schedule is started with: its terms at that time, as a later deployment may have
 * others. The digest tells whether the schedule is up to date.
 */
export const scheduleActionSchema = z.object({
  goal: z.string(),
  terms: scheduleTermsSchema,
  digest: z.string(),
});
export type ScheduleAction = z.infer<typeof scheduleActionSchema>;

/** Its second argument, when a person asked for it instead of Temporal. */
export const askedTriggerSchema = z.object({
  at: z.string(),
  by: z.string().nullable(),
  verified: verifiedField,
  reason: z.string().nullable(),
});
export type AskedTrigger = z.infer<typeof askedTriggerSchema>;

export const triggeredRunSchema = z.object({
  /** The scheduled time. */
  at: z.string(),
  run: z.string().nullable(),
  execution: z.string().nullable(),
  /** `refused`: no run could be started; `code` and `message` say why. */
  how: z.enum(['started', 'joined', 'achieved', 'refused']),
  /** Null as long as it is open. */
  outcome: z.enum(['achieved', 'failed', 'cancelled']).nullable(),
  code: z.string().optional(),
  message: z.string().optional(),
});

/** What became of one scheduled time. */
export type TriggeredRun = z.infer<typeof triggeredRunSchema>;

export const triggerMemoSchema = z.object({
  schedule: z.string(),
  /** The time for which Temporal started it, or somebody asked. */
  at: z.string(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  /** Scheduled times that it lets pass, as its catch-up is over or not wanted. */
  missed: z.int(),
  /** Scheduled times that it makes runs for: more than one in a catch-up. */
  due: z.int(),
  /** The latest of them, at most TRIGGERED_SHOWN. */
  runs: z.array(triggeredRunSchema),
});

/** Memo of a trigger workflow. */
export type TriggerMemo = z.infer<typeof triggerMemoSchema>;
export const TRIGGERED_SHOWN = 20;

/** Which times of a schedule `gk-schedule-times` is asked for: after the one, up to and with the other; in order. */
export interface AskedTimes {
  schedule: string;
  after: string;
  until: string;
  limit: number;
}

/** The first `limit` of them, in milliseconds since 1970, and whether there are more. */
export interface ScheduleTimes {
  times: number[];
  more: boolean;
  /** Somebody has paused the schedule, and this is the last time that it came to. Older workers do not tell. */
  pausedAfter?: number;
}

/** How a run ended, as `gk-await-run` tells it. */
export interface AwaitedEnd {
  outcome: 'achieved' | 'failed' | 'cancelled';
  message?: string;
}
