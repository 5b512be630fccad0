// Calls of quick jobs that are made at the same moment leave together: as one activity for many steps, or as a local
// activity where the job is inline. A call that is the only one has an ordinary activity, as if its job were not quick.
//
// batches.1. The calls of a batch follow from their order, the sizes of their inputs and the history.
// batches.2. A batch that fails takes no call along: each goes on alone.

import {
  ActivityCancellationType,
  CancelledFailure,
  isCancellation,
  log,
  proxyActivities,
  proxyLocalActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Job } from '../../goals/index.ts';
import {
  type BatchCall,
  batchId,
  batchResultSchema,
  type CallAnswer,
  type SentCalls,
  sentCalls,
} from '../../goals/wire/batch.ts';
import type { Call } from '../../goals/wire/call.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import { deadlineOptions, jobActivity } from './job-activity.ts';
import type { Turns } from './turns.ts';

/** Calls in one batch, and bytes of their inputs, so that these stay in the history; a larger input travels alone. */
export const BATCH_CALLS = 250;
export const BATCH_BYTES = 160 * 1024;
export const LARGE_BYTES = 64 * 1024;

/** Bytes of inputs that leave in one workflow task, whose message is 4 MB at most. */
export const TASK_BYTES = 1536 * 1024;

/** Bytes of results of local activities in one workflow task, and how many of them are under way at once. */
const INLINE_TASK_BYTES = 1024 * 1024;
const INLINE_AT_ONCE = 8;

/** Far above what a batch takes: the worker answers within about a second. */
export const BATCH_TIMEOUT = '1m';

/** Between attempts, which only the loss of a worker brings. */
const RETRY = { initialInterval: '1s', backoffCoefficient: 1 } as const;

/** A call that waits for the moment's end, or for its batch. */
export interface WaitingCall {
  job: Job;
  path: string;
  input: unknown;
  bytes: number;
  call: Call;
  settle(answer: CallAnswer): void;
  fail(error: unknown): void;
}

/** What batches need to know of the run that they are part of. */
interface RunOfBatches {
  readonly isDecided: boolean;
  begunIfOnly(open: number): number | null;
}

export type Carrier = (calls: SentCalls, shared: Call) => Promise<unknown>;

const ALONE: CallAnswer = { ms: 0, end: 'alone' };

const numberOf = (path: string): number => Number(path.slice(path.lastIndexOf('#') + 1));

export class Batches {
  #waiting: WaitingCall[] = [];
  readonly #turns: Turns;
  readonly #run: RunOfBatches;
  #inline = 0;
  /** Bytes that local activities have returned in the workflow task that began at this length of the history. */
  #returned = { at: 0, bytes: 0 };

  constructor(turns: Turns, run: RunOfBatches) {
    this.#turns = turns;
    this.#run = run;
  }

  /** Takes a call; it is answered whoever it travels with, `alone` also when it is to begin so. It fails by a cancellation. */
  add(call: WaitingCall): void {
    if (this.#waiting.length === 0) void this.#leave();
    this.#waiting.push(call);
  }

  async #leave(): Promise<void> {
    // batches.1: the calls of one moment, in their order.
    await this.#turns.endOfMoment();
    const waiting = this.#waiting;
    this.#waiting = [];
    if (this.#run.isDecided) {
      for (const { fail } of waiting) fail(new CancelledFailure('the run is decided'));
      return;
    }
    const jobs = new Map<Job, WaitingCall[]>();
    for (const one of waiting) {
      const same = jobs.get(one.job);
      if (same === undefined) jobs.set(one.job, [one]);
      else same.push(one);
    }
    let sent = 0;
    for (const [job, calls] of jobs)
      for (const batch of batchesOf(calls, BATCH_CALLS)) {
        const bytes = batch.reduce((sum, one) => sum + one.bytes, 0);
        // A timer ends the workflow task.
        if (sent > 0 && sent + bytes > TASK_BYTES) {
          await sleep(1);
          sent = 0;
        }
        sent += bytes;
        if (job.inline && this.#mayInline()) void this.#sendInline(job, batch);
        else this.#send(job, batch);
      }
  }

  /** So that no workflow task ends with more than its message holds. */
  #mayInline(): boolean {
    const at = workflowInfo().historyLength;
    if (this.#returned.at !== at) this.#returned = { at, bytes: 0 };
    return this.#inline < INLINE_AT_ONCE && this.#returned.bytes < INLINE_TASK_BYTES;
  }

  #send(job: Job, batch: WaitingCall[]): void {
    const [first] = batch;
    if (batch.length === 1) first?.settle(ALONE);
    else void this.#carry(job, batch);
  }

  async #carry(job: Job, batch: WaitingCall[]): Promise<void> {
    const { path, call } = batch[0] as WaitingCall;
    this.#answer(
      job,
      batch,
      await carried(job, path, `${batch.length} calls`, batch.map(callOf), sharedBy(call)),
    );
  }

  async #sendInline(job: Job, batch: WaitingCall[]): Promise<void> {
    const [first, last] = [batch[0] as WaitingCall, batch.at(-1) as WaitingCall];
    const activities = proxyLocalActivities<Record<string, Carrier>>({
      summary: batch.length === 1 ? first.path : batchId(first.path, numberOf(last.path)),
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      startToCloseTimeout: BATCH_TIMEOUT,
      retry: { maximumAttempts: 1 },
    });
    this.#inline++;
    const begun = this.#run.begunIfOnly(batch.length);
    const isAlone = (): boolean => begun !== null && this.#run.begunIfOnly(batch.length) === begun;
    const activity = jobActivity(activities, job.name);
    const answers = await answersOf(
      (calls, shared) => this.#turns.answer(activity(calls, shared), isAlone),
      batch.map(callOf),
      sharedBy(first.call),
    );
    this.#inline--;
    if (Array.isArray(answers)) this.#returned.bytes += jsonBytes(answers);
    this.#answer(job, batch, answers);
  }

  /** Settles each call, and sends again those that had no time to begin. */
  #answer(job: Job, batch: WaitingCall[], answers: CallAnswer[] | CancelledFailure): void {
    if (!Array.isArray(answers)) {
      for (const { fail } of batch) fail(answers);
      return;
    }
    const unbegun: WaitingCall[] = [];
    batch.forEach((one, i) => {
      const answer = answers[i] ?? ALONE;
      if (answer.end === 'unbegun') unbegun.push(one);
      else one.settle(answer);
    });
    // As many at once as there was time for.
    const size = Math.max(1, batch.length - unbegun.length);
    for (const next of batchesOf(unbegun, size)) this.#send(job, next);
  }
}

const callOf = ({ path, input, call: { timeoutMs, attempts } }: WaitingCall): BatchCall => ({
  n: numberOf(path),
  input,
  ...(timeoutMs && { timeoutMs }),
  ...(attempts && { attempts }),
});

function sharedBy({ timeoutMs: _, attempts: __, ...shared }: Call): Call {
  return shared;
}

/** Makes the calls in one activity; `first` is the path of the first. Their answers, in order. */
export function carried(
  job: Job,
  first: string,
  summary: string,
  calls: BatchCall[],
  shared: Call,
): Promise<CallAnswer[] | CancelledFailure> {
  const { deadline } = shared;
  const activities = proxyActivities<Record<string, Carrier>>({
    activityId: batchId(first, calls.at(-1)?.n ?? 0),
    summary,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    startToCloseTimeout: BATCH_TIMEOUT,
    heartbeatTimeout: job.heartbeatMs,
    ...deadlineOptions(deadline),
    retry: RETRY,
  });
  return answersOf(jobActivity(activities, job.name), calls, shared);
}

/** The answers; what is no cancellation and ends the batch makes each of its calls go on alone. */
export function answersOf(
  activity: Carrier,
  calls: BatchCall[],
  shared: Call,
): Promise<CallAnswer[] | CancelledFailure> {
  return activity(sentCalls(calls), shared).then(
    (told) => {
      const result = batchResultSchema.safeParse(told).data;
      return result?.answers.length === calls.length ? result.answers : calls.map(() => ALONE);
    },
    (error: unknown) => {
      if (isCancellation(error)) return new CancelledFailure('cancelled');
      // batches.2
      log.warn('a batch failed; its calls go on alone', { error });
      return calls.map(() => ALONE);
    },
  );
}

/** In order: as few as hold the calls, and of about the same size. */
function batchesOf(calls: readonly WaitingCall[], most: number): WaitingCall[][] {
  const size = Math.ceil(calls.length / Math.ceil(calls.length / most));
  const batches: WaitingCall[][] = [];
  let open: WaitingCall[] = [];
  let bytes = 0;
  for (const call of calls) {
    if (call.bytes > LARGE_BYTES) {
      batches.push([call]);
      continue;
    }
    if (open.length === size || bytes + call.bytes > BATCH_BYTES) {
      batches.push(open);
      [open, bytes] = [[], 0];
    }
    open.push(call);
    bytes += call.bytes;
  }
  return open.length === 0 ? batches : [...batches, open];
}
