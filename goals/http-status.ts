// What an HTTP status says about a next attempt: the same whether a job of ours asked, or the author's own client.

import { retryAfter } from './job-error.ts';
import { LONGEST_WAIT_MS } from './policy.ts';
import type { ErrorClass } from './wire/ledger.ts';

/** Below 500 what may heal by itself: too slow, the same request under way, locked, too early, too many. */
const TRANSIENT = [408, 409, 423, 425, 429];
/** What the endpoint does not take as it is. */
const DATA = [400, 413, 414, 415, 422];

export const classOfStatus = (status: number): ErrorClass => {
  if (status >= 500 || TRANSIENT.includes(status)) return 'transient';
  return DATA.includes(status) ? 'data' : 'permanent';
};

/** Of a `Retry-After` header, which has seconds or a date; null for anything else. */
export const retryAfterMs = (header: string | null | undefined): number | null =>
  retryAfter(header ?? null, '').goalkeeper.retryAfterMs;

/** For Temporal, of what a `Retry-After` header asks for: never sooner, as long as anything here is waited for. */
export function nextRetry(header: string | null | undefined): { nextRetryDelay?: number } {
  const ms = retryAfterMs(header) ?? 0;
  return ms > 0 ? { nextRetryDelay: Math.min(Math.ceil(ms), LONGEST_WAIT_MS) } : {};
}
