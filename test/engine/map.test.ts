import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleGoals } from '../../activities/bundle.ts';
import { DirectoryDriver } from '../../activities/storage/directory-driver.ts';
import { defaultDirectory, storageOf } from '../../activities/storage/storage.ts';
import type { Goal } from '../../goals/index.ts';
import type { RunStory } from '../../views/run-view.ts';
import goals, { dataset, every, most } from './maps/goals.ts';
import { most as atOnceOf, begun, jobs } from './maps/jobs.ts';
import { fresh, Workbench } from './workbench.ts';

const goalsModule = fileURLToPath(new URL('./maps/goals.ts', import.meta.url));
let bench: Workbench;
let bundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(goalsModule, goals, jobs);
  bundle = await bundleGoals(goalsModule);
});
afterAll(() => bench?.close());

const replay = async (handle: WorkflowHandle) =>
  Worker.runReplayHistory(
    {
      workflowBundle: bundle,
      dataConverter: { externalStorage: storageOf(new DirectoryDriver(defaultDirectory())) },
    },
    await handle.fetchHistory(),
    handle.workflowId,
  );

async function pursued(goal: Goal, input: object): Promise<{ handle: WorkflowHandle; story: RunStory }> {
  const handle = await bench.start(goal, { key: fresh('k'), ...input });
  const story = await bench.closed(handle);
  await replay(handle);
  return { handle, story };
}

const timesOf = (handle: WorkflowHandle): number[] => [...(begun.get(handle.workflowId)?.values() ?? [])];

describe('a map', () => {
  test('of 10,000 items is one step, and a few activities', async () => {
    const began = performance.now();
    const handle = await bench.start(every, { key: fresh('k'), count: 10_000 });
    await handle.result();
    console.log('10000:', performance.now() - began, (await handle.describe()).historyLength);
    const { handle: h2, story } = await pursued(every, { count: 10_000 });
    expect(story.run).toMatchObject({
      outcome: 'achieved',
      output: { count: 10_000, inOrder: true, attempts: 10_000 },
      steps: [
        {
          path: 'map#1',
          kind: 'map',
          name: 'tick',
          state: 'succeeded',
          map: { total: 10_000, done: 10_000, retrying: 0, lost: 0, estimatedEnd: null },
        },
      ],
    });
    expect(timesOf(h2)).toEqual(Array.from({ length: 10_000 }, () => 1));
    expect((await h2.describe()).historyLength).toBeLessThan(500);
  });
});
void [dataset, most, atOnceOf];
