// Steps of many light runs: those of one moment leave as one activity, whose runs they are.
//
// light-batches.1. No effect is without its run: a call travels by an activity, which begins after the task in which its run was accepted
//     is in the history; by a local activity only from the next task on.

import {
  ActivityCancellationType,
  type CancelledFailure,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { Job } from '../../goals/index.ts';
import type { BatchCall, CallAnswer } from '../../goals/wire/batch.ts';
import type { Call } from '../../goals/wire/call.ts';
import type { WaitingCall } from '../steps/batches.ts';
import { answersOf, BATCH_CALLS, BATCH_TIMEOUT, type Carrier, carried } from '../steps/batches.ts';
import { jobActivity } from '../steps/job-activity.ts';
import type { Turns } from '../steps/turns.ts';
import type { LightRun } from './light-run.ts';

/** JSON of the inputs of one batch. */
const BYTES = 160 * 1024;

/** Local activities that are under way at once. */
const INLINE_AT_ONCE = 4;

interface Travelling {
  run: LightRun;
  call: WaitingCall;
  /** Length of the history when the run was accepted. */
  acceptedAt: number;
}

export class LightBatches {
  readonly #turns: Turns;
  /** Which use of a job in this host comes next, by the job's name. */
  readonly #counts = new Map<string, number>();
  #waiting: Travelling[] = [];
  #inline = 0;

  /** So long a call may take, in milliseconds, its retries included: a run that takes longer is not plain. */
  readonly #shareMs: number;

  constructor(turns: Turns, shareMs: number) {
    this.#turns = turns;
    this.#shareMs = shareMs;
  }

  add(run: LightRun, call: WaitingCall, acceptedAt: number): void {
    if (this.#waiting.length === 0) void this.#leave();
    this.#waiting.push({ run, call, acceptedAt });
  }

  async #leave(): Promise<void> {
    await this.#turns.endOfMoment();
    const waiting = this.#waiting;
    this.#waiting = [];
    const { historyLength } = workflowInfo();
    // light-batches.1
    const mayBeLocal = ({ call, acceptedAt }: Travelling): boolean =>
      call.job.inline && acceptedAt < historyLength;
    const kinds = new Map<string, Travelling[]>();
    for (const one of waiting) {
      // Nothing of it has begun.
      if (one.run.isLeaving) {
        one.run.settled(one.call, null);
        continue;
      }
      const kind = `${mayBeLocal(one) ? 'local' : 'activity'} ${one.call.job.name}`;
      const same = kinds.get(kind);
      if (same === undefined) kinds.set(kind, [one]);
      else same.push(one);
    }
    for (const [kind, calls] of kinds)
      for (const batch of batchesOf(calls)) {
        const isLocal = kind.startsWith('local') && this.#inline < INLINE_AT_ONCE;
        void this.#carry((batch[0] as Travelling).call.job, batch, isLocal);
      }
  }

  async #carry(job: Job, batch: Travelling[], isLocal: boolean): Promise<void> {
    const before = this.#counts.get(job.name) ?? 0;
    this.#counts.set(job.name, before + batch.length);
    const calls = batch.map(({ run, call }, i) => callOf(before + 1 + i, run, call));
    const first = `${job.name}#${before + 1}`;
    const summary = `${calls.length} calls`;
    // Of which goal they are: each tells its own run.
    const shared: Call = { shareMs: this.#shareMs, run: (batch[0] as Travelling).run.id };
    const answers = isLocal
      ? await this.#carryLocally(job, summary, calls, shared)
      : await carried(job, first, summary, calls, shared);
    batch.forEach(({ run, call }, i) => {
      const answer = Array.isArray(answers) ? (answers[i] ?? null) : null;
      run.settled(call, answer);
    });
    await this.#turns.endOfMoment();
    for (const { run } of batch) run.momentIsOver();
  }

  async #carryLocally(
    job: Job,
    summary: string,
    calls: BatchCall[],
    shared: Call,
  ): Promise<CallAnswer[] | CancelledFailure> {
    const activities = proxyLocalActivities<Record<string, Carrier>>({
      summary,
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      startToCloseTimeout: BATCH_TIMEOUT,
      retry: { maximumAttempts: 1 },
    });
    this.#inline++;
    const activity = jobActivity(activities, job.name);
    const answers = await answersOf(
      (calls, shared) => this.#turns.answer(activity(calls, shared)),
      calls,
      shared,
    );
    this.#inline--;
    return answers;
  }
}

function callOf(n: number, { id, deadline }: LightRun, { path, input, call }: WaitingCall): BatchCall {
  const { timeoutMs, attempts } = call;
  return {
    ...{ n, path, run: id, input },
    ...(deadline === null ? {} : { deadline }),
    ...(timeoutMs && { timeoutMs }),
    ...(attempts && { attempts }),
  };
}

/** In order: as many as one activity takes. */
function batchesOf(calls: readonly Travelling[]): Travelling[][] {
  const batches: Travelling[][] = [];
  let bytes = 0;
  for (const one of calls) {
    const open = batches.at(-1);
    if (open === undefined || open.length === BATCH_CALLS || bytes + one.call.bytes > BYTES) {
      batches.push([one]);
      bytes = one.call.bytes;
    } else {
      open.push(one);
      bytes += one.call.bytes;
    }
  }
  return batches;
}
