// Why a run's code does not go on: its workflow task failed, and the server has it tried again for ever. Of a row of
// failures a history tells the first, and each that came after something new; how many there were, `describe` tells.

import type { temporal } from '@temporalio/proto';
import type { Code } from '../goals/wire/codes.ts';
import { codeOfBuild } from '../goals/wire/names.ts';
import type { Run } from '../goals/wire/run-view.ts';
import {
  pendingWorkflowTaskState,
  timeoutType,
  workflowTaskFailedCause,
} from '../goals/wire/temporal-enums.ts';
import { boundedText } from '../goals/wire/text/bounded-text.ts';
import { redactedText } from '../goals/wire/text/redact.ts';
import { codeDifference } from './code-difference.ts';
import { at, millisecondsOf } from './event-time.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Pending = temporal.api.workflow.v1.IPendingWorkflowTaskInfo;

/** Attempts that a task must have had for its run to be stuck. */
const ATTEMPTS = 3;

/** For so long they must have failed, where nobody says otherwise. */
export const STUCK_AFTER_MS = 60_000;

/** A task that waits for so long is one that no worker takes. */
export const UNTAKEN_AFTER_MS = 10_000;

const MESSAGE_LIMIT = 500;

const { NON_DETERMINISTIC_ERROR, EXTERNAL_STORAGE_FAILURE, ...others } = workflowTaskFailedCause;
/** Not of the code's making. */
const HARMLESS: ReadonlySet<unknown> = new Set(Object.values(others));

export type StuckCode = Extract<Code, 'code_changed' | 'payload_unreadable' | 'code_loops' | 'code_stuck'>;

export interface FailingTask {
  code: StuckCode;
  message: string;
  /** When the first of the row failed. */
  since: string;
  /** How many failures the history tells. */
  failures: number;
  /** Digests of the workflow code that did the first and the last task that succeeded; null where they are not known. */
  began: string | null;
  last: string | null;
  /** More than one deployment's code has done tasks of it. */
  isMixed: boolean;
}

/** Of a history, or of its end as far as the last task that succeeded. Null when no task has failed since. */
export function failingTask(events: readonly Event[]): FailingTask | null {
  const done = events.findLastIndex((event) => event.workflowTaskCompletedEventAttributes);
  const failed = events.slice(done + 1).filter(isFailure);
  const first = failed[0];
  const last = failed.at(-1);
  if (first === undefined || last === undefined) return null;
  const codes = events.flatMap(
    ({ workflowTaskCompletedEventAttributes: completed }) =>
      codeOfBuild(completed?.workerVersion?.buildId) ?? [],
  );
  return {
    ...reasonOf(failed.find(({ workflowTaskFailedEventAttributes: told }) => told) ?? last, events),
    since: at(first),
    failures: failed.length,
    began: codes[0] ?? null,
    last: codes.at(-1) ?? null,
    isMixed: new Set(codes).size > 1,
  };
}

function isFailure(event: Event): boolean {
  const { workflowTaskFailedEventAttributes: failed, workflowTaskTimedOutEventAttributes: timedOut } = event;
  if (failed) return !HARMLESS.has(failed.cause);
  // A worker that is gone has let it pass, or one whose thread does not answer.
  return timedOut?.timeoutType === timeoutType.START_TO_CLOSE;
}

const STRAY = 'the code of the goal has begun something that it never awaits, and that has failed';

function reasonOf(event: Event, events: readonly Event[]): Pick<FailingTask, 'code' | 'message'> {
  const failed = event.workflowTaskFailedEventAttributes;
  const said = redactedText(failed?.failure?.message ?? '');
  if (failed?.cause === NON_DETERMINISTIC_ERROR)
    return { code: 'code_changed', message: boundedText(codeDifference(said, events), MESSAGE_LIMIT) };
  if (
    failed?.cause === EXTERNAL_STORAGE_FAILURE ||
    /stored payload|external storage|\bpayload\b.*\bread\b/i.test(said)
  )
    return { code: 'payload_unreadable', message: boundedText(said, MESSAGE_LIMIT) };
  if (/TMPRL1104|potential deadlock|execution timed out/i.test(said))
    return { code: 'code_loops', message: 'the code of the goal runs on and never waits: it loops' };
  const stray = /^Unhandled Promise rejection: (.*)/s.exec(said)?.[1];
  if (stray !== undefined)
    return { code: 'code_stuck', message: boundedText(`${STRAY}: ${stray}`, MESSAGE_LIMIT) };
  const lost = 'each worker that took it up was lost, or did not answer';
  return {
    code: 'code_stuck',
    message: boundedText(failed ? said || 'no reason was told' : lost, MESSAGE_LIMIT),
  };
}

const MEND: Record<StuckCode, string> = {
  code_changed:
    'Bring back the code that it went on with last, and it goes on at the next attempt, ten minutes at the latest, or at once by resume. Or resume it with the code of now: it goes on in another execution, which keeps what had succeeded. Or cancel it.',
  payload_unreadable:
    'Give the workers back what is missing (GOALKEEPER_STORAGE), and it goes on at the next attempt, or at once by resume. Older code does not help. Or cancel it.',
  code_loops:
    'Mend the loop and deploy: it goes on at the next attempt, or at once by resume, where nothing before the loop has changed. Or cancel it.',
  code_stuck:
    'The log of the worker says more. Mended, it goes on at the next attempt, ten minutes at the latest, or at once by resume. Or cancel it.',
};

const MIXED =
  'The code of more than one deployment has done parts of it: only what matches all of its history lets it go on.';

/** How a run is stuck: its task has failed again and again, for long. Absent when it is not, or when nobody takes the task. */
export function stuckIn(
  failing: FailingTask | null,
  pending: Pending | null | undefined,
  now: number,
  afterMs: number,
): Pick<Run, 'stuck'> {
  if (failing === null || !pending || untakenSince(pending, now) !== null) return {};
  const { code, message, since, failures, began, last, isMixed } = failing;
  const attempts = failures + Math.max(1, pending.attempt ?? 1) - 1;
  if (attempts < ATTEMPTS || now - Date.parse(since) < afterMs) return {};
  const mend = isMixed && code === 'code_changed' ? `${MIXED} ${MEND[code]}` : MEND[code];
  return { stuck: { since, attempts, code, message, began, last, mend } };
}

/** Since when a task of the run waits for a worker and none takes it; null when one has it, or has only just been asked. */
export function untakenSince(pending: Pending | null | undefined, now: number): string | null {
  const since = millisecondsOf(pending?.scheduledTime);
  if (
    pending?.state !== pendingWorkflowTaskState.SCHEDULED ||
    since === null ||
    now - since < UNTAKEN_AFTER_MS
  )
    return null;
  return new Date(since).toISOString();
}
