// The steps that an execution began itself, with the results of those that succeeded: what a resume may keep. A reader for
// each kind of step.

import type { temporal } from '@temporalio/proto';
import { askedContent, keptName } from '../goals/wire/approvals.ts';
import { attemptOf } from '../goals/wire/attempt-id.ts';
import type { CallAnswer } from '../goals/wire/batch.ts';
import { RESERVED_PREFIX } from '../goals/wire/names.ts';
import { inputDigest } from '../goals/wire/run-id.ts';
import { keptEventName } from '../goals/wire/waits.ts';
import { askedIn, decisionIn } from './asked-steps.ts';
import { answersIn, type Carried, carriedBy, inlineCalls } from './batches.ts';
import { CameEvents, waitsIn } from './event-steps.ts';
import { mapIn, type Shard, shardIn, shardResult, shardStep } from './known-shards.ts';
import type { KnownStep } from './known-step.ts';
import { firstValue, storedIn } from './payload.ts';
import { outputOf } from './workflow-attempts.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Scheduled = temporal.api.history.v1.IActivityTaskScheduledEventAttributes;

/** By what tells each from the others in the history: its path, but of a shard its workflow ID. */
export function ownSteps(events: readonly Event[], from: string, first: number): Map<string, KnownStep> {
  const book = new OwnSteps(from, first);
  const readers = [
    new InlineReader(book),
    new BatchReader(book),
    new AskedReader(book),
    new AwaitedReader(book),
    new ShardReader(book),
    new ActivityReader(book),
  ];
  for (const event of events) readers.some((reader) => reader.read(event));
  return book.steps;
}

/** The steps that have begun, in that order. */
class OwnSteps {
  readonly steps = new Map<string, KnownStep>();
  readonly #from: string;
  readonly #first: number;

  constructor(from: string, first: number) {
    this.#from = from;
    this.#first = first;
  }

  add(name: string, step: Pick<KnownStep, 'step' | 'job' | 'input'>): void {
    const n = this.#first + this.steps.size;
    this.steps.set(name, { n, ...step, from: this.#from, result: null });
  }

  begin({ path, job, digest }: Carried): void {
    if (!this.steps.has(path)) this.add(path, { step: path, job, input: digest() });
  }

  answer(path: string, { end, output }: CallAnswer): void {
    const step = this.steps.get(path);
    if (step !== undefined && end === undefined) step.result = { output };
  }
}

/** Each reads an event of its kind of steps; false when it is of none. */
interface Reader {
  read(event: Event): boolean;
}

class InlineReader implements Reader {
  readonly #book: OwnSteps;

  constructor(book: OwnSteps) {
    this.#book = book;
  }

  read(event: Event): boolean {
    const calls = inlineCalls(event);
    for (const { answer, ...call } of calls ?? []) {
      this.#book.begin(call);
      this.#book.answer(call.path, answer);
    }
    return calls !== null;
  }
}

class BatchReader implements Reader {
  readonly #book: OwnSteps;
  /** By the events that scheduled them. */
  readonly #batches = new Map<string, Carried[]>();

  constructor(book: OwnSteps) {
    this.#book = book;
  }

  read({
    eventId,
    activityTaskScheduledEventAttributes: scheduled,
    activityTaskCompletedEventAttributes: completed,
  }: Event): boolean {
    const carried = scheduled ? carriedBy(scheduled) : null;
    if (carried !== null) {
      this.#batches.set(String(eventId), carried);
      for (const call of carried) this.#book.begin(call);
      return true;
    }
    const answered = this.#batches.get(String(completed?.scheduledEventId));
    if (answered === undefined) return false;
    const answers = answersIn(completed?.result);
    answered.forEach(({ path }, i) => {
      const answer = answers[i];
      if (answer !== undefined) this.#book.answer(path, answer);
    });
    return true;
  }
}

/** What is asked of a person. */
class AskedReader implements Reader {
  readonly #book: OwnSteps;
  /** How many more people must approve, by step. */
  readonly #left = new Map<string, number>();

  constructor(book: OwnSteps) {
    this.#book = book;
  }

  read(event: Event): boolean {
    const asked = askedIn(event);
    for (const [path, one] of asked)
      if (one !== null) {
        this.#left.set(path, one.count ?? 1);
        this.#book.add(path, { step: path, job: keptName(one), input: inputDigest(askedContent(one)) });
      }
    const decided = decisionIn(event);
    const asking = this.#book.steps.get(decided?.step ?? '');
    // A rejection is no success: it is asked again.
    if (asking && decided?.decision === 'approve') {
      const { step, as: _, signed: __, ...output } = decided;
      const left = (this.#left.get(step) ?? 1) - 1;
      this.#left.set(step, left);
      if (left === 0) asking.result = { output };
    }
    return asked.length > 0 || decided !== null;
  }
}

/** Events for which it waited. */
class AwaitedReader implements Reader {
  readonly #book: OwnSteps;
  readonly #came = new CameEvents();

  constructor(book: OwnSteps) {
    this.#book = book;
  }

  read(event: Event): boolean {
    if (this.#came.read(event)) return true;
    const { waits, ended } = waitsIn(event);
    for (const [path, awaited] of waits) {
      if (awaited === null || this.#book.steps.has(path)) continue;
      const { until: _, consequence: __, dropped: ___, ...content } = awaited;
      this.#book.add(path, { step: path, job: keptEventName(awaited.type), input: inputDigest(content) });
    }
    const arrived = ended === null ? null : this.#came.of(ended);
    const step = this.#book.steps.get(ended?.step ?? '');
    if (step !== undefined && arrived !== null) step.result = { output: arrived };
    return waits.length > 0;
  }
}

class ShardReader implements Reader {
  readonly #book: OwnSteps;
  /** By the events that initiated them. */
  readonly #shards = new Map<string, Shard>();
  /** The job of each map. */
  readonly #jobs = new Map<string, string>();

  constructor(book: OwnSteps) {
    this.#book = book;
  }

  read(event: Event): boolean {
    const map = mapIn(event);
    if (map !== undefined) this.#jobs.set(map.step, map.job);
    const shard = shardIn(event);
    if (shard !== null) {
      this.#shards.set(String(event.eventId), shard);
      if (!this.#book.steps.has(shard.id)) this.#book.add(shard.id, shardStep(shard, this.#jobs));
    }
    const closed = event.childWorkflowExecutionCompletedEventAttributes;
    const ended = this.#shards.get(String(closed?.initiatedEventId));
    const step = ended && this.#book.steps.get(ended.id);
    if (ended && step) step.result = shardResult(ended, firstValue(closed?.result));
    return map !== undefined || shard !== null || ended !== undefined;
  }
}

/** Activities that make the attempts of one step. */
class ActivityReader implements Reader {
  readonly #book: OwnSteps;
  /** By the events that scheduled them. */
  readonly #activities = new Map<string, Scheduled>();

  constructor(book: OwnSteps) {
    this.#book = book;
  }

  read(event: Event): boolean {
    const {
      activityTaskScheduledEventAttributes: scheduled,
      activityTaskCompletedEventAttributes: completed,
    } = event;
    const job = scheduled?.activityType?.name ?? '';
    if (scheduled && !job.startsWith(RESERVED_PREFIX)) this.#scheduled(String(event.eventId), job, scheduled);
    const activity = this.#activities.get(String(completed?.scheduledEventId));
    const step = this.#book.steps.get(attemptOf(activity?.activityId ?? '').path);
    if (completed && activity && step) step.result = outputOf(activity, completed.result) ?? step.result;
    return Boolean(scheduled ?? activity);
  }

  #scheduled(eventId: string, job: string, scheduled: Scheduled): void {
    this.#activities.set(eventId, scheduled);
    const { path, n } = attemptOf(scheduled.activityId ?? '');
    // Of a step whose attempts are activities of their own, only the first begins it; nor does one that goes on after a
    // callback told of a failure.
    if (n === 1) this.#book.begin({ path, job, digest: () => inputDigest(firstValue(scheduled.input)) });
    const begun = this.#book.steps.get(path);
    if (begun !== undefined && storedIn(scheduled.input?.payloads?.[0]) !== null) begun.isStored = true;
  }
}
