// Reads a history into the facts that a run's view is made of: its start, its steps, its end.

import type { temporal } from '@temporalio/proto';
import { keptStep } from '../goals/wire/approvals.ts';
import { attemptOf } from '../goals/wire/attempt-id.ts';
import { callSchema } from '../goals/wire/call.ts';
import type { Criterion } from '../goals/wire/failure.ts';
import { fingerprint } from '../goals/wire/fingerprint.ts';
import {
  type AttemptError,
  enter,
  gaveUpSchema,
  heartbeatSchema,
  isGivenBack,
  pendingLedgersSchema,
  stepFailureSchema,
  stepResultSchema,
} from '../goals/wire/ledger.ts';
import { withLost, withUntold } from '../goals/wire/lost.ts';
import { itemOf, shardOf } from '../goals/wire/map.ts';
import { activityNames, DEADLINE_TIMER, memoNames, signalNames } from '../goals/wire/names.ts';
import { poolMarkerSchema } from '../goals/wire/pools.ts';
import { type KeptResult, keptPageSchema, type Resume, takenSchema } from '../goals/wire/resume.ts';
import { struggleSchema } from '../goals/wire/run-view.ts';
import { notedSchema } from '../goals/wire/stored.ts';
import { AskedSteps } from './asked-steps.ts';
import { BatchReader } from './batches.ts';
import { at, millisecondsOf } from './event-time.ts';
import { type Begun, entryOf, Followed, isOneAttempt } from './foreign-attempts.ts';
import { resumeOf } from './known-steps.ts';
import { localActivity } from './local-activity.ts';
import { MapReader } from './maps.ts';
import { firstValue, value } from './payload.ts';
import { LeaseReader } from './read-leases.ts';
import { StepBook } from './step-book.ts';
import { close, isOpen, learn, newStep, type StepState } from './step-state.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Failure = temporal.api.failure.v1.IFailure;
type Signaled = temporal.api.history.v1.IWorkflowExecutionSignaledEventAttributes;
type Started = temporal.api.history.v1.IWorkflowExecutionStartedEventAttributes;

// Other timers are the engine's own waiting.
const STEP_PATH = /#\d+(?:~\d+)?$/;

/** How Temporal closed the workflow. */
export type End =
  | { status: 'completed'; at: string; result: unknown }
  | { status: 'failed'; at: string; failure: Failure }
  | { status: 'cancelled'; at: string }
  | { status: 'terminated'; at: string; reason: string; by: string }
  | { status: 'timed-out'; at: string };

export class HistoryReader {
  /** Steps, and items of maps. */
  readonly book = new StepBook();
  readonly maps = new MapReader(this.book);
  /** What it was told of the execution that it goes on from. */
  resume: Resume | null = null;
  start: { at: string; attributes: Started; summary: unknown } | null = null;
  deadline: string | null = null;
  end: End | null = null;
  /** As its last task noted them, where they are not in its result. */
  noted: { criteria: Criterion[]; already?: true | undefined } = { criteria: [] };
  readonly batches = new BatchReader(this.book, this.maps);
  readonly #pathOfEvent = new Map<string, string>();
  readonly #pathOfTimer = new Map<string, string>();
  readonly #asked = new AskedSteps(this.book.steps);
  readonly #keptResults = new Map<number, KeptResult>();
  readonly #kept: { step: StepState; order: number }[] = [];
  readonly #leases = new LeaseReader(this.book.steps);
  #taskStartedAt = 0;
  readonly #followed: Followed;
  /** Attempts that the workflow makes itself, by the event that scheduled them. */
  readonly #attempts = new Map<string, Begun>();
  readonly #triedByWorkflow = new Set<string>();
  /** Steps that asked for a permit of a pool. */
  readonly #pooled = new Set<string>();

  constructor(events: readonly Event[]) {
    this.#followed = new Followed(events);
    for (const event of events) this.#read(event);
    if (this.end !== null) this.#leases.runClosed();
    this.maps.close();
    this.book.steps = this.#inOrder();
    if (this.end !== null)
      for (const step of this.book.values()) if (isOpen(step)) close(step, 'abandoned', this.end.at);
  }

  #read(event: Event): void {
    const time = at(event);
    if (this.#asked.read(event, time) || this.maps.read(event, time) || this.batches.read(event, time))
      return;
    if (event.workflowExecutionStartedEventAttributes) {
      this.start = {
        at: time,
        attributes: event.workflowExecutionStartedEventAttributes,
        summary: value(event.userMetadata?.summary),
      };
      this.resume = resumeOf(this.start.attributes);
    } else if (event.workflowTaskStartedEventAttributes) this.#taskStartedAt = Date.parse(time);
    else if (event.markerRecordedEventAttributes) this.#marker(event, time);
    else if (event.workflowExecutionSignaledEventAttributes)
      this.#signal(event.workflowExecutionSignaledEventAttributes);
    else if (event.workflowPropertiesModifiedEventAttributes)
      this.#memo(event.workflowPropertiesModifiedEventAttributes.upsertedMemo?.fields ?? {});
    else if (event.timerStartedEventAttributes) this.#timerStarted(event, time);
    else if (event.timerFiredEventAttributes)
      this.#timerClosed(event.timerFiredEventAttributes.timerId, 'succeeded', time);
    else if (event.timerCanceledEventAttributes)
      this.#timerClosed(event.timerCanceledEventAttributes.timerId, 'cancelled', time);
    else if (!(this.#activity(event, time) || this.#leases.read(event, time) || this.#child(event, time)))
      this.#close(event, time);
  }

  #activity(event: Event, time: string): boolean {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const { path, n } = attemptOf(scheduled.activityId ?? '');
      this.#pathOfEvent.set(String(event.eventId), path);
      const before = this.book.get(path);
      if (path.includes('/'))
        this.maps.total(path, callSchema.safeParse(value(scheduled.input?.payloads?.[1])).data?.items);
      // A step of a pool has begun to wait before, one that no worker took is scheduled again, and so is one whose
      // callback told of a failure.
      if (before !== undefined) [before.nextAttemptAt, before.waitingFor] = [null, null];
      else this.book.set(path, newStep(path, 'job', scheduled.activityType?.name ?? '', time));
      const timeoutMs = millisecondsOf(scheduled.startToCloseTimeout) ?? 0;
      if (isOneAttempt(scheduled)) {
        this.#attempts.set(String(event.eventId), { n, at: null, worker: 'unknown', timeoutMs });
        this.#triedByWorkflow.add(path);
      }
      return true;
    }
    const started = event.activityTaskStartedEventAttributes;
    if (started) {
      const step = this.#stepOf(started.scheduledEventId);
      const one = this.#attempts.get(String(started.scheduledEventId));
      if (step && one) {
        [one.at, one.worker] = [time, started.identity || one.worker];
        step.attempts = one.n;
      } else if (step) {
        step.attempts = started.attempt ?? 1;
        step.isForeign = Boolean(started.lastFailure?.applicationFailureInfo);
      }
      return step !== undefined;
    }
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed) {
      const step = this.#stepOf(completed.scheduledEventId);
      if (step === undefined) return false;
      // Of another worker's result nothing is ours, whatever it looks like.
      const isForeign = this.#attempts.has(String(completed.scheduledEventId));
      const result = stepResultSchema.safeParse(isForeign ? undefined : firstValue(completed.result));
      const answered = result.data?.answered;
      learn(step, answered?.ledger ?? result.data?.ledger);
      step.attempts = attemptsOf(step, 1);
      // A callback told that the attempt failed: another activity goes on with the step.
      if (answered === undefined) close(step, 'succeeded', time);
      else step.state = 'waiting';
      return true;
    }
    return this.#activityUnsuccessful(event, time);
  }

  #activityUnsuccessful(event: Event, time: string): boolean {
    const failed = event.activityTaskFailedEventAttributes;
    const timedOut = event.activityTaskTimedOutEventAttributes;
    const cancelled = event.activityTaskCanceledEventAttributes;
    const step = this.#stepOf((failed ?? timedOut ?? cancelled)?.scheduledEventId);
    if (step === undefined) return false;
    const one = this.#attempts.get(String((failed ?? timedOut ?? cancelled)?.scheduledEventId));
    if (one) return this.#attemptUnsuccessful(step, one, event, time);
    if (failed) {
      const details = stepFailureSchema.safeParse(
        firstValue(failed.failure?.applicationFailureInfo?.details),
      );
      learn(step, details.data?.ledger);
      const reason = details.data?.reason ?? null;
      // What was still being retried did not give up: its run was cancelled.
      step.gaveUp = reason === 'retried' ? null : reason;
      if (!details.success) step.plain = plainEntry(step, failed.failure ?? {}, time);
      // The attempt failed while a cancellation was on its way to it: the server would have tried again.
      if (failed.retryState === CANCEL_REQUESTED) return this.#ended(step, 'cancelled', time);
    } else if (timedOut) {
      const last = heartbeatSchema.safeParse(
        firstValue(timedOut.failure?.timeoutFailureInfo?.lastHeartbeatDetails),
      );
      learn(step, last.data?.ledger);
      if (isOurs(step)) {
        // Without a start the step waited for its next attempt, or for its first one: nothing was lost.
        if (Number(timedOut.startedEventId ?? 0) > 0)
          step.ledger = withLost(step.ledger, step.attempts + 1, time);
      } else step.plain = plainEntry(step, timedOut.failure ?? {}, time);
    } else {
      const details = firstValue(cancelled?.details) as { ledger?: unknown } | undefined;
      const told = heartbeatSchema.shape.ledger.safeParse(details?.ledger).data;
      learn(step, told);
      // Cancelled while it waited for its next attempt: the one that the run saw under way had failed meanwhile.
      if (told === undefined && step.ledger.running) step.ledger = withUntold(step.ledger, time);
    }
    if (!cancelled) return this.#ended(step, 'failed', time);
    // The attempt that was cut off had begun, too. Between two tries in the worker nobody can tell.
    const cutOff = Number(cancelled.startedEventId ?? 0) > 0 && !step.ledger.open ? 1 : 0;
    return this.#ended(step, 'cancelled', time, cutOff);
  }

  #attemptUnsuccessful(step: StepState, one: Begun, event: Event, time: string): true {
    const failed = event.activityTaskFailedEventAttributes;
    const failure = (failed ?? event.activityTaskTimedOutEventAttributes)?.failure;
    // Nobody took it in time, or the worker gave it back: its step waits for a permit again.
    const isUntaken =
      failure?.timeoutFailureInfo?.timeoutType === SCHEDULE_TO_START ||
      isGivenBack(firstValue(failure?.applicationFailureInfo?.details));
    if (isUntaken && this.#pooled.has(step.path)) return true;
    const entry = failure ? entryOf(one, failure, event) : null;
    if (entry !== null) step.ledger = enter(step.ledger, entry, false);
    if (!failure || failed?.retryState === CANCEL_REQUESTED)
      return this.#ended(step, 'cancelled', time, one.n - step.ledger.total);
    if (this.#followed.by({ path: step.path, n: one.n }, event) === false)
      return this.#ended(step, 'failed', time);
    return true;
  }

  /** `more`: attempts that began, beside those that the ledger has. */
  #ended(
    step: StepState,
    state: 'failed' | 'cancelled',
    time: string,
    more = step.plain === null ? 0 : 1,
  ): true {
    step.attempts = attemptsOf(step, more);
    close(step, state, time);
    return true;
  }

  #child(event: Event, time: string): boolean {
    const initiated = event.startChildWorkflowExecutionInitiatedEventAttributes;
    if (initiated) {
      const name = initiated.workflowType?.name ?? '';
      const path = String(value(initiated.memo?.fields?.[memoNames.step]) ?? `${name}#${event.eventId}`);
      this.#pathOfEvent.set(String(event.eventId), path);
      this.book.set(path, { ...newStep(path, 'goal', name, time), run: initiated.workflowId ?? null });
      return true;
    }
    const completed = event.childWorkflowExecutionCompletedEventAttributes;
    const cancelled = event.childWorkflowExecutionCanceledEventAttributes;
    const unsuccessful =
      event.childWorkflowExecutionFailedEventAttributes ??
      event.childWorkflowExecutionTimedOutEventAttributes ??
      event.childWorkflowExecutionTerminatedEventAttributes;
    const step = this.#stepOf((completed ?? cancelled ?? unsuccessful)?.initiatedEventId);
    if (step === undefined) return false;
    close(step, completed ? 'succeeded' : cancelled ? 'cancelled' : 'failed', time);
    return true;
  }

  #marker(event: Event, time: string): void {
    const { type, result } = localActivity(event) ?? {};
    if (type === activityNames.keptResults) this.#keptPage(result);
    else if (type === activityNames.keptSteps) this.#keptSteps(result, time);
    else if (type === activityNames.askForPermit || type === activityNames.releasePermit)
      this.#pool(type, result, time);
    else if (type === activityNames.pendingLedgers) {
      const ledgers = pendingLedgersSchema.safeParse(result);
      for (const [path, ledger] of Object.entries(ledgers.data ?? {})) {
        const step = this.book.get(path);
        if (step === undefined || this.#triedByWorkflow.has(path)) continue;
        learn(step, ledger);
        step.attempts = Math.max(step.attempts, step.ledger.total);
      }
    } else if (type === activityNames.note) this.#note(result, time);
    else if (type === activityNames.findRun) this.#found(result, time);
  }

  /** What lies outside of the history with a large result, and was written into it for that reason. */
  #note(result: unknown, time: string): void {
    const noted = notedSchema.safeParse(result).data ?? {};
    const { step: path, ledger, criteria, already, run, kept, map } = noted;
    if (map !== undefined) this.maps.noted(map, time);
    const step = this.book.get(path ?? '');
    if (step !== undefined && ledger !== undefined) {
      learn(step, ledger);
      step.attempts = attemptsOf(step, 1);
    }
    if (criteria !== undefined) this.noted = { criteria, already };
    if (run !== undefined) this.#found(run, time);
    for (const one of kept?.results ?? []) this.#keptResults.set(one.n, one);
  }

  #found(result: unknown, time: string): void {
    const { id, state } = (result ?? {}) as { id?: string; state?: string };
    if (state === undefined || state === 'running') return;
    const outcome = state === 'achieved' ? 'succeeded' : state === 'cancelled' ? 'cancelled' : 'failed';
    for (const step of this.book.steps.values())
      if (step.run === id && isOpen(step)) close(step, outcome, time);
  }

  #pool(type: string, result: unknown, time: string): void {
    const told = poolMarkerSchema.safeParse(result).data;
    if (told === undefined) return;
    const { step: path, pool, gone } = told;
    const step =
      this.book.get(path) ?? newStep(path, 'job', itemOf(path)?.job ?? path.replace(/#\d+$/, ''), time);
    this.book.set(path, step);
    this.#pooled.add(path);
    if (!isOpen(step)) return;
    if (type === activityNames.askForPermit) [step.nextAttemptAt, step.waitingFor] = [null, `pool ${pool}`];
    else if (gone) close(step, 'cancelled', time);
  }

  #signal({ signalName, input }: Signaled): void {
    if (signalName === signalNames.struggling) this.#struggles(firstValue(input));
  }

  #memo(fields: Record<string, temporal.api.common.v1.IPayload>): void {
    this.#struggles(value(fields[memoNames.struggle]));
    const gaveUp = gaveUpSchema.safeParse(value(fields[memoNames.gaveUp])).data;
    const step = this.book.get(gaveUp?.step ?? '');
    if (gaveUp !== undefined && step !== undefined) step.gaveUp = gaveUp.reason;
  }

  #struggles(given: unknown): void {
    const struggle = struggleSchema.safeParse(given).data;
    const step = this.book.get(struggle?.step ?? '');
    if (struggle !== undefined && step !== undefined && isOpen(step)) step.struggle = struggle;
  }

  #keptPage(result: unknown): void {
    for (const kept of keptPageSchema.safeParse(result).data?.results ?? [])
      this.#keptResults.set(kept.n, kept);
  }

  #keptSteps(result: unknown, time: string): void {
    const supplied = new Set(this.resume?.supply.map(({ n }) => n));
    for (const { path, order, n } of takenSchema.safeParse(result).data ?? []) {
      // The run notes of how many items that is.
      if (shardOf(path) !== null) continue;
      const result = this.#keptResults.get(n);
      const { kind } = keptStep(result?.job ?? '');
      const step = newStep(path, kind, itemOf(path)?.job ?? path.replace(/#\d+$/, ''), time);
      close(step, 'succeeded', time);
      const before = this.resume?.from ?? '';
      step.kept = supplied.has(n)
        ? { from: before, supplied: true }
        : { from: result?.from ?? before, supplied: false };
      this.book.set(path, step);
      if (itemOf(path) === null) this.#kept.push({ step, order });
    }
  }

  /** Puts the steps that took a kept result where they belong: their event comes after those of the steps that ran. */
  #inOrder(): Map<string, StepState> {
    if (this.#kept.length === 0) return this.book.steps;
    const steps = [...this.book.steps.values()].filter(({ kept }) => kept === null);
    const kept = this.#kept.sort((a, b) => a.order - b.order);
    const ran = steps[Symbol.iterator]();
    const ordered: StepState[] = [];
    for (const { step, order } of kept) {
      while (ordered.length < order) {
        const { done, value: next } = ran.next();
        if (done) break;
        ordered.push(next);
      }
      ordered.push(step);
    }
    ordered.push(...ran);
    return new Map(ordered.map((step) => [step.path, step]));
  }

  #timerStarted(event: Event, time: string): void {
    const { timerId, startToFireTimeout } = event.timerStartedEventAttributes ?? {};
    const summary = value(event.userMetadata?.summary);
    if (summary === DEADLINE_TIMER) {
      // The workflow counted from the start of its task, by which it tells the time.
      const ms = this.#taskStartedAt + (millisecondsOf(startToFireTimeout) ?? 0);
      this.deadline = new Date(ms).toISOString();
    } else if (typeof summary === 'string' && STEP_PATH.test(summary)) {
      this.#pathOfTimer.set(timerId ?? '', summary);
      const { path, n } = attemptOf(summary);
      const step = this.book.get(path);
      if (n > 1 && step !== undefined)
        step.nextAttemptAt = new Date(
          Date.parse(time) + (millisecondsOf(startToFireTimeout) ?? 0),
        ).toISOString();
      else this.book.set(summary, newStep(summary, 'sleep', summary.replace(/#\d+$/, ''), time));
    }
  }

  #timerClosed(timerId: string | null | undefined, state: 'succeeded' | 'cancelled', time: string): void {
    const { path, n } = attemptOf(this.#pathOfTimer.get(timerId ?? '') ?? '');
    const step = this.book.get(path);
    // After the wait for its next attempt a step goes on.
    if (step && (n === 1 || state === 'cancelled')) close(step, state, time);
  }

  #close(event: Event, time: string): void {
    const {
      workflowExecutionCompletedEventAttributes: completed,
      workflowExecutionFailedEventAttributes: failed,
      workflowExecutionTerminatedEventAttributes: terminated,
    } = event;
    if (completed) this.end = { status: 'completed', at: time, result: firstValue(completed.result) };
    else if (failed) this.end = { status: 'failed', at: time, failure: failed.failure ?? {} };
    else if (terminated)
      this.end = {
        status: 'terminated',
        at: time,
        reason: terminated.reason ?? '',
        by: terminated.identity ?? '',
      };
    else if (event.workflowExecutionCanceledEventAttributes) this.end = { status: 'cancelled', at: time };
    else if (event.workflowExecutionTimedOutEventAttributes) this.end = { status: 'timed-out', at: time };
  }

  #stepOf(eventId: unknown): StepState | undefined {
    return this.book.get(this.#pathOfEvent.get(String(eventId)) ?? '');
  }
}

// temporal.api.enums.v1.RetryState: this file takes Temporal's types, and none of its code.
const CANCEL_REQUESTED = 7;

// temporal.api.enums.v1.TimeoutType
const SCHEDULE_TO_START = 2;

/** A worker that is not ours keeps no ledger: its attempts failed, and left no entry. */
const isOurs = ({ ledger, isForeign }: StepState): boolean =>
  ledger.total > 0 || ledger.server > 0 || !isForeign;

/** Those in the ledger and `more`. Without one Temporal's count; with one it may count some that had to wait for a turn. */
const attemptsOf = ({ attempts, ledger }: StepState, more: number): number =>
  ledger.server > 0 ? ledger.total + more : Math.max(attempts, ledger.total + more);

/** An end without a ledger of ours, as an entry: what Temporal or another worker said. */
function plainEntry(step: StepState, failure: Failure, time: string): AttemptError {
  const type =
    failure.applicationFailureInfo?.type || (failure.timeoutFailureInfo ? 'TimeoutFailure' : 'Error');
  const message = failure.message ?? '';
  return {
    n: Math.max(step.attempts, step.ledger.total + 1),
    server: step.attempts,
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
