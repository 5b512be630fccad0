// A run as people see it (DESIGN 7): the answer of the gateway, made by views/ from a history.

import { z } from 'zod';
import { criterionSchema, failureSchema } from './failure.ts';
import { errorClasses } from './ledger.ts';

export const outcomes = ['achieved', 'failed', 'cancelled'] as const;
export type Outcome = (typeof outcomes)[number];

export const dispositions = ['pending', 'recovered', 'handled', 'fatal'] as const;

/** What became of an error (DESIGN 1). */
export type Disposition = (typeof dispositions)[number];

export const whySchema = z.object({
  kind: z.enum(['request', 'goal', 'engine']),
  at: z.string(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  ref: z.string().nullable(),
});

/**
 * Who or what triggered a run: a `request` to the gateway, another `goal` (`ref` is its run), or somebody who
 * started the workflow on Temporal's own (`engine`).
 */
export type Why = z.infer<typeof whySchema>;

const countsSchema = z.object({
  pending: z.int(),
  recovered: z.int(),
  handled: z.int(),
  fatal: z.int(),
});
export type ErrorCounts = z.infer<typeof countsSchema>;

export const stepSchema = z.object({
  path: z.string(),
  kind: z.enum(['job', 'goal', 'sleep']),
  name: z.string(),
  /** `waiting` for its next attempt, or for a worker to take it. */
  state: z.enum(['waiting', 'running', 'succeeded', 'failed', 'cancelled', 'abandoned']),
  /** Attempts begun so far. Of a goal: 1. */
  attempts: z.int(),
  startedAt: z.string(),
  closedAt: z.string().nullable(),
  /** When the next attempt is due, while one is waited for. */
  nextAttemptAt: z.string().nullable(),
  progress: z
    .object({ done: z.number(), total: z.number().nullable(), note: z.string().nullable() })
    .nullable(),
  errors: countsSchema,
  /** Of a goal: the run that this step waits or waited for. */
  run: z.string().nullable(),
});
export type Step = z.infer<typeof stepSchema>;

export const runSchema = z.object({
  id: z.string(),
  goal: z.string(),
  key: z.string(),
  /** Temporal's run ID: which execution of this run it is. */
  execution: z.string(),
  state: z.enum(['pursuing', 'waiting', 'struggling', 'closed']),
  outcome: z.enum(outcomes).nullable(),
  startedAt: z.string(),
  closedAt: z.string().nullable(),
  deadline: z.string().nullable(),
  owner: z.string().nullable(),
  team: z.string().nullable(),
  why: whySchema,
  errors: countsSchema,
  criteria: z.array(criterionSchema),
  failure: failureSchema.nullable(),
  /** Of a failed run: who closed it as accepted. The gateway knows; a history does not tell. */
  accepted: z.object({ at: z.string(), by: z.string(), reason: z.string().nullable() }).nullable().optional(),
  input: z.unknown(),
  output: z.unknown(),
  steps: z.array(stepSchema),
});
export type Run = z.infer<typeof runSchema>;

/** A row of a list: a run without its steps, input and output. */
export type RunSummary = Omit<Run, 'steps' | 'input' | 'output'>;

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
  class: z.enum(errorClasses),
  worker: z.string(),
  stack: z.string().nullable(),
});

/** One attempt's error, raw, with what became of it. */
export type RunError = z.infer<typeof runErrorSchema>;

/** Errors of a step whose entries its bounded ledger no longer holds: how many of each fingerprint. */
export interface OmittedErrors {
  step: string;
  fingerprint: string;
  type: string;
  code: string;
  message: string;
  disposition: Disposition;
  count: number;
}
