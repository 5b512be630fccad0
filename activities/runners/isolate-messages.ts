// What a worker and an isolate say to each other. Both sides import this file, so it imports nearly nothing: each isolate
// loads it anew.

import { AttemptFault } from '../attempt-fault.ts';
import type { JobContext } from '../bind.ts';

/** What of a job's context is the same during the whole attempt. */
export type Told = Pick<
  JobContext,
  | 'attempt'
  | 'idempotencyKey'
  | 'goal'
  | 'run'
  | 'step'
  | 'deadline'
  | 'secrets'
  | 'lastCheckpoint'
  | 'remainingMs'
> & { logLevel: string };

export type ToIsolate =
  | { kind: 'run'; input: unknown; told: Told }
  | { kind: 'abort'; reason: SentError }
  /** The server has taken the checkpoint, or the error says why not. */
  | { kind: 'kept'; error: SentError | null };

export type FromIsolate =
  | { kind: 'ready' }
  | { kind: 'unloadable'; error: SentError }
  | { kind: 'progress'; done: number; total: number | null; note: string | null }
  | { kind: 'checkpoint'; state: unknown }
  /** A line as pino writes it. */
  | { kind: 'log'; line: string }
  | { kind: 'result'; output: unknown }
  | { kind: 'error'; error: SentError }
  /** Thrown where nobody caught it: whatever the isolate does from here on is not to be trusted. */
  | { kind: 'stray'; error: SentError }
  /** After a result or an error: whether nothing of the attempt is left running. */
  | { kind: 'settled'; quiet: boolean };

/** An error as data that crosses, with all that decides about a next attempt. */
export type SentError =
  | { text: string }
  | {
      name: string;
      message: string;
      stack: string;
      code?: string | number;
      goalkeeper?: unknown;
      fault?: AttemptFault['fault'];
      cause?: SentError;
    };

// Of what is kept it is a multiple: a megabyte would cost the worker, and is cut there anyway.
const TEXT_LIMIT = 16_384;
const CAUSES = 4;

export function sendable(thrown: unknown, depth = 1): SentError {
  try {
    if (typeof thrown !== 'object' || thrown === null || typeof (thrown as Error).message !== 'string')
      return {
        text: cut(typeof thrown === 'object' ? (JSON.stringify(thrown) ?? String(thrown)) : String(thrown)),
      };
    const error = thrown as Error & { code?: unknown; goalkeeper?: unknown; errors?: unknown };
    // What the web platform throws is told by its name; its code is a number from before that.
    const code = error instanceof DOMException ? error.name : error.code;
    // An AggregateError has its causes elsewhere, and the first will do.
    const cause = error.cause === undefined && Array.isArray(error.errors) ? error.errors[0] : error.cause;
    return {
      name: cut(String(error.name)),
      message: cut(error.message),
      stack: cut(typeof error.stack === 'string' ? error.stack : ''),
      ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
      ...(error.goalkeeper === undefined ? {} : { goalkeeper: asData(error.goalkeeper) }),
      ...(error instanceof AttemptFault ? { fault: error.fault } : {}),
      ...(cause === undefined || depth === CAUSES ? {} : { cause: sendable(cause, depth + 1) }),
    };
  } catch {
    // A getter that throws, a revoked proxy.
    return { text: 'something was thrown that cannot be read' };
  }
}

/** The error again, as whatever else is thrown. */
export function received(sent: SentError): unknown {
  if ('text' in sent) return sent.text;
  const { name, message, stack, code, goalkeeper, fault, cause } = sent;
  if (fault !== undefined) return new AttemptFault(name, message, fault);
  const error = new Error(message, cause === undefined ? {} : { cause: received(cause) });
  return Object.assign(error, { name, stack }, code === undefined ? {} : { code }, { goalkeeper });
}

const cut = (text: string): string => text.slice(0, TEXT_LIMIT);

function asData(advice: unknown): unknown {
  const text = JSON.stringify(advice);
  if (text.length <= TEXT_LIMIT) return JSON.parse(text);
  const { details: _, ...rest } = advice as { details?: unknown };
  return { ...rest, details: { omitted: `${text.length} characters` } };
}
