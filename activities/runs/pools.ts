// The worker's side of pools: a run's requests taken to a pool's semaphore, and the semaphore's look at its runs.

import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { memoNames, POOL, poolId, poolSignals, SYSTEM_TASK_QUEUE } from '../../goals/wire/names.ts';
import type { PermitRequest, PoolMarker, PoolMemo, Release } from '../../goals/wire/pools.ts';

const SIGNAL_MS = 4_000;
const RELEASE_MS = 2_500;
const LOOK_MS = 8_000;

/** So many executions are looked at at once: one after the other, hundreds would take longer than there is time. */
const LOOKS = 10;

/** Asks for a permit, and begins the pool's semaphore where there is none. */
export async function askForPermit(request: PermitRequest): Promise<PoolMarker> {
  const { client } = Context.current();
  const { pool, step, attempt } = request;
  const memo: PoolMemo = { ...pool, holders: [], held: 0, waiting: 0 };
  await client.withDeadline(Date.now() + SIGNAL_MS, () =>
    client.workflow.signalWithStart(POOL, {
      workflowId: poolId(pool.name),
      taskQueue: SYSTEM_TASK_QUEUE,
      args: [pool.name],
      signal: poolSignals.ask,
      signalArgs: [request],
      memo: { [memoNames.pool]: memo },
      staticSummary: `who may use the pool ${pool.name}`,
    }),
  );
  return { step, pool: pool.name, attempt, gone: false };
}

/** Gives a permit back; `gone` tells that the step ended while it waited for it. */
export async function releasePermit(release: Release, gone: boolean): Promise<PoolMarker> {
  const { client } = Context.current();
  const { pool, step } = release;
  try {
    await client.withDeadline(Date.now() + RELEASE_MS, () =>
      client.workflow.getHandle(poolId(pool)).signal(poolSignals.release, release),
    );
  } catch (error) {
    // Somebody ended the semaphore: nothing is held.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  return { step, pool, attempt: null, gone };
}

/** Which of these executions have ended. One that cannot be looked at has not. */
export async function endedRuns(runs: readonly { run: string; execution: string }[]): Promise<string[]> {
  const { client } = Context.current();
  const left = [...new Map(runs.map((one) => [one.execution, one])).values()];
  const ended: string[] = [];
  const look = async (): Promise<void> => {
    for (let one = left.pop(); one !== undefined; one = left.pop())
      try {
        const { status } = await client.workflow.getHandle(one.run, one.execution).describe();
        if (status.name !== 'RUNNING') ended.push(one.execution);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) ended.push(one.execution);
      }
  };
  await client.withDeadline(Date.now() + LOOK_MS, () => Promise.all(Array.from({ length: LOOKS }, look)));
  return ended;
}
