// The same work in plain code for Temporal's SDK, as its documentation would have it.

import { executeChild, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type * as activities from './activities.ts';

const { step, flaky } = proxyActivities<typeof activities>({
  startToCloseTimeout: '1m',
  retry: { initialInterval: '10ms', backoffCoefficient: 1, maximumAttempts: 10 },
});

const local = proxyLocalActivities<typeof activities>({
  startToCloseTimeout: '1m',
  retry: { initialInterval: '10ms', backoffCoefficient: 1, maximumAttempts: 10 },
});

/** No step at all: the floor. */
export const none = async () => ({ n: 0 });

export async function three() {
  return step(await step(await step({ n: 0 })));
}

export async function localThree() {
  return local.step(await local.step(await local.step({ n: 0 })));
}

export async function flakyThree() {
  return step(await flaky(await step({ n: 0 })));
}

export async function all({ n }: { n: number }) {
  return { n: (await Promise.all(Array.from({ length: n }, (_, i) => step({ n: i })))).length };
}

const SHARD = 500;

export async function map({ n }: { n: number }) {
  const shards = Array.from({ length: Math.ceil(n / SHARD) }, (_, i) =>
    executeChild(all, { args: [{ n: Math.min(SHARD, n - i * SHARD) }] }),
  );
  return { n: (await Promise.all(shards)).reduce((sum, shard) => sum + shard.n, 0) };
}
