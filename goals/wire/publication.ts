// What a worker publishes of a goal, as data: the gateway reads nothing else of a team.

import { z } from 'zod';
import { eventTermsSchema } from './events.ts';
import { poolLimitsSchema } from './pools.ts';
import { fairnessSchema, prioritySchema } from './priority.ts';
import { scheduleTermsSchema } from './schedules.ts';

const jsonSchema = z.record(z.string(), z.unknown());

export const retryPolicySchema = z.object({
  attempts: z.int(),
  delayMs: z.number(),
  backoff: z.number(),
  maxDelayMs: z.number(),
  jitter: z.number(),
  permanent: z.array(z.string()),
});

/** When a job is tried again, all defaults filled in; durations in milliseconds. */
export type RetryPolicy = z.infer<typeof retryPolicySchema>;

export const persistenceSchema = z.object({ attempts: z.int().nullable(), afterMs: z.number().nullable() });

/** When an error of a job counts as persisting: after so many attempts or so long, whichever comes first. */
export type Persistence = z.infer<typeof persistenceSchema>;

export const publicationSchema = z.object({
  goal: z.string(),
  outcome: z.string(),
  owner: z.string(),
  team: z.string(),
  key: z.array(z.string()),
  /** Left out where the goal declares none. */
  freshMs: z.number().optional(),
  priority: prioritySchema.optional(),
  fairness: fairnessSchema.optional(),
  deadlineMs: z.number().nullable(),
  /** Absent from what was published before 0.1.1, as is a job's `persists`. */
  usualMs: z.number().nullable().optional(),
  expectedMs: z.number().nullable().optional(),
  criteria: z.array(z.string()),
  input: jsonSchema,
  output: jsonSchema,
  jobs: z.array(
    z.object({
      name: z.string(),
      timeoutMs: z.number(),
      retry: retryPolicySchema,
      persists: persistenceSchema.optional(),
      queue: z.string().nullable(),
      /** Names of the secrets that it needs. Left out where there are none. */
      secrets: z.array(z.string()).optional(),
      /** Absent from what was published before there were pools. */
      pool: poolLimitsSchema.nullable().optional(),
      /** How its calls travel. Left out where each is an activity of its own. */
      travels: z.enum(['together', 'inline']).optional(),
      /** Left out where the whole would be too large, and where it cannot be written as JSON Schema. */
      output: jsonSchema.optional(),
    }),
  ),
  needs: z.array(z.string()),
  /** Left out where there are none. */
  schedules: z.array(scheduleTermsSchema).optional(),
  /** Teams that may need it, and listen to its outcomes, beside its own. Left out where there are none. */
  usableBy: z.union([z.literal('all'), z.array(z.string())]).optional(),
  /** Outcomes of other goals that start it, and which paths into them become its input. Left out where there are none. */
  outcomes: z
    .array(
      z.object({
        goal: z.string(),
        on: z.enum(['achieved', 'failed', 'late']),
        input: z.record(z.string(), z.string()),
      }),
    )
    .optional(),
  /** Any later run mends one that failed. Left out where only the same key does. */
  heals: z.literal('any').optional(),
  /** The outcome shall hold at all times. Left out where it need not. */
  standing: z.object({ freshMs: z.number(), leadMs: z.number() }).optional(),
  events: z.array(eventTermsSchema).optional(),
  /** Where its runs are started. */
  taskQueue: z.string(),
  /** Which set of goals it was published with, and that set's monotonic version: an older one never overwrites. */
  deployment: z.string(),
  version: z.int(),
  /** Digest of the deployment's workflow code: its goals, and what they import. */
  code: z.string().optional(),
  /** A newer deployment has dropped the goal: listed, no longer started. */
  retired: z.boolean(),
});
export type Publication = z.infer<typeof publicationSchema>;

/** A publication must fit a workflow's memo with room to spare. */
export const PUBLICATION_BYTES = 64 * 1024;
