// A worker takes on what its machine can bear, ends without cutting work short, and what waits for one can be seen.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drainFrom, slotsFrom } from '../../../activities/slots.ts';
import { gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { ChildWorker } from '../child-worker.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { waiting } from './goals.ts';
import { jobs } from './jobs.ts';

const SOON = { timeout: 60_000, interval: 50 };
const MODULE = fileURLToPath(new URL('goals.ts', import.meta.url));

let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'elastic-'));
  bench = await Workbench.open();
  gateway = await gatewayAt(temporalAddress);
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
  await rm(folder, { recursive: true, force: true });
});

function plan(count: number) {
  const key = fresh('k');
  const [file, log] = [join(folder, `${key}.go`), join(folder, `${key}.log`)];
  const lines = async () =>
    (await readFile(log, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  return { input: { key, file, log, jobs: count }, file, lines };
}

/** The most jobs that were under way at one time. */
function mostAtOnce(lines: string[]): number {
  let [now, most] = [0, 0];
  for (const line of lines) {
    now += line.startsWith('begin') ? 1 : -1;
    most = Math.max(most, now);
  }
  return most;
}

test('a worker whose machine has no memory to spare takes on the least that it may, one after the other', async () => {
  const taskQueue = fresh('q');
  const slots = { least: 2, most: 50, memory: 0.000_001, cpu: 1 };
  await bench.worker(MODULE, goals, jobs, taskQueue, {}, { slots });
  const { input, file, lines } = plan(8);
  const handle = await bench.start(waiting, input, taskQueue);
  await expect.poll(async () => (await lines()).length, SOON).toBe(2);
  await writeFile(file, '');
  expect((await bench.closed(handle)).run.outcome).toBe('achieved');
  expect(mostAtOnce(await lines())).toBe(2);
});

test('a worker whose machine has takes on more than the least, up to the most', async () => {
  const taskQueue = fresh('q');
  await bench.worker(MODULE, goals, jobs, taskQueue, {}, { slots: { least: 2, most: 6, memory: 1, cpu: 1 } });
  const { input, file, lines } = plan(12);
  const handle = await bench.start(waiting, input, taskQueue);
  await expect.poll(async () => (await lines()).length, SOON).toBe(6);
  await writeFile(file, '');
  expect((await bench.closed(handle)).run.outcome).toBe('achieved');
  expect(mostAtOnce(await lines())).toBe(6);
});

test('of the jobs of a pool with a rate, which have a queue of their own, a worker takes on no more than the most either', async () => {
  const taskQueue = fresh('q');
  await bench.worker(MODULE, goals, jobs, taskQueue, {}, { slots: { least: 2, most: 2, memory: 1, cpu: 1 } });
  const { input, file, lines } = plan(6);
  const handle = await bench.start(waiting, { ...input, rated: true }, taskQueue);
  // All have their permits; four wait for a slot.
  const SCHEDULED = 1;
  const unbegun = async () => {
    const { raw } = await handle.describe();
    const pending = raw.pendingActivities ?? [];
    return [pending.length, pending.filter(({ state }) => state === SCHEDULED).length];
  };
  await expect.poll(unbegun, SOON).toEqual([6, 4]);
  expect(await lines()).toHaveLength(2);
  await writeFile(file, '');
  expect((await bench.closed(handle)).run.outcome).toBe('achieved');
  expect(mostAtOnce(await lines())).toBe(2);
});

test('told to stop, a worker lets its jobs end, takes on no more, and no attempt is lost', async () => {
  const taskQueue = fresh('q');
  const worker = await ChildWorker.start(fileURLToPath(new URL('.', import.meta.url)), {
    GOALKEEPER_TASK_QUEUE: taskQueue,
    GOALKEEPER_VERSION: String(Date.now()),
    GOALKEEPER_DRAIN: '60s',
    GOALKEEPER_SLOTS_LEAST: '1',
    GOALKEEPER_SLOTS_MOST: '1',
  });
  const { input, file, lines } = plan(2);
  const handle = await bench.start(waiting, input, taskQueue);
  await expect.poll(lines, SOON).toHaveLength(1);
  const ended = worker.end('SIGTERM');
  const next = await bench.worker(MODULE, goals, jobs, taskQueue);
  // The second job begins at the next worker, while the first one still works on.
  await expect.poll(lines, SOON).toHaveLength(2);
  expect(worker.isRunning).toBe(true);
  await writeFile(file, '');
  expect(await ended).toBe(0);
  const { run } = await bench.closed(handle);
  expect(run).toMatchObject({ outcome: 'achieved', errors: { recovered: 0 } });
  expect((await lines()).filter((line) => line.startsWith('begin'))).toHaveLength(2);
  await next.stop();
});

test('GET /metrics tells what waits in each task queue, with no worker up', async () => {
  const taskQueue = fresh('q');
  const worker = await bench.worker(MODULE, goals, jobs, taskQueue);
  await worker.stop();
  const { input } = plan(1);
  const handle = await bench.start(waiting, input, taskQueue);
  const backlog = async (name: string) => {
    const response = await fetch(`${gateway.url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const line = (await response.text())
      .split('\n')
      .find((one) => one.startsWith(`${name}{task_queue="${taskQueue}",type="workflow"}`));
    return Number(line?.split(' ').at(-1));
  };
  await expect.poll(() => backlog('goalkeeper_task_queue_backlog'), SOON).toBe(1);
  await expect.poll(() => backlog('goalkeeper_task_queue_backlog_age_seconds'), SOON).toBeGreaterThan(0);
  await handle.terminate();
});

test('slots and drain that are none are refused, and say what they may be', () => {
  expect(slotsFrom({})).toEqual({ least: 20, most: 1000, memory: 0.8, cpu: 0.9 });
  expect(slotsFrom({ GOALKEEPER_SLOTS_LEAST: '2000' })).toMatchObject({ least: 2000, most: 2000 });
  expect(() => slotsFrom({ GOALKEEPER_SLOTS_MOST: 'many' })).toThrow(/whole number from 1 to 10000/);
  expect(() => slotsFrom({ GOALKEEPER_CPU_TARGET: '90' })).toThrow(/share from 0.01 to 1/);
  expect([drainFrom({}), drainFrom({ GOALKEEPER_DRAIN: '10m' })]).toEqual([20_000, 600_000]);
  expect(() => drainFrom({ GOALKEEPER_DRAIN: 'soon' })).toThrow(/write such as/);
});
