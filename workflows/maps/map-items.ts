// The items of a map, or of a shard of one. It fills batches by itself, with no promise for an item: each would cost the
// sandbox a stack trace.
//
// map-items.1. Which items travel together follows from the items, and from the history: answers, and the time between.
// map-items.2. An item that failed, or was slow, goes on alone, its ledger with it. None of its neighbours is run again.
// map-items.3. The history never reaches its limits: once it is long nothing more begins here (`full`).

import { CancelledFailure, sleep, workflowInfo } from '@temporalio/workflow';
import { type Job, StepFailed } from '../../goals/index.ts';
import { type BatchCall, type CallAnswer, ledgerOf } from '../../goals/wire/batch.ts';
import type { Call } from '../../goals/wire/call.ts';
import type { Failure } from '../../goals/wire/failure.ts';
import type { Ledger } from '../../goals/wire/ledger.ts';
import { patched, patches } from '../patches.ts';
import { BATCH_BYTES, carried, LARGE_BYTES, TASK_BYTES } from '../steps/batches.ts';
import { ALONE_AT_ONCE, type JobStep, type JobSteps } from '../steps/job-steps.ts';
import type { OpenSteps } from '../steps/open-steps.ts';
import type { Pausing } from '../steps/steps.ts';
import { type AnsweredBatch, BatchPacer, ITEMS_AT_ONCE, SLOW_MS } from './batch-pacer.ts';

/** The run's steps, so far as items need to know of them. */
interface StepsOfItems {
  open: Pick<OpenSteps, 'isDecided' | 'met' | 'beginItem' | 'end'>;
  jobs: Pick<JobSteps, 'prepared' | 'attempt' | 'goesAlone' | 'failureIn' | 'checked'>;
  hold: Pausing;
}

/** Which items: of a map, or some of it. */
export interface Items {
  job: Job;
  /** With what the paths of the items begin, before `#n`. */
  prefix: string;
  /** How many items the map has; those here may be some of them. */
  total: number;
  inputs: readonly unknown[];
  /** Which item of the map, from 1, is the input at this place. */
  numberOf: (i: number) => number;
}

/** How much at once, and how much in this history. */
export interface ItemsBounds {
  atOnce: number;
  /** Events and bytes of the history from which on nothing more begins here, and what else says so. */
  fullAt: { events: number; bytes: number };
  isFull?: () => boolean;
}

/** Who hears what becomes of the items. */
export interface ItemsListener {
  /** Throws a `StepFailed` when it cannot be held: then the item is lost. */
  done: (i: number, output: unknown) => void;
  /** Called for each item that is lost: whether the others go on. */
  lost: (i: number, failure: Failure) => boolean;
  /** Called for each batch that was answered, for each ledger that came with one, and for each item that begins or ends alone. */
  answered?: () => void;
  wentAlone?: () => void;
  met?: (path: string, ledger: Ledger) => void;
  /** Called when nothing is under way any more, also after it was stopped. */
  drained: () => void;
}

/** `all` has ended; an item was lost that was one too many, and nothing more begins; or the history is `full`. */
export type ItemsEnd = 'all' | 'stopped' | 'full';

/** An item that may begin. */
interface Ready {
  i: number;
  bytes: number;
  call: Call;
}

export class MapItems {
  readonly #steps: StepsOfItems;
  readonly #items: Items;
  readonly #bounds: ItemsBounds;
  readonly #listener: ItemsListener;
  readonly #order: number;
  readonly #pacer: BatchPacer;
  #next = 0;
  /** Had no time to begin in their batch. */
  readonly #again: Ready[] = [];
  /** Was taken, and did not fit the batch any more. */
  #put: Ready | null = null;
  /** Items that are meant to be under way, and batches. */
  #busy = 0;
  #batches = 0;
  /** Activities under way, and items that go on alone. */
  #open = 0;
  isStopped = false;
  #isWaiting = false;
  #isLearning = false;
  /** What has been sent in the workflow task that began at this length of the history. */
  #sent = { at: 0, bytes: 0 };
  #settle: { resolve: (end: ItemsEnd) => void; reject: (error: unknown) => void } | null = null;

  constructor(
    steps: StepsOfItems,
    items: Items,
    bounds: ItemsBounds,
    listener: ItemsListener,
    order: number,
  ) {
    this.#steps = steps;
    this.#items = items;
    this.#bounds = bounds;
    this.#listener = listener;
    this.#order = order;
    const { job } = items;
    const isSingle = job.queue !== null || job.pool !== null;
    this.#pacer = new BatchPacer({ isSingle, isQuick: job.quick }, bounds.atOnce, () =>
      patched(patches.paceRecovers),
    );
  }

  /** Places of the items that have not begun; all others have ended, once it resolved with `full`. */
  unbegun(): number[] {
    const again = [...this.#again, ...(this.#put === null ? [] : [this.#put])].map(({ i }) => i);
    const rest = Math.max(0, this.#items.inputs.length - this.#next);
    return [...again, ...Array.from({ length: rest }, (_, k) => this.#next + k)].sort((a, b) => a - b);
  }

  /** Whether an activity has told the history of the map. */
  hasBegun = false;

  run(): Promise<ItemsEnd> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#fill();
    });
  }

  #end(end: ItemsEnd): void {
    this.#settle?.resolve(end);
    this.#settle = null;
  }

  #fail(error: unknown): void {
    this.isStopped = true;
    this.#settle?.reject(error);
    this.#settle = null;
  }

  /** Sends what may leave now, and notices the end. */
  #fill(): void {
    try {
      while (this.#mayBegin()) {
        const size = this.#pacer.next(this.#items.inputs.length - this.#next + this.#again.length);
        const batch = this.#take(size);
        const [first] = batch;
        if (first === undefined) break;
        if (batch.length === 1) this.#sendOne(first, size > 1);
        else this.#send(batch);
      }
    } catch (error) {
      this.#fail(error);
    }
    if (this.#open > 0 || this.#isWaiting) return;
    this.#listener.drained();
    this.#end(this.isStopped ? 'stopped' : this.hasMore ? 'full' : 'all');
  }

  get hasMore(): boolean {
    return this.#next < this.#items.inputs.length || this.#again.length > 0 || this.#put !== null;
  }

  #mayBegin(): boolean {
    if (this.isStopped || this.#steps.open.isDecided || this.#isWaiting || !this.hasMore) return false;
    if (this.#busy >= this.#bounds.atOnce || this.#batches >= this.#pacer.lanes) return false;
    const { historyLength, historySize } = workflowInfo();
    const { fullAt, isFull } = this.#bounds;
    // map-items.3
    if (historyLength >= fullAt.events || historySize >= fullAt.bytes || isFull?.()) return false;
    if (this.#steps.hold.isHeld) return this.#waitFor(this.#steps.hold.released());
    if (this.#sent.at !== historyLength) this.#sent = { at: historyLength, bytes: 0 };
    // A timer ends the workflow task, whose message takes so much.
    if (this.#sent.bytes > TASK_BYTES) return this.#waitFor(sleep(1));
    // How long an item of a job takes that is not declared quick is to be learned before any is put into a batch.
    if (this.#pacer.mayBegin) return true;
    this.#learnInTime();
    return false;
  }

  #waitFor(what: Promise<void>): false {
    this.#isWaiting = true;
    what.then(
      () => {
        this.#isWaiting = false;
        this.#fill();
      },
      (error: unknown) => {
        this.#isWaiting = false;
        this.#fail(error);
        this.#fill();
      },
    );
    return false;
  }

  /** When none of the first has ended by then, they are slow. */
  #learnInTime(): void {
    if (this.#isLearning) return;
    this.#isLearning = true;
    sleep(SLOW_MS).then(
      () => {
        if (this.#settle === null) return;
        this.#pacer.unanswered();
        this.#fill();
      },
      () => undefined,
    );
  }

  /** The next items: none that was kept, or whose input is wrong. */
  #take(size: number): Ready[] {
    const batch: Ready[] = [];
    let bytes = 0;
    while (batch.length < size && !this.isStopped) {
      const one = this.#takeOne();
      if (one === null) break;
      const isAlone = one.bytes > LARGE_BYTES;
      // map-items.1: sizes of inputs decide, never a clock of the worker.
      if (batch.length > 0 && (isAlone || bytes + one.bytes > BATCH_BYTES)) {
        this.#put = one;
        break;
      }
      batch.push(one);
      bytes += one.bytes;
      if (isAlone) break;
    }
    this.#sent.bytes += bytes;
    return batch;
  }

  #takeOne(): Ready | null {
    const put = this.#put ?? this.#again.pop();
    this.#put = null;
    if (put !== undefined) return put;
    while (this.#next < this.#items.inputs.length && !this.isStopped) {
      const i = this.#next++;
      try {
        const { kept, bytes, call } = this.#steps.jobs.prepared(this.#use(i));
        if (kept === null) return { i, bytes, call };
        this.#listener.done(i, kept.output);
      } catch (error) {
        this.#endedBadly(i, error);
      }
    }
    return null;
  }

  #use(i: number): JobStep {
    const { job, inputs } = this.#items;
    return { job, path: this.#path(i), order: this.#order, input: inputs[i] };
  }

  #path(i: number): string {
    return `${this.#items.prefix}#${this.#items.numberOf(i)}`;
  }

  #send(batch: Ready[]): void {
    const { job, inputs, numberOf, total } = this.#items;
    const lanes = Math.min(this.#pacer.lane, batch.length, this.#bounds.atOnce - this.#busy);
    const calls = batch.map(({ i }): BatchCall => ({ n: numberOf(i), input: inputs[i] }));
    const [first] = batch as [Ready, ...Ready[]];
    const shared = { ...first.call, lanes, items: total };
    this.#busy += lanes;
    this.#batches++;
    this.#open++;
    this.hasBegun = true;
    carried(job, this.#path(first.i), `${batch.length} items`, calls, shared).then(
      (answers) => {
        this.#busy -= lanes;
        this.#batches--;
        this.#open--;
        if (Array.isArray(answers)) this.#answered(batch, answers);
        else this.#fail(answers);
        this.#fill();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #answered(batch: Ready[], answers: CallAnswer[]): void {
    const told: AnsweredBatch = { items: batch.length, begun: 0, ms: 0, cut: 0, failed: 0 };
    batch.forEach((one, k) => {
      const answer = answers[k] as CallAnswer;
      if (answer.end === 'unbegun') {
        this.#again.push(one);
        return;
      }
      told.begun++;
      told.ms += answer.ms;
      if (answer.end === 'alone' && answer.carried === undefined) told.cut++;
      else if (answer.end !== undefined) told.failed++;
      this.#ended(one, answer);
    });
    this.#listener.answered?.();
    this.#pacer.answered(told);
  }

  #ended(one: Ready, answer: CallAnswer): void {
    const { job } = this.#items;
    const path = this.#path(one.i);
    const ledger = ledgerOf(answer);
    this.#steps.open.met(path, ledger);
    if (ledger !== undefined) this.#listener.met?.(path, ledger);
    try {
      if (answer.end === 'cancelled') throw new CancelledFailure('cancelled');
      if (answer.end === 'failed') throw new StepFailed(this.#steps.jobs.failureIn(answer, path, job.name));
      if (answer.end === undefined)
        this.#listener.done(one.i, this.#steps.jobs.checked(job, path, answer.output, ledger));
      else this.#alone(one, answer);
    } catch (error) {
      this.#endedBadly(one.i, error);
    }
  }

  /** One that begins alone. What waits for a worker tells nothing of how long the others take. */
  #sendOne(one: Ready, isTooLarge: boolean): void {
    const begun = Date.now();
    this.hasBegun = true;
    this.#busy++;
    this.#pacer.begunAlone();
    const ended = (ms = Date.now() - begun): void => {
      this.#busy--;
      if (!isTooLarge) this.#pacer.answeredAlone(ms);
    };
    this.#tried(one, one.call, ended);
  }

  #alone(one: Ready, answer: CallAnswer): void {
    this.#open++;
    // map-items.2: it takes its ledger along.
    const step = this.#steps.open.beginItem(this.#path(one.i), this.#items.job.name, ledgerOf(answer));
    this.#steps.jobs.goesAlone(step.path, one.call, answer).then(
      (call) => {
        this.#open--;
        this.#tried(one, call, () => undefined);
      },
      (error: unknown) => {
        this.#open--;
        this.#steps.open.end(step);
        this.#endedBadly(one.i, error);
        this.#fill();
      },
    );
  }

  #tried({ i }: Ready, call: Call, ended: (ms?: number) => void): void {
    const { job, total } = this.#items;
    const step = this.#steps.open.beginItem(this.#path(i), job.name);
    this.#open++;
    this.#listener.wentAlone?.();
    const done = (settle: () => void, hasSucceeded: boolean): void => {
      this.#open--;
      ended(step.ms);
      this.#steps.open.end(step, hasSucceeded);
      settle();
      this.#listener.wentAlone?.();
      this.#fill();
    };
    this.#steps.jobs.attempt(this.#use(i), { ...call, items: total }).then(
      (output) => done(() => this.#done(i, output), true),
      (error: unknown) => done(() => this.#endedBadly(i, error), false),
    );
  }

  #done(i: number, output: unknown): void {
    try {
      this.#listener.done(i, output);
    } catch (error) {
      this.#endedBadly(i, error);
    }
  }

  #endedBadly(i: number, error: unknown): void {
    if (!(error instanceof StepFailed)) this.#fail(error);
    else if (!this.#listener.lost(i, error.failure)) this.#stop();
  }

  #stop(): void {
    this.isStopped = true;
    this.#end('stopped');
  }
}

/** How many items of a map go on at once, where nothing says. */
export const itemsAtOnce = (job: Job, given: number | undefined): number =>
  Math.min(
    given ?? job.pool?.atOnce ?? ITEMS_AT_ONCE,
    job.queue === null && job.pool === null ? Number.POSITIVE_INFINITY : ALONE_AT_ONCE,
  );
