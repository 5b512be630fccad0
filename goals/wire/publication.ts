// What a worker publishes of a goal, as data: the gateway reads nothing else of a team.

import { z } from 'zod';
import { byClockSchema } from './by-clock.ts';
import { publishedDatasetSchema } from './datasets.ts';
import { eventTermsSchema } from './events.ts';
import { expectedPartSchema } from './expected-keys.ts';
import { poolLimitsSchema } from './pools.ts';
import { fairnessSchema, prioritySchema } from './priority.ts';
import { timedPartSchema } from './schedule-keys.ts';
import { scheduleTermsSchema } from './schedules.ts';
import { matchedEventsSchema, waitTermsSchema } from './waits.ts';

const jsonSchema = z.record(z.string(), z.unknown());

export const retryPolicySchema = z.object({
  attempts: z.int(),
  delayMs: z.number(),
  backoff: z.number(),
  maxDelayMs: z.number(),
  jitter: z.number(),
  permanent: z.array(z.string()),
});

/** When the worker retries a job, with all defaults filled in; durations in milliseconds. */
export type RetryPolicy = z.infer<typeof retryPolicySchema>;

export const persistenceSchema = z.object({ attempts: z.int().nullable(), afterMs: z.number().nullable() });

/** When an error of a job counts as persisting: after `attempts` failed ones, or `afterMs` milliseconds, whichever comes first. */
export type Persistence = z.infer<typeof persistenceSchema>;

const buildSchema = z.object({ build: z.string(), code: z.string() });

/** The code of a version of a worker deployment, by its build ID. */
export type PublishedBuild = z.infer<typeof buildSchema>;

export const publicationSchema = z.object({
  goal: z.string(),
  outcome: z.string(),
  owner: z.string(),
  team: z.string(),
  key: z.array(z.string()),
  /** The keys that are expected, a part for each path of the key. Left out where none is declared. */
  keys: z.array(expectedPartSchema).optional(),
  /** Left out where the goal declares none. */
  freshMs: z.number().optional(),
  priority: prioritySchema.optional(),
  fairness: fairnessSchema.optional(),
  deadlineMs: z.number().nullable(),
  /** Absent from what was published before 0.1.1, as is a job's `persists`. */
  usualMs: z.number().nullable().optional(),
  expectedMs: z.number().nullable().optional(),
  /** Where they are times of day. Left out where they are not. */
  deadlineBy: byClockSchema.optional(),
  expectedBy: byClockSchema.optional(),
  /** Of a time of day on a date of the input: how many days after the day of a scheduled time that date is, by schedule. */
  dateDays: z.record(z.string(), z.int()).optional(),
  /** How the parts of the key follow from a scheduled time, by schedule. Left out where that is not known. */
  scheduleKeys: z.record(z.string(), z.array(timedPartSchema)).optional(),
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
  /** Datasets of which its runs produce, and use, partitions. Left out where there are none. */
  produces: z.array(publishedDatasetSchema).optional(),
  uses: z.array(publishedDatasetSchema).optional(),
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
  /** Datasets whose updates start it, and which paths into what was produced become its input. Left out where there are none. */
  updates: z
    .array(z.object({ dataset: z.string(), team: z.string(), input: z.record(z.string(), z.string()) }))
    .optional(),
  /** Any later run mends one that failed. Left out where only the same key does. */
  heals: z.literal('any').optional(),
  /** The outcome shall hold at all times. Left out where it need not. */
  standing: z
    .object({
      freshMs: z.number(),
      leadMs: z.number(),
      watchOnly: z.boolean().optional(),
      /** It is that the dataset is fresh. */
      dataset: z.object({ name: z.string(), team: z.string() }).optional(),
    })
    .optional(),
  events: z.array(eventTermsSchema).optional(),
  /** Events for which its runs wait. Left out where there are none. */
  waits: z.array(waitTermsSchema).optional(),
  /** Events that cancel the open run whose key they name. Left out where there are none. */
  cancels: z.array(matchedEventsSchema).optional(),
  /** Paths into the input whose values name a subject. Left out where there are none. */
  personal: z.array(z.string()).optional(),
  /** Paths into the input whose values are tags of its runs. Left out where there are none. */
  tags: z.array(z.string()).optional(),
  /** Names that it had before. Left out where there are none. */
  formerly: z.array(z.string()).optional(),
  /** Its runs share hosts, of which there are so many, while they are plain. Left out where each is a workflow of its own. */
  light: z.object({ hosts: z.int() }).optional(),
  /** How they were shared before, the oldest first, each up to a time in milliseconds since 1970. Left out where that was never otherwise. */
  lightBefore: z.array(z.object({ hosts: z.int(), until: z.number() })).optional(),
  /** Where its runs are started. */
  taskQueue: z.string(),
  /** Which set of goals it was published with, and that set's monotonic version: an older one never overwrites. */
  deployment: z.string(),
  version: z.int(),
  /** Digest of the deployment's workflow code: its goals, and what they import. */
  code: z.string().optional(),
  /**
   * Digests of the code of the versions that published it, the newest first. Left out where it is of no version, or where build IDs
   * hold the digest.
   */
  builds: z.array(buildSchema).optional(),
  /** Its values are sealed: what has no key writes none. Left out where they are not. */
  sealed: z.literal(true).optional(),
  /** A newer deployment has dropped the goal: listed, no longer started. */
  retired: z.boolean(),
});
export type Publication = z.infer<typeof publicationSchema>;

/** Versions whose code a publication tells. */
export const BUILDS_LIMIT = 20;

/** A publication must fit a workflow's memo with room to spare. */
export const PUBLICATION_BYTES = 64 * 1024;
