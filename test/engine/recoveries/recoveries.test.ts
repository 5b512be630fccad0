// Runs that one trouble stopped, pursued once more, over the gateway.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bind } from '../../../activities/bind.ts';
import { answered, gatewayAt } from '../../gateway/workbench.ts';
import { ownTemporal } from '../../temporal-address.ts';
import { Workbench } from '../workbench.ts';
import goals, { fetchFeed, loaded, mailed, prepare, reported } from './goals.ts';

// They end what hangs: on a busy machine 500 runs take minutes.
const WAIT = { timeout: 300_000, interval: 500 };
const TEAM = fileURLToPath(new URL('./goals.ts', import.meta.url));
const RUNS = 500;

let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let isDown = true;
const prepared: string[] = [];
let fetching = 0;
let most = 0;

const jobs = [
  bind(prepare, async ({ key }) => {
    prepared.push(key);
    return { key };
  }),
  bind(fetchFeed, async ({ key }) => {
    fetching++;
    most = Math.max(most, fetching);
    try {
      await new Promise((resolve) => setImmediate(resolve));
      if (isDown) throw Object.assign(new Error('the feed is down'), { code: 'recoveries_feed_down' });
      return { key };
    } finally {
      fetching--;
    }
  }),
];

// Of its own: so many failed runs would fill what `GET /errors` of other tests looks through.
beforeAll(async () => {
  const address = await ownTemporal();
  bench = await Workbench.open(address);
  gateway = await gatewayAt(address);
  await bench.worker(TEAM, goals, jobs);
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

const get = (path: string) => answered(() => gateway.get(path));
const post = (path: string, body: object) => answered(() => gateway.post(path, body));
const shown = async (id: string) => (await get(`/recoveries/${id}`)).body;

// recovery.1, recovery.2, recovery.3, recovery.4
test('500 failed runs of three goals: planned, stopped while the trouble is there, then pursued once more', async () => {
  const of = [loaded, reported, mailed];
  const keys = Array.from({ length: RUNS }, (_, i) => `k${i}`);
  // No more at once than two cores pursue well.
  for (let i = 0; i < RUNS; i += 25)
    await Promise.all(
      keys.slice(i, i + 25).map(async (key, n) => {
        const handle = await bench.start(of[(i + n) % 3] as typeof loaded, { key });
        await handle.result().catch(() => undefined);
      }),
    );
  const ended = async (query: string) =>
    (await bench.client.workflow.count(`GkTeam = 'recoveries' AND GkOwner IS NOT NULL AND ${query}`)).count;
  await expect.poll(() => ended('GkCause IS NOT NULL'), WAIT).toBe(RUNS);
  const { items } = (await get('/errors?window=24h&team=recoveries')).body;
  const trouble = items.find(({ code }: { code: string }) => code === 'recoveries_feed_down');
  expect(trouble).toMatchObject({ failedRuns: RUNS, goals: of.map(({ name }) => name).sort() });
  const { fingerprint } = trouble;
  const asking = `/errors/${fingerprint}/recoveries`;
  const asked = { team: 'recoveries', by: 'ada', reason: 'the feed is back', atOnce: 40 };

  const early = await post(asking, asked);
  expect([early.status, early.body.total, early.body.trial]).toEqual([202, RUNS, 3]);
  await expect
    .poll(() => shown(early.body.id), WAIT)
    .toMatchObject({
      ...{ state: 'closed', outcome: 'failed', achieved: 0 },
      stopped: { code: 'trouble_persists', message: expect.stringContaining('the feed is down') },
    });
  // The trial has one of each goal; no other run began.
  const tried = (await shown(early.body.id)).missed.map(({ run }: { run: string }) => run.split(':')[0]);
  expect(tried.length).toBeLessThanOrEqual(3);
  expect(await ended(`StartTime > '${early.body.startedAt}'`)).toBeLessThanOrEqual(3);

  isDown = false;
  for (const key of ['k0', 'k1']) {
    const run = `${of[Number(key.slice(1)) % 3]?.name}:${key}`;
    const resumed = async () => (await get(`/runs/${run}`)).body;
    const { execution } = await resumed();
    expect((await post(`/runs/${run}/resume`, { execution })).status).toBe(202);
    await expect.poll(resumed, WAIT).toMatchObject({ outcome: 'achieved' });
  }
  await expect.poll(() => ended("ExecutionStatus = 'Completed'"), WAIT).toBe(2);
  const { body: plan } = await post(asking, { ...asked, dryRun: true });
  expect(plan).toMatchObject({
    ...{ total: RUNS - 2, achieved: { total: 2 }, open: { total: 0 } },
    ...{ kept: RUNS - 2, again: RUNS - 2, repeats: RUNS - 2, codeChanged: 0 },
    goals: [{ runs: expect.any(Number) }, { runs: expect.any(Number) }, { runs: expect.any(Number) }],
  });
  // Each of them, once.
  expect(new Set(plan.items.map(({ run }: { run: string }) => run)).size).toBe(RUNS - 2);
  expect(plan.items).toHaveLength(RUNS - 2);

  const before = prepared.length;
  most = 0;
  const { body: first } = await post(asking, asked);
  expect(first).toMatchObject({ id: early.body.id, total: RUNS - 2, by: 'ada' });
  await post(`/recoveries/${first.id}/pause`, { by: 'bob', reason: 'lunch' });
  await expect.poll(() => shown(first.id), WAIT).toMatchObject({ paused: { by: 'bob' }, open: 0 });
  await post(`/recoveries/${first.id}/cancel`, { by: 'bob', reason: 'for today' });
  const over = { state: 'closed', outcome: 'cancelled', cancelled: { reason: 'for today' } };
  await expect.poll(() => shown(first.id), WAIT).toMatchObject(over);
  const { achieved } = await shown(first.id);
  expect(achieved).toBeLessThan(RUNS - 2);
  // All that it began is known, and what it did not begin is left for the next.
  const all = async () => (await ended("ExecutionStatus = 'Completed'")) - 2;
  await expect.poll(all, WAIT).toBe(achieved);

  const { body: begun } = await post(asking, asked);
  expect(begun).toMatchObject({ id: first.id, total: RUNS - 2 - achieved });
  await expect
    .poll(() => shown(begun.id), WAIT)
    .toMatchObject({
      ...{ state: 'closed', outcome: 'achieved', achieved: begun.total, failed: 0 },
    });
  expect(most).toBeLessThanOrEqual(40);
  // What had succeeded was kept: nothing was prepared once more.
  expect(prepared.length).toBe(before);
  const { body: run } = await get(`/runs/${loaded.name}:k3`);
  expect(run.why).toMatchObject({ kind: 'resume', by: 'ada', reason: 'the feed is back' });
  const nothing = await post(asking, asked);
  expect([nothing.status, nothing.body.code]).toEqual([422, 'recovery_impossible']);
  // No sink keeps records here: whoever retracts is told that the marks go with the runs.
  const retracted = await post(`/runs/${loaded.name}:k3/retract`, { by: 'ada', reason: 'wrong' });
  expect(retracted).toMatchObject({ status: 202, body: { sinks: [] } });
  expect((await get(`/retractions/${retracted.body.id}`)).body).toMatchObject({ sinks: [] });
  const page = await fetch(`${gateway.url}/retractions/${retracted.body.id}`, {
    headers: { accept: 'text/html' },
  });
  expect(await page.text()).toContain('No sink keeps records');
  const { body: list } = await get('/recoveries');
  expect(list.items.map(({ id }: { id: string }) => id)).toContain(begun.id);
}, 900_000);
