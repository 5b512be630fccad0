// Pools over three goals and two worker processes, which the tests kill; the jobs themselves tell how many there are.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleGoals } from '../../../activities/bundle.ts';
import type { Goal } from '../../../goals/index.ts';
import { poolId, poolQueue, poolSignals } from '../../../goals/wire/names.ts';
import { type Grant, grantSchema, type PoolMemo } from '../../../goals/wire/pools.ts';
import { firstValue } from '../../../views/payload.ts';
import type { RunStory } from '../../../views/run-view.ts';
import { gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { ChildWorker } from '../child-worker.ts';
import { Replayer } from '../replayer.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { alpha, beta, ELSEWHERE, gamma, hurried } from './goals.ts';
import { jobs } from './jobs.ts';

const until = { timeout: 60_000, interval: 50 };
const folder = fileURLToPath(new URL('./', import.meta.url));
let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let bundle: WorkflowBundleWithSourceMap;
let scratch: string;
let workers: ChildWorker[] = [];

const startWorkers = async (): Promise<void> => {
  const environment = {
    GOALKEEPER_TASK_QUEUE: bench.taskQueue,
    GOALKEEPER_VERSION: '1',
    ATTEMPTS_FILE: join(scratch, 'attempts'),
  };
  workers = await Promise.all([1, 2].map(() => ChildWorker.start(folder, environment)));
};
const killWorkers = () => Promise.all(workers.splice(0).map((worker) => worker.end('SIGKILL')));

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'gk-pools-'));
  bench = await Workbench.open();
  gateway = await gatewayAt(temporalAddress);
  bundle = await bundleGoals(join(folder, 'goals.ts'));
  await startWorkers();
});
afterAll(async () => {
  await killWorkers();
  await gateway?.stop();
  await bench?.close();
  await rm(scratch, { recursive: true, force: true });
});

const start = (goal: Goal, job: string, ...scripts: string[][]) =>
  bench.start(goal, { key: fresh('k'), acts: scripts.map((script) => ({ job: `act-${job}`, script })) });

const replays = Replayer.forThisFile(() => ({ workflowBundle: bundle }));

/** The story of a run once it is closed; whatever the code does is proven to replay. */
async function closed(handle: WorkflowHandle): Promise<RunStory> {
  const story = await bench.closed(handle);
  await replays.replay(handle);
  return story;
}

interface Told {
  run: string;
  step: string;
  attempt: number;
  what: 'began' | 'ended';
  at: number;
  pid: number;
}

/** What the attempts of these runs wrote, in the order in which it happened. */
async function told(...runs: WorkflowHandle[]): Promise<Told[]> {
  const text = await readFile(join(scratch, 'attempts'), 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  const all = lines.map((line) => JSON.parse(line) as Told);
  return all.filter(({ run }) => runs.some(({ workflowId }) => workflowId === run));
}
const began = async (...runs: WorkflowHandle[]): Promise<number> =>
  (await told(...runs)).filter(({ what }) => what === 'began').length;

const poolOf = async (name: string): Promise<PoolMemo | undefined> => {
  const { items } = (await gateway.get('/pools')).body as { items: PoolMemo[] };
  return items.find((pool) => pool.name === `test-${name}`);
};
const isWaiting = async (name: string): Promise<number | undefined> => (await poolOf(name))?.waiting;

/** One run holds the only slot of a pool until it is let go, and another one waits for it. */
async function heldAndWaiting(pool: string, script: string[], waiting = ['ok']) {
  const holder = await start(alpha, pool, script);
  await expect.poll(() => began(holder), until).toBe(1);
  const waiter = await start(beta, pool, waiting);
  await expect.poll(() => isWaiting(pool), until).toBe(1);
  return { holder, waiter };
}

test('no more jobs at once than the pool allows, over three goals and two workers; all get through', async () => {
  const scripts = [1, 2, 3, 4].map(() => ['ms:150']);
  const runs = await Promise.all([alpha, beta, gamma].map((goal) => start(goal, 'two', ...scripts)));
  for (const handle of runs)
    expect((await closed(handle)).run).toMatchObject({
      outcome: 'achieved',
      output: { count: 4 },
      errors: { pending: 0, recovered: 0, handled: 0, fatal: 0 },
      steps: [1, 2, 3, 4].map(() => ({ name: 'act-two', state: 'succeeded', attempts: 1 })),
    });
  let at = 0;
  let most = 0;
  for (const { what } of await told(...runs)) most = Math.max(most, what === 'began' ? ++at : --at);
  expect([await began(...runs), most]).toEqual([12, 2]);
  await expect.poll(() => poolOf('two'), until).toMatchObject({ atOnce: 2, held: 0, waiting: 0 });
});

test('no more jobs begin in a second than the pool allows', async () => {
  const scripts = [1, 2, 3, 4].map(() => ['ok']);
  const runs = await Promise.all([alpha, beta, gamma].map((goal) => start(goal, 'rated', ...scripts)));
  for (const handle of runs) expect((await closed(handle)).run.outcome).toBe('achieved');
  const grants: Grant[] = [];
  for (const handle of runs)
    for (const { workflowExecutionSignaledEventAttributes: signal } of (await handle.fetchHistory()).events ??
      [])
      if (signal?.signalName === poolSignals.permit) grants.push(grantSchema.parse(firstValue(signal.input)));
  const within = (times: number[], ms: number): number =>
    Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + ms).length));
  expect(grants).toHaveLength(12);
  expect(
    within(
      grants.map(({ since }) => since),
      1000,
    ),
  ).toBeLessThanOrEqual(4);
  // By the jobs' own times, which lag behind as the machine has it.
  const times = (await told(...runs)).flatMap(({ what, at }) => (what === 'began' ? at : []));
  expect(within(times, 750)).toBeLessThanOrEqual(5);
});

test("Temporal itself lets no more begin, by the limit of the pool's own task queue", async () => {
  const handle = await start(alpha, 'rated', ['ok']);
  expect((await closed(handle)).run.outcome).toBe('achieved');
  const queue = poolQueue(bench.taskQueue, 'test-rated');
  const { events } = await handle.fetchHistory();
  const scheduled = (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
  expect(scheduled.map(({ taskQueue }) => taskQueue?.name)).toEqual([queue]);
  const ACTIVITY = 2;
  const described = await bench.client.workflowService.describeTaskQueue({
    namespace: 'default',
    taskQueue: { name: queue },
    taskQueueType: ACTIVITY,
    includeTaskQueueStatus: true,
  });
  expect(described.taskQueueStatus?.ratePerSecond).toBe(4);
});

test('who waits for a slot has no error and shows it, and can be cancelled; GET /pools tells who holds', async () => {
  const gate = join(scratch, 'gate');
  const { holder, waiter } = await heldAndWaiting('cancelled', [`gate:${gate}`]);
  const { run } = await bench.story(waiter);
  expect(run).toMatchObject({
    state: 'pursuing',
    errors: { pending: 0 },
    steps: [{ path: 'act-cancelled#1', state: 'waiting', attempts: 0, waitingFor: 'pool test-cancelled' }],
  });
  expect(await poolOf('cancelled')).toMatchObject({
    atOnce: 1,
    perSecond: null,
    holders: [{ run: holder.workflowId, step: 'act-cancelled#1', attempt: 1 }],
    held: 1,
  });
  const late = await closed(await start(hurried, 'cancelled', ['ok']));
  expect(late).toMatchObject({
    run: { outcome: 'failed', failure: { kind: 'deadline', cause: null }, steps: [{ attempts: 0 }] },
    errors: [],
  });
  await waiter.cancel();
  const story = await closed(waiter);
  expect(story).toMatchObject({
    run: { outcome: 'cancelled', steps: [{ state: 'cancelled', attempts: 0 }] },
    errors: [],
  });
  await expect.poll(() => isWaiting('cancelled'), until).toBe(0);
  expect((await poolOf('cancelled'))?.held).toBe(1);
  await writeFile(gate, '');
  expect((await closed(holder)).run.outcome).toBe('achieved');
  await expect.poll(async () => (await poolOf('cancelled'))?.held, until).toBe(0);
});

test('a job that fails holds no slot between its attempts, and waits for the next one like others', async () => {
  const gates = [join(scratch, 'gate-again'), join(scratch, 'gate-other')] as const;
  const { holder, waiter } = await heldAndWaiting('failing', [`again:${gates[0]}`], [`gate:${gates[1]}`]);
  await writeFile(gates[0], '');
  await expect.poll(() => began(waiter), until).toBe(1);
  await expect.poll(() => isWaiting('failing'), until).toBe(1);
  expect((await bench.story(holder)).run).toMatchObject({
    steps: [{ state: 'waiting', attempts: 1, waitingFor: 'pool test-failing', errors: { pending: 1 } }],
  });
  await writeFile(gates[1], '');
  const { run, errors } = await closed(holder);
  expect(run).toMatchObject({ outcome: 'achieved', steps: [{ attempts: 2, errors: { recovered: 1 } }] });
  expect(errors).toMatchObject([{ message: 'once more' }]);
  expect((await closed(waiter)).run.outcome).toBe('achieved');
});

test('an error does not persist while its step waits for a slot; once it is tried again it does', async () => {
  const [first, gate, own] = ['gate-first', 'gate-patient', 'gate-own'].map((name) =>
    join(scratch, name),
  ) as [string, string, string];
  const failing = await start(alpha, 'patient', [`fail-at:${first}`, `gate:${own}`]);
  await expect.poll(() => began(failing), until).toBe(1);
  const other = await start(beta, 'patient', [`gate:${gate}`]);
  await expect.poll(() => isWaiting('patient'), until).toBe(1);
  // It fails once the other waits for its slot, which the other has then.
  await writeFile(first, '');
  await expect.poll(() => began(other), until).toBe(1);
  await expect.poll(async () => (await bench.story(failing)).errors.length, until).toBe(1);
  await expect.poll(() => isWaiting('patient'), until).toBe(1);
  const [error] = (await bench.story(failing)).errors;
  const troubledMs = (): number => Date.now() - Date.parse(error?.at ?? '');
  await expect.poll(troubledMs, until).toBeGreaterThan(6_000);
  expect((await bench.story(failing)).run).toMatchObject({
    state: 'pursuing',
    steps: [{ state: 'waiting', waitingFor: 'pool test-patient' }],
  });
  await writeFile(gate, '');
  await expect.poll(() => began(failing), until).toBe(2);
  await expect.poll(async () => (await bench.story(failing)).run.state, until).toBe('struggling');
  await writeFile(own, '');
  for (const handle of [failing, other]) expect((await closed(handle)).run.outcome).toBe('achieved');
});

test('what its worker has no turn for is no attempt: it gives up its slot, and waits for another', async () => {
  const { run, errors } = await closed(await start(alpha, 'turned', ['ok']));
  expect(run).toMatchObject({ outcome: 'achieved', steps: [{ state: 'succeeded', attempts: 1 }] });
  expect(errors).toEqual([]);
});

test('a job of another queue may have a pool, and gets its input alone', async () => {
  process.env.ATTEMPTS_FILE = join(scratch, 'attempts');
  await bench.worker(join(folder, 'goals.ts'), goals, jobs, ELSEWHERE);
  const handle = await start(alpha, 'elsewhere', ['fail', 'ok']);
  const { run, errors } = await closed(handle);
  expect(run).toMatchObject({ outcome: 'achieved', steps: [{ state: 'succeeded', attempts: 2 }] });
  expect(errors).toMatchObject([{ message: 'it failed', disposition: 'recovered' }]);
  const { events } = await handle.fetchHistory();
  const scheduled = events?.flatMap(({ activityTaskScheduledEventAttributes: it }) => it ?? []);
  expect(scheduled?.map(({ taskQueue, input }) => [taskQueue?.name, input?.payloads?.length])).toEqual([
    [ELSEWHERE, 1],
    [ELSEWHERE, 1],
  ]);
});

test('what cannot be read harms nobody, and a fresh history of the semaphore knows who holds and who waits', async () => {
  const gate = join(scratch, 'gate-fresh');
  const { holder, waiter } = await heldAndWaiting('renewed', [`gate:${gate}`]);
  const semaphore = bench.client.workflow.getHandle(poolId('test-renewed'));
  const { runId } = await semaphore.describe();
  const garbage = [null, {}, { pool: 7 }, 'text', []];
  for (let sent = 0; sent < 1000; sent += 50)
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => semaphore.signal(poolSignals.ask, garbage[i % garbage.length])),
    );
  await expect.poll(async () => (await semaphore.describe()).runId, until).not.toBe(runId);
  expect(await poolOf('renewed')).toMatchObject({
    held: 1,
    waiting: 1,
    holders: [{ run: holder.workflowId }],
  });
  expect(await began(waiter)).toBe(0);
  await writeFile(gate, '');
  for (const handle of [holder, waiter]) expect((await closed(handle)).run.outcome).toBe('achieved');
});

test('the slot of a run that was terminated comes free', async () => {
  const { holder, waiter } = await heldAndWaiting('terminated', ['hang']);
  await holder.terminate();
  expect((await closed(waiter)).run.outcome).toBe('achieved');
  const acts = await told(holder, waiter);
  expect(acts.map(({ run, what }) => [run === holder.workflowId, what])).toEqual([
    [true, 'began'],
    [true, 'ended'],
    [false, 'began'],
    [false, 'ended'],
  ]);
});

test('the worker of a holder is killed: its slot comes free, and the step is tried again', async () => {
  const { holder, waiter } = await heldAndWaiting('killed', ['hang', 'ok']);
  const [attempt] = await told(holder);
  const worker = workers.find(({ pid }) => pid === attempt?.pid) as ChildWorker;
  await worker.end('SIGKILL');
  expect((await closed(waiter)).run.outcome).toBe('achieved');
  const { run, errors } = await closed(holder);
  expect(run).toMatchObject({ outcome: 'achieved', steps: [{ attempts: 2 }] });
  expect(errors).toMatchObject([{ code: 'worker_lost', disposition: 'recovered' }]);
});

test('with every worker killed GET /pools tells the same, and new ones go on where it was', async () => {
  const { holder, waiter } = await heldAndWaiting('killed', ['hang', 'ok']);
  await killWorkers();
  expect(await poolOf('killed')).toMatchObject({
    held: 1,
    waiting: 1,
    holders: [{ run: holder.workflowId }],
    waiters: [{ run: waiter.workflowId, step: 'act-killed#1', attempt: 1, since: expect.any(String) }],
  });
  await startWorkers();
  for (const handle of [holder, waiter]) expect((await closed(handle)).run.outcome).toBe('achieved');
  const semaphore = bench.client.workflow.getHandle(poolId('test-killed'));
  await replays.replay(semaphore);
});
