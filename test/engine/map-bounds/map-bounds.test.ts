// Maps at the bounds of what Temporal bears of a run and of a shard, and of what their goal allows.

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleGoals } from '../../../activities/bundle.ts';
import { DirectoryDriver } from '../../../activities/storage/directory-driver.ts';
import { defaultDirectory, storageOf } from '../../../activities/storage/storage.ts';
import type { ShardTerms } from '../../../goals/wire/map.ts';
import { MAP_SHARD } from '../../../goals/wire/names.ts';
import { gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { Replayer } from '../replayer.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { again, lookedUp, oneByOne, wait } from './goals.ts';
import { jobs, lookups, most } from './jobs.ts';

const goalsModule = fileURLToPath(new URL('./goals.ts', import.meta.url));
let bench: Workbench;
let large: Client;
let bundle: WorkflowBundleWithSourceMap;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;

beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(goalsModule, goals, jobs);
  gateway = await gatewayAt(temporalAddress);
  const connection = await Connection.connect({
    address: temporalAddress,
    channelArgs: { 'grpc.max_receive_message_length': 64 * 1024 * 1024 },
  });
  large = new Client({ connection });
  bundle = await bundleGoals(goalsModule);
});
afterAll(async () => {
  await large?.connection.close();
  await gateway?.stop();
  await bench?.close();
});

const replays = Replayer.forThisFile(() => ({
  workflowBundle: bundle,
  dataConverter: { externalStorage: storageOf(new DirectoryDriver(defaultDirectory())) },
}));

/** Histories of more than 4 MB are too large for a client as it comes. */
const patient = ({ workflowId }: WorkflowHandle) => large.workflow.getHandle(workflowId);

const shardsOf = async (handle: WorkflowHandle) =>
  ((await handle.fetchHistory()).events ?? []).filter(
    ({ startChildWorkflowExecutionInitiatedEventAttributes: initiated }) =>
      initiated?.workflowType?.name === MAP_SHARD,
  ).length;

test('a shard that holds as many outputs as it may ends early, and another goes on; each item runs once, a null stays one', {
  timeout: 180_000,
}, async () => {
  const gate = join(await mkdtemp(join(tmpdir(), 'bounds-')), 'open');
  const count = 20_010;
  const handle = await bench.start(lookedUp, { key: fresh('k'), count, chars: 2000, gate });
  const failed = await bench.closed(handle);
  expect(failed.run).toMatchObject({ outcome: 'failed', failure: { code: 'gate_shut' } });
  expect(failed.run.steps[0]).toMatchObject({ state: 'succeeded', map: { total: count, done: count } });
  // 20,010 items would fit three.
  expect(await shardsOf(handle)).toBeGreaterThan(3);
  await replays.replay(handle);

  await writeFile(gate, '');
  const { body } = await gateway.post(`/runs/${handle.workflowId}/resume`, { reason: 'opened' });
  const resumed = bench.client.workflow.getHandle(handle.workflowId, body.execution);
  const { run } = await bench.closed(resumed);
  expect(run).toMatchObject({
    outcome: 'achieved',
    output: { there: count / 2, nulls: count / 2, inOrder: true },
  });
  expect(await shardsOf(resumed)).toBe(0);
  const times = [...(lookups.get(handle.workflowId)?.values() ?? [])];
  expect(times).toEqual(Array.from({ length: count }, () => 1));
  await replays.replay(resumed);
});

test('no more items of a map are under way at once than its goal says, in all its shards together', {
  timeout: 120_000,
}, async () => {
  const input = { key: fresh('k'), count: 20_050, slow: [30, 10_030, 20_030], atOnce: 1 };
  const handle = await bench.start(oneByOne, input);
  const { run } = await bench.closed(handle);
  expect(run).toMatchObject({ outcome: 'achieved', output: { done: 20_050 } });
  expect(most.get(handle.workflowId)).toBe(1);
});

// map-items.3
test('of many maps in one run the history stays far from what Temporal ends a run for', {
  timeout: 180_000,
}, async () => {
  const [maps, count] = [8, 30];
  const handle = await bench.start(again, { key: fresh('k'), maps, count, chars: 100_000 });
  expect(await handle.result()).toMatchObject({ output: { done: maps * count } });
  const { body: run } = await gateway.get(`/runs/${handle.workflowId}`);
  expect(run.steps.map(({ map }: { map: { done: number } }) => map.done)).toEqual(
    Array.from({ length: maps }, () => count),
  );
  // Their inputs are 24 MB: of 60 such maps Temporal would end the run.
  const { raw } = await handle.describe();
  expect(Number(raw.workflowExecutionInfo?.historySizeBytes)).toBeLessThan(18 * 1024 * 1024);
  await replays.replay(patient(handle));
});

test('a shard of a map that has been at it for hours tells rarely how it stands', async () => {
  const terms: ShardTerms = {
    ...{ run: fresh('run'), goal: oneByOne.name, job: wait.name, step: 'map#1', total: 20 },
    items: [[1, 20]],
    inputs: Array.from({ length: 20 }, (_, n) => ({ n, ms: n === 19 ? 300 : 0 })),
    ...{ atOnce: 10, deadline: null, tolerate: null },
    since: Date.now() - 10 * 3_600_000,
  };
  const shard = await bench.client.workflow.start(MAP_SHARD, {
    workflowId: fresh('gk-map:x:1.0'),
    taskQueue: bench.taskQueue,
    args: [terms],
  });
  expect(await shard.result()).toMatchObject({ end: 'all', missing: [] });
  const { events } = await shard.fetchHistory();
  const timers = (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) =>
    timer ? [Number(timer.startToFireTimeout?.seconds)] : [],
  );
  expect(Math.max(...timers)).toBeGreaterThan(200);
});
