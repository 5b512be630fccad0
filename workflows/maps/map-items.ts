// The items of a map, or of a shard of one. It fills batches by itself, with no promise for an item: each would cost the
// sandbox a stack trace.
//
// M1. Which items travel together follows from the items, and from what the history tells: answers, and the time between.
// M2. An item that failed, or was slow, goes on alone, its ledger with it. None of its neighbours is run again.
// M3. What the history can hold is not used up: once it is long nothing more begins here (`full`).

import { CancelledFailure, sleep, workflowInfo } from '@temporalio/workflow';
import { type Job, StepFailed } from '../../goals/index.ts';
import { type Answer, type BatchCall, ledgerOf } from '../../goals/wire/batch.ts';
import type { Call } from '../../goals/wire/call.ts';
import type { Failure } from '../../goals/wire/failure.ts';
import type { Ledger } from '../../goals/wire/ledger.ts';
import { BATCH_BYTES, carried, LARGE_BYTES, TASK_BYTES } from '../steps/batches.ts';
import { ALONE_AT_ONCE, type Steps } from '../steps/steps.ts';

/** Items in a lane's first batch, and the most of any. */
const FIRST_ITEMS = 10;
const MOST_ITEMS = 1000;

/** How long a batch is meant to take: well under what the worker gives it (activities/attempts/batch-attempt.ts). */
const BATCH_MS = 400;

/** As the end comes near batches grow smaller, but none takes less time than this. */
const SHORTEST_MS = 50;

/** Items that take longer travel singly. */
const SLOW_MS = 500;

/** Items at once in one activity, which is one lane. */
const LANE_ITEMS = 50;

/** Lanes of what has few items at once: while one waits for the server, others work. */
const LANES = 4;

export interface ItemsOfMap {
  job: Job;
  /** With what the paths of the items begin, before `#n`. */
  prefix: string;
  /** How many items the map has; those here may be some of them. */
  total: number;
  atOnce: number;
  inputs: readonly unknown[];
  /** Which item of the map, from 1, is the input at this place. */
  numberOf: (i: number) => number;
  /** Events and bytes of the history from which on nothing more begins here, and what else says so. */
  fullAt: { events: number; bytes: number };
  isFull?: () => boolean;
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
  readonly #steps: Steps;
  readonly #of: ItemsOfMap;
  readonly #order: number;
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
  /** Items at once in a batch, and batches at once. */
  readonly #lane: number;
  readonly #lanes: number;
  #size = FIRST_ITEMS;
  /** How long an item takes, in milliseconds; null as long as that is not known. */
  #ms: number | null;
  /** Too many took longer than a batch waits for one. */
  #isSlow: boolean;
  #probes = 0;
  isStopped = false;
  #isWaiting = false;
  /** What has been sent in the workflow task that began at this length of the history. */
  #sent = { at: 0, bytes: 0 };
  #settle: { resolve: (end: ItemsEnd) => void; reject: (error: unknown) => void } | null = null;

  constructor(steps: Steps, of: ItemsOfMap, order: number) {
    this.#steps = steps;
    this.#of = of;
    this.#order = order;
    this.#lane = Math.min(LANE_ITEMS, Math.ceil(of.atOnce / LANES));
    this.#lanes = Math.ceil(of.atOnce / this.#lane);
    // Each attempt of these is an activity of its own in any case.
    this.#isSlow = of.job.queue !== null || of.job.pool !== null;
    this.#ms = of.job.quick ? 0 : null;
  }

  /** Places of the items that have not begun; all others have ended, once it resolved with `full`. */
  unbegun(): number[] {
    const again = [...this.#again, ...(this.#put === null ? [] : [this.#put])].map(({ i }) => i);
    const rest = Math.max(0, this.#of.inputs.length - this.#next);
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
        const size = this.#sizeNow();
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
    this.#of.drained();
    this.#end(this.isStopped ? 'stopped' : this.hasMore ? 'full' : 'all');
  }

  get hasMore(): boolean {
    return this.#next < this.#of.inputs.length || this.#again.length > 0 || this.#put !== null;
  }

  #mayBegin(): boolean {
    if (this.isStopped || this.#steps.isDecided || this.#isWaiting || !this.hasMore) return false;
    if (this.#busy >= this.#of.atOnce || this.#batches >= this.#lanes) return false;
    const { historyLength, historySize } = workflowInfo();
    const { fullAt } = this.#of;
    if (historyLength >= fullAt.events || historySize >= fullAt.bytes || this.#of.isFull?.()) return false;
    if (this.#steps.hold.isHeld) return this.#waitFor(this.#steps.hold.released());
    if (this.#sent.at !== historyLength) this.#sent = { at: historyLength, bytes: 0 };
    // A timer ends the workflow task, whose message takes so much.
    if (this.#sent.bytes > TASK_BYTES) return this.#waitFor(sleep(1));
    // How long an item of a job takes that is not declared quick is to be learned before any is put into a batch.
    if (this.#ms !== null || this.#isSlow || this.#probes < FIRST_ITEMS) return true;
    if (this.#probes === FIRST_ITEMS) this.#learnInTime();
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
    this.#probes++;
    sleep(SLOW_MS).then(
      () => {
        if (this.#settle === null) return;
        this.#ms ??= 2 * SLOW_MS;
        this.#fill();
      },
      () => undefined,
    );
  }

  /** So many items a lane does in so many milliseconds. */
  #inTime(ms: number): number {
    return Math.floor((ms * this.#lane) / Math.max(this.#ms ?? 0, 0.01));
  }

  #sizeNow(): number {
    if (this.#isSlow || this.#ms === null || this.#ms > SLOW_MS) return 1;
    const left = this.#of.inputs.length - this.#next + this.#again.length;
    // All lanes are to end together, but not by ever smaller batches.
    const share = Math.max(Math.ceil(left / this.#lanes), this.#inTime(SHORTEST_MS));
    return Math.max(1, Math.min(this.#size, MOST_ITEMS, share));
  }

  /** The next items: none that was kept, or whose input is wrong. */
  #take(size: number): Ready[] {
    const batch: Ready[] = [];
    let bytes = 0;
    while (batch.length < size && !this.isStopped) {
      const one = this.#takeOne();
      if (one === null) break;
      const isAlone = one.bytes > LARGE_BYTES;
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
    while (this.#next < this.#of.inputs.length && !this.isStopped) {
      const i = this.#next++;
      try {
        const { job, inputs } = this.#of;
        const { kept, bytes, call } = this.#steps.prepared(job, this.#path(i), this.#order, inputs[i]);
        if (kept === null) return { i, bytes, call };
        this.#of.done(i, kept.output);
      } catch (error) {
        this.#endedBadly(i, error);
      }
    }
    return null;
  }

  #path(i: number): string {
    return `${this.#of.prefix}#${this.#of.numberOf(i)}`;
  }

  #send(batch: Ready[]): void {
    const { job, inputs, numberOf, total, atOnce } = this.#of;
    const lanes = Math.min(this.#lane, batch.length, atOnce - this.#busy);
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

  #answered(batch: Ready[], answers: Answer[]): void {
    const told = { ms: 0, begun: 0, cut: 0, failed: 0 };
    batch.forEach((one, k) => {
      const answer = answers[k] as Answer;
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
    this.#of.answered?.();
    if (told.begun === 0) return;
    if (told.cut > told.begun / 10) this.#isSlow = true;
    const ms = told.ms / told.begun;
    this.#ms = this.#ms === null || this.#ms === 0 ? ms : (this.#ms + ms) / 2;
    // What fails goes on alone, and each that does takes room in the history.
    const most = told.failed > told.begun / 10 ? 2 * FIRST_ITEMS : 2 * Math.max(batch.length, this.#size / 2);
    this.#size = Math.max(1, Math.min(this.#inTime(BATCH_MS), most, MOST_ITEMS));
  }

  #ended(one: Ready, answer: Answer): void {
    const { job } = this.#of;
    const path = this.#path(one.i);
    const ledger = ledgerOf(answer);
    this.#steps.met(path, ledger);
    if (ledger !== undefined) this.#of.met?.(path, ledger);
    try {
      if (answer.end === 'cancelled') throw new CancelledFailure('cancelled');
      if (answer.end === 'failed') throw new StepFailed(this.#steps.failureIn(answer, path, job.name));
      if (answer.end === undefined)
        this.#of.done(one.i, this.#steps.checked(job, path, answer.output, ledger));
      else this.#alone(one, answer);
    } catch (error) {
      this.#endedBadly(one.i, error);
    }
  }

  /** One that begins alone; `isProbe` where it tells how long the others may take. */
  #sendOne(one: Ready, isTooLarge: boolean): void {
    const begun = Date.now();
    this.hasBegun = true;
    this.#busy++;
    if (this.#ms === null) this.#probes++;
    const ended = (): void => {
      this.#busy--;
      const ms = Date.now() - begun;
      if (!isTooLarge) this.#ms = this.#ms === null || this.#ms === 0 ? ms : (this.#ms + ms) / 2;
    };
    this.#tried(one, one.call, ended);
  }

  #alone(one: Ready, answer: Answer): void {
    this.#open++;
    const step = this.#steps.beginItem(this.#path(one.i), this.#of.job.name, ledgerOf(answer));
    this.#steps.goesAlone(step.path, one.call, answer).then(
      (call) => {
        this.#open--;
        this.#tried(one, call, () => undefined);
      },
      (error: unknown) => {
        this.#open--;
        this.#steps.end(step);
        this.#endedBadly(one.i, error);
        this.#fill();
      },
    );
  }

  #tried({ i }: Ready, call: Call, ended: () => void): void {
    const { job, inputs, total } = this.#of;
    const step = this.#steps.beginItem(this.#path(i), job.name);
    this.#open++;
    this.#of.wentAlone?.();
    const done = (settle: () => void, hasSucceeded: boolean): void => {
      this.#open--;
      ended();
      this.#steps.end(step, hasSucceeded);
      settle();
      this.#of.wentAlone?.();
      this.#fill();
    };
    this.#steps.attempt(job, step.path, this.#order, inputs[i], undefined, { ...call, items: total }).then(
      (output) => done(() => this.#done(i, output), true),
      (error: unknown) => done(() => this.#endedBadly(i, error), false),
    );
  }

  #done(i: number, output: unknown): void {
    try {
      this.#of.done(i, output);
    } catch (error) {
      this.#endedBadly(i, error);
    }
  }

  #endedBadly(i: number, error: unknown): void {
    if (!(error instanceof StepFailed)) this.#fail(error);
    else if (!this.#of.lost(i, error.failure)) this.#stop();
  }

  #stop(): void {
    this.isStopped = true;
    this.#end('stopped');
  }
}

/** How many items of a map go on at once, where nothing says. */
export const itemsAtOnce = (job: Job, given: number | undefined): number =>
  Math.min(
    given ?? job.pool?.atOnce ?? LANES * LANE_ITEMS,
    job.queue === null && job.pool === null ? Number.POSITIVE_INFINITY : ALONE_AT_ONCE,
  );
