// P7: with Temporal down the gateway says so within its deadline, and goes on by itself when it is back.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { type Answer, type Asking, gatewayForTest, temporalBench, unique } from './workbench.ts';

/** A way to Temporal that can be cut, and that can swallow everything. */
async function wayTo(target: string) {
  const [host, port] = target.split(':') as [string, string];
  const sockets = new Set<Socket>();
  let isBlackHole = false;
  const server = createServer((near) => {
    sockets.add(near);
    near.on('error', () => {});
    if (isBlackHole) return;
    const far = connect(Number(port), host);
    sockets.add(far);
    far.on('error', () => {});
    near.on('data', (bytes) => isBlackHole || far.write(bytes));
    far.on('data', (bytes) => isBlackHole || near.write(bytes));
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  const open = async (at = 0): Promise<number> => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const cut = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  onTestFinished(cut);
  const own = await open();
  return {
    address: `127.0.0.1:${own}`,
    cut,
    mend: () => open(own),
    swallow(swallows: boolean) {
      isBlackHole = swallows;
    },
  };
}

const input = { input: { day: '2026-11-20' } };
const asks: [string, (gateway: Asking) => Promise<Answer>][] = [
  ['GET /goals', (gateway) => gateway.get('/goals')],
  ['GET /goals/{goal}', (gateway) => gateway.get('/goals/load-day')],
  [
    'POST /goals/{goal}/runs',
    (gateway) => gateway.post('/goals/load-day/runs', input, { prefer: 'wait=30' }),
  ],
  ['GET /runs', (gateway) => gateway.get('/runs')],
  ['GET /runs/{id}', (gateway) => gateway.get('/runs/load-day:2026-11-20')],
  ['GET /runs/{id}/errors', (gateway) => gateway.get('/runs/load-day:2026-11-20/errors')],
  ['GET /runs/{id}/record', (gateway) => gateway.get('/runs/load-day:2026-11-20/record')],
  ['GET /records', (gateway) => gateway.get('/records?since=2026-11-20T06:00:00Z')],
  ['POST /runs/{id}/cancel', (gateway) => gateway.post('/runs/load-day:2026-11-20/cancel')],
  ['GET /readyz', (gateway) => gateway.get('/readyz')],
];

async function expectUnavailable(gateway: Asking): Promise<void> {
  await Promise.all(
    asks.map(async ([what, ask]) => {
      const before = performance.now();
      const { status, headers, body } = await ask(gateway);
      const took = performance.now() - before;
      expect([what, status, body.code]).toEqual([what, 503, 'temporal_unavailable']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(took, what).toBeLessThan(3_000);
    }),
  );
  expect((await gateway.get('/healthz')).status).toBe(200);
}

describe('every route answers 503 with Retry-After within 3 seconds', () => {
  test('when nobody listens there', async () => {
    const way = await wayTo('127.0.0.1:1');
    await way.cut();
    await expectUnavailable(await gatewayForTest(way.address));
  });

  test('when what listens there never answers', async () => {
    const way = await wayTo('127.0.0.1:1');
    way.swallow(true);
    await expectUnavailable(await gatewayForTest(way.address));
  });

  test('when its namespace is not there', async () => {
    await expectUnavailable(await gatewayForTest(inject('temporalAddress'), unique('nowhere')));
  });
});

describe('a gateway whose Temporal goes away', () => {
  test.each(['cut', 'swallow'] as const)(
    'says so, and answers again by itself when it is back (%s)',
    async (how) => {
      const bench = await temporalBench(inject('temporalAddress'));
      onTestFinished(bench.close);
      const goal = unique('load-day');
      await bench.publish(goal);
      const way = await wayTo(inject('temporalAddress'));
      const gateway = await gatewayForTest(way.address);
      const path = `/goals/${goal}/runs`;
      expect((await gateway.post(path, input)).status).toBe(202);

      if (how === 'cut') await way.cut();
      else way.swallow(true);
      await expectUnavailable(gateway);

      if (how === 'cut') await way.mend();
      else {
        // Bytes were lost, so the connection is dead, as after a partition; who made it must find out.
        way.swallow(false);
        await way.cut();
        await way.mend();
      }
      await expect.poll(async () => (await gateway.get('/readyz')).status, { timeout: 20_000 }).toBe(200);
      expect((await gateway.post(path, input)).status).toBe(202);
      expect((await gateway.get(`/runs/${goal}:2026-11-20`)).body.state).toBe('pursuing');
    },
  );

  test('that goes away while somebody waits for a run: the caller hears, and asks again', async () => {
    const bench = await temporalBench(inject('temporalAddress'));
    onTestFinished(bench.close);
    const goal = unique('load-day');
    const { taskQueue } = await bench.publish(goal);
    const way = await wayTo(inject('temporalAddress'));
    const gateway = await gatewayForTest(way.address);
    const ask = () => gateway.post(`/goals/${goal}/runs`, input, { prefer: 'wait=30' });
    const answer = ask();
    await expect
      .poll(async () => (await bench.client.workflow.count(`WorkflowType = '${goal}'`)).count)
      .toBe(1);
    await way.cut();
    expect((await answer).status).toBe(503);
    await way.mend();
    await bench.end(taskQueue, `${goal}:2026-11-20`, 'achieved');
    await expect.poll(async () => (await ask()).body.outcome, { timeout: 20_000 }).toBe('achieved');
  });

  test.each(['Temporal', 'the gateway'] as const)(
    'a stream of records that %s breaks off says where to go on, and nothing is missed or told twice',
    async (who) => {
      const bench = await temporalBench(inject('temporalAddress'));
      onTestFinished(bench.close);
      const goal = unique('load-day');
      await bench.publish(goal);
      const way = await wayTo(inject('temporalAddress'));
      const gateway = await gatewayForTest(way.address);
      const ids: string[] = [];
      // More than what the sockets between take up by themselves, by far: 36 MB.
      for (let i = 1; i <= 40; i++) {
        const day = new Date(Date.UTC(2026, 9, i)).toISOString().slice(0, 10);
        await gateway.post(`/goals/${goal}/runs`, { input: { day, region: 'x'.repeat(900_000) } });
        ids.push(`${goal}:${day}`);
        await bench.client.workflow.getHandle(`${goal}:${day}`).terminate();
      }
      const query = `WorkflowType = '${goal}' AND ExecutionStatus = 'Terminated'`;
      await expect.poll(async () => (await bench.client.workflow.count(query)).count).toBe(40);

      const response = await fetch(`${gateway.url}/records?since=2026-01-01T00:00:00Z&goal=${goal}`);
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      const begin = await reader.read();
      const stopped = who === 'Temporal' ? await way.cut() : gateway.stop();
      const decoder = new TextDecoder();
      let text = decoder.decode(begin.value, { stream: true });
      for (let part = await reader.read(); !part.done; part = await reader.read())
        text += decoder.decode(part.value, { stream: true });
      await stopped;
      const told = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const { note, reason, next } = told.pop();
      expect([note, reason]).toEqual(['truncated', who === 'Temporal' ? 'temporal_unavailable' : 'stopping']);
      expect(told.length).toBeLessThan(40);
      const other = await gatewayForTest(inject('temporalAddress'));
      const rest = await fetch(`${other.url}/records?since=${next.since}&after=${next.after}&goal=${goal}`);
      const more = (await rest.text())
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect([...told, ...more].map(({ run }) => run)).toEqual(ids);
    },
  );
});
