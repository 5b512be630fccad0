import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ChildWorker } from './child-worker.ts';
import goals, { inSequence, withDeadline } from './goals.ts';
import { elsewhere, jobs } from './jobs.ts';
import { fresh, Workbench } from './workbench.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const workers: ChildWorker[] = [];
let bench: Workbench;
let attemptsFile: string;

beforeAll(async () => {
  bench = await Workbench.open();
  attemptsFile = join(await mkdtemp(join(tmpdir(), 'attempts-')), 'attempts');
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.end('SIGKILL')));
});
afterAll(() => bench.close());

async function worker(): Promise<ChildWorker> {
  const started = await ChildWorker.start(folder, {
    GOALKEEPER_TASK_QUEUE: bench.taskQueue,
    ATTEMPTS_FILE: attemptsFile,
  });
  workers.push(started);
  return started;
}

/** What the jobs themselves wrote of their attempts: `step attempt`. */
async function attemptsOf(run: string): Promise<string[]> {
  const lines = (await readFile(attemptsFile, 'utf8').catch(() => '')).split('\n');
  return lines.filter((line) => line.startsWith(`${run} `)).map((line) => line.slice(run.length + 1));
}

test('a worker killed in mid-attempt: the run goes on elsewhere, the attempt shows as lost, no success is repeated', async () => {
  const first = await worker();
  const handle = await bench.start(inSequence, {
    key: fresh('k'),
    steps: [{ script: ['fail', 'ok'] }, { label: 'slowly', script: ['hang', 'ok'] }],
  });
  await expect.poll(() => attemptsOf(handle.workflowId), { timeout: 60_000 }).toContain('act-slowly#1 1');
  await first.end('SIGKILL');
  await worker();
  const { run, errors } = await bench.closed(handle);
  expect(run).toMatchObject({
    outcome: 'achieved',
    errors: { recovered: 2, fatal: 0, handled: 0, pending: 0 },
  });
  expect(errors.map(({ id, code, class: kind, disposition }) => [id, code, kind, disposition])).toEqual([
    ['act#1@1', 'unclassified', 'transient', 'recovered'],
    ['act-slowly#1@1', 'worker_lost', 'infrastructure', 'recovered'],
  ]);
  expect(await attemptsOf(run.id)).toEqual(['act#1 1', 'act#1 2', 'act-slowly#1 1', 'act-slowly#1 2']);
});

// server-attempt.1, ledger.1
test('errors that the worker itself was retrying survive its SIGKILL, beside the lost attempt, each once', async () => {
  const first = await worker();
  const handle = await bench.start(inSequence, {
    key: fresh('k'),
    steps: [{ label: 'steadily', script: ['fail:one', 'fail:two', 'hang', 'fail:four', 'ok'] }],
  });
  await expect.poll(() => attemptsOf(handle.workflowId), { timeout: 60_000 }).toContain('act-steadily#1 3');
  const live = await bench.story(handle);
  expect(live.errors.map(({ code, disposition }) => [code, disposition])).toEqual([
    ['one', 'pending'],
    ['two', 'pending'],
  ]);
  await first.end('SIGKILL');
  await worker();
  const { run, errors } = await bench.closed(handle);
  expect(run).toMatchObject({ outcome: 'achieved', output: { attempts: [5] }, errors: { recovered: 4 } });
  expect(errors.map(({ attempt, code }) => [attempt, code])).toEqual([
    [1, 'one'],
    [2, 'two'],
    [3, 'worker_lost'],
    [4, 'four'],
  ]);
});

test('a run is told once that it struggles, though the worker that told it is killed and the next one fails too', async () => {
  const first = await worker();
  const handle = await bench.start(inSequence, {
    key: fresh('k'),
    steps: [{ label: 'steadily', script: ['fail', 'fail', 'fail', 'hang', 'fail', 'fail', 'hang', 'ok'] }],
  });
  await expect.poll(() => attemptsOf(handle.workflowId), { timeout: 60_000 }).toContain('act-steadily#1 4');
  const { run: live, errors } = await bench.story(handle);
  expect(live).toMatchObject({
    state: 'struggling',
    struggling: [{ step: 'act-steadily#1', since: errors[0]?.at, attempts: 3 }],
  });
  await first.end('SIGKILL');
  const second = await worker();
  await expect.poll(() => attemptsOf(handle.workflowId), { timeout: 60_000 }).toContain('act-steadily#1 7');
  expect((await bench.story(handle)).run).toMatchObject({
    state: 'struggling',
    struggling: [{ since: errors[0]?.at, attempts: 6 }],
  });
  await second.end('SIGKILL');
  await worker();
  const { run } = await bench.closed(handle);
  expect(run).toMatchObject({ outcome: 'achieved', errors: { recovered: 7 }, struggling: [] });
  const { events } = await handle.fetchHistory();
  const told = events?.filter((event) => event.workflowExecutionSignaledEventAttributes);
  expect(told).toHaveLength(1);
});

test('a worker told to stop hands its attempt on as infrastructure, and exits cleanly', async () => {
  const first = await worker();
  const handle = await bench.start(inSequence, {
    key: fresh('k'),
    steps: [{ label: 'slowly', script: ['hang', 'ok'] }],
  });
  await expect.poll(() => attemptsOf(handle.workflowId), { timeout: 60_000 }).toContain('act-slowly#1 1');
  expect(await first.end('SIGTERM')).toBe(0);
  await worker();
  const { run, errors } = await bench.closed(handle);
  expect(run).toMatchObject({ outcome: 'achieved', errors: { recovered: 1 } });
  expect(errors).toMatchObject([
    { code: 'worker_stopped', class: 'infrastructure', disposition: 'recovered' },
  ]);
});

test("a deadline that passes while a step waits for its next attempt names that step's error as the cause", async () => {
  const goalsModule = join(folder, 'goals.ts');
  await bench.worker(goalsModule, goals, jobs);
  const other = await bench.worker(goalsModule, goals, [...jobs, ...elsewhere], 'test-elsewhere');
  const handle = await bench.start(withDeadline, {
    key: fresh('k'),
    steps: [
      { label: 'elsewhere', script: ['fail:upstream_down', 'fail:upstream_down', 'fail:upstream_down'] },
    ],
  });
  await expect
    .poll(async () => (await bench.story(handle)).errors.length, { timeout: 60_000, interval: 20 })
    .toBe(1);
  await other.stop();
  const { run, errors } = await bench.closed(handle);
  expect(run).toMatchObject({
    outcome: 'failed',
    errors: { fatal: errors.length, pending: 0 },
    failure: {
      kind: 'deadline',
      code: 'deadline_passed',
      path: ['act-elsewhere#1'],
      cause: { code: 'upstream_down' },
    },
  });
  expect(errors.length).toBeGreaterThan(0);
});
