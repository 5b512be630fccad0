// Runs that do many things at once, whose local activities are answered in any order, and are replayed as they went.
// REPLAYS_SEED repeats a run of it, but for the order in which the server answers.

import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bind } from '../../../activities/bind.ts';
import { bundleGoals } from '../../../activities/bundle.ts';
import { inAnyOrder } from '../in-order.ts';
import { stamped } from '../needs/makers.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { ACTS, jobs, mixed } from './goals.ts';

const RUNS = 40;
const module = fileURLToPath(new URL('./goals.ts', import.meta.url));
const seed = Number(process.env.REPLAYS_SEED ?? Date.now() % 1_000_000);

const branch = fc.array(
  fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...ACTS.filter((act) => act !== 'fail')) },
    { weight: 1, arbitrary: fc.constant('fail' as const) },
  ),
  { minLength: 1, maxLength: 5 },
);
const plan = fc.record({
  branches: fc.array(branch, { minLength: 2, maxLength: 8 }),
  races: fc.nat(5).map((n) => n === 0),
  /** After so many milliseconds. */
  cancelled: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(400) }),
});

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
  const bound = jobs.map((job) =>
    bind(job, ({ n }, { attempt }) => {
      if (n % 4 === 0 && attempt === 1) throw new Error('the first attempt fails');
      return { n };
    }),
  );
  await bench.worker(module, goals, bound, bench.taskQueue, {}, { plugins: [inAnyOrder] });
});
afterAll(() => bench.close());

test(`whatever runs do at once, and in whatever order they are answered, their replays come to the same (seed ${seed})`, {
  timeout: 300_000,
}, async () => {
  const known = fresh('known');
  for (const n of [1, 2]) await bench.pursue(stamped, { key: known, n, torn: [3] });
  const plans = fc.sample(plan, { seed, numRuns: RUNS });
  const runs = await Promise.all(
    plans.map(async ({ branches, races, cancelled }) => {
      const handle = await bench.start(mixed, { key: fresh('k'), known, branches, races });
      if (cancelled !== null) void delay(cancelled).then(() => handle.cancel());
      const { run } = await bench.closed(handle);
      return { handle, run, branches };
    }),
  );
  const histories = async function* () {
    for (const { handle } of runs)
      yield { workflowId: handle.workflowId, history: await handle.fetchHistory() };
  };
  const broken: string[] = [];
  let at = 0;
  const workflowBundle = await bundleGoals(module);
  for await (const { error } of Worker.runReplayHistories({ workflowBundle }, histories())) {
    const { run, branches } = runs[at++] as (typeof runs)[number];
    if (error) broken.push(`${run.outcome} ${JSON.stringify(branches)}: ${error.message}`);
  }
  expect(broken).toEqual([]);
  expect(runs.filter(({ run }) => run.outcome === 'achieved').length).toBeGreaterThan(RUNS / 4);
});
