import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningWorker } from '../../activities/worker.ts';
import { type Alert, DEFAULT_ALERT_SETTINGS } from '../../goals/wire/alerts.ts';
import goals, { buggy, inParallel, inSequence, judged, withFallback } from '../engine/goals.ts';
import { jobs } from '../engine/jobs.ts';
import { fresh, Workbench } from '../engine/workbench.ts';
import { temporalAddress } from '../temporal-address.ts';
import { type Asking, askingAt, gatewayAt, gatewayForTest, unique } from './workbench.ts';

const address = temporalAddress;
const alertsId = fresh('alerts');
const by = 'ada';
const failing = () => ({ key: fresh('k'), steps: [{ script: ['permanent:licence_expired'] }] });

let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;

const settings = { ...DEFAULT_ALERT_SETTINGS, gatherMs: 100, sweepMs: 500, idleSweepMs: 500 };
const work = (): Promise<RunningWorker> =>
  bench.worker(fileURLToPath(new URL('../engine/goals.ts', import.meta.url)), goals, jobs, undefined, {
    id: alertsId,
    settings,
  });

beforeAll(async () => {
  bench = await Workbench.open();
  gateway = await gatewayAt(address, undefined, undefined, alertsId);
  await work();
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.client.workflow.getHandle(alertsId).terminate();
  await bench?.close();
});

async function failed(goal = inSequence as never, input: object = failing()) {
  const { run } = await bench.pursue(goal, input);
  expect(run.outcome).toBe('failed');
  return run;
}

/** The alert in which a run is. */
async function alertOf(run: string): Promise<{ id: string }> {
  const find = async (): Promise<{ id: string } | undefined> => {
    const { items } = (await gateway.get('/alerts')).body as { items: Alert[] };
    return items.find(({ goals: alerted }) =>
      alerted.some(({ runs }) => runs.some((other) => other.run === run)),
    );
  };
  await expect.poll(find, { timeout: 60_000 }).toBeDefined();
  return (await find()) as { id: string };
}

test('GET /alerts lists what was told, newest first, and takes filters; GET /alerts/{id} shows one', async () => {
  const first = await alertOf((await failed(judged as never, { key: fresh('k'), rows: 0, drift: 0 })).id);
  const second = await alertOf((await failed(inParallel as never)).id);
  const { status, body } = await gateway.get('/alerts?state=open');
  const ids = body.items.map(({ id }: { id: string }) => id);
  expect([status, body.next, body.mutes]).toEqual([200, null, []]);
  expect(ids.indexOf(second.id)).toBeLessThan(ids.indexOf(first.id));
  expect((await gateway.get('/alerts?goal=judged')).body.items.map(({ id }: { id: string }) => id)).toEqual([
    first.id,
  ]);
  const shown = (await gateway.get(`/alerts/${first.id}`)).body;
  expect(shown).toMatchObject({
    kind: 'failed',
    state: 'open',
    trouble: { kind: 'criteria' },
    acknowledged: null,
  });
  expect((await gateway.get('/alerts/alert-x')).body.code).toBe('alert_unknown');
  expect((await gateway.get('/alerts?state=loud')).body.code).toBe('query_invalid');
});

test('POST /alerts/{id}/ack says who is on it, and keeps the first who said so', async () => {
  const { id } = await alertOf(
    (
      await failed(withFallback as never, {
        ...{ key: fresh('k'), first: { script: ['permanent:one'] }, second: { script: ['permanent:two'] } },
      })
    ).id,
  );
  const { status, body } = await gateway.post(`/alerts/${id}/ack`, { by, reason: 'on \u0007it' });
  expect([status, body.id, body.acknowledged]).toEqual([
    200,
    id,
    { at: expect.stringMatching(/^20\d\d-/), by, reason: 'on it' },
  ]);
  await gateway.post(`/alerts/${id}/ack`, { by: 'bob' });
  expect((await gateway.get(`/alerts/${id}`)).body.acknowledged.by).toBe(by);
  expect((await gateway.post('/alerts/alert-x/ack', { by })).body.code).toBe('alert_unknown');
  expect((await gateway.post(`/alerts/${id}/ack`, { by: ' ' })).body).toMatchObject({
    code: 'body_invalid',
    errors: [{ path: 'by' }],
  });
});

describe('POST /goals/{goal}/mute', () => {
  const mutes = async () => (await gateway.get('/alerts')).body.mutes;

  test('mutes until a time or for a while, and unmutes', async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const { status, body } = await gateway.post('/goals/needy/mute', { until, by, reason: 'moving house' });
    expect([status, body]).toMatchObject([200, { goal: 'needy', until, by, reason: 'moving house' }]);
    expect(await mutes()).toMatchObject([{ goal: 'needy', until, by, reason: 'moving house' }]);
    await gateway.post('/goals/needy/mute', { for: '2d' });
    expect(await mutes()).toMatchObject([{ goal: 'needy', by: 'anonymous' }]);
    expect(Date.parse((await mutes())[0].until) - Date.now()).toBeGreaterThan(47 * 3_600_000);
    expect((await gateway.post('/goals/needy/unmute', { by: 'bob' })).status).toBe(200);
    expect(await mutes()).toEqual([]);
  });

  test.each([
    [{ by }, 'give either'],
    [{ by, for: '1h', until: '2026-11-20T06:00:00Z' }, 'give either'],
    [{ by, for: 'ever' }, 'write such as'],
    [{ by, for: '91d' }, 'at most 90 days'],
    [{ by, until: '9999-01-01T00:00:00Z' }, 'at most 90 days'],
    [{ for: '1h', by: '' }, 'by'],
  ])('refuses %j', async (given, message) => {
    const { status, body } = await gateway.post('/goals/needy/mute', given);
    expect([status, body.code, body.detail]).toEqual([422, 'body_invalid', expect.stringContaining(message)]);
  });

  test('knows no goal that is not published', async () => {
    expect((await gateway.post(`/goals/${unique('nobody')}/mute`, { by, for: '1h' })).body.code).toBe(
      'goal_unknown',
    );
  });
});

describe('POST /runs/{id}/accept', () => {
  test('closes a failed run as accepted, with name and reason, in the run itself', async () => {
    const run = await failed(buggy as never, { key: fresh('k'), bug: 'throw' });
    const { id } = await alertOf(run.id);
    expect((await gateway.get(`/runs/${run.id}`)).body).toMatchObject({ outcome: 'failed', accepted: null });
    const { status, body } = await gateway.post(`/runs/${run.id}/accept`, { by, reason: 'a holiday' });
    const accepted = { at: expect.stringMatching(/^20\d\d-/), by, reason: 'a holiday' };
    expect([status, body.id, body.outcome, body.accepted]).toEqual([200, run.id, 'failed', accepted]);
    await gateway.post(`/runs/${run.id}/accept`, { by: 'bob', reason: 'me too' });
    expect((await gateway.get(`/runs/${run.id}`)).body.accepted).toEqual(accepted);
    const row = (await gateway.get('/runs?goal=buggy')).body.items.find(
      (item: { id: string }) => item.id === run.id,
    );
    expect(row.accepted).toEqual(accepted);
    expect((await gateway.get(`/alerts/${id}`)).body).toMatchObject({
      state: 'closed',
      goals: [{ settled: { how: 'accepted' } }],
    });
    // Its record says so, too, alone and in a stream of many.
    const action = { kind: 'accept', ...accepted, name: null };
    expect((await gateway.get(`/runs/${run.id}/record`)).body.actions).toEqual([action]);
    const since = new Date(Date.parse(run.startedAt) - 1000).toISOString();
    await expect
      .poll(async () => (await fetch(`${gateway.url}/records?since=${since}&goal=buggy`)).text(), {
        timeout: 60_000,
      })
      .toContain('"kind":"accept"');
  });

  test('takes only a failed run, and a reason', async () => {
    const { run } = await bench.pursue(inSequence, { key: fresh('k'), steps: [{ script: ['ok'] }] });
    const reason = 'fine';
    expect((await gateway.post(`/runs/${run.id}/accept`, { by, reason })).body).toMatchObject({
      ...{ status: 409, code: 'run_not_failed' },
    });
    expect((await gateway.get(`/runs/${run.id}`)).body).not.toHaveProperty('accepted');
    expect((await gateway.post(`/runs/${run.id}/accept`, { by })).status).toBe(422);
    expect((await gateway.post('/runs/nobody:x/accept', { by, reason })).body.code).toBe('run_unknown');
  });
});

test('with no worker up all is still to be read, and what is asked for is kept and done once one is', async () => {
  const mine = fresh('alerts');
  const other = await Workbench.open();
  const asking: Asking = askingAt((await gatewayForTest(address, undefined, mine)).url);
  const start = () =>
    other.worker(fileURLToPath(new URL('../engine/goals.ts', import.meta.url)), goals, jobs, undefined, {
      ...{ id: mine, settings },
    });
  try {
    const nothing = await asking.get('/alerts');
    expect([nothing.status, nothing.body]).toEqual([200, { items: [], next: null, mutes: [] }]);
    const run = await failed();
    const absent = await asking.post(`/runs/${run.id}/accept`, { by, reason: 'early' });
    expect([absent.status, absent.body.code]).toEqual([409, 'alerts_absent']);

    // Nobody polls the queue of this one.
    await other.client.workflow.start('gk-alerts', {
      ...{ workflowId: mine, taskQueue: other.taskQueue, args: [null] },
    });
    const kept = await asking.post(`/runs/${run.id}/accept`, { by, reason: 'early' });
    expect([kept.status, kept.body]).toMatchObject([
      202,
      { id: run.id, accepted: null, pending: expect.any(String) },
    ]);
    await start();
    await expect
      .poll(async () => (await asking.get(`/runs/${run.id}`)).body.accepted, { timeout: 60_000 })
      .toMatchObject({ by, reason: 'early' });
  } finally {
    await other.client.workflow
      .getHandle(mine)
      .terminate()
      .catch(() => undefined);
    await other.close();
  }
});
