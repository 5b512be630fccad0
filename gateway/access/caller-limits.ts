// How often callers may ask: known ones by their name, and unknown ones by the address from which their credentials are wrong.
// Credentials that count are never kept out by others at the same address.

import type { Context } from 'hono';
import { Problem } from '../http/problems.ts';
import { type Quota, type QuotaLeft, rateLimits } from '../http/rate-limits.ts';
import { clientOf } from './peers.ts';
import type { Principal } from './principal.ts';
import type { WatchedAccess } from './watched-access.ts';

/** A burst may have what comes in so many seconds. */
const BURST_S = 2;
const MINUTE_S = 60;

export interface CallerLimits {
  /** Takes one of the caller's: the headers that say what is left; throws a `Problem` when nothing is. */
  take(c: Context, principal: Principal): Record<string, string>;
  /** Runs what may find the credentials wrong, and counts it where it does. */
  failing<T>(c: Context, identify: () => Promise<T>): Promise<T>;
}

export function callerLimits(access: WatchedAccess): CallerLimits {
  const buckets = rateLimits();
  return {
    take(c, { how, kind, name }) {
      const { reads, writes } = access.current().file.limits;
      const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
      const quota: Quota = isRead
        ? { name: 'reads', most: reads * BURST_S, windowS: BURST_S }
        : { name: 'writes', most: writes * BURST_S, windowS: BURST_S };
      const taken = buckets.take(JSON.stringify([how, kind, name]), quota);
      if (taken.isOver) throw limited(taken, `${name} asks too often.`);
      return taken.headers;
    },
    async failing(c, identify) {
      try {
        return await identify();
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'credentials_invalid') throw error;
        const { limits, proxy } = access.current().file;
        const quota: Quota = { name: 'failures', most: limits.failures, windowS: MINUTE_S };
        const taken = buckets.take(clientOf(c, proxy?.peers ?? []), quota);
        throw taken.isOver ? limited(taken, 'Credentials from this address were wrong too often.') : error;
      }
    },
  };
}

const limited = ({ waitS, headers }: QuotaLeft, detail: string): Problem =>
  new Problem('rate_limited', detail, { headers: { ...headers, 'retry-after': String(Math.max(1, waitS)) } });
