// The gateway as a process of its own, as the launcher starts it.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { temporalAddress } from '../temporal-address.ts';
import { askingAt, temporalBench, unique } from './workbench.ts';

const main = fileURLToPath(new URL('../../gateway/main.ts', import.meta.url));
let bench: Awaited<ReturnType<typeof temporalBench>>;

beforeAll(async () => {
  bench = await temporalBench(temporalAddress);
});
afterAll(() => bench?.close());

interface Told {
  ready?: true;
  url?: string;
  problem?: { code: string; message: string };
}

function spawned(env: NodeJS.ProcessEnv): ChildProcess {
  const child = fork(main, [], {
    env: { ...process.env, TEMPORAL_ADDRESS: temporalAddress, PORT: '0', HOST: '', ...env },
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

async function told(child: ChildProcess): Promise<Told> {
  const [message] = (await once(child, 'message')) as [Told];
  return message;
}

const exitOf = async (child: ChildProcess): Promise<number | null> =>
  child.exitCode ?? ((await once(child, 'exit')) as [number | null])[0];

describe('the process of the gateway', () => {
  test('says when it is ready, on 127.0.0.1, even with Temporal down', async () => {
    const child = spawned({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
    const { ready, url = '' } = await told(child);
    expect(ready).toBe(true);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await askingAt(url).get('/healthz')).status).toBe(200);
    expect((await askingAt(url).get('/readyz')).status).toBe(503);
  });

  test('says which port is busy and how to mend it, and ends with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => {
      other.close();
    });
    const { port } = other.address() as AddressInfo;
    const child = spawned({ PORT: String(port) });
    const exit = exitOf(child);
    const { problem } = await told(child);
    expect(problem).toEqual({
      code: 'port_busy',
      message: `Port ${port} of 127.0.0.1 is taken by another process. Stop that one, or set PORT to another port.`,
    });
    expect(await exit).toBe(1);
  });

  test.each([
    ['host_not_loopback', { HOST: '0.0.0.0' }],
    ['host_not_loopback', { HOST: 'example.com' }],
    ['port_invalid', { PORT: 'eighty' }],
    ['port_invalid', { PORT: '65536' }],
  ])('does not start: %s, with %j', async (code, env) => {
    const child = spawned(env);
    const exit = exitOf(child);
    expect((await told(child)).problem?.code).toBe(code);
    expect(await exit).toBe(1);
  });

  test('it listens beyond this machine once its names are told, and answers to these and no others', async () => {
    const child = spawned({ HOST: '0.0.0.0', GOALKEEPER_HOSTS: 'gateway-1, Gateway-2' });
    const { url = '' } = await told(child);
    const port = new URL(url).port;
    const asked = (host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        request({ host: '127.0.0.2', port, path: '/healthz', headers: { host } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        })
          .once('error', reject)
          .end();
      });
    for (const host of [`gateway-1:${port}`, 'gateway-2', 'localhost']) expect(await asked(host)).toBe(200);
    for (const host of ['gateway-3', 'gateway-1.evil.example']) expect(await asked(host)).toBe(403);
  });

  test.each(['SIGTERM', 'SIGINT', 'disconnect'] as const)(
    'on %s it answers who waits and ends with 0 within 2 seconds',
    async (how) => {
      const goal = unique('load-day');
      await bench.publish(goal);
      const child = spawned({});
      const { url = '' } = await told(child);
      const gateway = askingAt(url);
      const id = `${goal}:2026-11-20`;
      const headers = { prefer: 'wait=50' };
      const waiting = gateway.post(`/goals/${goal}/runs`, { input: { day: '2026-11-20' } }, headers);
      await expect.poll(async () => (await gateway.get(`/runs/${id}`)).status).toBe(200);
      const before = performance.now();
      const exit = exitOf(child);
      if (how === 'disconnect') child.disconnect();
      else child.kill(how);
      expect((await waiting).status).toBe(202);
      expect(await exit).toBe(0);
      expect(performance.now() - before).toBeLessThan(2_000);
    },
  );

  test('a gateway that was killed loses nothing: the next one knows the run', async () => {
    const goal = unique('load-day');
    await bench.publish(goal);
    const first = spawned({});
    const { url = '' } = await told(first);
    const input = { day: '2026-11-20' };
    const { body } = await askingAt(url).post(`/goals/${goal}/runs`, { input });
    first.kill('SIGKILL');
    await exitOf(first);
    const second = await told(spawned({}));
    // It also says that no worker serves it.
    expect((await askingAt(second.url ?? '').get(`/runs/${body.id}`)).body).toMatchObject(body);
  });
});
