// Records kept beyond Temporal's retention: real workers that are killed, real files, real receivers that are down.

import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { recordsKeeperId } from '../../goals/wire/names.ts';
import { runRecordSchema } from '../../goals/wire/run-record.ts';
import { ChildWorker } from './child-worker.ts';
import goals, { judged } from './goals.ts';
import { jobs } from './jobs.ts';
import { fresh, Workbench } from './workbench.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const workers: ChildWorker[] = [];
let bench: Workbench;

beforeAll(async () => {
  bench = await Workbench.open();
  // It pursues the goals and has no sink.
  await bench.worker(join(folder, 'goals.ts'), goals, jobs);
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.end('SIGKILL')));
});
afterAll(() => bench.close());

/** Sinks of this test alone, which take only what closes from now on. */
function sinks(environment: Record<string, string>) {
  const name = fresh('sink').toLowerCase();
  const since = new Date(Date.now() - 1000).toISOString();
  onTestFinished(async () => {
    for (const kind of ['directory', 'webhook'])
      await bench.client.workflow
        .getHandle(recordsKeeperId(kind, name))
        .terminate('the test is over')
        .catch(() => undefined);
  });
  const worker = async (): Promise<ChildWorker> => {
    const started = await ChildWorker.start(folder, {
      GOALKEEPER_TASK_QUEUE: fresh('q'),
      GOALKEEPER_RECORDS_NAME: name,
      GOALKEEPER_RECORDS_SINCE: since,
      GOALKEEPER_RECORDS_PERIOD: '200ms',
      LOG_LEVEL: 'fatal',
      ...environment,
    });
    workers.push(started);
    return started;
  };
  return { name, worker };
}

/** Runs that are closed, and that visibility knows of. */
async function closed(count: number, prefix: string): Promise<string[]> {
  const runs = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      bench.pursue(judged, { key: `${prefix}-${i}`, rows: i % 2, drift: 0 }),
    ),
  );
  return runs.map(({ run }) => `${run.id}.${run.execution}`);
}

/** The records of these runs in a directory, by run and execution, with the place of each. */
async function recordsIn(directory: string, prefix: string): Promise<Map<string, string>> {
  const files = await readdir(directory, { recursive: true }).catch(() => []);
  const found = files.filter((file) => file.endsWith('.json') && file.includes(prefix));
  return new Map(found.map((file) => [(file.split('/').at(-1) as string).slice(0, -5), file]));
}

interface Delivery {
  id: string;
  run: string;
  headers: Record<string, unknown>;
  body: string;
}

/** A receiver that answers what `status` says, and remembers what it took. */
async function receiver(status: (run: string) => number | Promise<number>) {
  const taken: Delivery[] = [];
  const refused: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => '');
    if (body === '') return;
    const run = JSON.parse(body).data.run as string;
    const id = String(request.headers['webhook-id']);
    const code = await status(run);
    if (code < 300) taken.push({ id, run, headers: request.headers, body });
    else refused.push(run);
    response.writeHead(code).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/records`, taken, refused };
}

test('a worker SIGKILLed while it writes: the next one writes the rest, each file once and whole', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'records-'));
  const prefix = fresh('killed');
  const wanted = await closed(60, prefix);
  const { worker } = sinks({ GOALKEEPER_RECORDS_DIR: directory });
  const first = await worker();
  await expect
    .poll(async () => (await recordsIn(directory, prefix)).size, { timeout: 60_000, interval: 2 })
    .toBeGreaterThan(0);
  await first.end('SIGKILL');
  const before = await recordsIn(directory, prefix);
  expect(before.size, 'the kill came while it was writing').toBeLessThan(60);
  const inodes = await Promise.all(
    [...before.values()].map(async (file) => (await stat(join(directory, file))).ino),
  );

  await worker();
  await expect.poll(async () => (await recordsIn(directory, prefix)).size, { timeout: 40_000 }).toBe(60);
  const after = await recordsIn(directory, prefix);
  expect([...after.keys()].sort()).toEqual(wanted.sort());
  expect(
    await Promise.all([...before.values()].map(async (file) => (await stat(join(directory, file))).ino)),
  ).toEqual(inodes);
  for (const [name, file] of after) {
    const record = runRecordSchema.parse(JSON.parse(await readFile(join(directory, file), 'utf8')));
    expect(`${record.run}.${record.execution}`).toBe(name);
    expect(file).toBe(`judged/${record.outcome.closedAt?.slice(0, 10)}/${name}.json`);
  }
});

// keep-records.1
test('a webhook that is down for a while gets each record when it is back, and delays no other sink and no run', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'records-'));
  let isDown = true;
  const prefix = fresh('down');
  const hook = await receiver(() => (isDown ? 503 : 204));
  const { worker } = sinks({
    GOALKEEPER_RECORDS_DIR: directory,
    GOALKEEPER_RECORDS_URL: hook.url,
    GOALKEEPER_RECORDS_SECRET: `whsec_${Buffer.from('a secret of 24 bytes, so.').toString('base64')}`,
  });
  await worker();
  const wanted = await closed(10, prefix);
  // Neither the runs nor the directory waited for it.
  await expect.poll(async () => (await recordsIn(directory, prefix)).size, { timeout: 60_000 }).toBe(10);
  await expect.poll(() => hook.refused.length, { timeout: 60_000 }).toBeGreaterThan(2);
  expect(hook.taken).toEqual([]);
  isDown = false;
  const ours = () => hook.taken.filter(({ run }) => run.includes(prefix));
  await expect.poll(() => new Set(ours().map(({ id }) => id)).size, { timeout: 40_000 }).toBe(10);
  expect(
    ours()
      .map(({ run, id }) => `${run}.${id}`)
      .sort(),
  ).toEqual(wanted.sort());
  const [{ headers, body }] = ours() as [Delivery];
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'webhook-timestamp': expect.stringMatching(/^\d{10}$/),
    'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
  });
  const { type, data } = JSON.parse(body);
  expect([type, runRecordSchema.parse(data).version]).toEqual(['run.closed', 1]);
});

test('a worker SIGKILLed while the webhook has its record: it is offered again, under the same ID', async () => {
  const prefix = fresh('held');
  let held = 0;
  let release = (_code: number): void => {};
  const answer = new Promise<number>((resolve) => {
    release = resolve;
  });
  const hook = await receiver((run) => (run.includes(`${prefix}-`) && held++ === 0 ? answer : 204));
  const { worker } = sinks({ GOALKEEPER_RECORDS_URL: hook.url });
  const wanted = await closed(5, prefix);
  const first = await worker();
  await expect.poll(() => held, { timeout: 60_000 }).toBe(1);
  await first.end('SIGKILL');
  // The receiver took it, and could not tell.
  release(204);
  await worker();
  const ours = () => hook.taken.filter(({ run }) => run.includes(prefix));
  await expect.poll(() => new Set(ours().map(({ id }) => id)).size, { timeout: 40_000 }).toBe(5);
  expect(ours()).toHaveLength(6);
  expect([...new Set(ours().map(({ run, id }) => `${run}.${id}`))].sort()).toEqual(wanted.sort());
});

test('a record that the receiver will never take keeps back no other', async () => {
  const prefix = fresh('never');
  const hook = await receiver((run) => (run.endsWith('-0') ? 413 : 200));
  const { worker, name } = sinks({ GOALKEEPER_RECORDS_URL: hook.url });
  await worker();
  await worker();
  await closed(4, prefix);
  const ours = () => hook.taken.filter(({ run }) => run.includes(prefix));
  await expect.poll(() => ours().length, { timeout: 60_000 }).toBe(3);
  await expect
    .poll(() => hook.refused.filter((run) => run.includes(prefix)).length, { timeout: 60_000 })
    .toBe(1);
  // Two workers with the sink, one keeper.
  const { status } = await bench.client.workflow.getHandle(recordsKeeperId('webhook', name)).describe();
  expect(status.name).toBe('RUNNING');
});

test('who subscribes gets the outcomes that are wanted, once per ID, through a receiver that fails for a while', async () => {
  const prefix = fresh('subscribed');
  let isDown = true;
  const billing = await receiver(() => (isDown ? 500 : 204));
  const lake = await receiver(() => 204);
  const names = [fresh('billing'), fresh('lake')].map((name) => name.toLowerCase()) as [string, string];
  const { worker } = sinks({
    GOALKEEPER_SUBSCRIPTIONS: JSON.stringify([
      { name: names[0], url: billing.url, goals: ['judged'], outcomes: ['achieved'] },
      { name: names[1], url: lake.url, outcomes: ['failed'], format: 'cloudevents' },
    ]),
  });
  onTestFinished(async () => {
    for (const name of names)
      await bench.client.workflow.getHandle(recordsKeeperId('outcomes', name)).terminate('the test is over');
  });
  await worker();
  await worker();
  const wanted = await closed(6, prefix);
  const ours = ({ taken }: typeof lake) => taken.filter(({ run }) => run.includes(prefix));
  // The one that fails does not delay the other.
  await expect.poll(() => ours(lake).length, { timeout: 60_000 }).toBe(3);
  await expect.poll(() => billing.refused.length, { timeout: 60_000 }).toBeGreaterThan(1);
  isDown = false;
  await expect.poll(() => ours(billing).length, { timeout: 60_000 }).toBe(3);
  const told = [...ours(lake), ...ours(billing)].map(({ run, id }) => `${run}.${id}`);
  expect(told.sort()).toEqual(wanted.sort());
  expect(ours(billing).map(({ body }) => JSON.parse(body).type)).toEqual(Array(3).fill('run.achieved'));
  expect(ours(lake).map(({ body }) => JSON.parse(body).type)).toEqual(Array(3).fill('goalkeeper.run.failed'));
});

test('a worker that is told to stop hands the sweep on at once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'records-'));
  const { worker } = sinks({ GOALKEEPER_RECORDS_DIR: directory });
  const first = await worker();
  const early = fresh('early');
  await closed(2, early);
  await expect.poll(async () => (await recordsIn(directory, early)).size, { timeout: 60_000 }).toBe(2);
  expect(await first.end('SIGTERM')).toBe(0);
  const late = fresh('late');
  await closed(2, late);
  await worker();
  await expect.poll(async () => (await recordsIn(directory, late)).size, { timeout: 60_000 }).toBe(2);
});
