// From what Temporal tells of an attempt by a worker that is not ours to the data of an error: one of the named places
// where they convert. The workflow that decides by it and the view that tells it read the same of the same failure.
//
// The raw failure is in the history all the same; redacted is what becomes of it in ledgers, views and alerts.

import { type AttemptLines, boundedLines, NEWEST_LINES_BYTES } from './attempt-lines.ts';
import { chainText, troubleText } from './chain-text.ts';
import type { Code } from './codes.ts';
import {
  DETAILS_BYTES,
  isRefusing,
  jobMessageSchema,
  RETRY_AFTER_MOST_MS,
  type ReportedError,
} from './error-envelope.ts';
import { fingerprint } from './fingerprint.ts';
import { type AttemptError, jsonBytes, STACK_LIMIT } from './ledger.ts';
import { WORKER_LOST } from './lost-attempts.ts';
import { redactedText } from './text/redact.ts';

/** How an attempt ended, in Temporal's words. */
export type WorkflowAttemptEnd =
  | { kind: 'timeout'; ms: number }
  /** No heartbeat came any more. */
  | { kind: 'lost' }
  /** Temporal itself refused what the worker gave. */
  | { kind: 'refused'; message: string; nonRetryable: boolean }
  | {
      kind: 'failure';
      type: string;
      message: string;
      stack: string;
      /** Messages of the errors behind it, the nearest first. */
      causes: string[];
      /** The first of the failure's details: our envelope, where the other side has a helper. */
      details: unknown;
      nonRetryable: boolean;
      retryDelayMs: number | null;
    };

export interface WorkflowAttemptError
  extends Pick<
    AttemptError,
    'type' | 'code' | 'message' | 'fingerprint' | 'class' | 'stack' | 'details' | 'log'
  > {
  permanent: boolean;
  retryAfterMs: number | null;
}

export function workflowAttemptError(end: WorkflowAttemptEnd): WorkflowAttemptError {
  switch (end.kind) {
    case 'timeout':
      // As the wrapper of our own workers says it: one trouble is one line, whoever noticed.
      return own('TimeoutError', 'timeout', `no result after ${Math.round(end.ms)} ms`, 'transient');
    case 'lost':
      return own(WORKER_LOST.type, WORKER_LOST.code, WORKER_LOST.message, WORKER_LOST.class);
    case 'refused':
      if (/exceeds (?:size )?limit/i.test(end.message)) return tooLarge(end.message);
      return {
        ...own('EngineFailure', 'engine_failed', redactedText(end.message), 'infrastructure'),
        permanent: end.nonRetryable,
      };
    case 'failure':
      return isOversize(end) ? tooLarge(end.message) : fromFailure(end);
  }
}

/**
 * Whether the worker's own SDK kept back a result that the server would have refused: it asks a newer server for its limits
 * (https://github.com/temporalio/rules, TMPRL1103), and calls it a failure like any other.
 */
export const isOversize = (end: WorkflowAttemptEnd): boolean =>
  end.kind === 'failure' && end.type === 'PayloadsTooLarge' && end.message.startsWith('[TMPRL1103]');

const tooLarge = (message: string): WorkflowAttemptError => ({
  ...own('OutputTooLarge', 'output_too_large', redactedText(message), 'data'),
  permanent: true,
});

const own = (
  type: string,
  code: Code,
  message: string,
  kind: WorkflowAttemptError['class'],
): WorkflowAttemptError => ({
  ...{ type, code, message, fingerprint: fingerprint(type, message), class: kind },
  ...{ permanent: false, retryAfterMs: null },
});

function fromFailure(end: Extract<WorkflowAttemptEnd, { kind: 'failure' }>): WorkflowAttemptError {
  const message = jobMessageSchema.safeParse(end.details).data;
  const isError = message !== undefined && 'error' in message;
  const told: Partial<ReportedError> = isError ? message.error : {};
  const log = isError ? message.log : undefined;
  const type = redactedText(told.type ?? (end.type || 'Error'));
  const parts = (told.message === undefined ? partsOf(end) : [told.message]).map(redactedText);
  const stack = nearest(redactedText(end.stack));
  const code = told.code ?? ('unclassified' satisfies Code);
  const permanent = end.nonRetryable || isRefusing(told.class ?? 'transient');
  const kind = told.class ?? 'transient';
  return {
    type,
    // A secret for a code would be one that people decide by.
    code: redactedText(code) === code ? code : ('unclassified' satisfies Code),
    message: chainText(parts),
    fingerprint: fingerprint(type, troubleText(parts, parts.at(-1) as string)),
    class: permanent && kind === 'transient' ? 'permanent' : kind,
    permanent,
    retryAfterMs:
      told.retryAfter === undefined
        ? end.retryDelayMs
        : Math.min(told.retryAfter * 1000, RETRY_AFTER_MOST_MS),
    ...(stack === '' ? {} : { stack }),
    ...(told.details === undefined ? {} : { details: boundedDetails(told.details) }),
    ...(log === undefined ? {} : { log: cleanLines(log) }),
  };
}

/** So much of a stack is kept (goals/wire/ledger.ts): of Python's, which end where the error was raised, the end. */
function nearest(stack: string): string {
  if (stack.length <= STACK_LIMIT || !/^(?:Traceback|\s*File ")/.test(stack)) return stack;
  const end = stack.slice(-STACK_LIMIT);
  return end.slice(Math.max(0, end.search(/^\s*File "/m)));
}

/** With those of its causes, as far as it does not say them itself. */
function partsOf({ message, causes, type }: Extract<WorkflowAttemptEnd, { kind: 'failure' }>): string[] {
  const parts = message === '' ? [] : [message];
  for (const cause of keptCauses(causes))
    if (cause !== '' && !parts.some((part) => part.includes(cause))) parts.push(cause);
  if (parts.at(-1) === '…') parts.pop();
  return parts.length === 0 ? [type || 'Error'] : parts;
}

/** The root is always told: often it alone says what it is. */
const keptCauses = (causes: readonly string[]): readonly string[] =>
  causes.length <= 3 ? causes : [...causes.slice(0, 2), '…', causes.at(-1) as string];

/** So many causes of a failure are read: a failure is data of a bounded size, so this is no bound that one meets. */
export const MOST_CAUSES = 1000;

const cleanLines = ({ lines, dropped }: AttemptLines): AttemptLines => {
  const kept = boundedLines({ lines, dropped }, NEWEST_LINES_BYTES);
  return { ...kept, lines: kept.lines.map((line) => ({ ...line, text: redactedText(line.text) })) };
};

/** The details without secrets; of what is too large, only that. */
function boundedDetails(details: unknown): unknown {
  const bytes = jsonBytes(details);
  if (bytes > DETAILS_BYTES) return { omitted: `${bytes} bytes; ${DETAILS_BYTES} at most are kept` };
  const clean = redactedText(JSON.stringify(details));
  try {
    return JSON.parse(clean);
  } catch {
    return clean;
  }
}
