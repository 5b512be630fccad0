// Whoever is told of runs is told of light ones: sinks of records, goals that listen, metrics. On a server of its own, as sinks take
// every run of a namespace.

import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NativeConnection, type Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { bind } from '../../../../activities/bind.ts';
import { metricsText } from '../../../../activities/metrics.ts';
import { recordWorkers, startKeepers } from '../../../../activities/records/keep-records.ts';
import { directorySink } from '../../../../activities/records/record-sink/directory.ts';
import type { RecordsOptions } from '../../../../activities/records/record-sink.ts';
import { publish } from '../../../../goals/publish.ts';
import { aboutGoal, parseLightExecution } from '../../../../goals/wire/light.ts';
import { LIGHT_HOST, lightHostId } from '../../../../goals/wire/names.ts';
import { type RunRecord, runRecordSchema } from '../../../../goals/wire/run-record.ts';
import { startRun } from '../../../../process/start-run.ts';
import { ownTemporal } from '../../../temporal-address.ts';
import { fresh, Workbench } from '../../workbench.ts';
import goals, { toldMail, toldNote, toldOrder } from './goals.ts';

const goalsModule = fileURLToPath(new URL('./goals.ts', import.meta.url));
const WAIT = { timeout: 120_000, interval: 500 };
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let address: string;
let bench: Workbench;
let directory: string;
let connection: NativeConnection | undefined;
let keepers: Worker[] = [];
let running: Promise<void>[] = [];
/** The execution of each key's run. */
const started = new Map<string, string>();
let begun = 0;

const note = bind(toldNote, async ({ fails, ms }, { attempt }) => {
  begun++;
  if (fails && attempt === 1) throw Object.assign(new Error('upstream said no'), { code: 'said_no' });
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  return {};
});

beforeAll(async () => {
  address = await ownTemporal();
  bench = await Workbench.open(address);
  directory = await mkdtemp(join(tmpdir(), 'light-records-'));
  await bench.worker(goalsModule, goals, [note]);
  const host = {
    gk: 1,
    goal: toldOrder.name,
    about: aboutGoal(toldOrder),
    n: 0,
    hosts: 1,
    fullAfter: 8,
    plainMs: 10_000,
  };
  await bench.client.workflow.start(LIGHT_HOST, {
    workflowId: lightHostId(toldOrder.name, 0),
    taskQueue: bench.taskQueue,
    args: [{ ...host, earlier: null }],
  });
});
afterAll(async () => {
  for (const keeper of keepers) keeper.shutdown();
  await Promise.all(running);
  await connection?.close();
  await bench?.close();
});

/** What a worker has for its sinks, without another worker for goals. */
async function sink(records: RecordsOptions): Promise<void> {
  connection = await NativeConnection.connect({ address });
  const shared = { connection, namespace: 'default' };
  keepers = await recordWorkers(shared, records, pino({ level: 'silent' }));
  running = keepers.map((keeper) => keeper.run());
  await startKeepers(bench.client, records);
}

async function order(count: number, more: object = {}): Promise<string[]> {
  const { client, taskQueue } = bench;
  const why = { kind: 'request' as const, at: new Date().toISOString(), by: null, reason: null, ref: null };
  const publication = publish(toldOrder, { taskQueue, deployment: taskQueue, version: 1 });
  const keys = Array.from({ length: count }, () => fresh('k').toLowerCase());
  await Promise.all(
    keys.map(async (key) => {
      const { execution } = await startRun(
        { client, call: (make) => make(client.workflowService) },
        { publication, input: { key, ...more }, why },
      );
      started.set(key, execution);
    }),
  );
  return keys;
}

const isLight = ([, execution]: [string, string]): boolean => parseLightExecution(execution) !== null;

/** `<run>.<execution>` of all orders that were started. */
const wanted = (): string[] =>
  [...started].map(([key, execution]) => `${toldOrder.name}:${key}.${execution}`).sort();

/** The same of what the sink has. */
async function recorded(): Promise<string[]> {
  const files = await readdir(join(directory, toldOrder.name), { recursive: true }).catch(() => []);
  return files
    .flatMap((file) => (file.endsWith('.json') ? [(file.split('/').at(-1) ?? '').slice(0, -5)] : []))
    .sort();
}

/** Keys of the goal that listens, once for each execution. */
async function heard(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { workflowId } of bench.client.workflow.list({
    query: `WorkflowType = '${toldMail.name}'`,
  }))
    keys.push(workflowId.slice(toldMail.name.length + 1));
  return keys.sort();
}

const counted = async (series: string): Promise<number> =>
  Number(
    (await metricsText()).text
      .split('\n')
      .find((line) => line.startsWith(series))
      ?.split(' ')
      .at(-1) ?? 0,
  );

test('each light run is counted, and its healed errors, though many share a workflow', async () => {
  const outcomes = `goalkeeper_goal_outcomes_total{team="tests",goal="${toldOrder.name}",status="achieved"`;
  const errors = `goalkeeper_recovered_errors_total{team="tests",goal="${toldOrder.name}"`;
  const recovered = async () =>
    (await metricsText()).text
      .split('\n')
      .filter((line) => line.startsWith(errors))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  const before = [await counted(outcomes), await recovered()] as const;
  await order(4, { fails: true });
  await order(4);
  expect([...started].filter(isLight).length).toBeGreaterThan(1);
  await expect.poll(() => counted(outcomes), WAIT).toBe(before[0] + 8);
  await expect.poll(recovered, WAIT).toBe(before[1] + 4);
});

test('a sink that comes when the host has gone on several times gets the record of each, and a goal that listens starts once for each', async () => {
  for (let i = 0; i < 4; i++) await order(8);
  const hosts = new Set([...started.values()].flatMap((one) => parseLightExecution(one)?.host ?? []));
  expect(hosts.size).toBeGreaterThan(2);
  const records = { sinks: [directorySink(directory)], name: fresh('s').toLowerCase(), periodMs: 200 };
  await sink(records);
  await expect.poll(recorded, WAIT).toEqual(wanted());
  await expect.poll(heard, WAIT).toEqual([...started.keys()].sort());
  const [name = ''] = [...started]
    .filter(isLight)
    .map(([key, one]) => `${toldOrder.name}:${key}.${one}.json`);
  const files = await readdir(directory, { recursive: true });
  const file = files.find((one) => one.endsWith(name)) ?? '';
  const record: RunRecord = runRecordSchema.parse(JSON.parse(await readFile(join(directory, file), 'utf8')));
  expect(`${record.run}.${record.execution}.json`).toBe(name);
  expect(record).toMatchObject({
    intention: { goal: toldOrder.name, team: 'tests', why: { kind: 'request' } },
    path: [{ path: 'told-note#1', state: 'succeeded' }],
    errors: { counts: { recovered: (record.intention.input as { fails?: true }).fails ? 1 : 0 } },
    outcome: { outcome: 'achieved' },
  });
});

// light-feed.1
test('nothing is lost or told twice where a host is terminated under way and followed by another', async () => {
  const before = begun;
  const under = order(3, { ms: 250 });
  await expect.poll(() => begun - before, { timeout: 60_000, interval: 5 }).toBeGreaterThan(0);
  await bench.client.workflow.getHandle(lightHostId(toldOrder.name, 0)).terminate('by a test');
  await under;
  await order(8);
  await expect.poll(recorded, WAIT).toEqual(wanted());
  await expect.poll(heard, WAIT).toEqual([...started.keys()].sort());
});
