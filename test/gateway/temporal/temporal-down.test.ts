// P7: with Temporal down the gateway says so within its deadline, and goes on by itself when it is back.

import { describe, expect, onTestFinished, test } from 'vitest';
import { RESOURCE_PATH } from '../../../gateway/assistants/resource-route.ts';
import { routes } from '../../../gateway/routes.ts';
import { TcpProxy } from '../../chaos/tcp-proxy.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { type Answer, type Asking, gatewayForTest, temporalBench, unique } from '../workbench.ts';

/** A way to Temporal, gone with the test. */
async function wayTo(target: string): Promise<TcpProxy> {
  const way = await TcpProxy.to(target);
  onTestFinished(() => way.cut());
  return way;
}

const input = { input: { day: '2026-11-20' } };
const by = { by: 'ada', reason: 'it must be so' };
const run = '/runs/load-day:2026-11-20';
const LEASE = 'gk-lease:load-day:2026-11-20:start:it';
const schedule = '/schedules/gk-schedule:load-day:nightly';
const backfill = '/backfills/gk-backfill:load-day:000000000000000000000f00';
const retraction = 'gk-retraction:000000000000000000000f00';
const recovery = 'gk-recovery:000000000000000000000f00';
const bulkAct = 'gk-bulk-act:000000000000000000000f00';
const span = { goal: 'load-day', from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z', step: '1d' };
const event = { specversion: '1.0', id: '1', source: '/erp', type: 'erp.landed', data: {} };

/** Every route, and a request that it would have to ask Temporal for. */
const asks: [route: string, ask: (gateway: Asking) => Promise<Answer>][] = [
  ['GET /goals', (gateway) => gateway.get('/goals')],
  ['GET /goals/:goal', (gateway) => gateway.get('/goals/load-day')],
  ['GET /goals/:goal/criteria/:criterion', (gateway) => gateway.get('/goals/load-day/criteria/rows')],
  ['GET /goals/:goal/keys', (gateway) => gateway.get('/goals/load-day/keys')],
  ['POST /goals/:goal/runs', (gateway) => gateway.post('/goals/load-day/runs', input, { prefer: 'wait=30' })],
  ['POST /goals/:goal/pause', (gateway) => gateway.post('/goals/load-day/pause', by)],
  ['POST /goals/:goal/unpause', (gateway) => gateway.post('/goals/load-day/unpause', by)],
  ['POST /goals/:goal/mute', (gateway) => gateway.post('/goals/load-day/mute', { ...by, for: '1h' })],
  ['POST /goals/:goal/unmute', (gateway) => gateway.post('/goals/load-day/unmute', by)],
  ['GET /audit', (gateway) => gateway.get('/audit')],
  ['GET /audit/entries', (gateway) => gateway.get('/audit/entries')],
  ['GET /bulk-acts', (gateway) => gateway.get('/bulk-acts')],
  [
    'POST /bulk-acts',
    (gateway) => gateway.post('/bulk-acts', { ...by, act: 'cancel', filter: { goal: 'load-day' } }),
  ],
  [
    'POST /errors/:fingerprint/recoveries',
    (gateway) => gateway.post('/errors/0123456789abcdef/recoveries', by),
  ],
  ['GET /retractions', (gateway) => gateway.get('/retractions')],
  ['GET /retractions/:id', (gateway) => gateway.get(`/retractions/${retraction}`)],
  [
    'POST /retractions/:id/recoveries',
    (gateway) => gateway.post(`/retractions/${retraction}/recoveries`, by),
  ],
  [
    'POST /runs/:id/retract',
    (gateway) => gateway.post('/runs/load-day:2026-11-20/retract', { ...by, reason: 'wrong' }),
  ],
  ['GET /recoveries', (gateway) => gateway.get('/recoveries')],
  ['GET /recoveries/:id', (gateway) => gateway.get(`/recoveries/${recovery}`)],
  ['POST /recoveries/:id/pause', (gateway) => gateway.post(`/recoveries/${recovery}/pause`, by)],
  ['POST /recoveries/:id/unpause', (gateway) => gateway.post(`/recoveries/${recovery}/unpause`, by)],
  ['POST /recoveries/:id/cancel', (gateway) => gateway.post(`/recoveries/${recovery}/cancel`, by)],
  ['GET /bulk-acts/:id', (gateway) => gateway.get(`/bulk-acts/${bulkAct}`)],
  ['POST /bulk-acts/:id/cancel', (gateway) => gateway.post(`/bulk-acts/${bulkAct}/cancel`, by)],
  ['GET /runs', (gateway) => gateway.get('/runs')],
  ['GET /attention', (gateway) => gateway.get('/attention')],
  ['GET /runs/rows', (gateway) => gateway.get('/runs/rows')],
  ['GET /runs/events', (gateway) => gateway.get('/runs/events')],
  ['GET /runs/:id', (gateway) => gateway.get(run)],
  ['GET /runs/:id/events', (gateway) => gateway.get(`${run}/events`)],
  ['GET /runs/:id/errors', (gateway) => gateway.get(`${run}/errors`)],
  ['GET /runs/:id/attempts', (gateway) => gateway.get(`${run}/attempts?step=load%231`)],
  ['GET /runs/:id/map', (gateway) => gateway.get(`${run}/map?step=map%231`)],
  ['GET /runs/:id/executions', (gateway) => gateway.get(`${run}/executions`)],
  ['GET /runs/:id/logs', (gateway) => gateway.get(`${run}/logs`)],
  ['GET /runs/:id/artifacts', (gateway) => gateway.get(`${run}/artifacts`)],
  ['GET /runs/:id/record', (gateway) => gateway.get(`${run}/record`)],
  ['GET /runs/:id/approvals', (gateway) => gateway.get(`${run}/approvals`)],
  [
    'POST /runs/:id/approvals/:name',
    (gateway) => gateway.post(`${run}/approvals/sign-off`, { ...by, decision: 'approve' }),
  ],
  ['POST /runs/:id/cancel', (gateway) => gateway.post(`${run}/cancel`)],
  ['GET /runs/:id/resume', (gateway) => gateway.get(`${run}/resume`)],
  ['POST /runs/:id/tags', (gateway) => gateway.post(`${run}/tags`, { add: ['a'] })],
  ['POST /runs/:id/notes', (gateway) => gateway.post(`${run}/notes`, { text: 'seen' })],
  ['POST /runs/:id/resume', (gateway) => gateway.post(`${run}/resume`)],
  ['POST /subjects/delete', (gateway) => gateway.post('/subjects/delete', { ...by, subject: '42' })],
  ['DELETE /runs/:id', (gateway) => gateway.delete(run, by)],
  ['POST /runs/:id/accept', (gateway) => gateway.post(`${run}/accept`, by)],
  ['GET /errors', (gateway) => gateway.get('/errors')],
  ['GET /datasets', (gateway) => gateway.get('/datasets')],
  ['GET /datasets/:name', (gateway) => gateway.get('/datasets/orders')],
  ['GET /datasets/:name/partitions/:key', (gateway) => gateway.get('/datasets/orders/partitions/1')],
  ['GET /goals/:goal/lineage', (gateway) => gateway.get('/goals/some-goal/lineage')],
  ['GET /runs/:id/lineage', (gateway) => gateway.get('/runs/some-goal:1/lineage')],
  ['GET /errors/:fingerprint', (gateway) => gateway.get('/errors/aaaaaaaaaaaaaaaa')],
  ['GET /due', (gateway) => gateway.get('/due')],
  ['GET /records', (gateway) => gateway.get('/records?since=2026-11-20T06:00:00Z')],
  ['GET /leases', (gateway) => gateway.get('/leases')],
  ['GET /leases/:id', (gateway) => gateway.get(`/leases/${LEASE}`)],
  ['POST /leases/:id/retry', (gateway) => gateway.post(`/leases/${LEASE}/retry`, by)],
  ['GET /schedules', (gateway) => gateway.get('/schedules')],
  ['GET /schedules/:id', (gateway) => gateway.get(schedule)],
  ['POST /schedules/:id/pause', (gateway) => gateway.post(`${schedule}/pause`, by)],
  ['POST /schedules/:id/unpause', (gateway) => gateway.post(`${schedule}/unpause`, by)],
  ['POST /schedules/:id/trigger', (gateway) => gateway.post(`${schedule}/trigger`, by)],
  ['GET /backfills', (gateway) => gateway.get('/backfills')],
  ['POST /backfills', (gateway) => gateway.post('/backfills', { ...span, ...by, input: {} })],
  ['GET /backfills/:id', (gateway) => gateway.get(backfill)],
  ['POST /backfills/:id/pause', (gateway) => gateway.post(`${backfill}/pause`, by)],
  ['POST /backfills/:id/unpause', (gateway) => gateway.post(`${backfill}/unpause`, by)],
  ['POST /backfills/:id/cancel', (gateway) => gateway.post(`${backfill}/cancel`, by)],
  ['GET /alerts', (gateway) => gateway.get('/alerts')],
  ['GET /alerts/:id', (gateway) => gateway.get('/alerts/1')],
  ['POST /alerts/:id/ack', (gateway) => gateway.post('/alerts/1/ack', by)],
  ['GET /pools', (gateway) => gateway.get('/pools')],
  [
    'POST /events',
    (gateway) => gateway.post('/events', event, { 'content-type': 'application/cloudevents+json' }),
  ],
  ['GET /openapi.json', (gateway) => gateway.get('/openapi.json')],
  ['GET /docs', (gateway) => gateway.get('/docs')],
  ['GET /readyz', (gateway) => gateway.get('/readyz')],
];

/** What does not ask Temporal, asks it last of all, or says in its own words that it cannot tell. */
const ELSEWHERE = [
  ...['GET /healthz', 'GET /metrics', 'GET /problems/:code'],
  ...['POST /hooks/:name', 'POST /callbacks/:token', 'POST /mcp'],
  ...['POST /codec/decode', 'POST /codec/encode'],
  ...['GET /sign-in', 'GET /sign-in/callback', 'POST /sign-out', `GET ${RESOURCE_PATH}`],
];

test('here is every route that the gateway has', () => {
  const all = Object.values(routes).map(({ method, path }) => `${method} ${path}`);
  expect(all.sort()).toEqual([...asks.map(([route]) => route), ...ELSEWHERE].sort());
});

/** For how long this process had no turn, in milliseconds, since it began to watch: a busy machine is not the gateway's fault. */
function watchStalls(): { stalledMs(): number; end(): void } {
  const EVERY_MS = 20;
  let [stalled, last] = [0, performance.now()];
  const timer = setInterval(() => {
    const now = performance.now();
    stalled += Math.max(0, now - last - EVERY_MS);
    last = now;
  }, EVERY_MS);
  return { stalledMs: () => stalled, end: () => clearInterval(timer) };
}

async function expectUnavailable(gateway: Asking): Promise<void> {
  const stalls = watchStalls();
  await Promise.all(
    asks.map(async ([what, ask]) => {
      const before = performance.now();
      const { status, headers, body } = await ask(gateway);
      const took = performance.now() - before - stalls.stalledMs();
      expect([what, status, body.code]).toEqual([what, 503, 'temporal_unavailable']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(took, what).toBeLessThan(3_000);
    }),
  );
  stalls.end();
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
    await expectUnavailable(await gatewayForTest(temporalAddress, unique('nowhere')));
  });
});

test('whoever asks for a run hears within 3 seconds, though each of several calls is answered late', async () => {
  const bench = await temporalBench(temporalAddress);
  onTestFinished(bench.close);
  const goal = unique('load-day');
  await bench.publish(goal);
  const way = await wayTo(temporalAddress);
  const gateway = await gatewayForTest(way.address);
  expect((await gateway.get('/readyz')).status).toBe(200);
  // There and back it is 1.6 seconds: to find the goal, and again to start the run.
  way.slow(800);
  const stalls = watchStalls();
  const before = performance.now();
  const { status, body } = await gateway.post(`/goals/${goal}/runs`, input);
  const took = performance.now() - before - stalls.stalledMs();
  stalls.end();
  expect([status, body.code]).toEqual([503, 'temporal_unavailable']);
  expect(took).toBeGreaterThan(1_600);
  // A deadline for each of its three calls would be 4.8 seconds; a machine that is busy makes more of three.
  expect(took).toBeLessThan(4_000);
  way.slow(0);
  await expect
    .poll(async () => (await gateway.post(`/goals/${goal}/runs`, input)).status, { timeout: 60_000 })
    .toBe(202);
});

describe('a gateway whose Temporal goes away', () => {
  test('and that connected while everything was swallowed: it answers again, though that connection never speaks', async () => {
    const way = await wayTo(temporalAddress);
    way.swallow(true);
    const gateway = await gatewayForTest(way.address);
    expect((await gateway.get('/readyz')).status).toBe(503);
    way.swallow(false);
    await expect.poll(async () => (await gateway.get('/readyz')).status, { timeout: 60_000 }).toBe(200);
  });

  test.each(['cut', 'swallow'] as const)(
    'says so, and answers again by itself when it is back (%s)',
    async (how) => {
      const bench = await temporalBench(temporalAddress);
      onTestFinished(bench.close);
      const goal = unique('load-day');
      await bench.publish(goal);
      const way = await wayTo(temporalAddress);
      const gateway = await gatewayForTest(way.address);
      const path = `/goals/${goal}/runs`;
      expect((await gateway.post(path, input)).status).toBe(202);

      if (how === 'cut') await way.cut();
      else way.swallow(true);
      // What it has read a moment ago, it answers from for a moment.
      await expect.poll(async () => (await gateway.get('/openapi.json')).status).toBe(503);
      await expectUnavailable(gateway);

      if (how === 'cut') await way.mend();
      else {
        // Bytes were lost, so the connection is dead, as after a partition; who made it must find out.
        way.swallow(false);
        await way.cut();
        await way.mend();
      }
      await expect.poll(async () => (await gateway.get('/readyz')).status, { timeout: 60_000 }).toBe(200);
      expect((await gateway.post(path, input)).status).toBe(202);
      expect((await gateway.get(`/runs/${goal}:2026-11-20`)).body.state).toBe('pursuing');
    },
  );

  test('that goes away while somebody waits for a run: the caller hears, and asks again', async () => {
    const bench = await temporalBench(temporalAddress);
    onTestFinished(bench.close);
    const goal = unique('load-day');
    const { taskQueue } = await bench.publish(goal);
    const way = await wayTo(temporalAddress);
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
    await expect.poll(async () => (await ask()).body.outcome, { timeout: 60_000 }).toBe('achieved');
  });

  test.each(['Temporal', 'the gateway'] as const)(
    'a stream of records that %s breaks off says where to go on, and nothing is missed or told twice',
    async (who) => {
      const bench = await temporalBench(temporalAddress);
      onTestFinished(bench.close);
      const goal = unique('load-day');
      await bench.publish(goal);
      const way = await wayTo(temporalAddress);
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
      const other = await gatewayForTest(temporalAddress);
      const rest = await fetch(`${other.url}/records?since=${next.since}&after=${next.after}&goal=${goal}`);
      const more = (await rest.text())
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect([...told, ...more].map(({ run }) => run)).toEqual(ids);
    },
  );
});
