// The run view: a pure function of a Temporal history and the activities that are pending. The core of the gateway.

import type { temporal } from '@temporalio/proto';
import { verifiedMark } from '../goals/wire/actor.ts';
import type { RunArtifacts } from '../goals/wire/artifacts.ts';
import { attemptOf } from '../goals/wire/attempt-id.ts';
import { timesIn } from '../goals/wire/by-clock.ts';
import { achievementSchema, type FailureKind, runFailureSchema } from '../goals/wire/failure.ts';
import { heartbeatSchema, type StepFailureDetails } from '../goals/wire/ledger.ts';
import { withLostAttempts } from '../goals/wire/lost-attempts.ts';
import { memoNames, searchAttributes } from '../goals/wire/names.ts';
import type { Resume } from '../goals/wire/resume.ts';
import type { OperatorAction } from '../goals/wire/run-record.ts';
import { startsAtSchema } from '../goals/wire/run-start.ts';
import {
  type HourlyErrors,
  type OmittedErrors,
  paceSchema,
  type Resumes,
  type Run,
  type RunError,
  type Why,
  whySchema,
} from '../goals/wire/run-view.ts';
import { storedSchema, unopenedSchema } from '../goals/wire/stored.ts';
import { pendingActivityState } from '../goals/wire/temporal-enums.ts';
import { annotationIn, tagsOfStart, withAnnotations } from './annotations.ts';
import { isoOf } from './event-time.ts';
import { type FailingTask, failingTask, STUCK_AFTER_MS, stuckIn } from './failing-task.ts';
import { type LastAttempt, lastAttempts } from './last-attempts.ts';
import type { MapInParts } from './maps.ts';
import { operatorActions } from './operator-actions.ts';
import { firstValue, value } from './payload.ts';
import type { End } from './read-end.ts';
import { HistoryReader } from './read-history.ts';
import { type Ending, reportedOf } from './run-story.ts';
import type { StepBook } from './step-book.ts';
import { learn } from './step-state.ts';

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
  /** What it shows beside its outcome; null where that is nothing. */
  artifacts: RunArtifacts | null;
  /** Why a step that failed made no further attempt, by its path. */
  gaveUp: ReadonlyMap<string, Exclude<StepFailureDetails['reason'], 'retried'>>;
  /** When and where the last attempt of each step ran, by its path. */
  attempts: ReadonlyMap<string, LastAttempt>;
  /** Each map in parts, by the path of its step. */
  maps: ReadonlyMap<string, MapInParts>;
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
  const ending =
    history.end === null ? null : endingOf(history.end, history.noted, timesIn(pace, 0).deadline !== null);
  const why = whyOf(attributes, history.start.at);
  const told = reportedOf({
    id,
    execution,
    key: stringOr(value(attributes.memo?.fields?.[memoNames.key]), null),
    named: attributes.workflowType?.name ?? '',
    startedAt: history.seed === null ? history.start.at : new Date(history.seed.begun).toISOString(),
    startsAt: startsAtSchema.safeParse(value(attributes.memo?.fields?.[memoNames.startsAt])).data,
    closedAt: history.end?.at ?? null,
    ending,
    deadline: history.deadline,
    pace,
    owner: stringOr(value(attributes.searchAttributes?.indexedFields?.[searchAttributes.owner]), null),
    team: stringOr(value(attributes.searchAttributes?.indexedFields?.[searchAttributes.team]), null),
    why,
    resumes: resumesOf(history.resume, why),
    input: firstValue(attributes.input) ?? null,
    book: history.book,
    maps: history.maps,
    now,
  });
  const { run, ...errors } = told;
  const failing = history.end === null ? failingTask(events) : null;
  const added = events.flatMap((event) => annotationIn(event) ?? []);
  const artifacts = history.artifacts.told;
  const shows = artifacts === null ? {} : { artifacts: countOf(artifacts) };
  const shown = { ...run, ...shows, ...history.datasets.shown, tags: tagsOfStart(attributes) };
  const noted = withAnnotations(shown, added);
  return {
    run: withStuck(noted, stuckIn(failing, pendingTask, now, stuckAfterMs)),
    failing,
    ...errors,
    sentence: stringOr(history.start.summary, null),
    actions: operatorActions(events),
    artifacts,
    gaveUp: new Map(
      history.book.values().flatMap(({ step, gaveUp }) => (gaveUp === null ? [] : [[step.path, gaveUp]])),
    ),
    maps: history.maps.parts(),
    attempts: lastAttempts(events, history.end === null ? pendingActivities : []),
  };
}

const countOf = ({ items, dropped }: RunArtifacts) => ({ kept: items.length, dropped });

/** The run as it is said to be while it is stuck, whatever else it is. */
export const withStuck = (run: Run, { stuck }: Pick<Run, 'stuck'>): Run =>
  stuck === undefined ? run : { ...run, state: 'stuck', stuck };

const stringOr = <T>(given: unknown, otherwise: T): string | T =>
  typeof given === 'string' ? given : otherwise;

/** What the server holds of a step under way, which its history does not tell yet. */
function goOn(steps: StepBook, pending: temporal.api.workflow.v1.IPendingActivityInfo): void {
  const known = steps.get(attemptOf(pending.activityId ?? '').path);
  if (known === undefined) return;
  const { step } = known;
  const heartbeat = heartbeatSchema.safeParse(firstValue(pending.heartbeatDetails)).data;
  learn(known, heartbeat?.ledger);
  step.progress = heartbeat?.progress ?? null;
  if (pending.lastFailure?.timeoutFailureInfo) {
    const noticed = isoOf(pending.scheduledTime) ?? step.startedAt;
    learn(known, withLostAttempts(known.ledger, pending.attempt ?? 1, noticed));
  }
  const started = isStarted(pending);
  step.state = started ? 'running' : 'waiting';
  step.attempts = known.ledger.total + (started ? 1 : 0);
  if (!started && heartbeat?.later !== undefined) {
    // It goes on elsewhere; when the server would wake it is no next attempt's time.
    step.state = 'running';
    step.attempts = known.ledger.total + 1;
  } else if (!started && (pending.attempt ?? 1) > 1)
    step.nextAttemptAt = isoOf(pending.nextAttemptScheduleTime) ?? isoOf(pending.scheduledTime);
}

const isStarted = ({ state }: temporal.api.workflow.v1.IPendingActivityInfo): boolean =>
  state === pendingActivityState.STARTED || state === pendingActivityState.CANCEL_REQUESTED;

/** What an end in Temporal is for the goal; `hadDeadline`: its start told of one. */
export function endingOf(
  end: End,
  noted: HistoryReader['noted'] = { criteria: [] },
  hadDeadline = false,
): Ending {
  switch (end.status) {
    case 'completed': {
      const stored = storedSchema.safeParse(end.result).data ?? unopenedSchema.safeParse(end.result).data;
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
      return hadDeadline
        ? failedBy(
            'deadline',
            'deadline_passed',
            'the deadline passed, and long after it no worker had ended the run: Temporal did',
          )
        : failedByEngine('engine_timeout', 'ended by a timeout of the workflow in Temporal');
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

function resumesOf(resume: Resume | null, { at, by, reason, ...why }: Why): Resumes | null {
  if (resume === null) return null;
  const { from: execution, outcome, failure, seed: seeded, exclude: excluded, supply } = resume;
  const supplied = supply.map(({ step }) => step);
  const wanted = { at, by, ...verifiedMark(why), reason };
  return { execution, outcome, failure, ...wanted, seeded, excluded, supplied };
}
