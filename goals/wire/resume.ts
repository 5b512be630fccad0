// What a run that goes on from an earlier execution is told of it, and what it keeps.

import { z } from 'zod';
import { failureSchema } from './failure.ts';

const suppliedSchema = z.object({
  /** Place among the steps of the run before: see `KeptResult`. */
  n: z.int(),
  step: z.string(),
  job: z.string(),
  input: z.string(),
  output: z.unknown(),
});

export const resumeSchema = z.object({
  /** The execution whose successes are kept. */
  from: z.string(),
  /** `achieved`: items of its maps were lost, and the goal went on without them. */
  outcome: z.enum(['failed', 'cancelled', 'achieved']),
  failure: failureSchema.nullable(),
  /** False when all is to be done again. */
  seed: z.boolean(),
  /** Steps of that execution that run again though they had succeeded. */
  exclude: z.array(z.string()),
  /** Results that an operator gives in place of a step's own. */
  supply: z.array(suppliedSchema),
  /** The recovery that has it go on, which keeps nothing that stands on what is in doubt. Left out where none does. */
  recovery: z.string().optional(),
});

/** A run's second argument, when it goes on from another execution of itself. Results are never in it. */
export type Resume = z.infer<typeof resumeSchema>;

export const keptResultSchema = z.object({
  /** Place among the results of the run before, in the order in which its steps began: the nth use takes the nth. */
  n: z.int(),
  job: z.string(),
  /** Digest of the canonical input. */
  input: z.string(),
  /** The execution in which the job really ran. */
  from: z.string(),
  output: z.unknown().optional(),
});

/** The recorded success of a step, which a resumed run takes instead of running the job. */
export type KeptResult = z.infer<typeof keptResultSchema>;

/** The results that were read, with what an operator supplied in place of some, in the order of their places. */
export function withSupplied(
  read: readonly KeptResult[],
  supply: Resume['supply'],
  execution: string,
): KeptResult[] {
  const supplied = supply.map(({ step: _, ...rest }) => ({ ...rest, from: execution }));
  const places = new Set(supply.map(({ n }) => n));
  return [...read.filter(({ n }) => !places.has(n)), ...supplied].sort((a, b) => a.n - b.n);
}

/** What `gk-kept-results` is asked: the results from place `at` on, as many as fit a page. */
export type KeptRequest = Pick<Resume, 'from' | 'exclude'> & { at: number };

export const keptPageSchema = z.object({
  results: z.array(keptResultSchema),
  /** Where the next page begins; null when this is the last. */
  next: z.int().nullable(),
});
export type KeptPage = z.infer<typeof keptPageSchema>;

export const takenSchema = z.array(
  z.object({
    path: z.string(),
    /** How many steps of the run began before it. */
    order: z.int(),
    /** Of the `KeptResult`. */
    n: z.int(),
  }),
);

/** Steps that took a kept result: what `gk-kept-steps` writes into the history. */
export type Taken = z.infer<typeof takenSchema>;
