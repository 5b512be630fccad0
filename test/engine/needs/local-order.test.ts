// The order in which local activities are answered is that of a run's history. A replay resolves several of them at once, and comes
// to the same all the same.

import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bind } from '../../../activities/bind.ts';
import { bundleGoals } from '../../../activities/bundle.ts';
import { activityNames } from '../../../goals/wire/names.ts';
import { inOrder, type Order } from '../in-order.ts';
import { fresh, Workbench } from '../workbench.ts';
import besides, { afterSaying, beside, say } from './beside.ts';
import makers, { allStamped, pass, stamped } from './makers.ts';

const moduleOf = (name: string): string => fileURLToPath(new URL(`./${name}.ts`, import.meta.url));

/** A promise, and what resolves it. */
function latch(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

const jobs = [bind(pass, () => ({ attempt: 1 }))];

/** Has these stamped, by a worker that ends. */
async function stampedBefore(key: string, numbers: number[], torn: number[]): Promise<void> {
  const worker = await bench.worker(moduleOf('makers'), makers, jobs);
  for (const n of numbers) await bench.pursue(stamped, { key, n, torn });
  await worker.stop();
}

async function replay(module: string, handle: WorkflowHandle): Promise<void> {
  const workflowBundle = await bundleGoals(moduleOf(module));
  await Worker.runReplayHistory({ workflowBundle }, await handle.fetchHistory(), handle.workflowId);
}

test('a run that is decided while looks at needed runs are under way is replayed as it went, though a replay has their answers at once', async () => {
  const [of, torn] = [fresh('k'), [1]];
  await stampedBefore(of, [2, 3, 4], torn);
  // No look is answered before the run is being closed, and then all are before the run goes on.
  const [closing, looked] = [latch(), latch()];
  let looks = 0;
  const order: Order = async ({ activityType: type }, work) => {
    if (type === activityNames.pendingLedgers) {
      closing.open();
      await looked.opened;
    }
    if (type !== activityNames.findRun) return work();
    await closing.opened;
    return work().finally(() => {
      if (++looks === 3) looked.open();
    });
  };
  await bench.worker(moduleOf('makers'), makers, jobs, bench.taskQueue, {}, { plugins: [inOrder(order)] });
  const parent = await bench.start(allStamped, { key: fresh('all'), of, count: 4, torn });
  const { run } = await bench.closed(parent);
  expect(run).toMatchObject({ outcome: 'failed', failure: { path: ['map#1/needs-stamped#1'] } });
  expect(looks).toBe(3);
  await replay('makers', parent);
});

test.each([
  ['inline', say.name, activityNames.note],
  ['note', activityNames.note, say.name],
])(
  'what was answered first, be it an inline job or a note (here: %s), comes first in a replay',
  async (_, first, second) => {
    const firstEnds = latch();
    const order: Order = async ({ activityType: type }, work) => {
      if (type === second) await firstEnds.opened;
      return type === first ? work().finally(firstEnds.open) : work();
    };
    const bound = [say, afterSaying].map((job) => bind(job, () => null));
    const queue = fresh('beside');
    await bench.worker(moduleOf('beside'), besides, bound, queue, {}, { plugins: [inOrder(order)] });
    const parent = await bench.start(beside, { key: fresh('k') }, queue);
    expect((await bench.closed(parent)).run).toMatchObject({ outcome: 'achieved' });
    await replay('beside', parent);
  },
);
