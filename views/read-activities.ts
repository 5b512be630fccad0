// Reads of a run's history what it tells of the activities that make the attempts of single steps, and of the permits that
// they wait for.

import type { temporal } from '@temporalio/proto';
import { attemptOf } from '../goals/wire/attempt-id.ts';
import { callSchema } from '../goals/wire/call.ts';
import { fingerprint } from '../goals/wire/fingerprint.ts';
import {
  type AttemptError,
  enter,
  heartbeatSchema,
  isGivenBack,
  pendingLedgersSchema,
  stepFailureSchema,
  stepResultSchema,
} from '../goals/wire/ledger.ts';
import { withLostAttempts, withUnreportedAttempt } from '../goals/wire/lost-attempts.ts';
import { itemOf } from '../goals/wire/map.ts';
import { activityNames } from '../goals/wire/names.ts';
import { poolMarkerSchema } from '../goals/wire/pools.ts';
import { retryState, timeoutType } from '../goals/wire/temporal-enums.ts';
import { millisecondsOf } from './event-time.ts';
import type { MapReader } from './maps.ts';
import { firstValue, value } from './payload.ts';
import type { StepBook } from './step-book.ts';
import { attemptsOf, close, isOpen, learn, newStep, type StepState } from './step-state.ts';
import { type Begun, entryOf, Followed, isOneAttempt } from './workflow-attempts.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Failure = temporal.api.failure.v1.IFailure;

export class ActivityReader {
  readonly #book: StepBook;
  readonly #maps: MapReader;
  readonly #followed: Followed;
  readonly #pathOfEvent = new Map<string, string>();
  /** Attempts that the workflow makes itself, by the event that scheduled them. */
  readonly #attempts = new Map<string, Begun>();
  readonly #triedByWorkflow = new Set<string>();
  /** Steps that asked for a permit of a pool. */
  readonly #pooled = new Set<string>();

  constructor(book: StepBook, maps: MapReader, events: readonly Event[]) {
    this.#book = book;
    this.#maps = maps;
    this.#followed = new Followed(events);
  }

  /** Whether it is an event of an activity that makes attempts of one step. */
  read(event: Event, time: string): boolean {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const { path, n } = attemptOf(scheduled.activityId ?? '');
      this.#pathOfEvent.set(String(event.eventId), path);
      const before = this.#book.get(path);
      if (path.includes('/'))
        this.#maps.total(path, callSchema.safeParse(value(scheduled.input?.payloads?.[1])).data?.items);
      // A step of a pool has begun to wait before, one that no worker took is scheduled again, and so is one whose
      // callback told of a failure.
      if (before !== undefined) endWait(before);
      else this.#book.set(path, newStep(path, 'job', scheduled.activityType?.name ?? '', time));
      const timeoutMs = millisecondsOf(scheduled.startToCloseTimeout) ?? 0;
      if (isOneAttempt(scheduled)) {
        this.#attempts.set(String(event.eventId), { n, at: null, worker: 'unknown', timeoutMs });
        this.#triedByWorkflow.add(path);
      }
      return true;
    }
    const started = event.activityTaskStartedEventAttributes;
    if (started) {
      const known = this.#stepOf(started.scheduledEventId);
      const one = this.#attempts.get(String(started.scheduledEventId));
      if (known && one) {
        [one.at, one.worker] = [time, started.identity || one.worker];
        known.step.attempts = one.n;
      } else if (known) {
        known.step.attempts = started.attempt ?? 1;
        known.isWorkflowAttempt = Boolean(started.lastFailure?.applicationFailureInfo);
      }
      return known !== undefined;
    }
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed) {
      const known = this.#stepOf(completed.scheduledEventId);
      if (known === undefined) return false;
      // Of another worker's result nothing is ours, whatever it looks like.
      const isWorkflowAttempt = this.#attempts.has(String(completed.scheduledEventId));
      const result = stepResultSchema.safeParse(isWorkflowAttempt ? undefined : firstValue(completed.result));
      const answered = result.data?.answered;
      learn(known, answered?.ledger ?? result.data?.ledger);
      known.step.attempts = attemptsOf(known, 1);
      // A callback told that the attempt failed: another activity goes on with the step.
      if (answered === undefined) close(known, 'succeeded', time);
      else known.step.state = 'waiting';
      return true;
    }
    return this.#unsuccessful(event, time);
  }

  #unsuccessful(event: Event, time: string): boolean {
    const failed = event.activityTaskFailedEventAttributes;
    const timedOut = event.activityTaskTimedOutEventAttributes;
    const cancelled = event.activityTaskCanceledEventAttributes;
    const known = this.#stepOf((failed ?? timedOut ?? cancelled)?.scheduledEventId);
    if (known === undefined) return false;
    const one = this.#attempts.get(String((failed ?? timedOut ?? cancelled)?.scheduledEventId));
    if (one) return this.#attemptUnsuccessful(known, one, event, time);
    if (failed) {
      const details = stepFailureSchema.safeParse(
        firstValue(failed.failure?.applicationFailureInfo?.details),
      );
      learn(known, details.data?.ledger);
      const reason = details.data?.reason ?? null;
      // What was still being retried did not give up: its run was cancelled.
      known.gaveUp = reason === 'retried' ? null : reason;
      if (!details.success) known.plain = plainEntry(known, failed.failure ?? {}, time);
      // The attempt failed while a cancellation was on its way to it: the server would have tried again.
      if (failed.retryState === retryState.CANCEL_REQUESTED) return this.#ended(known, 'cancelled', time);
    } else if (timedOut) {
      const last = heartbeatSchema.safeParse(
        firstValue(timedOut.failure?.timeoutFailureInfo?.lastHeartbeatDetails),
      );
      learn(known, last.data?.ledger);
      if (isOurs(known)) {
        // Without a start the known waited for its next attempt, or for its first one: nothing was lost.
        if (Number(timedOut.startedEventId ?? 0) > 0)
          known.ledger = withLostAttempts(known.ledger, known.step.attempts + 1, time);
      } else known.plain = plainEntry(known, timedOut.failure ?? {}, time);
    } else {
      const details = firstValue(cancelled?.details) as { ledger?: unknown } | undefined;
      const told = heartbeatSchema.shape.ledger.safeParse(details?.ledger).data;
      learn(known, told);
      // Cancelled while it waited for its next attempt: the one that the run saw under way had failed meanwhile.
      if (told === undefined && known.ledger.running)
        known.ledger = withUnreportedAttempt(known.ledger, time);
    }
    if (!cancelled) return this.#ended(known, 'failed', time);
    // The attempt that was cut off had begun, too. Between two tries in the worker nobody can tell.
    const cutOff = Number(cancelled.startedEventId ?? 0) > 0 && !known.ledger.open ? 1 : 0;
    return this.#ended(known, 'cancelled', time, cutOff);
  }

  #attemptUnsuccessful(known: StepState, one: Begun, event: Event, time: string): true {
    const failed = event.activityTaskFailedEventAttributes;
    const failure = (failed ?? event.activityTaskTimedOutEventAttributes)?.failure;
    // Nobody took it in time, or the worker gave it back: its known waits for a permit again.
    const isUntaken =
      failure?.timeoutFailureInfo?.timeoutType === timeoutType.SCHEDULE_TO_START ||
      isGivenBack(firstValue(failure?.applicationFailureInfo?.details));
    if (isUntaken && this.#pooled.has(known.step.path)) return true;
    const entry = failure ? entryOf(one, failure, event) : null;
    if (entry !== null) known.ledger = enter(known.ledger, entry, false);
    if (!failure || failed?.retryState === retryState.CANCEL_REQUESTED)
      return this.#ended(known, 'cancelled', time, one.n - known.ledger.total);
    if (this.#followed.by({ path: known.step.path, n: one.n }, event) === false)
      return this.#ended(known, 'failed', time);
    return true;
  }

  /** `more`: attempts that began, beside those that the ledger has. */
  #ended(
    known: StepState,
    state: 'failed' | 'cancelled',
    time: string,
    more = known.plain === null ? 0 : 1,
  ): true {
    known.step.attempts = attemptsOf(known, more);
    close(known, state, time);
    return true;
  }

  /** A step asked for a permit of its pool, or gave it back. */
  permit(type: string, result: unknown, time: string): void {
    const told = poolMarkerSchema.safeParse(result).data;
    if (told === undefined) return;
    const { step: path, pool, gone } = told;
    const known =
      this.#book.get(path) ?? newStep(path, 'job', itemOf(path)?.job ?? path.replace(/#\d+$/, ''), time);
    this.#book.set(path, known);
    this.#pooled.add(path);
    if (!isOpen(known)) return;
    if (type === activityNames.askForPermit) {
      known.step.nextAttemptAt = null;
      known.step.waitingFor = `pool ${pool}`;
    } else if (gone) close(known, 'cancelled', time);
  }

  /** What the server held of steps that the run tore down. */
  tornDown(result: unknown): void {
    const ledgers = pendingLedgersSchema.safeParse(result);
    for (const [path, ledger] of Object.entries(ledgers.data ?? {})) {
      const known = this.#book.get(path);
      if (known === undefined || this.#triedByWorkflow.has(path)) continue;
      learn(known, ledger);
      known.step.attempts = Math.max(known.step.attempts, known.ledger.total);
    }
  }

  #stepOf(eventId: unknown): StepState | undefined {
    return this.#book.get(this.#pathOfEvent.get(String(eventId)) ?? '');
  }
}

function endWait({ step }: StepState): void {
  step.nextAttemptAt = null;
  delete step.waitingFor;
}

/** A worker that is not ours keeps no ledger: its attempts failed, and left no entry. */
const isOurs = ({ ledger, isWorkflowAttempt }: StepState): boolean =>
  ledger.total > 0 || ledger.server > 0 || !isWorkflowAttempt;

/** An end without a ledger of ours, as an entry: what Temporal or another worker said. */
function plainEntry(known: StepState, failure: Failure, time: string): AttemptError {
  const type =
    failure.applicationFailureInfo?.type || (failure.timeoutFailureInfo ? 'TimeoutFailure' : 'Error');
  const message = failure.message ?? '';
  return {
    n: Math.max(known.step.attempts, known.ledger.total + 1),
    server: known.step.attempts,
    local: 1,
    at: time,
    ms: 0,
    type,
    code: 'engine_failed',
    message,
    fingerprint: fingerprint(type, message),
    class: failure.timeoutFailureInfo ? 'infrastructure' : 'transient',
    worker: 'unknown',
  };
}
