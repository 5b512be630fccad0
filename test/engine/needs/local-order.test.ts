// The order in which local activities are answered is that of a run's history. A replay resolves several of them at once, and comes
// to the same all the same.

import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bind } from '../../../activities/bind.ts';
import { bundleGoals } from '../../../activities/bundle.ts';
import type { Plugin } from '../../../activities/worker.ts';
import { activityNames } from '../../../goals/wire/names.ts';
import { Replayer } from '../replayer.ts';
import { fresh, Workbench } from '../workbench.ts';
import makers, { allStamped, pass, stamped } from './makers.ts';

const module = fileURLToPath(new URL('./makers.ts', import.meta.url));
const NEEDED = 4;

/** A promise, and what resolves it. */
function latch(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** The run is being closed; the looks at needed runs have been answered. */
const [closing, looked] = [latch(), latch()];
let looks = 0;

/** Answers no look at a needed run before the run is being closed, and then all of them before the run goes on. */
const inThisOrder: Plugin = {
  name: 'in this order',
  configureWorker: (options: WorkerOptions) => ({
    ...options,
    interceptors: {
      ...options.interceptors,
      activity: [
        ...(options.interceptors?.activity ?? []),
        ({ info: { activityType } }) => ({
          inbound: {
            async execute(input, next) {
              if (activityType === activityNames.pendingLedgers) {
                closing.open();
                await looked.opened;
              }
              if (activityType !== activityNames.findRun) return next(input);
              await closing.opened;
              try {
                return await next(input);
              } finally {
                // All but the one that fails.
                if (++looks === NEEDED - 1) looked.open();
              }
            },
          },
        }),
      ],
    },
  }),
};

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

const replays = Replayer.forThisFile(() => ({ workflowBundle: bundle }));
const bundle = await bundleGoals(module);

test('a run that is decided while looks at needed runs are under way is replayed as it went, though a replay has their answers at once', async () => {
  const [of, torn] = [fresh('k'), [1]];
  const jobs = [bind(pass, () => ({ attempt: 1 }))];
  const usual = await bench.worker(module, makers, jobs);
  for (let n = 2; n <= NEEDED; n++) await bench.pursue(stamped, { key: of, n, torn });
  await usual.stop();
  await bench.worker(module, makers, jobs, bench.taskQueue, {}, { plugins: [inThisOrder] });
  const parent = await bench.start(allStamped, { key: fresh('all'), of, count: NEEDED, torn });
  const { run } = await bench.closed(parent);
  expect(run).toMatchObject({ outcome: 'failed', failure: { path: ['map#1/needs-stamped#1'] } });
  expect(looks).toBe(NEEDED - 1);
  await replays.replay(parent);
});
