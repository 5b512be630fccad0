// Payloads too large for a history: they lie in a directory or in S3, and come back as they were.

import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowService } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DirectoryDriver } from '../../../activities/storage/directory-driver.ts';
import { forgetStored } from '../../../activities/storage/forgetting.ts';
import { storageFrom, storageOf } from '../../../activities/storage/storage.ts';
import { chunkName } from '../../../goals/wire/kept-logs.ts';
import { LARGEST_BYTES } from '../../../goals/wire/stored.ts';
import { logStoreFrom } from '../../../process/logs-from.ts';
import { tryAgain } from '../../../process/try-again.ts';
import { gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { distant, large, needy, REMOTE_QUEUE, remote } from './goals.ts';
import { jobs, made } from './jobs.ts';

const SOON = { timeout: 60_000, interval: 50 };
const MB = 1024 * 1024;
const MODULE = fileURLToPath(new URL('goals.ts', import.meta.url));

async function filesOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

describe('a large payload in a directory', () => {
  let bench: Workbench;
  let gateway: Awaited<ReturnType<typeof gatewayAt>>;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'payloads-'));
    bench = await Workbench.open();
    await bench.worker(
      MODULE,
      goals,
      jobs,
      bench.taskQueue,
      {},
      { storage: storageOf(new DirectoryDriver(directory)) },
    );
    gateway = await gatewayAt(temporalAddress, 'default', undefined, undefined, [], {
      stuckAfterMs: 500,
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await bench?.close();
    await rm(directory, { recursive: true, force: true });
  });

  test('goes to a job and comes back whole; the run shows a reference, its criteria and what healed', async () => {
    const key = fresh('whole');
    const handle = await bench.start(large, { key, bytes: 5 * MB, fails: 2 });
    const { run, errors } = await bench.closed(handle);
    expect(run).toMatchObject({
      outcome: 'achieved',
      criteria: [{ name: 'as long as asked', met: true }],
      output: {
        $stored: { driver: 'goalkeeper.directory', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      },
      errors: { recovered: 2, fatal: 0 },
      steps: [{ path: 'large-make#1', state: 'succeeded', attempts: 3 }, { path: 'large-measure#1' }],
    });
    expect(errors.map(({ disposition }) => disposition)).toEqual(['recovered', 'recovered']);
    const { $stored } = run.output as { $stored: { sha256: string; bytes: number } };
    expect($stored.bytes).toBeGreaterThan(5 * MB);
    const files = (await filesOf(directory)).filter((name) => name.endsWith($stored.sha256));
    const file = await readFile(files[0] as string);
    expect(createHash('sha256').update(file).digest('hex')).toBe($stored.sha256);
    expect(((await handle.describe()).historySize ?? 0) < 100_000).toBe(true);
    const shown = await gateway.get(`/runs/${handle.workflowId}`);
    expect(shown.body.output).toEqual(run.output);
  });

  test('that one goal needs of another is had by all who need it', async () => {
    const { run } = await bench.closed(await bench.start(needy, { key: fresh('needed'), bytes: MB }));
    expect(run).toMatchObject({
      outcome: 'achieved',
      output: { bytes: [MB, MB] },
      steps: [
        { path: 'large-text#1', state: 'succeeded' },
        { path: 'large-text#2', state: 'succeeded' },
      ],
    });
  });

  test('is kept when its run goes on from a failure, twice', async () => {
    const key = fresh('kept');
    const file = join(directory, `${key}.pass`);
    const handle = await bench.start(large, { key, bytes: 2 * MB, file });
    expect((await bench.closed(handle)).run).toMatchObject({ outcome: 'failed' });
    // What it was given lies in storage, where the gateway cannot look.
    const supply = [{ step: 'large-measure#1', output: { bytes: 7 } }];
    const refused = await gateway.post(`/runs/${handle.workflowId}/resume`, { supply });
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([
      422,
      expect.stringContaining('external storage'),
    ]);
    const resume = async () => {
      const { execution } = (await gateway.get(`/runs/${handle.workflowId}`)).body;
      const answer = await gateway.post(`/runs/${handle.workflowId}/resume`, { execution });
      expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
      const state = async () => (await gateway.get(`/runs/${handle.workflowId}`)).body.state;
      await expect.poll(state, SOON).toBe('closed');
      return (await gateway.get(`/runs/${handle.workflowId}`)).body;
    };
    expect(await resume()).toMatchObject({ outcome: 'failed' });
    await writeFile(file, '');
    const run = await resume();
    expect(run).toMatchObject({ outcome: 'achieved', criteria: [{ met: true }] });
    expect(run.steps[0]).toMatchObject({ path: 'large-make#1', kept: { supplied: false } });
    expect(made.get(key)).toBe(1);
  });

  test('that is the input of a needed run is handed on when that goes on from its failure', async () => {
    const key = fresh('input');
    const file = join(directory, `${key}.pass`);
    const input = { key, bytes: 100, file, padding: '.'.repeat(MB) };
    expect((await bench.closed(await bench.start(needy, input))).run).toMatchObject({ outcome: 'failed' });
    const path = `/runs/${large.name}:${key}`;
    const failed = (await gateway.get(path)).body;
    expect(failed).toMatchObject({ outcome: 'failed', input: { $stored: { bytes: expect.any(Number) } } });
    await writeFile(file, '');
    expect((await gateway.post(`${path}/resume`, {})).status).toBe(202);
    await expect.poll(async () => (await gateway.get(path)).body.outcome, SOON).toBe('achieved');
    const run = (await gateway.get(path)).body;
    expect([run.key, run.input]).toEqual([key, failed.input]);
  });

  test('that is not what was stored holds the run up, and goes on once it is', async () => {
    const key = fresh('spoilt');
    const before = new Set(await filesOf(directory));
    const file = join(directory, `${key}.pass`);
    const handle = await bench.start(large, { key, bytes: MB, fails: 1, file });
    await bench.closed(handle);
    const mine = (await filesOf(directory)).filter((name) => !before.has(name));
    expect(mine.length).toBeGreaterThan(0);
    for (const name of mine) {
      await rename(name, `${name}.kept`);
      await writeFile(name, 'something else');
    }
    const [one = ''] = mine;
    const fetched = new DirectoryDriver(directory).retrieve({}, [
      { claimData: { sha256: one.slice(-64), of: one.slice(-97, -65) } },
    ]);
    await expect(fetched).rejects.toThrow(/is not what was stored/);
    await writeFile(file, '');
    const path = `/runs/${handle.workflowId}`;
    await gateway.post(`${path}/resume`, {});
    // The results that it keeps cannot be read: tried again, not taken for others.
    const tried = async () =>
      (await bench.client.workflow.getHandle(handle.workflowId).describe()).historyLength;
    await expect.poll(tried, SOON).toBeGreaterThan(3);
    expect((await gateway.get(path)).body.state).not.toBe('closed');
    for (const name of mine) await rename(`${name}.kept`, name);
    await expect.poll(async () => (await gateway.get(path)).body.outcome, SOON).toBe('achieved');
    expect(made.get(key)).toBe(1);
  });

  test('whose directory is taken away makes its run stuck, which says so and goes on once that is back', async () => {
    const place = await mkdtemp(join(tmpdir(), 'payloads-'));
    const taskQueue = fresh('q');
    const serve = () =>
      bench.worker(...([MODULE, goals, jobs, taskQueue, {}] as const), {
        storage: storageOf(new DirectoryDriver(place)),
      });
    const worker = await serve();
    const handle = await bench.start(large, { key: fresh('taken'), bytes: MB, rests: true }, taskQueue);
    const path = `/runs/${handle.workflowId}`;
    await expect.poll(async () => (await gateway.get(path)).body.steps.length, SOON).toBe(3);
    await worker.stop();
    await rename(place, `${place}.away`);
    await serve();
    const caller = {
      client: bench.client,
      call: <T>(make: (service: WorkflowService) => T) => make(bench.client.workflowService),
    };
    const stuck = async () => {
      await tryAgain(caller, await bench.client.workflow.getHandle(handle.workflowId).describe());
      return (await gateway.get(path)).body.stuck;
    };
    await expect.poll(stuck, SOON).toMatchObject({
      code: 'payload_unreadable',
      message: expect.stringContaining('cannot be read (ENOENT)'),
    });
    const { execution } = (await gateway.get(path)).body;
    await rename(`${place}.away`, place);
    await gateway.post(`${path}/resume`, {});
    await expect.poll(async () => (await gateway.get(path)).body.outcome, SOON).toBe('achieved');
    expect((await gateway.get(path)).body.execution).toBe(execution);
    await rm(place, { recursive: true, force: true });
  });

  test('that cannot be stored is an error of the step, which heals once it can', async () => {
    const broken = await mkdtemp(join(tmpdir(), 'payloads-'));
    // A file where the directory should be: nobody can write below it, root neither.
    const place = join(broken, 'payloads');
    await writeFile(place, '');
    const taskQueue = fresh('q');
    await bench.worker(
      MODULE,
      goals,
      jobs,
      taskQueue,
      {},
      { storage: storageOf(new DirectoryDriver(place)) },
    );
    const handle = await bench.start(large, { key: fresh('full'), bytes: MB }, taskQueue);
    const first = async () => (await bench.story(handle)).errors[0]?.code;
    await expect.poll(first, SOON).toBe('output_not_stored');
    await rm(place);
    const { run } = await bench.closed(handle);
    expect(run).toMatchObject({ outcome: 'achieved' });
    expect(run.errors.recovered).toBeGreaterThan(0);
    await rm(broken, { recursive: true, force: true });
  });

  test('stays in the history where a worker of another kind gets it, which has no such storage', async () => {
    const connection = await NativeConnection.connect({ address: temporalAddress });
    const other = await Worker.create({
      connection,
      taskQueue: REMOTE_QUEUE,
      activities: { [remote.name]: async ({ text }: { text: string }) => ({ bytes: text.length }) },
    });
    const handle = await bench.start(distant, { key: fresh('remote'), bytes: 300_000 });
    const { run } = await other.runUntil(bench.closed(handle));
    await connection.close();
    expect(run).toMatchObject({ outcome: 'achieved', output: { bytes: 300_000 } });
  });

  test('that nobody could store fails its step at once, with its size', async () => {
    const handle = await bench.start(large, { key: fresh('huge'), bytes: LARGEST_BYTES + 1 });
    const { run, errors } = await bench.closed(handle);
    expect(run).toMatchObject({ outcome: 'failed', failure: { kind: 'job', code: 'output_too_large' } });
    expect(run.failure?.message).toMatch(/524288\d\d bytes; 52428800 at most/);
    expect(errors).toHaveLength(1);
  });
});

test('GOALKEEPER_STORAGE that is neither a directory nor a bucket is refused, and says what it may be', async () => {
  await expect(storageFrom({ GOALKEEPER_STORAGE: 'payloads' })).rejects.toThrow(
    /absolute path.*s3:\/\/bucket/,
  );
  await expect(storageFrom({ GOALKEEPER_STORAGE: 's3://' })).rejects.toThrow(/absolute path/);
});

describe('a large payload in S3', () => {
  const objects = new Map<string, Buffer>();
  let server: Server;

  beforeAll(async () => {
    // What the driver asks of the service, over real HTTP: HEAD, PUT and GET of an object; and what a deletion asks.
    server = createServer(async (request, response) => {
      const name = decodeURIComponent(request.url ?? '').replace(/\?.*/, '');
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const object = objects.get(name);
      const query = new URLSearchParams((request.url ?? '').split('?')[1]);
      if (query.has('list-type')) {
        const keys = [...objects.keys()].map((key) => key.replace('/goal-payloads/', ''));
        const after = query.get('start-after') ?? '';
        const found = keys.filter((key) => key.startsWith(query.get('prefix') ?? '') && key > after).sort();
        response.end(
          `<ListBucketResult>${found.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('')}</ListBucketResult>`,
        );
      } else if (query.has('delete')) {
        const told = unchunked(Buffer.concat(chunks), request.headers).toString();
        for (const [, key] of told.matchAll(/<Key>([^<]+)<\/Key>/g)) objects.delete(`/goal-payloads/${key}`);
        response.end('<DeleteResult></DeleteResult>');
      } else if (request.method === 'PUT') {
        objects.set(name, unchunked(Buffer.concat(chunks), request.headers));
        response.end();
      } else if (object === undefined) response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
      else
        response
          .writeHead(200, { 'content-length': object.length })
          .end(request.method === 'HEAD' ? '' : object);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => server.close());

  test('as whole logs do, which are read in order and deleted with their run', async () => {
    const { port } = server.address() as AddressInfo;
    const aws = {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    };
    Object.assign(process.env, aws);
    const store = await logStoreFrom({ ...process.env, GOALKEEPER_LOGS: 's3://goal-payloads' });
    const of = { namespace: 'default', run: 'load:1' };
    const names = [2, 1].map((ms) => chunkName(ms, 'load#1', 1, '0123abcd'));
    for (const name of names) await store?.write(of, name, Buffer.from(name));
    await store?.write({ ...of, run: 'load:2' }, names[0] ?? '', Buffer.from('another'));
    const [later = '', earlier = ''] = names;
    expect(await store?.list(of, null, 9)).toEqual([earlier, later]);
    expect(await store?.list(of, earlier, 9)).toEqual([later]);
    expect(Buffer.from((await store?.read(of, later)) ?? []).toString()).toBe(later);
    expect([await store?.forget(of), await store?.forget(of)]).toEqual([2, 0]);
    expect(await store?.read(of, later)).toBeNull();
    expect(await store?.forget({ ...of, run: 'load:2' })).toBe(1);
    for (const name of Object.keys(aws)) delete process.env[name];
    expect(objects.size).toBe(0);
  });

  test('goes there by the SDK’s own driver and comes back', async () => {
    const { port } = server.address() as AddressInfo;
    const aws = {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    };
    Object.assign(process.env, aws);
    const storage = await storageFrom({ ...process.env, GOALKEEPER_STORAGE: 's3://goal-payloads' });
    const bench = await Workbench.open();
    await bench.worker(MODULE, goals, jobs, bench.taskQueue, {}, { storage });
    const { run } = await bench.closed(await bench.start(large, { key: fresh('s3'), bytes: MB, fails: 1 }));
    const before = objects.size;
    const of = { namespace: 'default', type: 'large-text' };
    expect(await forgetStored(storage, [{ ...of, id: `${run.id}0` }])).toBe(0);
    const bytes = [...objects.keys()];
    const deleted = await forgetStored(storage, [{ ...of, id: run.id }]);
    for (const name of Object.keys(aws)) delete process.env[name];
    await bench.close();
    expect([deleted, objects.size]).toEqual([before, 0]);
    expect(run).toMatchObject({
      outcome: 'achieved',
      errors: { recovered: 1 },
      output: { $stored: { driver: 'aws.s3driver', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    });
    expect(bytes.every((name) => name.startsWith('/goal-payloads/v0/ns/default/wt/large-text/'))).toBe(true);
  });
});

/** The AWS SDK sends a body in signed chunks: each has its length in hexadecimal before it. */
function unchunked(body: Buffer, headers: Record<string, unknown>): Buffer {
  if (!String(headers['content-encoding'] ?? '').includes('aws-chunked')) return body;
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = body.indexOf('\r\n', at);
    const length = Number.parseInt(body.subarray(at, end).toString(), 16);
    if (!(length > 0)) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
}
