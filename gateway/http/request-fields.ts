// Fields that several routes take, each by one rule wherever it stands.

import { z } from 'zod';
import { looksVerified } from '../../goals/wire/actor.ts';
import { GOAL_NAME, NAME_LIMIT } from '../../goals/wire/run-id.ts';
import { type Since, WINDOW, windowMs } from './window.ts';

const LIMIT = 100;

/** What an `Idempotency-Key` must be. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;

/** How many items a page has. */
export const limitField = z
  .string()
  .regex(/^([1-9]\d?|100)$/, `a number from 1 to ${LIMIT}`)
  .transform(Number)
  .default(50)
  .describe(`how many items a page has, from 1 to ${LIMIT}; default: 50`);

export const cursorField = z
  .string()
  .max(5000)
  .regex(/^[0-9a-f]{1,32}\.[A-Za-z0-9_-]+$/, 'is not a cursor that a list with these filters gave')
  .optional()
  .describe('`next` of the page before, with the same filters');

export const windowField = z
  .string()
  .regex(WINDOW, 'write such as 36h or 30d, from 1h to 90d')
  .describe('how far back to look, such as `36h` or `30d`, from `1h` to `90d`');

export const timeField = z.iso
  .datetime({
    offset: true,
    error: ({ input }) => `${input === undefined ? 'is missing; ' : ''}write such as 2026-11-20T06:00:00Z`,
  })
  .transform((given) => new Date(given));

/** A time, or how long ago it was: `24h`, `7d`. `text` is what was asked for: the same on each page of a list. */
export const sinceField = z.union(
  [windowField.transform(sinceWindow), timeField.transform((at) => ({ at, text: at.toISOString() }))],
  {
    error: 'write a time such as 2026-11-20T06:00:00Z, or how long ago such as 24h or 7d, up to 90d',
  },
);

function sinceWindow(text: string): Since {
  return { at: new Date(Date.now() - windowMs(text)), text };
}

export const goalField = z
  .string()
  .regex(GOAL_NAME, 'no goal has such a name')
  .max(NAME_LIMIT)
  .describe('name of a goal');

/** A key, or a part of one, as the IDs of runs have it. */
export const keyField = z.string().regex(/^[A-Za-z0-9._~-]{1,120}$/, 'no run has such a key in its ID');

export const teamField = z.string().min(1).max(500).describe('name of a team');

export const executionField = z
  .string()
  // Temporal's, and of a light run that of its host with its place there.
  .regex(
    /^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.\d{1,4}\.[a-z0-9]{8,16}\.\d{1,3})$/,
    'not the ID of an execution',
  )
  .describe('an execution of the run, as `execution` of a run gives it');

/** Why somebody asks. */
export const reasonField = z.string().max(500).describe('why, in up to 500 characters');

/** The same where an act needs one. */
export const neededReasonField = z
  .string()
  .trim()
  .min(1, 'is empty')
  .max(500)
  .describe('why, in 1 to 500 characters');

/** Who asks. With an access file it is the caller; else nobody verifies it. */
export const byField = z
  .string()
  .trim()
  .min(1, 'is empty')
  .max(100)
  .refine((by) => !looksVerified(by), 'is not a name that can be given')
  .describe('who asks, in 1 to 100 characters; with an access file the caller, else nobody verifies it');

/** The same where it is written down with the act. */
export const actorField = byField.default('anonymous');

/** What operators say of an act that they ask for. */
export const actSchema = z.strictObject({ by: actorField, reason: reasonField.optional() });

/** The same where the act needs a reason. */
export const reasonedActSchema = z.strictObject({ by: actorField, reason: neededReasonField });

/** Which execution of a run is meant. */
export const executionQuerySchema = z.strictObject({
  execution: executionField.optional().describe('an older execution of the run; default: the latest'),
});
