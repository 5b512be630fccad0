// A run as a row of a list: what Temporal lists of it, and no history. What a row cannot know is null.

import { z } from 'zod';
import { questionSchema } from './approvals.ts';
import { failureKinds } from './failure.ts';
import { runMarks } from './retraction.ts';
import { runSchema, struggleSchema, whySchema } from './run-view.ts';

export const runRowSchema = runSchema
  .pick({
    ...{ id: true, goal: true, key: true, execution: true, state: true, outcome: true },
    ...{ startedAt: true, closedAt: true, deadline: true, expected: true, late: true },
    ...{ owner: true, team: true, accepted: true, noWorker: true },
  })
  .extend({
    why: whySchema.nullable(),
    /** What it waits for persons to decide, by the path of the step that asks. */
    waiting: z.array(
      questionSchema.pick({ kind: true, name: true, by: true, expires: true }).extend({ step: z.string() }),
    ),
    /** Its errors put it at risk of its deadline; null of one that struggles and cannot say. */
    atRisk: z.boolean().nullable(),
    /** Of a failed run; what of it is not known is null. */
    failure: z
      .object({
        kind: z.enum(failureKinds).nullable(),
        code: z.string().nullable(),
        /** The first true cause's message, where there is one, in up to 400 characters. */
        message: z.string().nullable(),
        path: z.array(z.string()),
        /** The run in which the cause lies. */
        run: z.string().nullable(),
        fingerprint: z.string().nullable(),
      })
      .nullable(),
    /** Errors that changed no outcome, counted once it has closed; null where it is not known. */
    healed: z.int().nullable(),
    /** While it struggles: the step that came to struggle last, as it was then; null where it is not known. */
    struggling: struggleSchema.nullable(),
    /** What it is marked as; absent where it is not. */
    marks: z.array(z.enum(runMarks)).optional(),
  });

/** A row of a list of runs, made of what Temporal lists alone. */
export type RunRow = z.infer<typeof runRowSchema>;

export const runExecutionsSchema = z.object({
  items: z.array(runRowSchema),
  /** What to give as `cursor` for the next page; null when this is the last. */
  next: z.string().nullable(),
});

/** Executions of one run, the latest first. */
export type RunExecutions = z.infer<typeof runExecutionsSchema>;

export const runRowPageSchema = z.object({
  items: z.array(runRowSchema),
  /** What to give as `cursor` for the next page; null when this is the last. */
  next: z.string().nullable(),
  /** How many executions the filter finds, older ones of a run among them; null where it was not asked for, or takes too long. */
  count: z.int().nullable(),
});
export type RunRowPage = z.infer<typeof runRowPageSchema>;
