// What is sealed is nowhere but where somebody may read it: a text is planted wherever a value may be, and looked for in all bytes that
// Temporal, storage and the logs keep. The server is this file's own, as its database file is read.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { findTemporal } from '../../../deploy/local/temporal-binary.ts';
import { startTemporalServer, type TemporalServer } from '../../../deploy/local/temporal-server.ts';
import { LogDirectory } from '../../../process/log-directory.ts';
import { accessOf, tokenOf } from '../../gateway/access/workbench.ts';
import { gatewayAt } from '../../gateway/workbench.ts';
import { ChildWorker } from '../child-worker.ts';
import { CANARY, clocked } from './goals.ts';

const TEAM = fileURLToPath(new URL('.', import.meta.url));
const WAIT = { timeout: 60_000, interval: 200 };
const key = (id: string) => ({ id, key: randomBytes(32).toString('base64') });
const first = key('k1');

let folder: string;
let server: TemporalServer;
let worker: ChildWorker;
let environment: Record<string, string>;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let gatewayLog = '';
let logs: { store: LogDirectory; link: null };

const keysOf = (keys: unknown): Promise<void> => writeFile(join(folder, 'keys.json'), JSON.stringify(keys));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealed-'));
  await keysOf([first]);
  server = await startTemporalServer({
    binary: await findTemporal({}),
    databaseFile: join(folder, 'db', 'temporal.db'),
    uiPort: false,
  });
  environment = {
    TEMPORAL_ADDRESS: server.address,
    GOALKEEPER_TASK_QUEUE: 'sealed',
    GOALKEEPER_STORAGE: join(folder, 'storage'),
    GOALKEEPER_KEYS: join(folder, 'keys.json'),
    GOALKEEPER_LOGS: join(folder, 'logs'),
    LOG_LEVEL: 'trace',
  };
  worker = await ChildWorker.start(TEAM, environment);
  process.env.GOALKEEPER_KEYS = environment.GOALKEEPER_KEYS;
  const log = pino({ level: 'trace' }, { write: (line) => (gatewayLog += line) });
  logs = { store: new LogDirectory(join(folder, 'logs')), link: null };
  gateway = await gatewayAt(server.address, 'default', undefined, undefined, [], { log, logs });
});
afterAll(async () => {
  delete process.env.GOALKEEPER_KEYS;
  await gateway?.stop();
  await worker?.end('SIGKILL');
  await server?.kill();
});

/** Everything that a text of these bytes may have become in a file. */
const shapesOf = (text: string): string[] => [
  text,
  ...[0, 1, 2].map((shift) =>
    Buffer.from('x'.repeat(shift) + text)
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  ),
];

async function filesWith(text: string, under: string): Promise<string[]> {
  const entries = await readdir(join(folder, under), { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const bytes = await readFile(join(entry.parentPath, entry.name), 'latin1');
    if (shapesOf(text).some((shape) => bytes.includes(shape))) found.push(entry.name);
  }
  return found;
}

const run = async (id: string) => (await gateway.get(`/runs/${id}`)).body;

async function decided(id: string): Promise<void> {
  await expect.poll(async () => (await run(id)).state, WAIT).toBe('waiting');
  const decision = { decision: 'approve', by: 'ada', reason: `${CANARY} is known to us` };
  // While keys are exchanged a process may not have the new one yet: whoever decides asks again, and hears of no fault of ours.
  const statuses: number[] = [];
  await expect
    .poll(async () => {
      const { status } = await gateway.post(`/runs/${id}/approvals/sign-off%231`, decision);
      statuses.push(status);
      return status;
    }, WAIT)
    .toBe(200);
  expect(statuses).not.toContain(500);
}

// sealed-service.1
test('what is planted is in no byte that Temporal, storage or a log keeps, and whoever has the key sees all of it', async () => {
  const customer = `${CANARY} <ada@example.com>`;
  const started = await gateway.post('/goals/sealed-order/runs', { input: { order: '1', customer } });
  expect(started.status).toBe(202);
  const event = { specversion: '1.0', id: 'e1', source: '/shop', type: 'test.ordered' };
  const sent = await gateway.post(
    '/events',
    { ...event, data: { order: '2', customer } },
    {
      'content-type': 'application/cloudevents+json',
    },
  );
  expect(sent.status).toBeLessThan(300);
  await gateway.post('/goals/sealed-order/runs', { input: { order: '3', customer, fails: true } });
  await gateway.post('/goals/sealed-order/runs', { input: { order: '4', customer } });
  for (const id of ['1', '2', '3']) await decided(`sealed-order:${id}`);
  await expect.poll(async () => (await run('sealed-order:4')).state, WAIT).toBe('waiting');
  await gateway.post('/runs/sealed-order:4/cancel', { by: 'ada', reason: `${CANARY} has gone` });
  const outcomes = ['achieved', 'achieved', 'failed', 'cancelled'];
  for (const [i, outcome] of outcomes.entries())
    await expect.poll(async () => (await run(`sealed-order:${i + 1}`)).outcome, WAIT).toBe(outcome);
  const clock = async () => (await gateway.get(`/runs?goal=${clocked.name}&state=closed`)).body.items.length;
  await expect.poll(clock, WAIT).toBeGreaterThan(0);

  const [achieved, failed] = [await run('sealed-order:1'), await run('sealed-order:3')];
  expect(achieved).toMatchObject({ input: { customer }, output: { customer }, key: '1' });
  expect(failed.failure).toMatchObject({
    cause: { message: `${customer} may not be billed`, code: 'not_billed' },
  });
  expect(JSON.stringify((await gateway.get('/runs/sealed-order:4/record')).body)).toContain(
    `${CANARY} has gone`,
  );
  const errors = (await gateway.get('/runs/sealed-order:1/errors')).body.items;
  expect(errors).toMatchObject([{ message: `no answer for ${customer}`, disposition: 'recovered' }]);

  // The same search finds what is not sealed.
  const plain = await Connection.connect({ address: server.address });
  const control = new Client({ connection: plain }).workflow;
  await control.start('nothing', { workflowId: 'in-clear', taskQueue: 'none', args: ['control-83b1'] });
  await plain.close();
  await expect.poll(() => filesWith('control-83b1', 'db'), WAIT).not.toEqual([]);

  expect(await filesWith(CANARY, 'db')).toEqual([]);
  expect(await filesWith(CANARY, 'storage')).toEqual([]);
  expect(await filesWith(CANARY, 'logs')).toEqual([]);
  expect(await readdir(join(folder, 'storage'))).not.toEqual([]);
  expect(worker.output()).toContain('one is billed');
  expect(worker.output()).not.toContain(CANARY);
  expect(gatewayLog).not.toContain(CANARY);
});

/** What a gateway of the same Temporal shows, stopped with the test. */
async function gatewayWith(keys: string | undefined, access: object | null) {
  const before = process.env.GOALKEEPER_KEYS;
  if (keys === undefined) delete process.env.GOALKEEPER_KEYS;
  else process.env.GOALKEEPER_KEYS = keys;
  let log = '';
  const made = await gatewayAt(server.address, 'default', undefined, undefined, [], {
    log: pino({ level: 'info' }, { write: (line) => (log += line) }),
    logs,
    ...(access === null ? {} : { access: accessOf(access) }),
  });
  process.env.GOALKEEPER_KEYS = before;
  onTestFinished(made.stop);
  return { ...made, log: () => log };
}

const paths = (run: string) => [
  ...[
    '/goals',
    '/goals/sealed-order',
    '/runs',
    '/errors',
    '/alerts',
    '/pools',
    '/schedules',
    '/leases',
    '/metrics',
  ],
  ...[`/runs/${run}`, `/runs/${run}/errors`, `/runs/${run}/approvals`, `/runs/${run}/record`],
  '/records?since=2026-01-01T00:00:00Z',
];

test('a gateway without keys shows shapes and outcomes, fails nowhere, and writes nothing in clear', async () => {
  const blind = await gatewayWith(undefined, null);
  // As the first thing that it does.
  const start = await blind.post('/goals/sealed-order/runs', { input: { order: 'blind', customer: CANARY } });
  expect([start.status, start.body.code]).toEqual([503, 'sealing_unavailable']);
  for (const run of ['sealed-order:1', 'sealed-order:3', 'sealed-order:4'])
    for (const path of paths(run)) {
      const answer = await fetch(blind.url + path);
      const text = await answer.text();
      expect([path, answer.status]).toEqual([path, 200]);
      expect(text).not.toContain(CANARY);
      expect(text).not.toContain('"untold"');
    }
  const { body } = await blind.get('/runs/sealed-order:1');
  expect(body).toMatchObject({
    outcome: 'achieved',
    input: { $encrypted: 'k1' },
    output: { $encrypted: 'k1' },
  });
  expect(body.steps.map(({ path }: { path: string }) => path)).toContain('sealed-look#1');
  expect((await blind.get('/runs/sealed-order:3')).body.outcome).toBe('failed');
  expect(blind.log()).not.toMatch(/"level":[56]0/);
  const resumed = await blind.post('/runs/sealed-order:3/resume', {});
  expect([resumed.status, resumed.body.code]).toEqual([503, 'sealing_unavailable']);
});

test('values show to the roles that the access file names, of their teams; to others what became of the run', async () => {
  const tokens = {
    operator: tokenOf({ name: 'olga', roles: ['operator'], teams: ['tests'] }),
    viewer: tokenOf({ name: 'vera', roles: ['viewer'], teams: ['tests'] }),
    all: tokenOf({ name: 'root', roles: ['operator'], teams: ['*'] }),
    admin: tokenOf({ name: 'admin', roles: ['admin'], teams: ['*'] }),
  };
  const origin = 'https://temporal.example';
  const access = { tokens: Object.values(tokens).map(({ line }) => line), codec: { origins: [origin] } };
  const guarded = await gatewayWith(environment.GOALKEEPER_KEYS, access);
  const texts = async ({ headers }: { headers: Record<string, string> }): Promise<string> =>
    (
      await Promise.all(
        paths('sealed-order:1').map(async (path) => (await fetch(guarded.url + path, { headers })).text()),
      )
    ).join('\n');
  expect(await texts(tokens.operator)).toContain(`"customer":"${CANARY}`);
  const seen = await texts(tokens.viewer);
  expect(seen).toContain('"$hidden":true');
  expect(seen).not.toContain(`"customer":"${CANARY}`);
  const { body } = await guarded.get('/runs/sealed-order:1', tokens.viewer.headers);
  const asked = body.steps.find(({ kind }: { kind: string }) => kind === 'approval');
  expect([body.outcome, body.input, asked.asked.show]).toEqual([
    'achieved',
    { $hidden: true },
    { $hidden: true },
  ]);

  // What jobs wrote and showed, and what people wrote on it, may hold values as well.
  const run = '/runs/sealed-order:1';
  const note = { by: 'ada', text: `${CANARY} called` };
  expect((await gateway.post(`${run}/notes`, note)).status).toBe(200);
  const said = async ({ headers }: { headers: Record<string, string> }) => {
    const ask = async (path: string) => (await guarded.get(`${run}${path}`, headers)).body;
    const [view, errors, artifacts, log, record] = await Promise.all(
      ['', '/errors', '/artifacts', '/logs', '/record'].map(ask),
    );
    return { notes: view.notes, lines: errors.items[0].log, artifacts, log, record: record.artifacts };
  };
  const whole = await said(tokens.operator);
  for (const part of [whole.notes, whole.artifacts, whole.record])
    expect(JSON.stringify(part)).toContain(CANARY);
  for (const part of [whole.lines, whole.log]) expect(JSON.stringify(part)).toContain('printed of one');
  expect(whole.artifacts).toMatchObject({ dropped: 0, next: null, items: { length: 4 } });
  const hidden = await said(tokens.viewer);
  for (const text of [CANARY, 'printed of one']) expect(JSON.stringify(hidden)).not.toContain(text);
  expect(hidden).toMatchObject({
    notes: [{ text: '<hidden>' }],
    lines: { lines: [], hidden: true },
    artifacts: { items: [], dropped: 4, hidden: true },
    log: { items: [], hidden: true },
    record: { items: [], hidden: true },
  });

  // Who saw them is kept, of lists and of whoever saw none nothing.
  const kept = async (by: string) =>
    (await guarded.get(`/audit?by=${by}`, tokens.admin.headers)).body.items.map(
      ({ kind, route }: { kind: string; route: string }) => `${kind} ${route}`,
    );
  for (const path of ['', '/logs', '/artifacts'])
    await expect.poll(() => kept('olga'), WAIT).toContain(`revealed GET /runs/:id${path}`);
  expect(await kept('vera')).toEqual([]);

  // The codec endpoint, by Temporal's own command line.
  const cli = await findTemporal({});
  const show = async (token: string): Promise<string> => {
    const args = [
      'workflow',
      'show',
      '--workflow-id',
      'sealed-order:1',
      '--output',
      'json',
      '--address',
      server.address,
    ];
    const codec = ['--codec-endpoint', `${guarded.url}/codec`, '--codec-auth', `Bearer ${token}`];
    return promisify(execFile)(cli, [...args, ...codec, '--env-file', devNull], { maxBuffer: 2 ** 28 }).then(
      ({ stdout }) => stdout,
      ({ stdout, stderr }) => `${stdout}${stderr}`,
    );
  };
  const decoded = await show(tokens.all.token);
  expect(shapesOf(CANARY).some((shape) => decoded.includes(shape))).toBe(true);
  expect(decoded).not.toContain('YmluYXJ5L2VuY3J5cHRlZA==');
  expect(guarded.log()).toContain('"action":"codec.decode","by":"root"');

  const decode = (headers: Record<string, string>, from?: string) =>
    fetch(`${guarded.url}/codec/decode`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers, ...(from && { origin: from }) },
      body: '{"payloads":[]}',
    });
  const codes = async (answer: Promise<Response>) => {
    const { status, headers } = await answer;
    return [status, headers.get('access-control-allow-origin')];
  };
  expect(await codes(decode(tokens.all.headers, origin))).toEqual([200, origin]);
  expect(await codes(decode(tokens.all.headers, 'https://other.example'))).toEqual([403, null]);
  expect(await codes(decode({}, origin))).toEqual([401, origin]);
  expect(await codes(decode(tokens.operator.headers))).toEqual([403, null]);
  expect(await codes(decode({ ...tokens.all.headers, 'x-namespace': 'other' }))).toEqual([404, null]);
  const beforehand = await fetch(`${guarded.url}/codec/decode`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST' },
  });
  expect([beforehand.status, beforehand.headers.get('access-control-allow-headers')]).toEqual([
    204,
    'authorization, content-type, x-namespace',
  ]);
});

test('a worker without the key, or with another of its ID, does not start; keys are exchanged while runs are open', async () => {
  expect(
    (await gateway.post('/goals/sealed-order/runs', { input: { order: '5', customer: CANARY } })).status,
  ).toBe(202);
  await expect.poll(async () => (await run('sealed-order:5')).state, WAIT).toBe('waiting');
  const other = join(folder, 'other.json');
  await writeFile(other, JSON.stringify([key('k1')]));
  const start = (keys: string) => ChildWorker.start(TEAM, { ...environment, GOALKEEPER_KEYS: keys });
  await expect(start(other)).rejects.toThrow(/sealed with a key k1, which is not the key k1 of this process/);
  await expect(start('')).rejects.toThrow(/sealed with the key k1, which is not among this process's keys/);

  await keysOf([first, key('k2')]);
  const raw = await Connection.connect({ address: server.address });
  onTestFinished(() => raw.close());
  const sealedBy = async (id: string): Promise<Set<string>> => {
    const { events } = await new Client({ connection: raw }).workflow.getHandle(id).fetchHistory();
    const found = JSON.stringify(events).matchAll(/"gk-key":"([^"]+)"/g);
    return new Set([...found].map(([, id64 = '']) => Buffer.from(id64, 'base64').toString()));
  };
  await expect
    .poll(async () => {
      const id = `rotated-${Date.now()}`;
      await gateway.post('/goals/sealed-order/runs', { input: { order: id, customer: CANARY } });
      return sealedBy(`sealed-order:${id}`);
    }, WAIT)
    .toContain('k2');
  await decided('sealed-order:5');
  await expect.poll(async () => (await run('sealed-order:5')).outcome, WAIT).toBe('achieved');
  expect((await run('sealed-order:5')).output).toEqual({ customer: CANARY });
});
