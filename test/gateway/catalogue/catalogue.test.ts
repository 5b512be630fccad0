import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogueEntryId } from '../../../goals/wire/names.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { gatewayAt, temporalBench, unique } from '../workbench.ts';

const address = temporalAddress;
let bench: Awaited<ReturnType<typeof temporalBench>>;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;

beforeAll(async () => {
  bench = await temporalBench(address);
  gateway = await gatewayAt(address);
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

/** An answer is at most a few seconds old: the gateway of a test of its own remembers nothing yet. */
async function asked(path: string) {
  const fresh = await gatewayAt(address);
  try {
    return await fresh.get(path);
  } finally {
    await fresh.stop();
  }
}

describe('the catalogue, with no worker up', () => {
  test('lists each published goal, with a record in which nothing has happened yet', async () => {
    const goal = unique('load-day');
    await bench.publish(goal, { owner: 'finance', needs: ['other'] });
    const { status, body } = await asked('/goals');
    expect(status).toBe(200);
    expect(body.next).toBeNull();
    expect(body.items.find((item: { goal: string }) => item.goal === goal)).toEqual({
      ...{ goal, outcome: 'The day is in the warehouse', owner: 'finance', team: 'warehouse', key: ['day'] },
      ...{
        deadlineMs: 7_200_000,
        criteria: ['rows arrived'],
        jobs: [],
        needs: ['other'],
        retired: false,
        paused: null,
        noWorker: { since: null },
      },
      ...{ taskQueue: expect.any(String), deployment: 'test', version: 1 },
      last: null,
      record: { window: '30d', since: expect.any(String), achieved: 0, failed: 0, cancelled: 0, open: 0 },
      ...{ recent: [], state: 'no_worker' },
    });
  });

  test('shows of one goal the schemas as well', async () => {
    const goal = unique('load-day');
    const publication = await bench.publish(goal);
    const { status, body } = await gateway.get(`/goals/${goal}?window=36h`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ ...publication, last: null, record: { window: '36h' } });
  });

  test('tells the last outcome and counts the runs by outcome', async () => {
    const goal = unique('load-day');
    const { taskQueue } = await bench.publish(goal);
    const start = (day: string) => gateway.post(`/goals/${goal}/runs`, { input: { day } });
    for (const [day, how] of [
      ['2026-11-01', 'achieved'],
      ['2026-11-02', 'failed'],
      ['2026-11-03', 'cancelled'],
    ] as const) {
      expect((await start(day)).status).toBe(202);
      await bench.end(taskQueue, `${goal}:${day}`, how);
    }
    expect((await start('2026-11-04')).status).toBe(202);
    expect((await start('2026-11-05')).status).toBe(202);
    await bench.client.workflow.getHandle(`${goal}:2026-11-05`).terminate('a test');
    const record = { achieved: 1, failed: 2, cancelled: 1, open: 1 };
    await expect
      .poll(async () => (await asked(`/goals/${goal}?window=1h`)).body, { timeout: 60_000 })
      .toMatchObject({ last: { id: `${goal}:2026-11-05`, outcome: 'failed' }, record });
    const listed = (await asked('/goals?window=1h')).body.items.find(
      (item: { goal: string }) => item.goal === goal,
    );
    expect(listed).toMatchObject({ last: { outcome: 'failed' }, record });
  });

  test('lists a retired goal as such, and starts no run of it', async () => {
    const goal = unique('load-day');
    await bench.publish(goal, { retired: true });
    expect((await gateway.get(`/goals/${goal}`)).body.retired).toBe(true);
    const { status, body } = await gateway.post(`/goals/${goal}/runs`, { input: { day: '2026-11-20' } });
    expect([status, body.code]).toEqual([409, 'goal_retired']);
    expect((await gateway.get(`/runs/${goal}:2026-11-20`)).status).toBe(404);
  });

  test('knows a goal as soon as it is published, and no longer when its catalogue entry is gone', async () => {
    const goal = unique('load-day');
    expect((await gateway.get(`/goals/${goal}`)).body.code).toBe('goal_unknown');
    expect((await gateway.get('/goals')).status).toBe(200);
    await bench.publish(goal);
    expect((await gateway.get(`/goals/${goal}`)).status).toBe(200);
    const names = async () =>
      (await gateway.get('/goals')).body.items.map((item: { goal: string }) => item.goal);
    expect(await names()).toContain(goal);
    await bench.client.workflow.getHandle(catalogueEntryId(goal)).terminate();
    await expect
      .poll(async () => (await gateway.get(`/goals/${goal}`)).status, { timeout: 60_000 })
      .toBe(404);
    await expect.poll(names, { timeout: 60_000 }).not.toContain(goal);
  });

  test('leaves out what it cannot read, and shows the others', async () => {
    const [odd, sound] = [unique('odd'), unique('sound')];
    await bench.publish(odd, { criteria: 'none' as never });
    await bench.publish(sound);
    expect((await gateway.get(`/goals/${odd}`)).body.code).toBe('goal_unknown');
    const { body } = await asked('/goals');
    const names = body.items.map((item: { goal: string }) => item.goal);
    expect(names).toContain(sound);
    expect(names).not.toContain(odd);
  });

  test.each(['0h', '91d', '30', '5m', '1h OR 1=1', ''])('refuses the window %j', async (window) => {
    const { status, body } = await gateway.get(`/goals?window=${encodeURIComponent(window)}`);
    expect([status, body.code, body.parameter]).toEqual([400, 'query_invalid', 'window']);
  });
});
