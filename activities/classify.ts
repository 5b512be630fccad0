// From what a job threw to the data of an error: one of the named places where they convert.

import { ZodError, z } from 'zod';
import type { JobError } from '../goals/index.ts';
import type { Code } from '../goals/wire/codes.ts';
import { DETAILS_BYTES, ERROR_CODE } from '../goals/wire/error-envelope.ts';
import { fingerprint } from '../goals/wire/fingerprint.ts';
import { type AttemptError, type ErrorClass, errorClasses, jsonBytes } from '../goals/wire/ledger.ts';
import type { RetryPolicy } from '../goals/wire/publication.ts';
import { AttemptFault } from './attempt-fault.ts';
import { redact, redactAll } from './redact.ts';

/** An error as data, with what it says about a next attempt. */
export interface Classified
  extends Pick<AttemptError, 'type' | 'code' | 'message' | 'fingerprint' | 'class' | 'stack' | 'details'> {
  permanent: boolean;
  retryAfterMs: number | null;
}

export { AttemptFault };

export const timedOut = (ms: number): AttemptFault =>
  new AttemptFault('TimeoutError', `no result after ${Math.round(ms)} ms`, {
    code: 'timeout',
    class: 'transient',
    permanent: false,
  });

export const workerStopped = (): AttemptFault =>
  new AttemptFault('WorkerStopped', 'the worker was told to stop in mid-attempt', {
    code: 'worker_stopped',
    class: 'infrastructure',
    permanent: false,
  });

export const outputInvalid = (what: string): AttemptFault =>
  new AttemptFault('OutputInvalid', `the output ${what}`, {
    code: 'output_invalid',
    class: 'data',
    permanent: true,
  });

export const outputTooLarge = (bytes: number, limit: number): AttemptFault =>
  new AttemptFault('OutputTooLarge', `the output has ${bytes} bytes; ${limit} at most`, {
    code: 'output_too_large',
    class: 'data',
    permanent: true,
  });

export const outputNotStored = (bytes: number, error: unknown): AttemptFault =>
  new AttemptFault(
    'OutputNotStored',
    `the output has ${bytes} bytes, and the storage for such did not take it: ${(error as Error).message}`,
    { code: 'output_not_stored', class: 'infrastructure', permanent: false },
  );

export const inputInvalid = (error: ZodError): AttemptFault =>
  new AttemptFault('InputInvalid', `the input does not fit its schema: ${z.prettifyError(error)}`, {
    code: 'input_invalid',
    class: 'data',
    permanent: true,
  });

export const jobUnbound = (job: string): AttemptFault =>
  new AttemptFault('JobUnbound', `this worker has no code for the job '${job}'`, {
    code: 'job_unbound',
    class: 'code',
    permanent: true,
  });

/** Reads whatever was thrown: an error, with or without advice, or anything else. */
export function classify(thrown: unknown, policy: RetryPolicy): Classified {
  try {
    return read(thrown, policy);
  } catch {
    // A getter that throws, a revoked proxy.
    return read('something was thrown that cannot be read', policy);
  }
}

function read(thrown: unknown, policy: RetryPolicy): Classified {
  const isError = thrown instanceof Error || isErrorLike(thrown);
  const error = isError ? thrown : new Error(asText(thrown));
  const [type, message, stack] = redactAll([
    typeof error.name === 'string' && error.name !== '' ? error.name : 'Error',
    messageOf(error),
    isError && typeof error.stack === 'string' ? error.stack : '',
  ]) as [string, string, string];
  const shared = { type, message, fingerprint: fingerprint(type, message) };
  // The stack would be the wrapper's own, which tells an author nothing; so would that of what is no error.
  if (thrown instanceof AttemptFault) {
    const { code, class: kind, permanent, details } = thrown.fault;
    const refused = permanent || (kind !== 'infrastructure' && policy.permanent.includes(code));
    const about = details === undefined ? {} : { details: boundedDetails(details) };
    return { ...shared, code, class: kind, permanent: refused, retryAfterMs: null, ...about };
  }
  const advice = chainOf(error)
    .map((at) => (at as Partial<JobError>).goalkeeper)
    .find((given) => typeof given === 'object' && given !== null);
  const code = codeOf(error);
  const permanent = advice?.permanent === true || policy.permanent.includes(code);
  return {
    ...shared,
    // A secret for a code would be one that people decide by.
    code: redact(code) === code ? code : ('unclassified' satisfies Code),
    class: isClass(advice?.class) ? advice.class : permanent ? 'permanent' : classOf(error),
    permanent,
    retryAfterMs: delayFrom(advice?.retryAfterMs),
    ...(stack === '' ? {} : { stack }),
    ...(advice?.details === undefined ? {} : { details: boundedDetails(advice.details) }),
  };
}

const isClass = (given: unknown): given is ErrorClass => (errorClasses as readonly unknown[]).includes(given);

/** The details without secrets; of what is too large or no JSON, only that. */
function boundedDetails(details: unknown): unknown {
  const text = JSON.stringify(details) ?? 'null';
  const bytes = jsonBytes(details);
  if (bytes > DETAILS_BYTES) return { omitted: `${bytes} bytes; ${DETAILS_BYTES} at most are kept` };
  const clean = redact(text);
  try {
    return JSON.parse(clean);
  } catch {
    return clean;
  }
}

const isErrorLike = (thrown: unknown): thrown is Error =>
  typeof thrown === 'object' && thrown !== null && typeof (thrown as Error).message === 'string';

// Advice may come from anywhere: a time that is none would be a delay that never ends.
const delayFrom = (ms: unknown): number | null =>
  typeof ms === 'number' && Number.isFinite(ms) && ms >= 0 ? ms : null;

function asText(thrown: unknown): string {
  try {
    return typeof thrown === 'object' ? (JSON.stringify(thrown) ?? 'undefined') : String(thrown);
  } catch {
    return Object.prototype.toString.call(thrown);
  }
}

/** The error with its causes, the first of each AggregateError among them; at most four, as they may be a circle. */
function chainOf(error: Error): Error[] {
  const chain: Error[] = [];
  for (let at: unknown = error; isErrorLike(at) && !chain.includes(at) && chain.length < 4; ) {
    chain.push(at);
    const { cause, errors } = at as { cause?: unknown; errors?: unknown };
    at = cause === undefined && Array.isArray(errors) ? errors[0] : cause;
  }
  return chain;
}

/** The message with those of its causes: Node's `fetch failed` says nothing without them. */
function messageOf(error: Error): string {
  const parts: string[] = [];
  for (const at of chainOf(error)) {
    const text = at.message || (at as { code?: string }).code || at.name || 'Error';
    if (!parts.some((part) => part.includes(text))) parts.push(text);
  }
  return parts.length === 0 ? asText(error.message) : parts.join(': ');
}

function codeOf(error: Error): string {
  for (const at of chainOf(error)) {
    // What the web platform throws is told by its name; its code is a number from before that.
    const { code } = at instanceof DOMException ? { code: at.name } : (at as { code?: unknown });
    if ((typeof code === 'string' || typeof code === 'number') && ERROR_CODE.test(String(code)))
      return String(code);
  }
  return 'unclassified' satisfies Code;
}

function classOf(error: Error): ErrorClass {
  if (error instanceof ZodError || error.name === 'ZodError' || error.name === 'SyntaxError') return 'data';
  // A TypeError with a cause is how fetch reports the network.
  if (['TypeError', 'ReferenceError', 'RangeError'].includes(error.name) && error.cause === undefined)
    return 'code';
  return 'transient';
}
