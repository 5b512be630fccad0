import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleGoals } from '../../../activities/bundle.ts';
import type { RecordedRun } from '../../../activities/preflight/recorded-run.ts';
import { replayRuns } from '../../../activities/preflight/replay-runs.ts';
import { stamped } from '../../engine/needs/makers.ts';
import { fresh, Workbench } from '../../engine/workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

test('a run that is to begin later breaks no preflight, and does not hold it up', async () => {
  const module = fileURLToPath(new URL('../../engine/needs/makers.ts', import.meta.url));
  const workflowBundle = await bundleGoals(module);
  const begin = (startDelay: number) =>
    bench.client.workflow.start(stamped.name, {
      ...{ workflowId: fresh('run'), taskQueue: bench.taskQueue, startDelay },
      args: [{ key: 'k', n: 1, torn: [] }],
    });
  const runs: RecordedRun[] = [];
  for (const handle of [await begin(3_600_000), await begin(0), await begin(3_600_000)]) {
    const { workflowId: run, firstExecutionRunId: execution } = handle;
    runs.push({ goal: stamped.name, run, execution, history: await handle.fetchHistory() });
  }
  expect(runs.map(({ history }) => history.events?.length)).toEqual([1, 2, 1]);
  const ids = runs.map(({ run }) => run);
  const replayed = await replayRuns({ workflowBundle }, async () => runs.shift() ?? null, 3);
  expect(replayed.map(({ run }) => run).sort()).toEqual(ids.sort());
  expect(replayed.every(({ difference, wasStuck }) => difference === null && !wasStuck)).toBe(true);
});
