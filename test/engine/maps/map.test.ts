import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleGoals } from '../../../activities/bundle.ts';
import { DEFAULT_SLOTS } from '../../../activities/slots.ts';
import { DirectoryDriver } from '../../../activities/storage/directory-driver.ts';
import { defaultDirectory, storageOf } from '../../../activities/storage/storage.ts';
import type { Goal } from '../../../goals/index.ts';
import { mapShardId } from '../../../goals/wire/names.ts';
import { runStart } from '../../../goals/wire/run-start.ts';
import type { RunStory } from '../../../views/run-view.ts';
import { ChildWorker } from '../child-worker.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { dataset, every, given, most, whole } from './goals.ts';
import { most as atOnceOf, begun, jobs } from './jobs.ts';

const folder = fileURLToPath(new URL('./', import.meta.url));
const goalsModule = join(folder, 'goals.ts');
let bench: Workbench;
let bundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  bench = await Workbench.open();
  const slots = { ...DEFAULT_SLOTS, least: 200 };
  await bench.worker(goalsModule, goals, jobs, bench.taskQueue, {}, { slots });
  bundle = await bundleGoals(goalsModule);
});
afterAll(() => bench?.close());

const replay = async (handle: WorkflowHandle, history?: temporal.api.history.v1.IHistory) =>
  Worker.runReplayHistory(
    {
      workflowBundle: bundle,
      dataConverter: { externalStorage: storageOf(new DirectoryDriver(defaultDirectory())) },
    },
    history ?? (await handle.fetchHistory()),
    handle.workflowId,
  );

async function pursued(goal: Goal, input: object): Promise<{ handle: WorkflowHandle; story: RunStory }> {
  const handle = await bench.start(goal, { key: fresh('k'), ...input });
  const story = await bench.closed(handle);
  await replay(handle);
  return { handle, story };
}

/** Goes on from the last execution; what it begins is counted anew. */
async function resumed(goal: Goal, { workflowId }: WorkflowHandle, input: object): Promise<WorkflowHandle> {
  const { runId: from } = await bench.client.workflow.getHandle(workflowId).describe();
  begun.delete(workflowId);
  const why = { kind: 'resume' as const, at: new Date().toISOString(), by: null, reason: null, ref: null };
  return bench.client.workflow.start(goal.name, {
    ...runStart(goal, input, why),
    taskQueue: bench.taskQueue,
    args: [input, { from, outcome: 'failed', failure: null, seed: true, exclude: [], supply: [] }],
  });
}

/** A file that is not there yet. */
const absent = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), 'map-')), 'there');

/** How the map of an open run stands, once it stands like that; its rate and its end are of the moment it was asked. */
async function live(handle: WorkflowHandle, wanted: object): Promise<void> {
  const asked = async () => {
    const from = Date.now();
    const { steps } = (await bench.story(handle)).run;
    return { from, to: Date.now(), step: steps[0] };
  };
  let told = await asked();
  const progress = async () => {
    told = await asked();
    return told.step?.map;
  };
  await expect.poll(progress, { timeout: 500_000, interval: 1_000 }).toMatchObject(wanted);
  const { startedAt = '', map } = told.step ?? {};
  const { total, done = 0, lost = 0, rate, estimatedEnd } = map ?? {};
  const [longest, shortest] = [told.to, told.from].map((at) => at - Date.parse(startedAt)) as [
    number,
    number,
  ];
  expect(rate).toBeGreaterThanOrEqual((done * 1000) / longest);
  expect(rate).toBeLessThanOrEqual((done * 1000) / shortest);
  const leftMs = (((total ?? 0) - done - lost) * 1000) / (rate ?? 0);
  expect(Date.parse(estimatedEnd ?? '')).toBeGreaterThanOrEqual(Math.floor(told.from + leftMs));
  expect(Date.parse(estimatedEnd ?? '')).toBeLessThanOrEqual(Math.ceil(told.to + leftMs));
}

/** All executions under an ID that another followed or preceded, in order. */
async function executionsOf(workflowId: string) {
  const executions = [await bench.client.workflow.getHandle(workflowId).describe()];
  for (;;) {
    const [first] = executions as [WorkflowExecutionDescription];
    const { events } = await bench.client.workflow.getHandle(workflowId, first.runId).fetchHistory();
    const before = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    if (!before) return executions;
    executions.unshift(await bench.client.workflow.getHandle(workflowId, before).describe());
  }
}

/**
 * As the history had been if the workflow had been cancelled before its last task, and had told its run once more then. What
 * came between that task and its start comes before both. What the task did beside, such as a timer until the next telling,
 * came before that, or after, or not at all.
 */
function cancelledBeforeItsEnd({ events }: temporal.api.history.v1.IHistory) {
  const all = [...(events ?? [])];
  const end = all.pop();
  expect(end?.workflowExecutionContinuedAsNewEventAttributes).toBeTruthy();
  const told = all.findLast((event) => event.signalExternalWorkflowExecutionInitiatedEventAttributes);
  const [scheduled, ...others] = all.splice(
    all.findLastIndex(({ workflowTaskScheduledEventAttributes: scheduled }) => scheduled),
  );
  const [started, completed, ...did] = others.splice(
    others.findIndex(({ workflowTaskStartedEventAttributes: started }) => started),
  );
  const before = all.length;
  const add = (event: object | undefined): void => {
    all.push({ ...event, eventId: scheduled?.eventId?.add(all.length - before) ?? null });
  };
  others.forEach(add);
  add({ ...scheduled, ...cancelRequested });
  add(scheduled);
  const scheduledEventId = all.at(-1)?.eventId ?? null;
  add({ ...started, workflowTaskStartedEventAttributes: { scheduledEventId } });
  const startedEventId = all.at(-1)?.eventId ?? null;
  add({ ...completed, workflowTaskCompletedEventAttributes: { scheduledEventId, startedEventId } });
  const workflowTaskCompletedEventId = all.at(-1)?.eventId ?? null;
  const signal = told?.signalExternalWorkflowExecutionInitiatedEventAttributes;
  const last = {
    ...told,
    signalExternalWorkflowExecutionInitiatedEventAttributes: { ...signal, workflowTaskCompletedEventId },
  };
  const begun = all.length;
  return [[last], [...did, last], [last, ...did]].map((ended) => {
    all.length = begun;
    ended.forEach(add);
    return { events: [...all] };
  });
}
const cancelRequested = {
  eventType: temporal.api.enums.v1.EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED,
  workflowTaskScheduledEventAttributes: null,
  workflowExecutionCancelRequestedEventAttributes: {},
};

const timesOf = (handle: WorkflowHandle): number[] => [...(begun.get(handle.workflowId)?.values() ?? [])];

describe('a map', () => {
  test('of 10,000 items is one step, and a few activities', async () => {
    const { handle, story } = await pursued(every, { count: 10_000 });
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
    expect(timesOf(handle)).toEqual(Array.from({ length: 10_000 }, () => 1));
    expect((await handle.describe()).historyLength).toBeLessThan(300);
  });

  test('of items that take their time holds as many at once as it may, and no more', async () => {
    const input = { count: 400, all: ['wait:50'], atOnce: 50 };
    const { handle, story } = await pursued(every, input);
    expect(story.run).toMatchObject({
      outcome: 'achieved',
      output: { count: 400, inOrder: true, attempts: 400 },
    });
    // On a busy machine some end before the last begin.
    expect(atOnceOf.get(handle.workflowId)).toBeGreaterThan(25);
    expect(atOnceOf.get(handle.workflowId)).toBeLessThanOrEqual(50);
    expect(timesOf(handle)).toEqual(Array.from({ length: 400 }, () => 1));
  });

  test('of a job that is not declared quick begins with single items, and has slow ones stay single', async () => {
    const events = async () => {
      const { handle, story } = await pursued(every, { count: 500, job: 'work' });
      expect(story.run).toMatchObject({ outcome: 'achieved', output: { count: 500, inOrder: true } });
      return (await handle.describe()).historyLength;
    };
    // Single items alone would make 1,500. On a busy machine the first ones may seem to be slow.
    await expect.poll(events, { timeout: 180_000, interval: 5_000 }).toBeLessThan(900);
    const slow = await pursued(every, { count: 30, job: 'work', all: ['wait:4000'] });
    expect(slow.story.run).toMatchObject({ outcome: 'achieved', output: { count: 30, attempts: 30 } });
    expect(timesOf(slow.handle)).toEqual(Array.from({ length: 30 }, () => 1));
    expect(atOnceOf.get(slow.handle.workflowId)).toBeGreaterThan(10);
  });

  test('whose items wait long for their worker, and are quick, has batches all the same', async () => {
    const queue = fresh('narrow');
    await bench.worker(
      goalsModule,
      goals,
      jobs,
      queue,
      {},
      { slots: { ...DEFAULT_SLOTS, least: 4, most: 4 } },
    );
    // Slow to begin with, as of a process that has just started: so many go on singly, and wait for one another.
    const scripts = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [n, ['wait:1500']]));
    const input = { key: fresh('k'), count: 1_000, job: 'work', all: ['wait:20'], scripts };
    const handle = await bench.start(every, input, queue);
    const { run } = await bench.closed(handle);
    expect(run).toMatchObject({ outcome: 'achieved', output: { count: 1_000, inOrder: true } });
    // Single items alone make 3,000. 200 are under way before the first is answered.
    expect((await handle.describe()).historyLength).toBeLessThan(1_500);
    await replay(handle);
  });

  test('of a quick job whose items prove slow goes on with single ones', async () => {
    const { handle, story } = await pursued(every, { count: 60, all: ['wait:1300'] });
    expect(story.run).toMatchObject({ outcome: 'achieved', output: { count: 60, attempts: 60 } });
    // Those of the first batches were cut short once.
    expect(timesOf(handle).filter((times) => times > 1).length).toBeLessThanOrEqual(40);
    expect(Math.max(...timesOf(handle))).toBe(2);
  });

  test('of nothing is achieved, and told', async () => {
    const { story } = await pursued(every, { count: 0 });
    expect(story.run).toMatchObject({
      outcome: 'achieved',
      output: { count: 0 },
      steps: [{ path: 'map#1', kind: 'map', state: 'succeeded', map: { total: 0, done: 0, rate: null } }],
    });
  });

  test('tells while it is open how far it is, what is tried again, and when it may end', async () => {
    const gate = await absent();
    const scripts = { 3: ['fail', `until:${gate}`], 7: ['permanent:gone'], 11: [`until:${gate}`] };
    const input = { key: fresh('k'), count: 40, scripts, tolerate: { count: 1 } };
    const handle = await bench.start(most, input);
    await live(handle, { total: 40, done: 37, retrying: 1, lost: 1, lostItems: [{ path: 'map#1/tick#8' }] });
    await writeFile(gate, '');
    const [step] = (await bench.closed(handle)).run.steps;
    expect(step?.map).toMatchObject({ total: 40, done: 39, retrying: 0, lost: 1, estimatedEnd: null });
    const took = Date.parse(step?.closedAt ?? '') - Date.parse(step?.startedAt ?? '');
    expect(step?.map?.rate).toBeCloseTo((39 * 1000) / took);
  });

  // map-items.1
  test('of large items keeps to what a message holds', async () => {
    const { story } = await pursued(every, { count: 50, padding: 50_000 });
    expect(story.run).toMatchObject({ outcome: 'achieved', output: { count: 50, inOrder: true } });
    const huge = await pursued(every, { count: 20, padding: 500_000 });
    expect(huge.story.run).toMatchObject({ outcome: 'achieved', output: { count: 20, inOrder: true } });
  });
});

describe('an item that fails', () => {
  // map-items.2
  test("is tried again alone, and its errors are the run's", async () => {
    const scripts = { 3: ['fail', 'fail', 'ok'], 700: ['fail', 'ok'] };
    const { handle, story } = await pursued(every, { count: 1000, scripts });
    expect(story.run).toMatchObject({
      outcome: 'achieved',
      output: { count: 1000, inOrder: true, attempts: 1003 },
      errors: { recovered: 3, pending: 0, handled: 0, fatal: 0 },
      steps: [{ path: 'map#1', errors: { recovered: 3 }, map: { done: 1000, lost: 0 } }],
    });
    expect(story.errors.map(({ step, job, attempt }) => `${step} ${job} ${attempt}`).sort()).toEqual([
      'map#1/tick#4 tick 1',
      'map#1/tick#4 tick 2',
      'map#1/tick#701 tick 1',
    ]);
    expect(timesOf(handle).reduce((sum, times) => sum + times, 0)).toBe(1003);
  });

  test('for good fails the map, of which nothing more begins', async () => {
    const { handle, story } = await pursued(every, { count: 5000, scripts: { 5: ['permanent:gone'] } });
    expect(story.run).toMatchObject({
      outcome: 'failed',
      failure: { kind: 'job', code: 'gone', path: ['map#1/tick#6'] },
      errors: { fatal: 1, recovered: 0, handled: 0, pending: 0 },
      steps: [
        {
          state: 'failed',
          errors: { fatal: 1 },
          map: { total: 5000, lost: 1, lostItems: [{ path: 'map#1/tick#6', code: 'gone' }] },
        },
      ],
    });
    expect(timesOf(handle).length).toBeLessThan(200);
  });

  test('is tolerated up to a count, a share, or by its code', async () => {
    const scripts = { 1: ['permanent:gone'], 50: ['fail', 'fail', 'fail', 'fail'], 51: ['permanent:gone'] };
    const input = { count: 100, scripts };
    const lost = [
      { index: 1, input: { n: 1, script: ['permanent:gone'] }, code: 'gone' },
      { index: 50, code: 'said_no' },
      { index: 51, code: 'gone' },
    ];
    for (const tolerate of [{ count: 3 }, { share: 0.03 }, { codes: ['gone', 'said_no'] }]) {
      const { story } = await pursued(most, { ...input, tolerate });
      expect(story.run).toMatchObject({
        outcome: 'achieved',
        output: { done: 97, inOrder: true, lost },
        errors: { handled: 6, fatal: 0, recovered: 0 },
        steps: [{ state: 'succeeded', errors: { handled: 6 }, map: { total: 100, done: 97, lost: 3 } }],
      });
      expect(story.run.steps[0]?.map?.lostItems.map(({ path }) => path)).toEqual([
        'map#1/tick#2',
        'map#1/tick#51',
        'map#1/tick#52',
      ]);
    }
    for (const tolerate of [{ count: 2 }, { share: 0.029 }, { codes: ['said_no'] }]) {
      const { story } = await pursued(most, { ...input, tolerate });
      expect(story.run).toMatchObject({ outcome: 'failed', steps: [{ state: 'failed' }] });
    }
  });

  test('runs again when the run goes on, and no other does', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'map-')), 'there');
    const later = [`later:${file}`];
    const scripts = { 7: later, 2500: later, 2501: later, 9999: later };
    const input = { key: fresh('k'), count: 10_000, scripts };
    const first = await bench.start(whole, input);
    const { run: failed } = await bench.closed(first);
    expect(failed).toMatchObject({ outcome: 'failed', steps: [{ map: { done: 9996, lost: 4 } }] });
    await writeFile(file, '');
    const again = await resumed(whole, first, input);
    const { run } = await bench.closed(again);
    expect(run).toMatchObject({
      outcome: 'achieved',
      output: { done: 10_000, inOrder: true, lost: 0 },
      steps: [{ state: 'succeeded', map: { total: 10_000, done: 10_000, lost: 0 } }],
    });
    expect([...(begun.get(again.workflowId)?.entries() ?? [])].sort()).toEqual([
      [2500, 1],
      [2501, 1],
      [7, 1],
      [9999, 1],
    ]);
    await replay(again);
  });

  test('by its input is lost without an attempt', async () => {
    const item = { uri: 'x' };
    const { story } = await pursued(given, { items: [item, { no: 'uri' }, item] });
    expect(story.run).toMatchObject({
      outcome: 'achieved',
      output: { lost: [{ index: 1, input: { no: 'uri' }, code: 'input_invalid' }] },
      steps: [{ map: { total: 3, done: 2, lost: 1, lostItems: [{ code: 'input_invalid' }] } }],
    });
  });
});

describe('a map of more items than one history holds well', () => {
  test('has them done by shards, each error and result in its place', async () => {
    const scripts = { 12: ['fail', 'ok'], 20001: ['permanent:gone'], 20002: ['fail', 'fail', 'ok'] };
    const { handle, story } = await pursued(most, { count: 30_000, scripts, tolerate: { count: 1 } });
    expect(story.run).toMatchObject({
      outcome: 'achieved',
      output: { done: 29_999, inOrder: true, lost: [{ index: 20_001, code: 'gone' }] },
      errors: { recovered: 3, handled: 1, fatal: 0, pending: 0 },
      steps: [
        {
          path: 'map#1',
          state: 'succeeded',
          errors: { recovered: 3, handled: 1 },
          map: {
            total: 30_000,
            done: 29_999,
            retrying: 0,
            lost: 1,
            lostItems: [{ path: 'map#1/tick#20002' }],
          },
        },
      ],
    });
    expect(timesOf(handle).length).toBe(30_000);
    expect(timesOf(handle).reduce((sum, times) => sum + times, 0)).toBe(30_003);
    expect((await handle.describe()).historyLength).toBeLessThan(300);
    const shard = bench.client.workflow.getHandle(mapShardId(handle.workflowId, 'map#1', 2));
    expect((await shard.describe()).historyLength).toBeLessThan(1000);
  });

  test('keeps what its shards have done when the run goes on', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'map-')), 'there');
    const scripts = { 7: [`later:${file}`], 15000: [`later:${file}`] };
    const input = { key: fresh('k'), count: 21_000, scripts };
    const first = await bench.start(whole, input);
    expect((await bench.closed(first)).run).toMatchObject({
      outcome: 'failed',
      steps: [{ map: { total: 21_000, done: 20_998, lost: 2 } }],
    });
    await writeFile(file, '');
    const again = await resumed(whole, first, input);
    const { run } = await bench.closed(again);
    expect(run).toMatchObject({
      outcome: 'achieved',
      output: { done: 21_000, inOrder: true, lost: 0 },
      steps: [{ path: 'map#1', state: 'succeeded', map: { total: 21_000, done: 21_000, lost: 0 } }],
    });
    expect([...(begun.get(again.workflowId)?.keys() ?? [])].sort()).toEqual([15_000, 7]);
    await replay(again);
  });

  // map-shards.1
  test('tells its run how each shard stands, and what it has done when it is cancelled', {
    timeout: 700_000,
  }, async () => {
    // Each leaves its batch, one amid others; of the last shard all do.
    const [total, done] = [20_003, 19_999];
    const hanging = [500, 20_000, 20_001, 20_002];
    const scripts = Object.fromEntries(hanging.map((n) => [n, ['fail', 'hang']]));
    const input = { key: fresh('k'), count: total, scripts };
    const handle = await bench.start(every, input);
    await live(handle, { total, done, retrying: 4, lost: 0 });
    expect((await bench.story(handle)).run.errors).toMatchObject({ pending: 4, recovered: 0 });
    await handle.cancel();
    const { run } = await bench.closed(handle);
    expect(run).toMatchObject({
      outcome: 'cancelled',
      errors: { handled: 4, pending: 0 },
      steps: [{ path: 'map#1', map: { total, done, lost: 0 } }],
    });
    for (const n of [0, 2])
      await replay(bench.client.workflow.getHandle(mapShardId(handle.workflowId, 'map#1', n)));
    const again = await resumed(every, handle, input);
    await expect.poll(() => begun.get(again.workflowId)?.size, { timeout: 60_000 }).toBe(4);
    const [step] = (await bench.story(again)).run.steps;
    expect(step?.map).toMatchObject({ total, done, rate: null, estimatedEnd: null });
    await again.terminate();
    expect(new Set(begun.get(again.workflowId)?.keys())).toEqual(new Set(hanging));
  });

  test('goes over to shards once its history has grown long, and a shard to a history of its own', {
    timeout: 600_000,
  }, async () => {
    const { handle, story } = await pursued(every, { count: 2100, job: 'work', all: ['wait:550'] });
    expect(story.run).toMatchObject({
      outcome: 'achieved',
      output: { count: 2100, inOrder: true, attempts: 2100 },
      steps: [{ state: 'succeeded', map: { total: 2100, done: 2100 } }],
    });
    expect(timesOf(handle)).toEqual(Array.from({ length: 2100 }, () => 1));
    expect((await handle.describe()).historyLength).toBeLessThan(5000);
    const shards = await executionsOf(mapShardId(handle.workflowId, 'map#1', 0));
    expect(shards.map(({ status }) => status.name)).toEqual(['CONTINUED_AS_NEW', 'COMPLETED']);
    const [first, second] = shards.map(({ workflowId, runId }) =>
      bench.client.workflow.getHandle(workflowId, runId),
    ) as [WorkflowHandle, WorkflowHandle];
    for (const { historyLength } of shards) expect(historyLength).toBeLessThan(6000);
    await replay(first);
    await replay(second);
    // One that is cancelled meanwhile does not go on.
    const possible = cancelledBeforeItsEnd(await first.fetchHistory());
    await Promise.any(possible.map((history) => replay(first, history)));
  });
});

describe('a map whose worker is lost', () => {
  test('runs nothing again that had ended', async () => {
    const attempts = join(await mkdtemp(join(tmpdir(), 'map-')), 'attempts');
    const taskQueue = fresh('q');
    const environment = { GOALKEEPER_TASK_QUEUE: taskQueue, ATTEMPTS_FILE: attempts };
    const worker = await ChildWorker.start(folder, environment);
    const input = { key: fresh('k'), count: 60, scripts: { 3: ['crash', 'ok'] } };
    const handle = await bench.start(every, input, taskQueue);
    await expect.poll(() => worker.isRunning, { timeout: 60_000 }).toBe(false);
    const second = await ChildWorker.start(folder, environment);
    try {
      const story = await bench.closed(handle);
      expect(story.run).toMatchObject({
        outcome: 'achieved',
        output: { count: 60, inOrder: true },
        steps: [{ map: { done: 60 } }],
      });
      const { recovered } = story.run.errors;
      expect(story.errors).toContainEqual(
        expect.objectContaining({ step: 'map#1/tick#4', code: 'worker_lost' }),
      );
      const lines = (await readFile(attempts, 'utf8')).trim().split('\n');
      expect(lines.filter((line) => line.startsWith('3 ')).sort()).toEqual(['3 1', '3 2']);
      expect(lines.length).toBeLessThanOrEqual(60 + recovered);
      await replay(handle);
    } finally {
      await second.end('SIGTERM');
    }
  });
});

describe('a map over a dataset', () => {
  test('goes over its partitions, or over pieces as its job scales', async () => {
    const whole = { uri: 's3://bucket/orders', rows: 1000, bytes: 250, partitions: ['a', 'b'] };
    const { story } = await pursued(dataset, { dataset: whole, job: 'read' });
    expect(story.run.output).toEqual({
      pieces: [
        { uri: whole.uri, partition: 'a' },
        { uri: whole.uri, partition: 'b' },
      ],
    });
    const scaled = await pursued(dataset, { dataset: whole, job: 'scan' });
    expect(scaled.story.run.output).toEqual({
      pieces: [
        { uri: whole.uri, from: 0, to: 100 },
        { uri: whole.uri, from: 100, to: 200 },
        { uri: whole.uri, from: 200, to: 250 },
      ],
    });
    const unknown = await pursued(dataset, { dataset: { uri: 'x', rows: 5 }, job: 'scan' });
    expect(unknown.story.run.failure).toMatchObject({
      code: 'pursue_threw',
      message: expect.stringContaining('scales by bytes, which the dataset x does not give'),
    });
  });
});
