// Events with a worker behind them: those that do not fit, and those that are collected into one run.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningWorker } from '../../../activities/worker.ts';
import type { Goal } from '../../../goals/index.ts';
import { signalNames } from '../../../goals/wire/names.ts';
import type { Run } from '../../../goals/wire/run-view.ts';
import { eventually, gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { byEither, byNumber, byTime, dayLoaded, debounced, SLOW, throttled } from './goals.ts';

const MODULE = fileURLToPath(new URL('goals.ts', import.meta.url));
const WAIT = { timeout: 60_000, interval: 100 };
let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let worker: RunningWorker;

beforeAll(async () => {
  bench = await Workbench.open();
  gateway = await gatewayAt(temporalAddress);
  worker = await bench.worker(MODULE, goals, []);
  await eventually(async () => {
    const { items } = (await gateway.get('/goals')).body as { items: { goal: string; taskQueue: string }[] };
    return goals.every(({ name }) =>
      items.some((item) => item.goal === name && item.taskQueue === bench.taskQueue),
    );
  });
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

const post = (type: string, events: readonly { id: string; data: object }[]) =>
  gateway.post(
    '/events',
    events.map((event) => ({ specversion: '1.0', source: '/test', type, ...event })),
    { 'content-type': 'application/cloudevents-batch+json' },
  );

const send = async (type: string, events: readonly { id: string; data: object }[]) => {
  const { status, body } = await post(type, events);
  expect(status).toBe(200);
  return body.items.map(({ goals }: { goals: unknown[] }) => goals[0]);
};

const filesOf = (prefix: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({
    id: `${prefix}-${from + i}`,
    data: { file: `${prefix}-${from + i}.csv` },
  }));

/** The batches of a goal that have become runs, each as the sorted names of its files. */
async function batchesOf(goal: Goal, prefix: string): Promise<string[][]> {
  const { items } = (await gateway.get(`/runs?goal=${goal.name}&state=closed`)).body as { items: Run[] };
  const runs = await Promise.all(items.map(async ({ id }) => (await gateway.get(`/runs/${id}`)).body as Run));
  return runs
    .map(({ input }) => (input as { items: { file: string }[] }).items.map(({ file }) => file))
    .filter((files) => files.some((file) => file?.startsWith(prefix)))
    .sort((a, b) => ((a[0] as string) < (b[0] as string) ? -1 : 1));
}

test('an event that does not fit is a run that failed with `input`, once, and can be seen', async () => {
  const id = fresh('bad');
  const [first] = await send('test.day-landed', [{ id, data: { day: 'tomorrow' } }]);
  const run = async () => (await gateway.get(`/runs/${first.run}`)).body as Run;
  await expect.poll(async () => (await run()).outcome, WAIT).toBe('failed');
  expect(await run()).toMatchObject({
    failure: { kind: 'input', code: 'input_invalid' },
    why: { kind: 'event', ref: id },
    input: { day: 'tomorrow' },
  });
  expect(await send('test.day-landed', [{ id, data: { day: 'tomorrow' } }])).toMatchObject([
    { how: 'repeated', execution: first.execution, goal: dayLoaded.name },
  ]);
});

// event-batch.1
test('a batch is one run when there are enough events, each of which counts once', async () => {
  const prefix = fresh('n');
  for (let i = 0; i < 3; i++)
    expect(await send('test.files-by-number', filesOf(prefix, 0, 2))).toMatchObject([
      { how: 'batched' },
      { how: 'batched' },
    ]);
  expect(await batchesOf(byNumber, prefix)).toEqual([]);
  await send('test.files-by-number', filesOf(prefix, 2, 6));
  await expect.poll(async () => (await batchesOf(byNumber, prefix)).flat().length, WAIT).toBe(6);
  const batches = await batchesOf(byNumber, prefix);
  expect(batches.map((files) => files.length)).toEqual([3, 3]);
  expect(new Set(batches.flat()).size).toBe(6);
  await send('test.files-by-number', filesOf(prefix, 0, 6));
  await send('test.files-by-number', filesOf(`${prefix}-next`, 0, 3));
  await expect.poll(async () => (await batchesOf(byNumber, prefix)).flat().length, WAIT).toBe(9);
});

test('a batch is one run when its first event has waited long enough', async () => {
  const prefix = fresh('t');
  await send('test.files-by-time', filesOf(prefix, 0, 5));
  await expect.poll(async () => (await batchesOf(byTime, prefix)).flat().length, WAIT).toBe(5);
});

test('an event that does not fit fails without its batch', async () => {
  const prefix = fresh('m');
  const bad = { id: `${prefix}-bad`, data: { file: `${prefix}.csv`, rows: 'many' } };
  const [taken, alone] = await send('test.files-by-time', [...filesOf(prefix, 0, 1), bad]);
  expect(taken).toMatchObject({ how: 'batched' });
  expect(alone).toMatchObject({ how: 'started' });
  await expect
    .poll(async () => ((await gateway.get(`/runs/${alone.run}`)).body as Run).failure?.kind, WAIT)
    .toBe('input');
  await expect
    .poll(async () => (await batchesOf(byTime, `${prefix}-0`)).map((files) => files.length), WAIT)
    .toEqual([1]);
});

test('a batch outlives the workers, and takes events with none of them up', async () => {
  const prefix = fresh('w');
  await send('test.files-by-either', filesOf(prefix, 0, 2));
  await worker.stop();
  await send('test.files-by-either', filesOf(prefix, 1, 4));
  worker = await bench.worker(MODULE, goals, []);
  await expect.poll(() => batchesOf(byEither, prefix), WAIT).toHaveLength(1);
  expect((await batchesOf(byEither, prefix))[0]?.sort()).toEqual(
    filesOf(prefix, 0, 4).map(({ data }) => data.file),
  );
});

// event-batch.2
test('a batch that is full waits while its goal is paused, and is not lost', async () => {
  const prefix = fresh('p');
  const [{ batch }] = await send('test.files-by-either', filesOf(prefix, 0, 3));
  const goal = `/goals/${byEither.name}`;
  await gateway.post(`${goal}/pause`, { by: 'ada' });
  const shown = async () => (await gateway.get(goal)).body;
  await expect.poll(shown, WAIT).toMatchObject({ paused: { by: 'ada' } });
  await expect.poll(shown, WAIT).not.toHaveProperty('pausePending');
  await eventually(async () => {
    const { status, body } = await post('test.files-by-either', filesOf(prefix, 0, 1));
    return status === 503 && body.code === 'event_paused';
  });
  const collector = bench.client.workflow.getHandle(batch);
  const last = { digest: prefix, item: { file: `${prefix}-3.csv` }, type: 't', size: 4, afterMs: 3_600_000 };
  await collector.signal(signalNames.batched, last);
  const refusals = async () => {
    const { events } = await collector.fetchHistory();
    return events?.filter(({ activityTaskFailedEventAttributes: failed }) => failed?.failure).length;
  };
  await expect.poll(refusals, WAIT).toBe(1);
  expect(await batchesOf(byEither, prefix)).toEqual([]);
  expect((await gateway.post(`${goal}/unpause`, { by: 'ada' })).body.paused).toBeNull();
  await expect.poll(async () => (await batchesOf(byEither, prefix)).flat().length, WAIT).toBe(4);
});

test('what is no event does not disturb a batch', async () => {
  const prefix = fresh('g');
  const [{ batch }] = await send('test.files-by-number', filesOf(prefix, 0, 2));
  const collector = bench.client.workflow.getHandle(batch);
  for (const garbage of [null, 'garbage', {}, { digest: 7 }])
    await collector.signal(signalNames.batched, garbage);
  await send('test.files-by-number', filesOf(prefix, 2, 3));
  await expect.poll(async () => (await batchesOf(byNumber, prefix)).flat().length, WAIT).toBe(3);
});

// event-pacer.1, event-pacer.2
test('debounced events are one run with the last of them; throttled ones are one at once, and one for the rest', async () => {
  const repo = fresh('repo');
  const push = (goal: Goal, commit: number) =>
    send(`test.${goal.name}`, [{ id: `${repo}-${commit}`, data: { repo, commit } }]);
  const runOf = async (goal: Goal) => (await gateway.get(`/runs/${goal.name}:${repo}`)).body as Run;
  expect(await push(throttled, 1)).toMatchObject([{ goal: throttled.name, how: 'held' }]);
  await expect.poll(async () => (await runOf(throttled)).output, WAIT).toBe(1);
  for (const commit of [1, 2, 3, 4, 4]) await push(debounced, commit);
  // The first comes again.
  for (const commit of [1, 2, 3, 3]) await push(throttled, commit);
  await expect.poll(async () => (await runOf(debounced)).output, WAIT).toBe(4);
  expect((await runOf(debounced)).why).toMatchObject({
    ...{ kind: 'event', by: '/test', ref: `${repo}-4` },
    reason: 'test.repo-debounced, the last of 4',
  });
  await expect.poll(async () => (await runOf(throttled)).output, WAIT).toBe(3);
  expect((await runOf(throttled)).why.reason).toBe('test.repo-throttled, the last of 2');
  // What does not fit is not held.
  const [bad] = await send('test.repo-debounced', [{ id: `${repo}-bad`, data: { repo, commit: 'x' } }]);
  expect(bad).toMatchObject({ how: 'started' });
});

test('what is held waits for the end of a run of its key that has another input', async () => {
  const repo = fresh('slow');
  const push = (commit: number) =>
    send('test.repo-debounced', [{ id: `${repo}-${commit}`, data: { repo, commit } }]);
  const runOf = async () => (await gateway.get(`/runs/${debounced.name}:${repo}`)).body as Run;
  await push(SLOW);
  await expect.poll(async () => (await runOf()).state, WAIT).toBe('pursuing');
  await push(SLOW + 1);
  await expect.poll(async () => (await runOf()).output, WAIT).toBe(SLOW + 1);
});
