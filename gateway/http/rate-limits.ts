// How often a caller may ask: a bucket for each, which fills as time goes. It is this gateway's own: of two gateways each counts
// for itself.

import { LRUCache } from 'lru-cache';

/** So many may come at once, and as many again in each window. */
export interface Quota {
  /** As the headers name it. */
  name: string;
  most: number;
  windowS: number;
}

/** What is left of a quota, with the answer's headers that say so. */
export interface QuotaLeft {
  isOver: boolean;
  /** Until one more may come, in seconds. */
  waitS: number;
  headers: Record<string, string>;
}

/** Callers that are remembered; one that is forgotten begins anew. */
const CALLERS_LIMIT = 10_000;

export interface RateLimits {
  /** Takes one of the caller's; `cost` 0 only looks. */
  take(caller: string, quota: Quota, cost?: 0 | 1): QuotaLeft;
}

export function rateLimits(now: () => number = () => performance.now()): RateLimits {
  const buckets = new LRUCache<string, { left: number; at: number }>({ max: CALLERS_LIMIT });
  return {
    take(caller, { name, most, windowS }, cost = 1) {
      const key = `${name} ${caller}`;
      const at = now();
      const before = buckets.get(key) ?? { left: most, at };
      const filled = Math.min(most, before.left + ((at - before.at) / 1000) * (most / windowS));
      const isOver = filled < 1;
      const left = isOver ? filled : filled - cost;
      buckets.set(key, { left, at });
      const waitS = Math.max(0, Math.ceil(((1 - left) * windowS) / most));
      const remaining = Math.max(0, Math.floor(left));
      const resetS = Math.ceil(((most - left) * windowS) / most);
      return {
        isOver,
        waitS,
        headers: {
          'ratelimit-policy': `"${name}";q=${most};w=${windowS}`,
          ratelimit: `"${name}";r=${remaining};t=${resetS}`,
        },
      };
    },
  };
}
