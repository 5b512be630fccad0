// Kills of what a run stands on, at random times, again and again: a run counts only when the kill hit work in flight.
// FAULTS_SEED repeats the times.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { chance } from '../chaos/chance.ts';
import { ChildWorker } from './child-worker.ts';
import { checkStory, writtenOf } from './fails-n-times/attempts.ts';
import { flaky } from './fails-n-times/goals.ts';
import { fresh, Workbench } from './workbench.ts';

const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000);
const folder = fileURLToPath(new URL('./fails-n-times/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'faults-'));
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Resolves with true when work has begun since, with false when the run is over. */
async function workBegins(
  file: string,
  run: string,
  before: number,
  isOver: () => boolean,
): Promise<boolean> {
  await expect
    .poll(() => isOver() || writtenOf(file, run).length > before, { timeout: 60_000, interval: 20 })
    .toBe(true);
  return !isOver();
}

const inFlight = (file: string, run: string): number =>
  writtenOf(file, run).filter(({ ended }) => ended === null).length;

test(`a worker killed again and again during twenty flaky steps: each attempt once, or as lost (seed ${seed})`, {
  timeout: 240_000,
}, async () => {
  console.log(`faults: FAULTS_SEED=${seed}`);
  const random = chance(seed);
  const bench = await Workbench.open();
  cleanups.push(() => bench.close());
  const file = join(scratch, 'worker');
  const start = async (): Promise<ChildWorker> => {
    const worker = await ChildWorker.start(folder, {
      GOALKEEPER_TASK_QUEUE: bench.taskQueue,
      ATTEMPTS_FILE: file,
    });
    cleanups.push(() => worker.end('SIGKILL'));
    return worker;
  };
  let worker = await start();
  const handle = await bench.start(flaky, {
    key: fresh('k'),
    fails: Array.from({ length: 20 }, () => Math.floor(random() * 4)),
  });
  const run = handle.workflowId;
  let over = false;
  const ended = handle.result().finally(() => {
    over = true;
  });
  ended.catch(() => undefined);
  const hits: number[] = [];
  for (let kill = 0; kill < 5; kill++) {
    const before = writtenOf(file, run).length;
    if (!(await workBegins(file, run, before, () => over))) break;
    await delay(random() * 1200);
    // At a random time, but with work in flight: a kill of an idle worker shows nothing.
    const busy = () =>
      over ||
      writtenOf(file, run)
        .slice(before)
        .some(({ ended }) => ended === null);
    await expect.poll(busy, { timeout: 60_000, interval: 5 }).toBe(true);
    await worker.end('SIGKILL');
    // What is in flight now was cut off: nothing writes any more.
    hits.push(
      writtenOf(file, run)
        .slice(before)
        .filter(({ ended }) => ended === null).length,
    );
    worker = await start();
  }
  await ended;
  const story = await bench.story(handle);
  const written = writtenOf(file, run);
  const lost = checkStory(story, written);
  console.log(
    `faults: ${JSON.stringify({ kills: hits.length, inFlightAtKill: hits, attempts: written.length, errors: story.run.errors.recovered, lost })}`,
  );
  expect(story.run).toMatchObject({ outcome: 'achieved', output: { steps: 20 } });
  expect(hits.filter((hit) => hit > 0).length).toBeGreaterThanOrEqual(3);
  expect(lost).toBeGreaterThanOrEqual(hits.reduce((sum, hit) => sum + hit, 0));
});

test(`Temporal killed and restarted on the same data in mid-run: achieved, with a whole ledger (seed ${seed})`, {
  timeout: 240_000,
}, async () => {
  const random = chance(seed + 1);
  const file = join(scratch, 'server');
  const options = {
    binary: await findTemporal(),
    databaseFile: join(scratch, 'temporal.db'),
    uiPort: false as const,
  };
  let server = await startTemporalServer(options);
  const port = Number(server.address.split(':')[1]);
  cleanups.push(() => server.kill());
  const bench = await Workbench.open(server.address);
  cleanups.push(() => bench.close());
  const worker = await ChildWorker.start(folder, {
    TEMPORAL_ADDRESS: server.address,
    GOALKEEPER_TASK_QUEUE: bench.taskQueue,
    ATTEMPTS_FILE: file,
  });
  cleanups.push(() => worker.end('SIGKILL'));
  const { workflowId: run } = await bench.start(flaky, {
    key: fresh('k'),
    fails: Array.from({ length: 20 }, () => 1 + Math.floor(random() * 3)),
  });
  const hits: number[] = [];
  for (let kill = 0; kill < 3; kill++) {
    const before = writtenOf(file, run).length;
    await workBegins(file, run, before + 2, () => false);
    await delay(random() * 1000);
    await expect.poll(() => inFlight(file, run), { timeout: 60_000, interval: 5 }).toBeGreaterThan(0);
    hits.push(inFlight(file, run));
    await server.kill();
    await delay(random() * 1500);
    server = await startTemporalServer({ ...options, port });
  }
  const outcome = async (): Promise<string | null> =>
    (await bench.story({ workflowId: run }).catch(() => null))?.run.outcome ?? null;
  await expect.poll(outcome, { timeout: 150_000, interval: 500 }).not.toBeNull();
  const story = await bench.story({ workflowId: run });
  const written = writtenOf(file, run);
  const lost = checkStory(story, written);
  console.log(
    `faults: ${JSON.stringify({ serverKills: hits.length, inFlightAtKill: hits, attempts: written.length, errors: story.run.errors.recovered, lost })}`,
  );
  expect(story.run).toMatchObject({ outcome: 'achieved', output: { steps: 20 } });
  expect(hits.filter((hit) => hit > 0).length).toBeGreaterThanOrEqual(2);
});
