// Why a goal was not reached: data that crosses every process. Outcome apart from error.

import { z } from 'zod';
import { errorClasses } from './ledger.ts';

export const failureKinds = [
  'job',
  'criteria',
  'deadline',
  'input',
  'dependency',
  'rejected',
  'code',
  'engine',
] as const;
/** The part of the goal at which it failed. */
export type FailureKind = (typeof failureKinds)[number];

export const causeSchema = z.object({
  /** Run, step, job and attempt in which it happened; null where it was outside all of them. */
  run: z.string(),
  /** Of a needed run: which execution of it. Absent where the history does not tell, as of a run that is needed further down. */
  execution: z.string().optional(),
  step: z.string().nullable(),
  job: z.string().nullable(),
  attempt: z.int().nullable(),
  at: z.string(),
  type: z.string(),
  code: z.string(),
  message: z.string(),
  fingerprint: z.string(),
  class: z.enum(errorClasses),
});

/** The first true cause: the one error, or unmet criterion, that decided the outcome. */
export type Cause = z.infer<typeof causeSchema>;

export const thrownSchema = z.object({ at: z.string(), stack: z.string() });
/** Where the goal's own code threw: file, line and column, and the frames of the stack that are the author's. */
export type Thrown = z.infer<typeof thrownSchema>;

export const failureSchema = z.object({
  kind: z.enum(failureKinds),
  /** Stable: the cause's own code, or one of `codes`. */
  code: z.string(),
  message: z.string(),
  /** From this run's step down to where the cause lies, through child goals: `['daily-revenue#1', 'load-day#3']`. */
  path: z.array(z.string()),
  cause: causeSchema.nullable(),
  /** Of what the goal's own code threw: a bug in it. */
  thrown: thrownSchema.optional(),
});
/** Why a goal was not reached: kind, stable code, path and first true cause. */
export type Failure = z.infer<typeof failureSchema>;

export const measurementSchema = z.object({
  value: z.number(),
  /** What is counted. */
  unit: z.string().optional(),
  atLeast: z.number().optional(),
  atMost: z.number().optional(),
  /** Judged against earlier runs: how many there were, and their median or mean; null where they were too few to judge by. */
  past: z
    .object({
      factor: z.number(),
      of: z.enum(['median', 'mean']),
      last: z.int(),
      runs: z.int(),
      reference: z.number().nullable(),
    })
    .optional(),
});

/** What a criterion measured, and the bounds that it was held against. */
export type Measurement = z.infer<typeof measurementSchema>;

export const criterionSchema = z.object({
  name: z.string(),
  met: z.boolean(),
  message: z.string().nullable(),
  /** One that only warns: not met, it does not fail the run. Absent from those that do. */
  severity: z.literal('warn').optional(),
  /** Of a criterion that measures. */
  measured: measurementSchema.optional(),
});

/** The verdict on one criterion; `message` says what was found when it is not met. */
export type Criterion = z.infer<typeof criterionSchema>;

/** What a run's workflow returns when its goal is achieved. */
export const achievementSchema = z.object({
  output: z.unknown(),
  criteria: z.array(criterionSchema),
  /** It was so before anything was done: the goal's `already` found it. */
  already: z.literal(true).optional(),
});
export type Achievement = z.infer<typeof achievementSchema>;

/** The details of the failure with which a run's workflow ends when its goal is not achieved. */
export const runFailureSchema = z.object({ failure: failureSchema, criteria: z.array(criterionSchema) });
export type RunFailureDetails = z.infer<typeof runFailureSchema>;
