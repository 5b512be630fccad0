import { type Duration, milliseconds } from './duration.ts';
import { isRefusing, RETRY_AFTER_MOST_MS, type ToldError } from './wire/error-envelope.ts';
import type { ErrorClass } from './wire/ledger.ts';

/**
 * An error that says what to do about it. goalkeeper reads its fields, never its class, so that one made by another
 * copy of this package, or another process, counts the same.
 */
export interface JobError extends Error {
  readonly code: string;
  readonly goalkeeper: {
    readonly permanent: boolean;
    readonly retryAfterMs: number | null;
    /** By default: `permanent` or `transient`. */
    readonly class?: ErrorClass;
    readonly details?: unknown;
  };
}

interface JobErrorOptions {
  /** Stable, for machines: `'not_found'`. At most 64 of letters, digits and `._-`. */
  code?: string;
  cause?: unknown;
  /** Any JSON that helps whoever reads the error; kept up to 1 KB. */
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

/** An error that no retry will heal: `throw permanent('no such customer', { code: 'not_found' })`. Default code `permanent`. */
export const permanent = (message: string, options: JobErrorOptions = {}): JobError =>
  jobError('PermanentError', message, options.code ?? 'permanent', options, {
    permanent: true,
    retryAfterMs: null,
  });

/** An error that a retry may heal, with a code of its own: `throw transient('the feed is empty', { code: 'feed_empty' })`. Default code `transient`. */
export const transient = (message: string, options: JobErrorOptions = {}): JobError =>
  jobError('TransientError', message, options.code ?? 'transient', options, {
    permanent: false,
    retryAfterMs: null,
  });

/**
 * An error whose next attempt shall come no earlier than `when`: a duration, a Date, or the text of an HTTP
 * Retry-After header (seconds or a date; null when there is none). What cannot be read as one leaves the delay to the job's policy.
 * Default code `retry_after`.
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

/** The error that a job in any language told, as one that is thrown here. */
export const toldError = ({ code, message, type, details, retryAfter, ...told }: ToldError): JobError =>
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
