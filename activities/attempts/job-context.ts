// The second argument of a job in the worker: signal, secrets, progress, checkpoints, logging.

import type { JobContext } from '../bind.ts';
import { keptCheckpoint } from './checkpoint.ts';
import type { Beats } from './heartbeats.ts';
import { refuseSecrets } from './secrets.ts';

/** A job that awaits each of its checkpoints is answered so often at most; those between are told together. */
const SAVE_EVERY_MS = 100;

/** While the server cannot be reached. */
const SAVE_AGAIN_MS = 1000;

/** What is made only for a job that asks for it: of thousands of quick calls a second few do. */
type OnDemand = Pick<JobContext, 'signal' | 'idempotencyKey' | 'log' | 'artifact'>;
type Given = Omit<JobContext, keyof OnDemand | 'remainingMs' | 'lastCheckpoint' | 'progress' | 'checkpoint'>;

/**
 * The context of one attempt, which ends at `endsAt` (of `performance.now()`). After `end` nothing that a job left behind
 * still tells counts.
 */
export function jobContext(
  given: Given,
  onDemand: { [field in keyof OnDemand]: () => OnDemand[field] },
  endsAt: number,
  heartbeats: Beats,
): { context: JobContext; end: () => void } {
  let isOver = false;
  let last: Promise<void> = Promise.resolve();
  /** The save that has not begun: it takes whatever is the last checkpoint by then. */
  let next: Promise<void> | null = null;
  let begunAt = Number.NEGATIVE_INFINITY;

  async function save(before: Promise<void>): Promise<void> {
    await before.catch(() => undefined);
    const early = begunAt + SAVE_EVERY_MS - performance.now();
    if (early > 0) await sleep(early);
    next = null;
    begunAt = performance.now();
    for (;;) {
      if (isOver) throw overError();
      if (await heartbeats.taken()) return;
      if (context.signal.aborted) throw overError();
      await sleep(SAVE_AGAIN_MS);
    }
  }

  let signal: AbortSignal | undefined;
  let idempotencyKey: string | undefined;
  const context: JobContext = {
    ...given,
    get signal() {
      signal ??= onDemand.signal();
      return signal;
    },
    get idempotencyKey() {
      idempotencyKey ??= onDemand.idempotencyKey();
      return idempotencyKey;
    },
    get log() {
      return onDemand.log();
    },
    get artifact() {
      return onDemand.artifact();
    },
    get remainingMs() {
      return Math.max(0, endsAt - performance.now());
    },
    lastCheckpoint: heartbeats.checkpoint,
    progress: (done, total = null, note = null) => {
      if (!isOver) heartbeats.progress(done, total, note);
    },
    checkpoint: (state) => {
      const kept = keptCheckpoint(state);
      refuseSecrets('checkpoint', kept, given.secrets);
      if (isOver) return unheard(Promise.reject(overError()));
      heartbeats.checkpoint = kept;
      if (next === null) {
        next = unheard(save(last));
        last = next;
      }
      return next;
    },
  };
  return {
    context,
    end: () => {
      isOver = true;
      heartbeats.end();
    },
  };
}

const overError = (): Error => new Error('the attempt is over: the server may not have its checkpoint');

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A promise that a job need not wait for. */
function unheard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
