// A lease: what tears down what a run created, whatever becomes of the run. A workflow beside the run,
// whose ID names the resource.

import { z } from 'zod';
import { LEASE } from './names.ts';
import { runKey } from './run-id.ts';
import { sha256 } from './text/sha256.ts';

export const leaseStates = ['held', 'cleaning', 'stuck', 'cleaned', 'gone'] as const;

/**
 * `held` as long as the resource may be needed; `cleaning` while it is torn down, `cleaned` after; `stuck` when a
 * teardown has failed for good and the next one is waited for; `gone` when the lease was ended in Temporal without a
 * teardown, or Temporal keeps it no longer.
 */
export type LeaseState = (typeof leaseStates)[number];

export const leaseWhys = ['released', 'closed', 'expired'] as const;

/** Why a lease tears down: it was released, its run closed, or its time to live was over. */
export type LeaseWhy = (typeof leaseWhys)[number];

export const leaseMemoSchema = z.object({
  run: z.string(),
  /** Of the run. */
  execution: z.string(),
  /** The step of the run that began it. */
  step: z.string(),
  goal: z.string(),
  owner: z.string(),
  team: z.string(),
  /** The job that tears down. */
  job: z.string(),
  /** What the run calls the resource; null when the teardown's input says enough. */
  name: z.string().nullable(),
  expiresAt: z.string(),
});

/** What a lease's memo tells. */
export type LeaseMemo = z.infer<typeof leaseMemoSchema>;

export const leaseTermsSchema = leaseMemoSchema.extend({
  input: z.unknown(),
  /** Jobs whose work is gone with the resource; null: all that the run does while the lease is held. */
  undoes: z.array(z.string()).nullable(),
  /** How an attempt is scheduled: a newer deployment may no longer have the goal. */
  startToCloseMs: z.number(),
  heartbeatMs: z.number(),
  queue: z.string().nullable(),
  attempts: z.int(),
});

/** What a lease is started with. */
export type LeaseTerms = z.infer<typeof leaseTermsSchema>;

export const leaseEndSchema = z.object({ why: z.enum(leaseWhys) });

/** What a lease's workflow returns once it has cleaned. */
export type LeaseEnd = z.infer<typeof leaseEndSchema>;

const ID_LIMIT = 200;

/** The ID of the lease of a resource: the same resource of the same run has one lease at a time. */
export function leaseId(run: string, job: string, resource: string): string {
  const whole = `${LEASE}:${run}:${job}:${runKey({ resource }, ['resource']).id}`;
  if (isLeaseId(whole)) return whole;
  const readable = whole.slice(0, ID_LIMIT - 26).replace(/[^A-Za-z0-9._~:-]+/g, '-');
  return `${readable}~~${sha256(whole).slice(0, 24)}`;
}

/** Whether the text can be a lease's ID. */
export const isLeaseId = (id: string): boolean =>
  id.length <= ID_LIMIT && id.startsWith(`${LEASE}:`) && /^[A-Za-z0-9._~:-]+$/.test(id);
