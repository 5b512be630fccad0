// What a worker and an isolate say to each other. Both sides import this file, so it imports nearly nothing: each isolate
// loads it anew.

import { AttemptFault } from '../../../goals/attempt-fault.ts';
import { chainOf, type HttpAnswer, isErrorLike, type Link, UNREADABLE } from '../../../goals/thrown.ts';
import type { Artifact } from '../../../goals/wire/artifacts.ts';
import type { JobContext } from '../../bind.ts';

/** What of a job's context is the same during the whole attempt. */
export type IsolateReport = Pick<
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
  | { kind: 'run'; input: unknown; told: IsolateReport }
  | { kind: 'abort'; reason: SentError }
  /** The server has taken the checkpoint, or the error says why not. */
  | { kind: 'kept'; error: SentError | null };

export type FromIsolate =
  | { kind: 'ready' }
  | { kind: 'unloadable'; error: SentError }
  | { kind: 'progress'; done: number; total: number | null; note: string | null }
  | { kind: 'checkpoint'; state: unknown }
  | { kind: 'artifact'; artifact: Artifact | null; name: string }
  /** A line as pino writes it. */
  | { kind: 'log'; line: string }
  /** Written past Node, by native code or a program that the job started. */
  | { kind: 'output'; text: string }
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
      response?: { status: number; headers: Record<string, string> };
      retryable?: boolean;
      errors?: SentError[];
      cause?: SentError;
    };

// Of what is kept it is a multiple: a megabyte would cost the worker, and is cut there anyway.
const TEXT_LIMIT = 16_384;
/** Of one that is not the first: there may be many. */
const CAUSE_LIMIT = 2000;

export function sendable(thrown: unknown): SentError {
  try {
    if (!isErrorLike(thrown) && chainOf(thrown)[0]?.http == null)
      return { text: cut(chainOf(thrown)[0]?.text ?? '') };
    return sent(chainOf(thrown), TEXT_LIMIT);
  } catch {
    return { text: UNREADABLE };
  }
}

function sent([link, ...causes]: readonly Link[], limit: number): SentError {
  const { name, text, stack, code, advice, fault, http, branches, more } = link as Link;
  const errors = branches.map((branch) => sent(branch, CAUSE_LIMIT));
  const left = Array.from({ length: Math.min(more, MOST_MORE) }, () => ({ text: '' }));
  return {
    name: cut(name),
    message: text.slice(0, limit),
    stack: stack.slice(0, limit),
    ...(code === null ? {} : { code }),
    ...(advice === undefined ? {} : { goalkeeper: asData(advice) }),
    ...(fault === null ? {} : { fault: fault.fault }),
    ...(http === null ? {} : { response: answerOf(http), retryable: http.isRetryable }),
    ...(errors.length === 0 ? {} : { errors: [...errors, ...left] }),
    ...(causes.length === 0 ? {} : { cause: sent(causes, CAUSE_LIMIT) }),
  };
}

/** How many of those errors that are not told are counted. */
const MOST_MORE = 1000;

const answerOf = ({ status, retryAfter }: HttpAnswer) => ({
  status,
  headers: retryAfter === null ? ({} as Record<string, string>) : { 'retry-after': retryAfter },
});

/** The error again, as whatever else is thrown. */
export function received(sent: SentError): unknown {
  if ('text' in sent) return sent.text;
  const { name, message, stack, fault, cause, errors, ...rest } = sent;
  if (fault !== undefined) return new AttemptFault(name, message, fault);
  const error = new Error(message, cause === undefined ? {} : { cause: received(cause) });
  return Object.assign(error, { name, stack, ...rest }, errors && { errors: errors.map(received) });
}

const cut = (text: string): string => text.slice(0, TEXT_LIMIT);

/** Undefined where it cannot be read. */
function asData(advice: unknown): unknown {
  try {
    const text = JSON.stringify(advice);
    if (text.length <= TEXT_LIMIT) return JSON.parse(text);
    const { details: _, ...rest } = advice as { details?: unknown };
    return { ...rest, details: { omitted: `${text.length} characters` } };
  } catch {
    return undefined;
  }
}
