// A map beyond what one history holds well: its items go to child workflows, a few at a time. What becomes of an item is in
// the history of its shard; what all of them have done, in the result of that.
//
// map-shards.1. Every item that a shard has finished is in the run's history once the shard has closed, also when it was cancelled.

import {
  CancellationScope,
  CancelledFailure,
  isCancellation,
  ParentClosePolicy,
  sleep,
  startChild,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { type Goal, type Job, StepFailed, type Tolerance } from '../../goals/index.ts';
import type { Failure } from '../../goals/wire/failure.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import {
  itemsPrefix,
  rangesOf,
  type ShardResult,
  type ShardTerms,
  shardResultSchema,
} from '../../goals/wire/map.ts';
import { MAP_SHARD, mapShardId } from '../../goals/wire/names.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { patched, patches } from '../patches.ts';
import { refuseUncarried } from '../steps/carried.ts';
import { engineFailure } from '../steps/step-failure.ts';
import type { Steps } from '../steps/steps.ts';
import type { ItemsEnd } from './map-items.ts';

/** Items in a shard, and bytes of their inputs: about so many, judged by the first of all items. */
const SHARD_ITEMS = 10_000;
const SHARD_BYTES = 8 * 1024 * 1024;
const JUDGED_ITEMS = 1000;

const SHARDS_AT_ONCE = 4;

/** Bytes of JSON: of the outputs that a shard holds, and of the errors that one, and that all of them tell their run. */
const OUTPUT_BYTES = 8 * 1024 * 1024;
const TOLD_BYTES = 128 * 1024;
const ALL_TOLD_BYTES = 4 * 1024 * 1024;

/** A shard of an execution that was terminated may be about to end. */
const STILL_THERE_MS = 500;

export interface Sharded {
  goal: Goal;
  job: Job;
  /** Path of the map's step. */
  step: string;
  inputs: readonly unknown[];
  /** Places of the items that are left. */
  left: readonly number[];
  atOnce: number;
  deadline: number | null;
  tolerate: Tolerance | undefined;
  done: (i: number, output: unknown) => void;
  /** Whether the others go on. */
  lost: (i: number, failure: Failure) => boolean;
}

type ShardBounds = Pick<ShardTerms, 'since' | 'mostOutputBytes' | 'mostToldBytes'>;

/** Resolves when all shards have closed. */
export async function mapShards(steps: Steps, of: Sharded): Promise<ItemsEnd> {
  const chunks = chunksOf(of);
  const isBounded = patched(patches.mapBounds);
  const lanes = Math.min(SHARDS_AT_ONCE, chunks.length, isBounded ? of.atOnce : SHARDS_AT_ONCE);
  const bounds: ShardBounds = isBounded
    ? {
        since: Date.now(),
        mostOutputBytes: OUTPUT_BYTES,
        mostToldBytes: Math.min(TOLD_BYTES, Math.floor(ALL_TOLD_BYTES / chunks.length)),
      }
    : {};
  let isStopped = false;
  const failures: unknown[] = [];
  const running = new Set<{ cancel(): void }>();
  const stop = (): void => {
    isStopped = true;
    for (const shard of running) shard.cancel();
  };
  let begun = 0;
  const waiting = [...chunks];
  const lane = async (_: unknown, k: number): Promise<void> => {
    const share = isBounded
      ? Math.floor(of.atOnce / lanes) + (k < of.atOnce % lanes ? 1 : 0)
      : Math.max(1, Math.ceil(of.atOnce / lanes));
    while (!isStopped && !steps.open.isDecided) {
      const chunk = waiting.shift();
      if (chunk === undefined) return;
      const n = begun++;
      if (steps.hold.isHeld) await steps.hold.released();
      const scope = new CancellationScope();
      running.add(scope);
      try {
        const result = await scope.run(() => shard(of, n, chunk, { atOnce: share, ...bounds }));
        if (!took(of, chunk, result)) stop();
        if (result.end === 'cancelled' && !isStopped) throw new CancelledFailure('cancelled');
        if (result.end === 'part') waiting.unshift(restOf(chunk, result));
      } catch (error) {
        failures.push(error);
        stop();
      } finally {
        running.delete(scope);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failures.length > 0) throw failures[0];
  return isStopped ? 'stopped' : 'all';
}

/** What another shard goes on with. */
function restOf(chunk: readonly number[], { missing, lost }: ShardResult): number[] {
  const gone = new Set(lost.map(({ i }) => i));
  return missing.filter((k) => !gone.has(k)).map((k) => chunk[k] as number);
}

/** Which items go together depends on the items only, so that a run that goes on finds the same shards again. */
function chunksOf({ inputs, left }: Sharded): number[][] {
  const judged = inputs.slice(0, JUDGED_ITEMS);
  const bytes = Math.max(1, jsonBytes(judged) / judged.length);
  const size = Math.max(1, Math.min(SHARD_ITEMS, Math.floor(SHARD_BYTES / bytes)));
  const chunks = new Map<number, number[]>();
  for (const i of left) {
    const k = Math.floor(i / size);
    const chunk = chunks.get(k);
    if (chunk === undefined) chunks.set(k, [i]);
    else chunk.push(i);
  }
  return [...chunks.values()];
}

async function shard(
  of: Sharded,
  n: number,
  chunk: readonly number[],
  bounds: ShardBounds & { atOnce: number },
): Promise<ShardResult> {
  const { workflowId: run } = workflowInfo();
  for (const i of chunk)
    refuseUncarried(`${itemsPrefix(of.step, of.job.name)}#${i + 1}`, of.job.name, of.inputs[i]);
  const terms: ShardTerms = {
    ...{ run, goal: of.goal.name, job: of.job.name, step: of.step, deadline: of.deadline },
    ...bounds,
    total: of.inputs.length,
    items: rangesOf(chunk.map((i) => i + 1)),
    inputs: chunk.map((i) => of.inputs[i]),
    tolerate: (of.tolerate ?? null) as ShardTerms['tolerate'],
  };
  for (;;) {
    try {
      const child = await startChild<(terms: ShardTerms) => Promise<unknown>>(MAP_SHARD, {
        workflowId: mapShardId(run, of.step, n),
        args: [terms],
        staticSummary: boundedText(`${chunk.length} items of ${of.step} of ${run}`, 120),
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        parentClosePolicy: ParentClosePolicy.TERMINATE,
      });
      // map-shards.1: the result of the shard is an event of this history.
      return shardResultSchema.parse(await child.result());
    } catch (error) {
      if (isCancellation(error)) throw error;
      if ((error as Error).name !== 'WorkflowExecutionAlreadyStartedError') {
        const { cause, message } = error as Error;
        const why = cause instanceof Error ? cause.message : message;
        throw new StepFailed(engineFailure(of.step, of.job.name, why));
      }
    }
    await sleep(STILL_THERE_MS);
  }
}

/** Takes over what a shard did; whether the others go on. */
function took(of: Sharded, chunk: readonly number[], { outputs, missing, lost }: ShardResult): boolean {
  const absent = new Set(missing);
  chunk.forEach((i, k) => {
    if (!absent.has(k)) of.done(i, outputs[k]);
  });
  // Each is entered, also after the one that was too many.
  return lost.map(({ i, failure }) => of.lost(chunk[i] as number, failure)).every(Boolean);
}
