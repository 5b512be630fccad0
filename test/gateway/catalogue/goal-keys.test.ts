// The keys of a goal over real HTTP and a real Temporal, with nobody there to pursue anything.

import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { GoalKey } from '../../../goals/wire/answers.ts';
import { scheduleId, searchAttributes } from '../../../goals/wire/names.ts';
import type { Publication } from '../../../goals/wire/publication.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { answered, eventually, gatewayAt, temporalBench, unique } from '../workbench.ts';

const address = temporalAddress;
const REGIONS = ['eu', 'us', 'jp'];
const DAYS = 60;
const DAY = 86_400_000;
const WAIT = { timeout: 60_000, interval: 200 };
const goal = unique('sales-in-warehouse');
let bench: Awaited<ReturnType<typeof temporalBench>>;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let published: Publication;

const day = (n: number): string => new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10);

/** A run as the gateway starts it, but for its memo. */
const begin = (key: string): Promise<unknown> =>
  bench.client.workflow.start(goal, {
    ...{ workflowId: `${goal}:${key}`, taskQueue: published.taskQueue, args: [{}] },
    searchAttributes: { [searchAttributes.owner]: ['data'], [searchAttributes.team]: ['warehouse'] },
  });
const terminate = (key: string): Promise<unknown> =>
  bench.client.workflow.getHandle(`${goal}:${key}`).terminate('it does not matter');

async function allKeys(query: string, of = goal): Promise<{ items: GoalKey[]; pages: number }> {
  const items: GoalKey[] = [];
  for (let pages = 1, next = ''; ; pages++) {
    const { body } = await answered(() => gateway.get(`/goals/${of}/keys?${query}${next}`));
    items.push(...body.items);
    if (body.next === null) return { items, pages };
    next = `&cursor=${body.next}`;
  }
}

beforeAll(async () => {
  bench = await temporalBench(address);
  gateway = await gatewayAt(address);
  published = await bench.publish(goal, {
    key: ['day', 'region'],
    keys: [
      { path: 'day', every: 'day', from: day(0), to: day(DAYS), timezone: 'UTC', afterMs: 0 },
      { path: 'region', values: REGIONS },
    ],
  });
  // One day is left out; the last is open in all regions, and one key was pursued twice.
  const keys = Array.from({ length: DAYS + 1 }, (_, n) => n)
    .filter((n) => n !== 7)
    .flatMap((n) => REGIONS.map((region) => `${day(n)}~${region}`));
  for (let i = 0; i < keys.length; i += 20) await Promise.all(keys.slice(i, i + 20).map(begin));
  const closed = keys.filter((key) => !key.startsWith(day(DAYS)));
  for (let i = 0; i < closed.length; i += 20) await Promise.all(closed.slice(i, i + 20).map(terminate));
  await begin(`${day(3)}~eu`);
  await eventually(async () => {
    const { body } = await gateway.get(`/goals/${goal}/keys?of=found&limit=1`);
    return body.totals?.executions.failed === DAYS * 3 - 3 && body.totals.executions.open === 4;
  });
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

test('expected keys come with their latest outcome, gaps and totals, a page at a time', async () => {
  const first = await gateway.get(`/goals/${goal}/keys?limit=4`);
  expect(first.body).toMatchObject({ goal, parts: ['day', 'region'], of: 'expected' });
  expect(first.body.totals).toEqual({
    expected: (DAYS + 1) * 3,
    keys: { achieved: 0, failed: DAYS * 3 - 4, cancelled: 0, open: 4, missing: 3 },
    executions: { achieved: 0, failed: DAYS * 3 - 3, cancelled: 0, open: 4 },
  });
  expect(first.body.items.map(({ key, state }: GoalKey) => [key, state])).toEqual([
    ...REGIONS.map((region) => [`${day(DAYS)}~${region}`, 'pursuing']),
    [`${day(DAYS - 1)}~eu`, 'closed'],
  ]);
  const { items, pages } = await allKeys('limit=50');
  expect([items.length, pages, new Set(items.map(({ key }) => key)).size]).toEqual([183, 4, 183]);
});

test('filters mean the latest outcome, a range of any part, and what is missing', async () => {
  const missing = await allKeys('outcome=missing&limit=2');
  expect(missing.items.map(({ parts, run }) => [parts, run])).toEqual(
    REGIONS.map((region) => [{ day: day(7), region }, `${goal}:${day(7)}~${region}`]),
  );
  const open = await allKeys(`outcome=open&from=${day(0)}&to=${day(10)}`);
  expect(open.items.map(({ key }) => key)).toEqual([`${day(3)}~eu`]);
  const jp = await allKeys('part=region&from=jp&to=jp&limit=100');
  expect(jp.items.every(({ parts }) => parts?.region === 'jp')).toBe(true);
  expect(jp.items).toHaveLength(DAYS + 1);
  expect((await allKeys(`prefix=${day(4)}&outcome=failed`)).items).toHaveLength(3);
});

// goal-keys.2
test('found keys are each on one page, in the order of Temporal', async () => {
  const { items } = await allKeys('of=found&limit=40');
  expect(items).toHaveLength(DAYS * 3);
  expect(new Set(items.map(({ key }) => key)).size).toBe(DAYS * 3);
  const failed = await allKeys(`of=found&outcome=failed&from=${day(2)}&to=${day(3)}`);
  expect(failed.items.map(({ key }) => key).sort()).toEqual(
    [day(2), day(3)]
      .flatMap((of) => REGIONS.map((region) => `${of}~${region}`))
      .filter((key) => key !== `${day(3)}~eu`)
      .sort(),
  );
  expect(failed.items[0]?.parts).toEqual({ day: expect.any(String), region: expect.any(String) });
});

test('keys that a schedule would have made for its times have gaps, too; those of a pause are told apart', async () => {
  const nightly = unique('scheduled-sales');
  const terms = { name: 'nightly', cron: ['0 0 * * *'], every: null, timezone: 'UTC', jitterMs: 0 };
  const { taskQueue } = await bench.publish(nightly, {
    schedules: [{ ...terms, overlap: 'skip', catchUp: 'last', withinMs: 0 }],
    scheduleKeys: { nightly: [{ path: 'day', every: 'day', timezone: 'UTC', plus: -1 }] },
  });
  const midnight = Math.floor((Date.now() - 60_000) / DAY) * DAY;
  const ago = (n: number): string => new Date(midnight - n * DAY).toISOString().slice(0, 10);
  await bench.client.workflow.start(nightly, {
    ...{ workflowId: `${nightly}:${ago(2)}`, taskQueue, args: [{}] },
    searchAttributes: { [searchAttributes.owner]: ['data'], [searchAttributes.team]: ['warehouse'] },
  });
  const of = (query: string) => allKeys(query, nightly);
  const since = new Date(midnight - 3 * DAY).toISOString();
  await expect
    .poll(async () => (await of(`since=${since}`)).items.map(({ key, state }) => [key, state]), WAIT)
    .toEqual([
      [ago(1), 'missing'],
      [ago(2), 'pursuing'],
      [ago(3), 'missing'],
      [ago(4), 'missing'],
    ]);
  const missing = await of(`schedule=nightly&since=${since}&outcome=missing&from=${ago(3)}&limit=1`);
  expect([missing.items.map(({ key }) => key), missing.items[0]?.at]).toEqual([
    [ago(1), ago(3)],
    new Date(midnight).toISOString(),
  ]);
  expect((await of('limit=500')).items).toHaveLength(30);
  expect((await of('of=found')).items.map(({ key }) => key)).toEqual([ago(2)]);

  const paused = `paused by ann: the feed is late [${new Date(midnight - DAY).toISOString()}]`;
  const schedule = await bench.client.schedule.create({
    scheduleId: scheduleId(nightly, 'nightly'),
    spec: { calendars: [{ year: 2099 }] },
    action: { type: 'startWorkflow', workflowType: 'nothing', taskQueue },
    state: { paused: true, note: paused },
  });
  onTestFinished(() => schedule.delete());
  const told = (await of(`since=${since}`)).items.map(({ key, paused: isPaused = false }) => [key, isPaused]);
  expect(told).toEqual([
    [ago(1), true],
    [ago(2), true],
    [ago(3), false],
    [ago(4), false],
  ]);
  // No time of before there was the schedule is expected, where nobody asks for it.
  expect((await of('limit=500')).items).toEqual([]);
  const refused = await gateway.get(`/goals/${goal}/keys?schedule=nightly`);
  expect([refused.status, refused.body.parameter]).toEqual([400, 'schedule']);
});

test('what is wrong with a filter is told', async () => {
  const refused = async (query: string) => {
    const { status, body } = await gateway.get(`/goals/${goal}/keys?${query}`);
    return [status, body.parameter, body.detail];
  };
  expect(await refused('part=city')).toEqual([400, 'part', expect.stringContaining('day, region')]);
  expect(await refused('from=2026')).toEqual([400, 'from', expect.stringContaining('2026-11-20')]);
  expect(await refused('of=found&outcome=missing')).toEqual([400, 'outcome', expect.any(String)]);
  const { body } = await gateway.get(`/goals/${goal}/keys?limit=1`);
  const other = `limit=1&outcome=failed&cursor=${body.next}`;
  expect(await refused(other)).toEqual([400, 'cursor', expect.any(String)]);
});

test('the page is a table with a row header for each day and a link to each run', async () => {
  const html = await (
    await fetch(`${gateway.url}/goals/${goal}/keys`, { headers: { accept: 'text/html' } })
  ).text();
  expect(html).toContain(`<th scope="row"><bdi class="mono">${day(DAYS)}</bdi></th>`);
  for (const region of REGIONS) expect(html).toContain(`<th scope="col"><bdi>${region}</bdi></th>`);
  expect(html).toContain(`href="/runs/${encodeURIComponent(`${goal}:${day(DAYS)}~eu`)}"`);
  expect(html).not.toContain('style=');
  expect(html).toContain('3 missing');
});
