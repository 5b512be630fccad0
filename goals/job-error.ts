// How a job says what kind of error it met: permanent, transient, or when to try again.

import { type Duration, milliseconds } from './duration.ts';
import { isRefusing, RETRY_AFTER_MOST_MS, type ReportedError } from './wire/error-envelope.ts';
import type { ErrorClass } from './wire/ledger.ts';

/**
 * An error that says whether a retry may heal it. goalkeeper reads its fields, never its class, so an error made by another copy
 * of this package, or by another process, counts the same.
 */
export interface JobError extends Error {
  readonly code: string;
  readonly goalkeeper: {
    /** No retry will heal it. */
    readonly permanent: boolean;
    /** The shortest wait until the next attempt, in milliseconds; null leaves it to the job's `retry`. */
    readonly retryAfterMs: number | null;
    /** @default `permanent` or `transient`, by the field of that name */
    readonly class?: ErrorClass;
    readonly details?: unknown;
  };
}

/**
 * Options of `permanent`, `transient` and `retryAfter`.
 *
 * @example
 * ```ts
 * import { permanent } from 'goalkeeper';
 *
 * export function refused(customer: string, cause: unknown): Error {
 *   return permanent('the bank refused the payment', { code: 'payment_refused', cause, details: { customer } });
 * }
 * ```
 */
export interface JobErrorOptions {
  /** A stable code for machines, such as `'not_found'`: up to 64 letters, digits and `._-`. @default the function's own, such as `permanent` */
  code?: string;
  /** The error behind it, as of any `Error`. @default none */
  cause?: unknown;
  /** JSON that helps the reader of the error; up to 1 KB is kept. @default none */
  details?: unknown;
}

function jobError(
  name: string,
  message: string,
  code: string,
  { cause, details }: JobErrorOptions,
  advice: JobError['goalkeeper'],
): JobError {
  const error = cause === undefined ? new Error(message) : new Error(message, { cause });
  const goalkeeper = details === undefined ? advice : { ...advice, details };
  return Object.assign(error, { name, code, goalkeeper });
}

/**
 * Makes an error that no retry will heal: the step fails at once.
 *
 * @param options `code` is `permanent` by default.
 * @returns The error, for the job to throw.
 * @example
 * ```ts
 * import { permanent } from 'goalkeeper';
 *
 * export function requireCustomer(found: boolean): void {
 *   if (!found) throw permanent('no such customer', { code: 'not_found' });
 * }
 * ```
 */
export const permanent = (message: string, options: JobErrorOptions = {}): JobError =>
  jobError('PermanentError', message, options.code ?? 'permanent', options, {
    permanent: true,
    retryAfterMs: null,
  });

/**
 * Makes an error that a retry may heal, with a code of its own. The job's `retry` decides when.
 *
 * @param options `code` is `transient` by default.
 * @returns The error, for the job to throw.
 * @example
 * ```ts
 * import { transient } from 'goalkeeper';
 *
 * export function requireRows(rows: number): void {
 *   if (rows === 0) throw transient('the feed is empty', { code: 'feed_empty' });
 * }
 * ```
 */
export const transient = (message: string, options: JobErrorOptions = {}): JobError =>
  jobError('TransientError', message, options.code ?? 'transient', options, {
    permanent: false,
    retryAfterMs: null,
  });

/**
 * Makes an error whose next attempt comes no earlier than `when`.
 *
 * @param when A duration, a Date, or the text of an HTTP Retry-After header (seconds or a date; null when there is none). With
 * anything else the job's `retry` decides.
 * @param options `code` is `retry_after` by default.
 * @returns The error, for the job to throw.
 * @example
 * ```ts
 * import { retryAfter } from 'goalkeeper';
 *
 * export function requireOk(response: Response): void {
 *   if (response.status === 429)
 *     throw retryAfter(response.headers.get('retry-after'), 'the API asks us to wait', { code: 'rate_limited' });
 * }
 * ```
 */
export const retryAfter = (
  when: Duration | Date | (string & {}) | null,
  message: string,
  options: JobErrorOptions = {},
): JobError =>
  jobError('RetryAfterError', message, options.code ?? 'retry_after', options, {
    permanent: false,
    retryAfterMs: untilWhen(when),
  });

// Date.parse reads a date into nearly anything: '1.5' is January the 5th, and long past.
const DATE = /^(?:[A-Z][a-z]{2,8},? \w|\d{4}-\d\d-\d\d)/;

function untilWhen(when: Duration | Date | string | null): number | null {
  if (when === null) return null;
  const ms = milliseconds(when);
  if (ms !== null || typeof when === 'number') return ms;
  // However many: what nobody can wait for is tried no more, and never too early.
  if (typeof when === 'string' && /^\d+$/.test(when))
    return Math.min(Number(when) * 1000, RETRY_AFTER_MOST_MS);
  const time = when instanceof Date ? when.getTime() : DATE.test(when) ? Date.parse(when) : Number.NaN;
  return Number.isNaN(time) ? null : Math.max(0, time - Date.now());
}

/**
 * Makes an error of the JSON by which a job in any language reports one (docs/reference/job-contract.md). For authors of runners.
 *
 * @example
 * ```ts
 * import { toldError } from 'goalkeeper';
 *
 * export const refused = toldError({ code: 'not_found', message: 'no such customer', class: 'permanent' });
 * ```
 */
export const toldError = ({ code, message, type, details, retryAfter, ...told }: ReportedError): JobError =>
  jobError(
    type ?? 'JobError',
    message,
    code,
    { details },
    {
      permanent: isRefusing(told.class),
      retryAfterMs: retryAfter === undefined ? null : Math.min(retryAfter * 1000, RETRY_AFTER_MOST_MS),
      class: told.class,
    },
  );
