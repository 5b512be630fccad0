// Reads a history into the facts that a run's view is made of: its start, its steps, its end.

import type { temporal } from '@temporalio/proto';
import type { Criterion } from '../goals/wire/failure.ts';
import { gaveUpSchema } from '../goals/wire/ledger.ts';
import { activityNames, memoNames, signalNames } from '../goals/wire/names.ts';
import type { Resume } from '../goals/wire/resume.ts';
import { struggleSchema } from '../goals/wire/run-view.ts';
import { notedSchema } from '../goals/wire/stored.ts';
import { AskedSteps } from './asked-steps.ts';
import { BatchReader } from './batches.ts';
import { at } from './event-time.ts';
import { resumeOf } from './known-steps.ts';
import { localActivity } from './local-activity.ts';
import { MapReader } from './maps.ts';
import { firstValue, value } from './payload.ts';
import { ActivityReader } from './read-activities.ts';
import { type End, endIn } from './read-end.ts';
import { KeptReader } from './read-kept.ts';
import { LeaseReader } from './read-leases.ts';
import { TimerReader } from './read-timers.ts';
import { StepBook } from './step-book.ts';
import { attemptsOf, close, isOpen, learn, newStep, type StepState } from './step-state.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Signaled = temporal.api.history.v1.IWorkflowExecutionSignaledEventAttributes;
type Started = temporal.api.history.v1.IWorkflowExecutionStartedEventAttributes;

export class HistoryReader {
  /** Steps, and items of maps. */
  readonly book = new StepBook();
  readonly maps = new MapReader(this.book);
  /** What it was told of the execution that it goes on from. */
  resume: Resume | null = null;
  start: { at: string; attributes: Started; summary: unknown } | null = null;
  end: End | null = null;
  /** As its last task noted them, where they are not in its result. */
  noted: { criteria: Criterion[]; already?: true | undefined } = { criteria: [] };
  readonly batches = new BatchReader(this.book, this.maps);
  readonly #activities: ActivityReader;
  readonly #asked = new AskedSteps(this.book.steps);
  readonly #kept = new KeptReader(this.book);
  readonly #leases = new LeaseReader(this.book.steps);
  readonly #timers = new TimerReader(this.book);
  /** Paths of the steps that are runs of other goals, by the event that began them. */
  readonly #pathOfChild = new Map<string, string>();
  /** Digests of what they are given, by path: a run that is there already may have had another input. */
  readonly #inputOfChild = new Map<string, unknown>();
  /** Of runs that were terminated, which does not tell how they ended. */
  readonly #terminated = new Set<StepState>();

  constructor(events: readonly Event[]) {
    this.#activities = new ActivityReader(this.book, this.maps, events);
    for (const event of events) this.#read(event);
    if (this.end?.status === 'terminated' && this.end.ended !== null)
      this.#activities.tornDown(this.end.ended.ledgers);
    if (this.end !== null) this.#leases.runClosed();
    this.maps.close();
    this.book.steps = this.#kept.inOrder();
    if (this.end !== null)
      for (const step of this.book.values()) if (isOpen(step)) close(step, 'abandoned', this.end.at);
  }

  get deadline(): string | null {
    return this.#timers.deadline;
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
    } else if (this.#timers.read(event, time)) return;
    else if (event.markerRecordedEventAttributes) this.#marker(event, time);
    else if (event.workflowExecutionSignaledEventAttributes)
      this.#signal(event.workflowExecutionSignaledEventAttributes);
    else if (event.workflowPropertiesModifiedEventAttributes)
      this.#memo(event.workflowPropertiesModifiedEventAttributes.upsertedMemo?.fields ?? {});
    else if (
      !(this.#activities.read(event, time) || this.#leases.read(event, time) || this.#child(event, time))
    )
      this.end = endIn(event, time) ?? this.end;
  }

  #child(event: Event, time: string): boolean {
    const initiated = event.startChildWorkflowExecutionInitiatedEventAttributes;
    if (initiated) {
      const name = initiated.workflowType?.name ?? '';
      const path = String(value(initiated.memo?.fields?.[memoNames.step]) ?? `${name}#${event.eventId}`);
      this.#pathOfChild.set(String(event.eventId), path);
      this.#inputOfChild.set(path, value(initiated.memo?.fields?.[memoNames.input]));
      this.book.set(path, { ...newStep(path, 'goal', name, time), run: initiated.workflowId ?? null });
      return true;
    }
    const completed = event.childWorkflowExecutionCompletedEventAttributes;
    const cancelled = event.childWorkflowExecutionCanceledEventAttributes;
    const terminated = event.childWorkflowExecutionTerminatedEventAttributes;
    const unsuccessful =
      event.childWorkflowExecutionFailedEventAttributes ??
      event.childWorkflowExecutionTimedOutEventAttributes ??
      terminated;
    const { initiatedEventId } = completed ?? cancelled ?? unsuccessful ?? {};
    const step = this.book.get(this.#pathOfChild.get(String(initiatedEventId)) ?? '');
    if (step === undefined) return false;
    close(step, completed ? 'succeeded' : cancelled ? 'cancelled' : 'failed', time);
    if (terminated) this.#terminated.add(step);
    return true;
  }

  #marker(event: Event, time: string): void {
    const { type, result } = localActivity(event) ?? {};
    if (type === activityNames.keptResults) this.#kept.page(result);
    else if (type === activityNames.keptSteps) this.#kept.taken(result, time, this.resume);
    else if (type === activityNames.askForPermit || type === activityNames.releasePermit)
      this.#activities.permit(type, result, time);
    else if (type === activityNames.pendingLedgers) this.#activities.tornDown(result);
    else if (type === activityNames.note) this.#note(result, time);
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
    for (const one of kept?.results ?? []) this.#kept.add(one);
  }

  #found(result: unknown, time: string): void {
    const { id, state, input } = (result ?? {}) as { id?: string; state?: string; input?: string };
    if (state === undefined) return;
    const outcome = state === 'achieved' ? 'succeeded' : state === 'cancelled' ? 'cancelled' : 'failed';
    for (const step of this.book.steps.values()) {
      if (step.run !== id) continue;
      // It could not end itself when it was cancelled, and its parent has looked why.
      if (this.#terminated.delete(step) && state === 'cancelled') step.state = 'cancelled';
      if (!isOpen(step)) continue;
      if (input !== undefined && input !== this.#inputOfChild.get(step.path)) close(step, 'failed', time);
      else if (state !== 'running') close(step, outcome, time);
    }
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
}
