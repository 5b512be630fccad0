// What each route takes: query parameters and bodies, and nothing beside them.

import { z } from 'zod';
import { GOAL_NAME, NAME_LIMIT } from '../goals/wire/run-id.ts';
import { outcomes } from '../goals/wire/run-view.ts';
import { windowMs } from './records.ts';

const LIMIT = 100;

export const noQuery = z.strictObject({});

export const goalsQuery = z.strictObject({
  window: z
    .string()
    .refine((window) => windowMs(window) !== null, 'write such as 36h or 30d, from 1h to 90d')
    .default('30d'),
});

const time = z.iso
  .datetime({
    offset: true,
    error: ({ input }) => `${input === undefined ? 'is missing; ' : ''}write such as 2026-11-20T06:00:00Z`,
  })
  .transform((given) => new Date(given));

export const runsQuery = z.strictObject({
  goal: z.string().regex(GOAL_NAME, 'no goal has such a name').max(NAME_LIMIT).optional(),
  owner: z.string().min(1).max(500).optional(),
  outcome: z.enum(outcomes).optional(),
  state: z.enum(['pursuing', 'closed']).optional(),
  /** Started at that time or later. */
  since: time.optional(),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, `a number from 1 to ${LIMIT}`)
    .transform(Number)
    .pipe(z.int().min(1).max(LIMIT))
    .default(50),
  cursor: z.string().max(5000).optional(),
});

const RECORDS_LIMIT = 10_000;

export const recordsQuery = z.strictObject({
  goal: runsQuery.shape.goal,
  outcome: runsQuery.shape.outcome,
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

export const startBody = z.strictObject({
  input: z.custom<unknown>((input) => input !== undefined, 'is missing'),
  reason,
});

export const cancelBody = z.strictObject({ reason });
