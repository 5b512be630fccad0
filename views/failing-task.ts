// Why a run's code does not go on: its workflow task failed, and the server has it tried again for ever. Of a row of
// failures a history tells the first, and each that came after something new; how many there were, `describe` tells.

import type { temporal } from '@temporalio/proto';
import type { Code } from '../goals/wire/codes.ts';
import { codeOfBuild, memoNames, stepOfMemo } from '../goals/wire/names.ts';
import type { Run } from '../goals/wire/run-view.ts';
import { boundedText } from '../goals/wire/text/bounded-text.ts';
import { redactedText } from '../goals/wire/text/redact.ts';
import { at, millisecondsOf } from './event-time.ts';
import { value } from './payload.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Pending = temporal.api.workflow.v1.IPendingWorkflowTaskInfo;

/** Attempts that a task must have had for its run to be stuck. */
const ATTEMPTS = 3;

/** For so long they must have failed, where nobody says otherwise. */
export const STUCK_AFTER_MS = 60_000;

/** A task that waits for so long is one that no worker takes. */
export const UNTAKEN_AFTER_MS = 10_000;

const MESSAGE_LIMIT = 500;

// temporal.api.enums.v1.WorkflowTaskFailedCause: this file takes Temporal's types, and none of its code.
const NON_DETERMINISTIC = 24;
const STORAGE_FAILURE = 38;
/** Not of the code's making: unhandled command, sticky queue reset, close forced, failover, workflow reset. */
const HARMLESS: ReadonlySet<unknown> = new Set([1, 13, 17, 18, 20]);

// temporal.api.enums.v1.TimeoutType
const START_TO_CLOSE = 1;

// temporal.api.enums.v1.PendingWorkflowTaskState
const SCHEDULED = 1;

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
  return timedOut?.timeoutType === START_TO_CLOSE;
}

const STRAY = 'the code of the goal has begun something that it never awaits, and that has failed';

function reasonOf(event: Event, events: readonly Event[]): Pick<FailingTask, 'code' | 'message'> {
  const failed = event.workflowTaskFailedEventAttributes;
  const said = redactedText(failed?.failure?.message ?? '');
  if (failed?.cause === NON_DETERMINISTIC)
    return { code: 'code_changed', message: boundedText(differenceIn(said, events), MESSAGE_LIMIT) };
  if (
    failed?.cause === STORAGE_FAILURE ||
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

/** What the code of now does where the history goes on otherwise, in the words of the goal. */
function differenceIn(said: string, events: readonly Event[]): string {
  const [, then, now] =
    /of scheduled event '([^']+)' does not match activity \w+ of activity command '([^']+)'/.exec(said) ?? [];
  if (then !== undefined) return `${then} is what it did, and the code of now does ${now} in its place`;
  const [, machine = '', id] =
    /(\w+) machine does not handle this event: HistoryEvent\(id: (\d+)/.exec(said) ?? [];
  const event = events.find(({ eventId }) => String(eventId) === id);
  const did = event === undefined ? null : whatIs(event);
  if (did !== null)
    return `${did} is what it did, and the code of now ${DOES[machine] ?? 'does something else'} in its place`;
  return (
    said.replace(/^\[TMPRL1100\] (Nondeterminism error: )?/, '') ||
    'its history is not what the code of now does'
  );
}

const DOES: Record<string, string> = {
  Activity: 'runs a job',
  Timer: 'sleeps, or sets a deadline,',
  LocalActivity: 'calls something inline',
  ChildWorkflow: 'begins the run of another goal',
  ModifyWorkflowProperties: 'asks a person',
  CompleteWorkflow: 'ends',
  FailWorkflow: 'fails',
};

/** What the run did by this event; null where that says nothing to whoever wrote the goal. */
function whatIs(event: Event): string | null {
  const { upsertedMemo } = event.workflowPropertiesModifiedEventAttributes ?? {};
  const asked = Object.keys(upsertedMemo?.fields ?? {})
    .map(stepOfMemo)
    .find((step) => step !== null);
  const child = event.startChildWorkflowExecutionInitiatedEventAttributes;
  const summary = value(event.userMetadata?.summary);
  return (
    event.activityTaskScheduledEventAttributes?.activityId ??
    (event.timerStartedEventAttributes && typeof summary === 'string' ? summary : null) ??
    (asked === undefined ? null : `to ask ${asked}`) ??
    (child ? String(value(child.memo?.fields?.[memoNames.step]) ?? child.workflowType?.name) : null)
  );
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
  if (pending?.state !== SCHEDULED || since === null || now - since < UNTAKEN_AFTER_MS) return null;
  return new Date(since).toISOString();
}
