// A run that is deleted is gone wherever something of it was kept: a canary in all that it was given and said is looked for.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keepWholeLogs } from '../../../activities/attempts/whole-log.ts';
import { directorySink } from '../../../activities/records/record-sink/directory.ts';
import { webhookSink } from '../../../activities/records/record-sink/webhook.ts';
import { DirectoryDriver } from '../../../activities/storage/directory-driver.ts';
import { storageOf } from '../../../activities/storage/storage.ts';
import type { RunningWorker } from '../../../activities/worker.ts';
import { deletionSchema } from '../../../goals/wire/deletion.ts';
import { recordsKeeperId } from '../../../goals/wire/names.ts';
import { LogDirectory } from '../../../process/log-directory.ts';
import { type Answer, answered, gatewayAt } from '../../gateway/workbench.ts';
import { ownTemporal } from '../../temporal-address.ts';
import { QUICK } from '../alerts/alerted.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { forgettable, readBy, written } from './goals.ts';
import { jobs } from './jobs.ts';

const SOON = { timeout: 60_000, interval: 50 };
const act = { by: 'ada', reason: 'she asked for it' };
const sinkName = fresh('forget').toLowerCase();
const alertsId = fresh('forget-alerts');
const received: { type: string; data: unknown }[] = [];
let bench: Workbench;
let folder: string;
let worker: RunningWorker;
let gateways: Awaited<ReturnType<typeof gatewayAt>>[];

const receiver = createServer(async (request: IncomingMessage, response) => {
  received.push(JSON.parse(await text(request)));
  response.end();
});

async function startWorker(): Promise<void> {
  const { port } = receiver.address() as AddressInfo;
  worker = await bench.worker(
    fileURLToPath(new URL('goals.ts', import.meta.url)),
    ...([
      goals,
      jobs,
      bench.taskQueue,
      { id: alertsId, sinks: [], settings: { ...QUICK, cooldownMs: 300 } },
    ] as const),
    {
      storage: storageOf(new DirectoryDriver(join(folder, 'payloads'))),
      records: {
        sinks: [
          directorySink(join(folder, 'records')),
          webhookSink(new URL(`http://127.0.0.1:${port}`), null),
        ],
        ...{ name: sinkName, periodMs: 200, since: new Date(Date.now() - 1_000) },
      },
    },
  );
}

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  folder = await mkdtemp(join(tmpdir(), 'gk-forget-'));
  // Of its own: sinks take the records of a whole namespace, and the canary is looked for in all of it.
  const address = await ownTemporal();
  bench = await Workbench.open(address);
  await startWorker();
  gateways = [];
  const store = new LogDirectory(folder);
  keepWholeLogs(store);
  const logs = { store, link: 'https://loki.example/{run}' };
  for (const _ of [1, 2])
    gateways.push(await gatewayAt(address, 'default', undefined, alertsId, [], { logs }));
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await bench.close();
  receiver.close();
  await rm(folder, { recursive: true, force: true });
});

/** Two executions of one key, of which one failed and one was achieved: both told of and recorded. */
async function pursued() {
  const canary = fresh('canary');
  const key = fresh('k');
  const customer = { id: fresh('customer') };
  const [one] = gateways as [(typeof gateways)[0]];
  const start = (fails: boolean) =>
    one.post(
      `/goals/forgettable/runs`,
      { input: { key, canary, customer, fails }, force: !fails },
      { prefer: 'wait=30' },
    );
  const started = await one.post(
    '/goals/forgettable/runs',
    { input: { key, canary, customer, fails: true } },
    { prefer: 'wait=30', 'idempotency-key': key },
  );
  expect(started.body).toMatchObject({ outcome: 'failed' });
  const run: string = started.body.id;
  await expect.poll(() => placesOf(canary), SOON).toContain('history of alerts');
  // The same key has one input: the second execution fails as well, and both are to be deleted.
  expect((await start(true)).body).toMatchObject({ outcome: 'failed' });
  await expect
    .poll(() => received.filter(({ data }) => JSON.stringify(data).includes(canary)).length, SOON)
    .toBe(2);
  return { canary, key, customer, run };
}

async function filesWith(canary: string, where: string): Promise<string[]> {
  const entries = await readdir(join(folder, where), { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const found = await Promise.all(files.map(async (file) => (await readFile(file, 'utf8')).includes(canary)));
  return files.filter((_, i) => found[i]);
}

/** Where the canary is still to be found. */
async function placesOf(canary: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { workflowId, runId, memo } of bench.client.workflow.list()) {
    if (JSON.stringify(memo ?? {}).includes(canary))
      found.push(workflowId === alertsId ? 'alerts' : workflowId);
    const handle = bench.client.workflow.getHandle(workflowId, runId);
    if (workflowId !== alertsId && !workflowId.startsWith('forgettable')) continue;
    const { events } = await handle.fetchHistory().catch(() => ({ events: [] }));
    if (historyText(events ?? []).includes(canary))
      found.push(`history of ${workflowId === alertsId ? 'alerts' : workflowId}`);
  }
  if ((await filesWith(canary, 'records')).length > 0) found.push('records');
  if ((await filesWith(canary, 'payloads')).length > 0) found.push('payloads');
  if ((await filesWith(canary, 'logs')).length > 0) found.push('logs');
  return [...new Set(found)];
}

const historyText = (node: unknown): string => {
  if (node instanceof Uint8Array) return Buffer.from(node).toString();
  if (typeof node === 'string') return node;
  return typeof node === 'object' && node !== null ? Object.values(node).map(historyText).join('\n') : '';
};

async function completed(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 202) return answer;
    deletionSchema.parse(answer.body);
  }
}

// deletion.1
test('a run is deleted: its executions, its alerts, its records, what is stored; its key counts as never pursued', async () => {
  const { canary, key, customer, run } = await pursued();
  const [one, two] = gateways as [(typeof gateways)[0], (typeof gateways)[0]];
  // Records and alerts come in a moment.
  await expect
    .poll(() => placesOf(canary))
    .toEqual(expect.arrayContaining(['alerts', 'records', 'history of alerts', 'logs']));
  // A page holds what is settled: the gateway waits for it.
  const logs = await one.get(`/runs/${run}/logs?step=forgettable-gather%231&attempt=1`, {
    prefer: 'wait=30',
  });
  expect(logs.body).toMatchObject({
    kept: true,
    next: null,
    link: `https://loki.example/${encodeURIComponent(run)}`,
  });
  expect(logs.body.items).toContainEqual({
    ...{ at: expect.any(String), level: 'warn', step: 'forgettable-gather#1', attempt: 1 },
    text: `looks for ${canary}`,
  });
  const cursor = logs.body.after;
  expect((await one.get(`/runs/${run}/logs?step=other%231`)).body.items).toEqual([]);
  // A line of the last attempt may come a moment later; behind the last one there is nothing.
  let behind = { items: [{}], after: cursor };
  for (let n = 0; n < 20 && behind.items.length > 0; n++)
    behind = (await one.get(`/runs/${run}/logs?cursor=${behind.after}`)).body;
  expect((await one.get(`/runs/${run}/logs?cursor=${behind.after}`)).body).toMatchObject({
    items: [],
    after: behind.after,
  });
  const other = await bench.pursue(forgettable, { key: fresh('k'), canary, customer, fails: false });
  expect(await filesWith(canary, 'payloads')).not.toEqual([]);
  const stays = other.run.id;

  const answers = await Promise.all([one.delete(`/runs/${run}`, act), two.delete(`/runs/${run}`, act)]);
  expect(answers.map(({ status }) => status).every((status) => [200, 202, 404].includes(status))).toBe(true);
  const deleted = answers.map(({ body }) => body.deleted?.executions ?? 0);
  expect(Math.max(...deleted)).toBeGreaterThan(0);
  for (const path of ['', '/errors', '/record'])
    await expect.poll(async () => (await two.get(`/runs/${run}${path}`)).status, SOON).toBe(404);
  expect((await completed(() => two.delete(`/runs/${run}`, act))).status).toBeOneOf([200, 404]);

  // The other run of the same words stays whole: nothing else has them.
  await expect
    .poll(async () => (await placesOf(canary)).sort(), SOON)
    .toEqual([`history of ${stays}`, 'payloads', 'records']);
  expect(received).toContainEqual(expect.objectContaining({ type: 'run.deleted', data: { deleted: run } }));
  expect((await one.get(`/runs/${stays}`)).body).toMatchObject({ outcome: 'achieved' });
  expect((await completed(() => one.delete(`/runs/${stays}`, act))).body).toMatchObject({
    complete: true,
    places: { [`storage of ${bench.taskQueue}`]: expect.any(Number) },
  });
  await expect.poll(() => placesOf(canary), SOON).toEqual([]);

  // With the same Idempotency-Key too.
  const again = await one.post(
    '/goals/forgettable/runs',
    { input: { key, canary: 'new', customer, fails: true } },
    { prefer: 'wait=30', 'idempotency-key': key },
  );
  expect(again.body).toMatchObject({ id: run, outcome: 'failed' });
}, 120_000);

test('the book of a partition names nobody who was deleted, and goes with the last of them', async () => {
  const [one] = gateways as [(typeof gateways)[0]];
  const key = fresh('k');
  const { run: made } = await bench.pursue(written, { key });
  const { run: gone } = await bench.pursue(readBy, { key, reader: 'gone' });
  const { run: stays } = await bench.pursue(readBy, { key, reader: 'stays' });
  const book = `/datasets/forgettable-pages/partitions/${key}`;
  const users = async () =>
    (await one.get(book)).body.versions?.[0]?.uses.map(({ run }: { run: string }) => run);
  await expect.poll(users, SOON).toEqual([gone.id, stays.id]);
  /** Of both books, that of the dataset and that of the partition, every history that there is. */
  const named = async (run: string): Promise<boolean> => {
    const query = "WorkflowId STARTS_WITH 'gk-dataset:forgettable-pages'";
    for await (const { workflowId, runId, memo } of bench.client.workflow.list({ query })) {
      const { events } = await bench.client.workflow.getHandle(workflowId, runId).fetchHistory();
      if ((historyText(events ?? []) + JSON.stringify(memo)).includes(run)) return true;
    }
    return false;
  };
  expect(await named(gone.id)).toBe(true);
  const { body } = await completed(() => one.delete(`/runs/${gone.id}`, act));
  expect(body).toMatchObject({ complete: true, places: { datasets: expect.any(Number) } });
  expect(await users()).toEqual([stays.id]);
  await expect.poll(() => named(gone.id), SOON).toBe(false);
  await completed(() => one.delete(`/runs/${made.id}`, act));
  await expect.poll(() => named(made.id), SOON).toBe(false);
  expect((await one.get(book)).body.code).toBe('partition_unknown');
}, 240_000);

// deletions.1
test('an open run is refused; with every worker down a closed one is deleted from Temporal, and the rest waits', async () => {
  const { run, canary } = await pursued();
  await worker.stop();
  const [one] = gateways as [(typeof gateways)[0]];
  const open = await bench.start(forgettable, {
    key: fresh('k'),
    canary: 'x',
    customer: { id: 'c' },
    fails: false,
  });
  const refused = await one.delete(`/runs/${open.workflowId}`, act);
  expect([refused.status, refused.body.code, refused.body.run]).toEqual([409, 'run_open', open.workflowId]);
  const { status, body } = await one.delete(`/runs/${run}`, act);
  expect([status, body]).toEqual([
    202,
    expect.objectContaining({
      deleted: { executions: 2, shards: 0, leases: 0, requests: 1 },
      complete: false,
      waiting: expect.arrayContaining([
        'alerts',
        `storage of ${bench.taskQueue}`,
        recordsKeeperId('directory', sinkName),
      ]),
    }),
  ]);
  await expect.poll(async () => (await one.get(`/runs/${run}`)).status, SOON).toBe(404);
  await startWorker();
  expect((await completed(() => one.delete(`/runs/${run}`, act))).body).toMatchObject({
    complete: true,
    waiting: [],
  });
  await expect.poll(() => placesOf(canary), SOON).toEqual([]);
  // Of the deletion itself nothing is left either, once somebody has seen that it is complete.
  await expect.poll(async () => (await one.delete(`/runs/${run}`, act)).status, SOON).toBe(404);
}, 120_000);

test('all closed runs of a subject are found by it and deleted; open ones are left, and named', async () => {
  const [one] = gateways as [(typeof gateways)[0]];
  const customer = { id: fresh('customer') };
  const pursue = (key: string) => bench.pursue(forgettable, { key, canary: 'c', customer, fails: true });
  const runs = [(await pursue(fresh('s'))).run.id, (await pursue(fresh('s'))).run.id].sort();
  const other = await bench.pursue(forgettable, {
    ...{ key: fresh('s'), canary: 'c', customer: { id: fresh('customer') }, fails: true },
  });
  const ask = (more = {}) =>
    answered(() => one.post('/subjects/delete', { ...act, subject: customer.id, ...more }));
  await expect
    .poll(async () => (await ask({ dryRun: true })).body, SOON)
    .toMatchObject({ dryRun: true, complete: false, more: false, open: [], deleted: { executions: 0 } });
  await expect.poll(async () => (await ask({ dryRun: true })).body.runs.sort(), SOON).toEqual(runs);
  expect((await ask({ dryRun: true, goals: ['unknown'] })).body.runs).toEqual([]);
  expect((await ask()).body).toMatchObject({ deleted: { executions: 2 }, more: false });
  expect((await completed(ask)).body).toMatchObject({ complete: true, runs: [] });
  for (const run of runs) expect((await one.get(`/runs/${run}`)).status).toBe(404);
  expect((await one.get(`/runs/${other.run.id}`)).status).toBe(200);
  await worker.stop();
  const open = await bench.start(forgettable, { key: fresh('s'), canary: 'c', customer, fails: true });
  await expect.poll(async () => (await ask()).body.open, SOON).toEqual([open.workflowId]);
}, 120_000);
