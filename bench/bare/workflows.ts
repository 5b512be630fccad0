// The same work in plain code for Temporal's SDK, as its documentation would have it.

import { proxyActivities } from '@temporalio/workflow';
import type * as activities from './activities.ts';

const { step, flaky } = proxyActivities<typeof activities>({
  startToCloseTimeout: '1m',
  retry: { initialInterval: '10ms', backoffCoefficient: 1, maximumAttempts: 10 },
});

/** No step at all: the floor. */
export const none = async () => ({ n: 0 });

export async function three() {
  return step(await step(await step({ n: 0 })));
}

export async function flakyThree() {
  return step(await flaky(await step({ n: 0 })));
}

export async function all({ n }: { n: number }) {
  return { n: (await Promise.all(Array.from({ length: n }, (_, i) => step({ n: i })))).length };
}
