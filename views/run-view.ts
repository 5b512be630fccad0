// The run view: a pure function of a Temporal history and the activities that are pending. The core of the gateway.

import type { temporal } from '@temporalio/proto';
import { type AskedKind, askedKinds } from '../goals/wire/approvals.ts';
import { attemptOf } from '../goals/wire/attempt-id.ts';
import {
  achievementSchema,
  type Criterion,
  type Failure,
  type FailureKind,
  runFailureSchema,
} from '../goals/wire/failure.ts';
import { heartbeatSchema, lastEntry, type StepFailureDetails } from '../goals/wire/ledger.ts';
import { withLost } from '../goals/wire/lost-attempts.ts';
import { itemOf, type MapProgress } from '../goals/wire/map.ts';
import { memoNames, searchAttributes } from '../goals/wire/names.ts';
import type { Resume } from '../goals/wire/resume.ts';
import { parseRunId } from '../goals/wire/run-id.ts';
import type { OperatorAction } from '../goals/wire/run-record.ts';
import {
  type ErrorCounts,
  type HourlyErrors,
  type OmittedErrors,
  type Outcome,
  paceSchema,
  type Resumes,
  type Run,
  type RunError,
  type Step,
  type Why,
  whySchema,
} from '../goals/wire/run-view.ts';
import { storedSchema } from '../goals/wire/stored.ts';
import { countErrors, countsByStep, errorsOf, noErrors } from './errors.ts';
import { isoOf } from './event-time.ts';
import { type FailingTask, failingTask, STUCK_AFTER_MS, stuckIn } from './failing-task.ts';
import { inTime } from './in-time.ts';
import { operatorActions } from './operator-actions.ts';
import { firstValue, value } from './payload.ts';
import type { End } from './read-end.ts';
import { HistoryReader } from './read-history.ts';
import type { StepBook } from './step-book.ts';
import { isOpen, learn, type StepState } from './step-state.ts';

export interface RunSource {
  /** The run's ID, `goal:key`. */
  id: string;
  /** Temporal's run ID. */
  execution: string;
  /** The whole history, in order. */
  events: readonly temporal.api.history.v1.IHistoryEvent[];
  /** What `describe` told of the activities under way; empty for a closed run. */
  pendingActivities: readonly temporal.api.workflow.v1.IPendingActivityInfo[];
  /** What `describe` told of the task in which its code goes on. Absent where there is none, and of a closed run. */
  pendingTask?: temporal.api.workflow.v1.IPendingWorkflowTaskInfo | null | undefined;
  /** For how long its task must have failed for it to be stuck, in milliseconds. Default: a minute. */
  stuckAfterMs?: number;
  /** What time it is, in milliseconds since 1970, by Temporal's clock. Nothing of a closed run depends on it. */
  now: number;
}

/** A run, and its errors apart from it. */
export interface RunStory {
  run: Run;
  errors: RunError[];
  omitted: OmittedErrors[];
  hourly: HourlyErrors[];
  /** Its code does not go on: since when, and why; it may not yet be stuck. Null when it does. */
  failing: FailingTask | null;
  /** The goal's sentence of what is wanted, as the start said it. */
  sentence: string | null;
  /** What people did to the run. */
  actions: OperatorAction[];
  /** Why a step that failed made no further attempt, by its path. */
  gaveUp: ReadonlyMap<string, Exclude<StepFailureDetails['reason'], 'retried'>>;
}

export function runView({
  id,
  execution,
  events,
  pendingActivities,
  pendingTask,
  stuckAfterMs = STUCK_AFTER_MS,
  now,
}: RunSource): RunStory {
  const history = new HistoryReader(events);
  if (history.start === null) throw new Error(`the history of ${id} has no start: its events are not whole`);
  if (history.end === null)
    for (const pending of pendingActivities)
      if (!history.batches.goOn(pending, isStarted(pending))) goOn(history.book, pending);
  const { attributes } = history.start;
  const pace = paceSchema.safeParse(value(attributes.memo?.fields?.[memoNames.pace])).data;
  const ending = history.end === null ? null : endingOf(history.end, history.noted, pace?.deadlineMs);
  const steps = [...history.book.steps.values()];
  const all = history.book.values();
  const maps = history.maps.progress(now);
  const told = errorsOf(all, {
    closed: history.end !== null,
    cancelled: ending?.outcome === 'cancelled',
    failure: ending?.failure ?? null,
  });
  const counts = countsByStep(told, (path) => itemOf(path)?.map ?? path);
  const { goal, key } = parseRunId(id) ?? { goal: attributes.workflowType?.name ?? '', key: id };
  const why = whyOf(attributes, history.start.at);
  const struggling = all.flatMap(struggleOf);
  const waiting = steps.flatMap(waitedFor);
  const run: Run = {
    id,
    goal,
    key: stringOr(value(attributes.memo?.fields?.[memoNames.key]), key),
    execution,
    state: history.end !== null ? 'closed' : openState(struggling, waiting),
    outcome: ending?.outcome ?? null,
    startedAt: history.start.at,
    closedAt: history.end?.at ?? null,
    deadline: history.deadline ?? timeAfter(history.start.at, pace?.deadlineMs),
    expected: timeAfter(history.start.at, pace?.expectedMs),
    usualMs: pace?.usualMs ?? null,
    atRisk: false,
    late: false,
    owner: stringOr(value(attributes.searchAttributes?.indexedFields?.[searchAttributes.owner]), null),
    team: stringOr(value(attributes.searchAttributes?.indexedFields?.[searchAttributes.team]), null),
    why,
    resumes: resumesOf(history.resume, why),
    errors: countErrors(told, () => true),
    criteria: ending?.criteria ?? [],
    failure: ending?.failure ?? null,
    struggling,
    waiting,
    input: firstValue(attributes.input) ?? null,
    output: ending?.output ?? null,
    ...(ending?.already && { already: ending.already }),
    steps: steps.map((step) => stepOf(step, counts.get(step.path) ?? noErrors(), maps.get(step.path))),
  };
  const failing = history.end === null ? failingTask(events) : null;
  const stands = { ...run, ...inTime(run, told.errors, now) };
  return {
    run: withStuck(stands, stuckIn(failing, pendingTask, now, stuckAfterMs)),
    failing,
    ...told,
    sentence: stringOr(history.start.summary, null),
    actions: operatorActions(events),
    gaveUp: new Map(all.flatMap(({ path, gaveUp }) => (gaveUp === null ? [] : [[path, gaveUp]]))),
  };
}

const timeAfter = (start: string, ms: number | null | undefined): string | null =>
  ms == null ? null : new Date(Date.parse(start) + ms).toISOString();

/** The run as it is said to be while it is stuck, whatever else it is. */
export const withStuck = (run: Run, { stuck }: Pick<Run, 'stuck'>): Run =>
  stuck === undefined ? run : { ...run, state: 'stuck', stuck };

/** What a step struggles with: as it told, or later and so from its ledger. */
function struggleOf({ struggle, ledger, nextAttemptAt }: StepState): Run['struggling'] {
  if (struggle === null) return [];
  const { next: _, ...told } = struggle;
  const { code, message, fingerprint } = lastEntry(ledger) ?? struggle;
  const attempts = Math.max(struggle.attempts, ledger.total);
  return [{ ...told, code, message, fingerprint, attempts, nextAttemptAt }];
}

function openState(struggling: Run['struggling'], waiting: Run['waiting']): Run['state'] {
  if (struggling.length > 0) return 'struggling';
  return waiting.length > 0 ? 'waiting' : 'pursuing';
}

function waitedFor({ path: step, kind, name, asked, startedAt: since, ...rest }: StepState): Run['waiting'] {
  if (asked === undefined || !isOpen(rest) || !isAsked(kind)) return [];
  return [{ step, kind, name, by: asked.by, since, expires: asked.expires }];
}

const isAsked = (kind: string): kind is AskedKind => askedKinds.some((asked) => asked === kind);

const stringOr = <T>(given: unknown, otherwise: T): string | T =>
  typeof given === 'string' ? given : otherwise;

/** What the server holds of a step under way, which its history does not tell yet. */
function goOn(steps: StepBook, pending: temporal.api.workflow.v1.IPendingActivityInfo): void {
  const step = steps.get(attemptOf(pending.activityId ?? '').path);
  if (step === undefined) return;
  const heartbeat = heartbeatSchema.safeParse(firstValue(pending.heartbeatDetails)).data;
  learn(step, heartbeat?.ledger);
  step.progress = heartbeat?.progress ?? null;
  if (pending.lastFailure?.timeoutFailureInfo) {
    const noticed = isoOf(pending.scheduledTime) ?? step.startedAt;
    learn(step, withLost(step.ledger, pending.attempt ?? 1, noticed));
  }
  const started = isStarted(pending);
  step.state = started ? 'running' : 'waiting';
  step.attempts = step.ledger.total + (started ? 1 : 0);
  if (!started && heartbeat?.later !== undefined) {
    // It goes on elsewhere; when the server would wake it is no next attempt's time.
    step.state = 'running';
    step.attempts = step.ledger.total + 1;
  } else if (!started && (pending.attempt ?? 1) > 1)
    step.nextAttemptAt = isoOf(pending.nextAttemptScheduleTime) ?? isoOf(pending.scheduledTime);
}

// temporal.api.enums.v1.PendingActivityState: this file takes Temporal's types, and none of its code.
const STARTED = 2;
const CANCEL_REQUESTED = 3;

const isStarted = ({ state }: temporal.api.workflow.v1.IPendingActivityInfo): boolean =>
  state === STARTED || state === CANCEL_REQUESTED;

export interface Ending {
  outcome: Outcome;
  criteria: Criterion[];
  failure: Failure | null;
  output: unknown;
  already?: true;
}

/** What an end in Temporal is for the goal; `deadlineMs` is the deadline that its start told, where it told one. */
export function endingOf(
  end: End,
  noted: HistoryReader['noted'] = { criteria: [] },
  deadlineMs: number | null = null,
): Ending {
  switch (end.status) {
    case 'completed': {
      const stored = storedSchema.safeParse(end.result).data;
      if (stored !== undefined)
        return {
          outcome: 'achieved',
          failure: null,
          output: stored,
          criteria: noted.criteria,
          ...(noted.already && { already: noted.already }),
        };
      const achievement = achievementSchema.safeParse(end.result).data;
      return {
        outcome: 'achieved',
        criteria: achievement?.criteria ?? [],
        failure: null,
        output: achievement?.output,
        ...(achievement?.already && { already: achievement.already }),
      };
    }
    case 'cancelled':
      return { outcome: 'cancelled', criteria: [], failure: null, output: null };
    case 'failed': {
      const details = runFailureSchema.safeParse(firstValue(end.failure.applicationFailureInfo?.details));
      if (details.success) return { outcome: 'failed', ...details.data, output: null };
      return failedByEngine('engine_failed', end.failure.message ?? 'the workflow failed');
    }
    case 'terminated': {
      if (end.ended !== null)
        return { outcome: end.ended.outcome, failure: end.ended.failure, criteria: [], output: null };
      const reason = end.reason === '' ? '' : `: ${end.reason}`;
      return failedByEngine('terminated', `terminated in Temporal by ${end.by}${reason}`);
    }
    case 'timed-out':
      return deadlineMs === null
        ? failedByEngine('engine_timeout', 'ended by a timeout of the workflow in Temporal')
        : failedBy(
            'deadline',
            'deadline_passed',
            'the deadline passed, and long after it no worker had ended the run: Temporal did',
          );
  }
}

const failedBy = (kind: FailureKind, code: string, message: string): Ending => ({
  outcome: 'failed',
  criteria: [],
  failure: { kind, code, message, path: [], cause: null },
  output: null,
});

const failedByEngine = (code: string, message: string): Ending => failedBy('engine', code, message);

function whyOf(
  attributes: temporal.api.history.v1.IWorkflowExecutionStartedEventAttributes,
  startedAt: string,
): Why {
  const told = whySchema.safeParse(value(attributes.memo?.fields?.[memoNames.why]));
  if (told.success) return told.data;
  const parent = attributes.parentWorkflowExecution?.workflowId;
  return {
    kind: parent ? 'goal' : 'engine',
    at: startedAt,
    by: attributes.identity || null,
    reason: null,
    ref: parent ?? null,
  };
}

function resumesOf(resume: Resume | null, { at, by, reason }: Why): Resumes | null {
  if (resume === null) return null;
  const { from: execution, outcome, failure, seed: seeded, exclude: excluded, supply } = resume;
  const supplied = supply.map(({ step }) => step);
  return { execution, outcome, failure, at, by, reason, seeded, excluded, supplied };
}

const stepOf = (
  { ledger: _, plain: __, isForeign: ___, struggle: ____, gaveUp: _____, waitingFor, ...step }: StepState,
  errors: ErrorCounts,
  map: MapProgress | undefined,
): Step => ({
  ...step,
  ...(map && { map }),
  ...(waitingFor === null ? {} : { waitingFor }),
  errors,
});
