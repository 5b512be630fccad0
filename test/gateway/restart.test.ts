import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../deploy/local/free-port.ts';
import goals from '../engine/goals.ts';
import { jobs } from '../engine/jobs.ts';
import { fresh, Workbench } from '../engine/workbench.ts';
import { temporalAddress } from '../temporal-address.ts';
import { askingAt } from './workbench.ts';

const MAIN = fileURLToPath(new URL('../../gateway/main.ts', import.meta.url));
const gateways: ChildProcess[] = [];
let bench: Workbench;

beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(fileURLToPath(new URL('../engine/goals.ts', import.meta.url)), goals, jobs);
});
afterAll(async () => {
  for (const gateway of gateways) gateway.kill('SIGKILL');
  await bench.close();
});

async function gateway(port: number): Promise<ChildProcess> {
  const child = fork(MAIN, {
    execArgv: ['--import', 'tsx'],
    env: {
      ...process.env,
      PORT: String(port),
      TEMPORAL_ADDRESS: temporalAddress,
      LOG_LEVEL: 'error',
    },
  });
  gateways.push(child);
  await once(child, 'message');
  return child;
}

test('a gateway killed while a run is under way loses nothing: the next one tells the run, its errors, its outcome', async () => {
  const port = await freePort();
  const ask = askingAt(`http://127.0.0.1:${port}`);
  const first = await gateway(port);
  const input = {
    key: fresh('k'),
    steps: [{ script: ['fail', 'ok'] }, { label: 'slowly', script: ['fail:busy', 'fail:busy', 'ok'] }],
  };
  const started = await ask.post('/goals/in-sequence/runs', { input });
  expect(started).toMatchObject({ status: 202, body: { state: 'pursuing', outcome: null } });
  const path = started.headers.get('location') as string;
  await expect
    .poll(async () => (await ask.get(path)).body.errors.pending, { timeout: 60_000 })
    .toBeGreaterThan(0);
  const exited = once(first, 'exit');
  first.kill('SIGKILL');
  await exited;

  await gateway(port);
  const again = await ask.post('/goals/in-sequence/runs', { input }, { prefer: 'wait=20' });
  expect(again).toMatchObject({
    status: 200,
    body: {
      id: started.body.id,
      execution: started.body.execution,
      outcome: 'achieved',
      errors: { recovered: 3, pending: 0 },
    },
  });
  const errors = await ask.get(`${path}/errors`);
  expect(
    errors.body.items.map(({ id, disposition }: { id: string; disposition: string }) => [id, disposition]),
  ).toEqual([
    ['act#1@1', 'recovered'],
    ['act-slowly#1@1', 'recovered'],
    ['act-slowly#1@2', 'recovered'],
  ]);
});

test('a failed run is a result, not an HTTP error, and its key may be pursued again', async () => {
  const port = await freePort();
  await gateway(port);
  const ask = askingAt(`http://127.0.0.1:${port}`);
  const input = { key: fresh('k'), steps: [{ script: ['permanent:closed'] }] };
  const first = await ask.post('/goals/in-sequence/runs', { input }, { prefer: 'wait=20' });
  expect(first).toMatchObject({
    status: 200,
    body: { outcome: 'failed', failure: { kind: 'job', code: 'closed' } },
  });
  const second = await ask.post('/goals/in-sequence/runs', { input }, { prefer: 'wait=20' });
  expect(second.body.id).toBe(first.body.id);
  expect(second.body.execution).not.toBe(first.body.execution);
  const old = await ask.get(`/runs/${first.body.id}?execution=${first.body.execution}`);
  expect(old.body).toMatchObject({ outcome: 'failed', execution: first.body.execution });
});
