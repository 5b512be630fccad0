// What a worker pays that takes over a host at its end, with nothing of it in memory: its whole history is replayed.

import { fileURLToPath } from 'node:url';
import type { WorkflowExecutionInfo, WorkflowHandle } from '@temporalio/client';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { bundleGoals } from '../../activities/bundle.ts';
import { LIGHT_PROMISES } from '../../activities/light-promises.ts';
import { lightHostId } from '../../goals/wire/names.ts';
import { beginLight } from './begin-light.ts';
import { median, milliseconds, rate } from './measure.ts';
import type { Stage } from './stage.ts';
import type { Result, Work } from './work.ts';

const GOAL = 'bench-light-three';
const REPLAYS = 3;

/** How many are asked for at once: with many, a host is full of runs, and one by one of events. */
const WAYS = { 'full of runs': 500, 'full of events': 1 };

export const fullHost: Work = async (stage) => {
  const workflowBundle = await bundleGoals(fileURLToPath(new URL('team/goals.ts', import.meta.url)));
  // As in the threads in which a worker runs workflows.
  await import(`data:text/javascript,${encodeURIComponent(LIGHT_PROMISES)}`);
  const results: Result[] = [];
  for (const [variant, atOnce] of Object.entries(WAYS)) {
    const { workflowId, runId, historyLength } = await closedHost(stage, atOnce);
    const history = await stage.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const value = await replayed(workflowBundle, { workflowId, history });
    results.push({
      ...{ work: `replay of a full host, ${historyLength} events`, variant, value, unit: 'ms' },
      ...{ ratio: null, against: '', wanted: { most: 1_000 } },
    });
  }
  return results;
};

/** In milliseconds. One worker replays it several times, as to begin one costs more: the first is not counted. */
async function replayed(
  workflowBundle: WorkflowBundle,
  one: { workflowId: string; history: Awaited<ReturnType<WorkflowHandle['fetchHistory']>> },
): Promise<number> {
  const given = Array.from({ length: REPLAYS + 1 }, () => one);
  const results = Worker.runReplayHistories({ workflowBundle }, given);
  const took: number[] = [];
  for (const _ of given)
    took.push(
      await milliseconds(async () => {
        const { value } = await results.next();
        if (value?.error) throw value.error;
      }),
    );
  return median(took.slice(1));
}

/** An execution of a host that was asked in this way from its begin to its end, when it was full. */
async function closedHost({ client, ...stage }: Stage, atOnce: number): Promise<WorkflowExecutionInfo> {
  const begun = new Date().toISOString();
  const query = `WorkflowId = '${lightHostId(GOAL, 0)}' AND ExecutionStatus = 'ContinuedAsNew' AND StartTime > '${begun}'`;
  for (;;) {
    for await (const closed of client.workflow.list({ query })) return closed;
    await rate(4 * atOnce, atOnce, () => beginLight({ client, ...stage }, GOAL));
  }
}
