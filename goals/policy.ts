// Retries and persistence of a job: the declaration, its defaults, its checks, and the one decision on the next
// attempt.

import { type Duration, milliseconds } from './duration.ts';
import type { Persistence, RetryPolicy } from './wire/publication.ts';

/**
 * How often and when the worker retries a job.
 *
 * @example
 * ```ts
 * import type { RetryDeclaration } from 'goalkeeper';
 *
 * export const patient: RetryDeclaration = {
 *   attempts: 12,
 *   delay: '5s',
 *   backoff: 2,
 *   maxDelay: '10m',
 *   jitter: 0.5,
 *   permanent: ['not_found', 'EACCES'],
 * };
 * ```
 */
export interface RetryDeclaration {
  /** Attempts in all, the first included. Attempts lost with their worker count. @default 8 */
  attempts?: number;
  /** The wait before the second attempt. Below about a second the worker itself waits, above it the server. @default '100ms' */
  delay?: Duration;
  /** Each delay is this many times the one before. @default 3 */
  backoff?: number;
  /** The longest delay. Only a delay that a job asks for by `retryAfter` may be longer. @default '5m', or `delay` if that is longer */
  maxDelay?: Duration;
  /** The random share of each delay, 0 to 1, so that many runs do not return at once. @default 0.2 */
  jitter?: number;
  /** Codes of errors that no retry will heal: `['not_found', 'EACCES']`. @default [] */
  permanent?: readonly string[];
}

export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 8,
  delayMs: 100,
  backoff: 3,
  maxDelayMs: 300_000,
  jitter: 0.2,
  permanent: [],
};

export const DEFAULT_TIMEOUT_MS = 300_000;

/**
 * When an error of a job counts as persisting: whichever limit comes first. Where either is given, the default of the other does not count.
 *
 * @example
 * ```ts
 * import type { PersistenceDeclaration } from 'goalkeeper';
 *
 * export const persists: PersistenceDeclaration = { attempts: 3, after: '10m' };
 * ```
 */
export interface PersistenceDeclaration {
  /** This many attempts have failed in a row. @default no limit */
  attempts?: number;
  /** The step has had nothing but errors for this long. @default '5m', where `attempts` is not given */
  after?: Duration;
}

/** What a person would care about: by itself most of what is tried again has healed by then. */
export const DEFAULT_PERSISTENCE: Persistence = { attempts: null, afterMs: 300_000 };

/** The default of runs that began when it was this one. */
export const EARLIER_PERSISTENCE: Persistence = { attempts: 3, afterMs: 60_000 };

/** Whether a job says when its errors persist, or leaves it to the default. */
export const isPersistenceDeclared = ({ attempts, after }: PersistenceDeclaration = {}): boolean =>
  attempts != null || milliseconds(after) !== null;

/** The default where nothing is declared. What makes no sense counts as not given: `issuesOfPersistence` has refused it. */
export function resolvePersistence(declared: PersistenceDeclaration = {}): Persistence {
  const { attempts = null, after } = declared;
  const afterMs = milliseconds(after);
  return isPersistenceDeclared(declared) ? { attempts, afterMs } : { ...DEFAULT_PERSISTENCE };
}

/** Policy with defaults filled in. What makes no sense counts as not given: `issuesOfRetry` has refused it. */
export function resolveRetry(declared: RetryDeclaration = {}): RetryPolicy {
  return {
    attempts: declared.attempts ?? DEFAULT_RETRY.attempts,
    delayMs: milliseconds(declared.delay) ?? DEFAULT_RETRY.delayMs,
    backoff: declared.backoff ?? DEFAULT_RETRY.backoff,
    maxDelayMs:
      milliseconds(declared.maxDelay) ??
      Math.max(DEFAULT_RETRY.maxDelayMs, milliseconds(declared.delay) ?? 0),
    jitter: declared.jitter ?? DEFAULT_RETRY.jitter,
    permanent: Array.isArray(declared.permanent) ? [...declared.permanent] : [],
  };
}

/** The delay after the attempt `n` (from 1) failed, before jitter, in milliseconds. */
export function delayAfter(policy: RetryPolicy, n: number): number {
  // The exponent is bounded: beyond it any backoff has long reached maxDelay, and Infinity is no delay.
  return Math.min(policy.maxDelayMs, policy.delayMs * policy.backoff ** Math.min(n - 1, 64));
}

/** A failed attempt, and what is left to its step. */
export interface FailedAttempt {
  error: { code: string; type: string; permanent: boolean; retryAfterMs: number | null };
  /** Failed attempts so far, with this one; and how many of them count. */
  total: number;
  spent: number;
  /** So many may count. */
  limit: number;
  /** Until the run's deadline. */
  remainingMs: number;
  /** The attempt had less time than its job gives it, as the deadline was near. */
  isCutShort: boolean;
  /** Its worker was told to stop; another attempt may come after so long. */
  stopped: { delayMs: number } | null;
}

/** Another attempt in `delayMs`, or none, for a reason. */
export interface AfterAttempt {
  delayMs: number;
  refusal: 'permanent' | 'exhausted' | 'deadline' | null;
  /** There is none as the upstream asked for a longer wait than the run has, or than anybody waits. */
  askedMs?: number;
}

/** How long before its run's deadline an attempt is ended, so that a job that hangs until then is still recorded. */
const DEADLINE_HEADROOM_MS = 300;

/** What an attempt may take when so much is left until its run's deadline, in milliseconds. */
export const inTimeMs = (remainingMs: number): number =>
  remainingMs - Math.min(DEADLINE_HEADROOM_MS, remainingMs / 10);

/** What asks for more is tried no more: no server keeps a timer for longer. */
export const LONGEST_WAIT_MS = 366 * 86_400_000;

/** Whether and when a step is tried again: for workers and workflows alike. Never before the upstream asked. */
export function nextAttempt(
  policy: RetryPolicy,
  { error, total, spent, limit, remainingMs, isCutShort, stopped }: FailedAttempt,
  random: () => number,
): AfterAttempt {
  const asked = stopped === null ? error.retryAfterMs : null;
  const delayMs = stopped?.delayMs ?? asked ?? delayAfter(policy, total) * jittered(policy, random);
  const next = { delayMs: Math.ceil(Math.max(0, delayMs)) };
  const { permanent } = policy;
  // By type too: a worker without a helper has no other name for its errors.
  if (error.permanent || permanent.includes(error.code) || permanent.includes(error.type))
    return { ...next, refusal: 'permanent' };
  // Not that the job took too long: the goal had no more time.
  if (error.code === 'timeout' && isCutShort) return { ...next, refusal: 'deadline' };
  if (spent >= limit) return { ...next, refusal: 'exhausted' };
  const told = asked === null ? {} : { askedMs: asked };
  if (next.delayMs >= remainingMs) return { ...next, refusal: 'deadline', ...told };
  if (next.delayMs > LONGEST_WAIT_MS) return { ...next, refusal: 'permanent', ...told };
  return { ...next, refusal: null };
}

const jittered = ({ jitter }: RetryPolicy, random: () => number): number => 1 + jitter * (2 * random() - 1);

/** How many retries in a row are so quick that the worker waits for them itself, and how long they wait in all. */
export function quickRetries(policy: RetryPolicy): { count: number; waitMs: number } {
  let count = 0;
  let waitMs = 0;
  while (count < Math.min(policy.attempts - 1, MAX_QUICK_RETRIES)) {
    const delay = delayAfter(policy, count + 1);
    if (delay >= QUICK_MS) break;
    waitMs += delay * (1 + policy.jitter);
    count++;
  }
  return { count, waitMs };
}

/** Below this the server cannot time a retry (it took a second for ten milliseconds). */
export const QUICK_MS = 1000;

/** So that one server attempt stays bounded in time, whatever the policy. */
export const MAX_QUICK_RETRIES = 10;

/** Attempts of a job on another worker's queue: each is in the run's history, which has room for so many and other steps. */
export const QUEUE_ATTEMPTS = 1000;

/** What is impossible in a retry policy, one sentence each. */
export function issuesOfRetry(declared: RetryDeclaration): string[] {
  const problems: string[] = [];
  const { attempts, backoff, jitter, permanent } = declared;
  if (attempts !== undefined && !(Number.isInteger(attempts) && attempts >= 1 && attempts <= 100_000))
    problems.push(`retry.attempts is ${attempts}; it counts the first attempt too, so give 1 to 100000`);
  if (backoff !== undefined && !(backoff >= 1 && backoff <= 100))
    problems.push(`retry.backoff is ${backoff}; give 1 (every delay the same) to 100`);
  if (jitter !== undefined && !(jitter >= 0 && jitter <= 1))
    problems.push(`retry.jitter is ${jitter}; it is a share of the delay, 0 to 1`);
  for (const name of ['delay', 'maxDelay'] as const) {
    const given = declared[name];
    if (given !== undefined && milliseconds(given) === null)
      problems.push(
        `retry.${name} is ${JSON.stringify(given)}, which is not a duration; write such as '500ms' or '10s'`,
      );
  }
  const delay = milliseconds(declared.delay);
  const maxDelay = milliseconds(declared.maxDelay);
  if (delay !== null && maxDelay !== null && maxDelay < delay)
    problems.push('retry.maxDelay is shorter than retry.delay; make it at least as long');
  if (
    permanent !== undefined &&
    !(Array.isArray(permanent) && permanent.every((code) => typeof code === 'string'))
  )
    problems.push("retry.permanent is not a list of codes; write such as ['not_found']");
  return problems;
}

/** What is impossible in a job's `persists`, one sentence each. */
export function issuesOfPersistence(declared: PersistenceDeclaration): string[] {
  const { attempts, after } = declared;
  const problems: string[] = [];
  if (attempts !== undefined && !(Number.isInteger(attempts) && attempts >= 1 && attempts <= 100_000))
    problems.push(`persists.attempts is ${attempts}; it counts failed attempts, so give 1 to 100000`);
  if (after !== undefined && !milliseconds(after))
    problems.push(
      `persists.after is ${JSON.stringify(after)}, which is not a duration above zero; write such as '90s' or '10m'`,
    );
  return problems;
}
