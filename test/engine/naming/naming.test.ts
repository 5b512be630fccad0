import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ChildWorker } from '../child-worker.ts';
import { writtenOf } from '../fails-n-times/attempts.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { bounded, careless, hurried, obstinate, single } from './edge-cases/goals.ts';
import { jobs } from './edge-cases/jobs.ts';

const folder = fileURLToPath(new URL('./edge-cases/', import.meta.url));
const file = join(mkdtempSync(join(tmpdir(), 'odd-')), 'attempts');
const children: ChildWorker[] = [];
let bench: Workbench;

beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(`${folder}goals.ts`, goals, jobs);
});
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.end('SIGKILL')));
});
afterAll(() => bench.close());

const child = async (taskQueue: string): Promise<ChildWorker> => {
  const started = await ChildWorker.start(folder, { GOALKEEPER_TASK_QUEUE: taskQueue, ATTEMPTS_FILE: file });
  children.push(started);
  return started;
};

test('a step that fails while nobody looks fails no workflow task, but the run, which never awaited it', async () => {
  const handle = await bench.start(careless, { key: fresh('k') });
  const { run, errors } = await bench.closed(handle);
  expect(run).toMatchObject({
    outcome: 'failed',
    failure: { kind: 'code', code: 'step_not_awaited', path: ['odd-quick#1'] },
    errors: { recovered: 2 },
  });
  expect(errors.map(({ code }) => code)).toContain('given_up');
  const { events } = await handle.fetchHistory();
  expect(events?.filter((event) => event.workflowTaskFailedEventAttributes)).toEqual([]);
});

test('a pursuit that catches everything and goes on is cancelled all the same, at once', async () => {
  const handle = await bench.start(obstinate, { key: fresh('k') });
  await expect
    .poll(async () => (await bench.story(handle)).run.steps[0]?.state, { timeout: 60_000 })
    .toBe('running');
  await handle.cancel();
  const { run, errors } = await bench.closed(handle);
  expect(run).toMatchObject({ outcome: 'cancelled', steps: [{ state: 'cancelled' }] });
  expect(errors).toEqual([]);
  const { events } = await handle.fetchHistory();
  expect(events?.filter((event) => event.workflowTaskFailedEventAttributes)).toEqual([]);
});

test('once a branch has decided the outcome, the others begin nothing more', async () => {
  const handle = await bench.start(hurried, { key: fresh('k') });
  const { run } = await bench.closed(handle);
  expect(run).toMatchObject({
    outcome: 'failed',
    failure: { code: 'given_up' },
    errors: { fatal: 1, recovered: 1 },
  });
  // It is decided when the run reads the ledgers of the steps that it is about to cancel.
  const { events = [] } = await handle.fetchHistory();
  const decided = events?.findIndex((event) => event.markerRecordedEventAttributes) ?? -1;
  expect(decided).toBeGreaterThan(0);
  expect(events?.slice(decided).filter((event) => event.activityTaskScheduledEventAttributes)).toEqual([]);
});

test('a cancellation while the worker itself retries keeps every error, under its own name', async () => {
  const handle = await bench.start(single, { key: fresh('k'), what: 'fail' });
  await expect
    .poll(async () => (await bench.story(handle)).run.errors.pending, { timeout: 60_000, interval: 20 })
    .toBeGreaterThan(12);
  await handle.cancel();
  const { run, errors, omitted } = await bench.closed(handle);
  expect(run).toMatchObject({
    outcome: 'cancelled',
    steps: [{ state: 'cancelled' }],
    errors: { fatal: 0, pending: 0 },
  });
  expect(run.errors.handled).toBeGreaterThan(12);
  expect(new Set([...errors, ...omitted].map(({ code }) => code))).toEqual(new Set(['not_yet']));
});

test('a job cut short by the deadline is told once, as the deadline, not as attempts that were used up', async () => {
  const { run, errors } = await bench.pursue(bounded, { key: fresh('k'), what: 'hang' });
  expect(run).toMatchObject({
    outcome: 'failed',
    failure: { kind: 'deadline', code: 'deadline_passed', path: ['odd-quick#1'] },
  });
  expect(errors.map(({ code }) => code)).toEqual(['timeout']);
});

test('a worker lost shortly before the deadline is told as lost, though nobody came to make the next attempt', async () => {
  const other = await child('test-odd-remote');
  const handle = await bench.start(bounded, { key: fresh('k'), what: 'work' });
  const began = () => writtenOf(file, handle.workflowId).length;
  await expect.poll(began, { timeout: 60_000, interval: 10 }).toBe(1);
  await other.end('SIGKILL');
  const { run, errors } = await bench.closed(handle);
  expect(errors.map(({ id, code, class: kind, disposition }) => [id, code, kind, disposition])).toEqual([
    ['odd-remote#1@1', 'worker_lost', 'infrastructure', 'fatal'],
  ]);
  expect(run).toMatchObject({
    failure: { kind: 'deadline', path: ['odd-remote#1'], cause: { code: 'worker_lost', attempt: 1 } },
    steps: [{ attempts: 1 }],
  });
});

test('an attempt that blocks its worker is cut off and made again; what it says later is nobody’s', async () => {
  const alone = await Workbench.open();
  const taskQueue = alone.taskQueue;
  await child(taskQueue);
  const handle = await alone.start(single, { key: fresh('k'), what: 'block' });
  const { run, errors } = await alone.closed(handle);
  const written = writtenOf(file, handle.workflowId).map(({ attempt }) => attempt);
  await alone.close();
  expect(run).toMatchObject({ outcome: 'achieved' });
  expect(errors.length).toBeGreaterThan(0);
  expect(new Set(errors.map(({ code, class: kind }) => `${code} ${kind}`))).toEqual(
    new Set(['worker_lost infrastructure']),
  );
  expect(new Set(written).size).toBe(written.length);
  expect(written.at(-1)).toBe(errors.length + 1);
});
