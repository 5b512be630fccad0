// Reads a history into the facts that a run's view is made of: its start, its steps, its end.

import type { temporal } from '@temporalio/proto';
import type { Criterion } from '../goals/wire/failure.ts';
import { gaveUpSchema } from '../goals/wire/ledger.ts';
import type { LightSeed } from '../goals/wire/light.ts';
import { activityNames, memoNames, signalNames } from '../goals/wire/names.ts';
import type { Resume } from '../goals/wire/resume.ts';
import { parseRunId } from '../goals/wire/run-id.ts';
import { struggleSchema } from '../goals/wire/run-view.ts';
import type { StartedRun } from '../goals/wire/start.ts';
import { notedSchema } from '../goals/wire/stored.ts';
import { ArtifactBook } from './artifacts.ts';
import { AskedSteps } from './asked-steps.ts';
import { BatchReader } from './batches.ts';
import { EventSteps } from './event-steps.ts';
import { at } from './event-time.ts';
import { resumeOf, seedOf } from './known-steps.ts';
import { localActivity } from './local-activity.ts';
import { MapReader } from './maps.ts';
import { firstValue, value } from './payload.ts';
import { ActivityReader } from './read-activities.ts';
import { DatasetReader } from './read-datasets.ts';
import { type End, endIn } from './read-end.ts';
import { KeptReader } from './read-kept.ts';
import { LeaseReader } from './read-leases.ts';
import { TimerReader } from './read-timers.ts';
import { StepBook } from './step-book.ts';
import { attemptsOf, close, isOpen, learn, newStep, type StepState } from './step-state.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Signaled = temporal.api.history.v1.IWorkflowExecutionSignaledEventAttributes;
type Started = temporal.api.history.v1.IWorkflowExecutionStartedEventAttributes;
type ChildStarted = temporal.api.history.v1.IChildWorkflowExecutionStartedEventAttributes;

export class HistoryReader {
  /** Steps, and items of maps. */
  readonly book = new StepBook();
  readonly maps = new MapReader(this.book);
  /** What it was told of the execution that it goes on from. */
  resume: Resume | null = null;
  /** What it did as a light run. */
  seed: LightSeed | null = null;
  start: { at: string; attributes: Started; summary: unknown } | null = null;
  end: End | null = null;
  /** As its last task noted them, where they are not in its result. */
  noted: { criteria: Criterion[]; already?: true | undefined } = { criteria: [] };
  /** What it shows beside its outcome. */
  readonly artifacts = new ArtifactBook();
  readonly batches = new BatchReader(this.book, this.maps, this.artifacts);
  readonly datasets = new DatasetReader();
  readonly #activities: ActivityReader;
  readonly #asked = new AskedSteps(this.book.steps);
  readonly #awaited = new EventSteps(this.book.steps);
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
      for (const known of this.book.values()) if (isOpen(known)) close(known, 'abandoned', this.end.at);
  }

  get deadline(): string | null {
    return this.#timers.deadline;
  }

  #read(event: Event): void {
    const time = at(event);
    if (this.artifacts.read(event)) return;
    if (this.#asked.read(event, time) || this.#awaited.read(event, time)) return;
    if (this.maps.read(event, time) || this.batches.read(event, time)) return;
    if (event.workflowExecutionStartedEventAttributes) {
      this.start = {
        at: time,
        attributes: event.workflowExecutionStartedEventAttributes,
        summary: value(event.userMetadata?.summary),
      };
      this.resume = resumeOf(this.start.attributes);
      this.seed = seedOf(this.start.attributes);
      for (const result of this.seed?.results ?? []) this.#kept.add(result);
      for (const sent of this.seed?.artifacts ?? []) this.artifacts.ofAttempt(sent);
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
      const begun = newStep(path, 'goal', name, time);
      begun.step.run = initiated.workflowId ?? null;
      this.book.set(path, begun);
      return true;
    }
    const started = event.childWorkflowExecutionStartedEventAttributes;
    if (started) return this.#childStarted(started);
    const completed = event.childWorkflowExecutionCompletedEventAttributes;
    const cancelled = event.childWorkflowExecutionCanceledEventAttributes;
    const terminated = event.childWorkflowExecutionTerminatedEventAttributes;
    const unsuccessful =
      event.childWorkflowExecutionFailedEventAttributes ??
      event.childWorkflowExecutionTimedOutEventAttributes ??
      terminated;
    const { initiatedEventId } = completed ?? cancelled ?? unsuccessful ?? {};
    const known = this.book.get(this.#pathOfChild.get(String(initiatedEventId)) ?? '');
    if (known === undefined) return false;
    close(known, completed ? 'succeeded' : cancelled ? 'cancelled' : 'failed', time);
    if (terminated) this.#terminated.add(known);
    return true;
  }

  #childStarted({ initiatedEventId, workflowExecution }: ChildStarted): boolean {
    const known = this.book.get(this.#pathOfChild.get(String(initiatedEventId)) ?? '');
    if (known !== undefined && workflowExecution?.runId) known.step.execution = workflowExecution.runId;
    return known !== undefined;
  }

  #marker(event: Event, time: string): void {
    const { type, result } = localActivity(event) ?? {};
    if (type === activityNames.keptResults) this.#kept.page(result);
    else if (type === activityNames.keptSteps) this.#kept.taken(result, time, this.resume ?? this.seed);
    else if (type === activityNames.askForPermit || type === activityNames.releasePermit)
      this.#activities.permit(type, result, time);
    else if (type === activityNames.pendingLedgers) this.#activities.tornDown(result);
    else if (type === activityNames.usePartition) this.datasets.used(result);
    else if (type === activityNames.note) this.#note(result, time);
    else if (type === activityNames.findRun) this.#found(result, time);
    else if (type === activityNames.startRun) this.#needs(result, time);
  }

  /** A run of a light goal that was asked for, and perhaps achieved at once. */
  #needs(result: unknown, time: string): void {
    const { id, execution, need } = (result ?? {}) as Partial<StartedRun>;
    const goal = parseRunId(id ?? '')?.goal;
    if (id === undefined || need === undefined || goal === undefined) return;
    this.#inputOfChild.set(need.path, need.input);
    const begun = newStep(need.path, 'goal', goal, time);
    begun.step.run = id;
    if (execution !== undefined) begun.step.execution = execution;
    this.book.set(need.path, begun);
    if ('achievement' in need) close(begun, 'succeeded', time);
  }

  /** What lies outside of the history with a large result, and was written into it for that reason. */
  #note(result: unknown, time: string): void {
    const noted = notedSchema.safeParse(result).data ?? {};
    const { step: path, ledger, criteria, already, run, kept, map, produced, artifacts } = noted;
    if (produced !== undefined) this.datasets.produced(produced);
    if (map !== undefined) this.maps.noted(map, time);
    const known = this.book.get(path ?? '');
    if (known !== undefined && ledger !== undefined) {
      learn(known, ledger);
      known.step.attempts = attemptsOf(known, 1);
    }
    if (criteria !== undefined) this.noted = { criteria, already };
    if (run !== undefined) this.#found(run, time);
    if (artifacts !== undefined) this.artifacts.ofPursue(artifacts.items, artifacts.dropped);
    for (const one of kept?.results ?? []) this.#kept.add(one);
  }

  #found(result: unknown, time: string): void {
    const { id, state, input, execution } = (result ?? {}) as Record<string, string | undefined>;
    // What was retracted is not taken: it is pursued again.
    if (state === undefined || state === 'retracted') return;
    const outcome = state === 'achieved' ? 'succeeded' : state === 'cancelled' ? 'cancelled' : 'failed';
    for (const known of this.book.values()) {
      const { step } = known;
      if (step.run !== id) continue;
      // It could not end itself when it was cancelled, and its parent has looked why.
      if (this.#terminated.delete(known) && state === 'cancelled') step.state = 'cancelled';
      if (!isOpen(known)) continue;
      if (execution !== undefined) step.execution = execution;
      if (input !== undefined && input !== this.#inputOfChild.get(step.path)) close(known, 'failed', time);
      else if (state !== 'running') close(known, outcome, time);
    }
  }

  #signal({ signalName, input }: Signaled): void {
    if (signalName === signalNames.struggling) this.#struggles(firstValue(input));
  }

  #memo(fields: Record<string, temporal.api.common.v1.IPayload>): void {
    this.#struggles(value(fields[memoNames.struggle]));
    const gaveUp = gaveUpSchema.safeParse(value(fields[memoNames.gaveUp])).data;
    const known = this.book.get(gaveUp?.step ?? '');
    if (gaveUp !== undefined && known !== undefined) known.gaveUp = gaveUp.reason;
  }

  #struggles(given: unknown): void {
    const struggle = struggleSchema.safeParse(given).data;
    const known = this.book.get(struggle?.step ?? '');
    if (struggle !== undefined && known !== undefined && isOpen(known)) known.struggle = struggle;
  }
}
