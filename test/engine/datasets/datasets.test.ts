// Runs that produce and use partitions of datasets, against a real server.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createClient } from '../../../client/index.ts';
import { memoNames, partitionBookId, standingId } from '../../../goals/wire/names.ts';
import { bookIn } from '../../../views/dataset-book.ts';
import { answered, eventually, gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, {
  curious,
  daily,
  followed,
  idle,
  keeper,
  loaded,
  plenty,
  rated,
  summed,
  summedAtOnce,
} from './goals.ts';

const patient = { timeout: 90_000, interval: 200 };
vi.setConfig({ testTimeout: 240_000 });
let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let worker: Awaited<ReturnType<Workbench['worker']>>;

beforeAll(async () => {
  bench = await Workbench.open();
  gateway = await gatewayAt(temporalAddress);
  worker = await bench.worker(fileURLToPath(new URL('goals.ts', import.meta.url)), goals, []);
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

const keyOf = (shop: string) => `2026-11-20~${shop}`;

async function bookOf(shop: string) {
  const handle = bench.client.workflow.getHandle(partitionBookId('test-orders', keyOf(shop)));
  return bookIn((await handle.fetchHistory()).events ?? []);
}

// run-datasets.1, datasets.1
test('what an achieved run produced is found at once, by whom it may be, and the book knows who used it', async () => {
  const shop = fresh('s');
  const day = { day: '2026-11-20', shop };
  const { run: missing } = await bench.pursue(summed, day);
  expect(missing.failure).toMatchObject({ kind: 'dependency', code: 'partition_missing' });
  expect(missing.failure?.message).toContain(`day=2026-11-20, shop=${shop} of the dataset 'test-orders'`);
  expect(missing.failure?.message).toContain('pursue a goal that produces it: datasets-loaded');

  const { run: made } = await bench.pursue(loaded, { ...day, rows: 12 });
  const partition = { dataset: 'test-orders', partition: day, key: keyOf(shop), rows: 12, version: 'v12' };
  expect(made.produced).toMatchObject([partition]);
  const { run: used } = await bench.pursue(summed, day);
  expect(used.output).toEqual({ rows: 12, where: 'lake/2026-11-20' });
  const by = { goal: 'datasets-loaded', run: made.id, execution: made.execution };
  expect(used.used).toMatchObject([{ ...partition, by }]);
  const users = async () => (await bookOf(shop)).versions[0]?.uses.length;
  await expect.poll(users, patient).toBe(1);
  expect((await bookOf(shop)).versions).toMatchObject([
    { ...partition, by, uses: [{ goal: 'datasets-summed', run: used.id, execution: used.execution }] },
  ]);
  expect((await bench.pursue(curious, day)).run.failure).toMatchObject({ code: 'pursue_threw' });
});

test('a failed run and a terminated one have produced nothing', async () => {
  const shop = fresh('s');
  const day = { day: '2026-11-20', shop };
  await bench.pursue(loaded, { ...day, rows: 1 });
  const { run } = await bench.pursue(loaded, { ...day, rows: 2, how: 'badly' });
  expect(run).toMatchObject({ outcome: 'failed', produced: [{ rows: 2 }] });
  // It had reported what it produced, and was ended before it closed.
  const ended = await bench.start(loaded, { ...day, rows: 3, how: 'slowly' });
  const { execution } = (await bench.story(ended)).run;
  const rows = async () => (await bookOf(shop)).versions.map((version) => version.rows);
  await expect.poll(rows, patient).toEqual([1]);
  const [version] = (await bookOf(shop)).versions;
  await ended.terminate('by hand');
  await bench.client.workflow
    .getHandle(partitionBookId('test-orders', keyOf(shop)))
    .signal('gk-dataset-made', { ...version, rows: 3, by: { ...version?.by, execution } });
  await expect.poll(rows, patient).toEqual([1, 3]);
  expect((await bench.pursue(summed, day)).run.output).toMatchObject({ rows: 1 });
});

test('a partition that a retracted run made is used by nobody, and what had used it is in doubt', async () => {
  const day = { day: '2026-11-22', shop: fresh('s') };
  await bench.pursue(loaded, { ...day, rows: 21 });
  const { run: wrong } = await bench.pursue(loaded, { ...day, rows: 22 });
  const { run: used } = await bench.pursue(summed, day);
  expect(used.output).toMatchObject({ rows: 22 });
  const at = (id: string) => `/runs/${encodeURIComponent(id)}`;
  const asked = { reason: 'half of the orders were missing', by: 'ada' };
  const { status } = await answered(() => gateway.post(`${at(wrong.id)}/retract`, asked));
  expect(status).toBe(202);
  await expect
    .poll(async () => (await gateway.get(at(used.id))).body.inDoubt, patient)
    .toMatchObject([{ run: wrong.id, path: [wrong.id, used.id] }]);
  const rows = async () => (await bench.pursue(summed, day)).run.output;
  await expect.poll(rows, patient).toMatchObject({ rows: 21 });
  // Whoever looks at the dataset sees which of its versions is wrong, and the list of runs which run.
  const shown = `/datasets/test-orders/partitions/2026-11-22~${day.shop}`;
  const versions = async () => (await gateway.get(shown)).body.versions;
  await expect.poll(versions, patient).toMatchObject([{ rows: 22, marks: ['retracted'] }, { rows: 21 }]);
  expect((await versions())[1]).not.toHaveProperty('marks');
  const { items } = (await gateway.get(`/datasets/test-orders?of=found&limit=100`)).body;
  const partition = items.find(({ key }: { key: string }) => key.endsWith(day.shop));
  expect(partition.latest).toMatchObject({ rows: 22, marks: ['retracted'] });
  const row = async () => (await gateway.get(`/runs/rows?goal=datasets-loaded&id=${wrong.id}`)).body.items;
  await expect.poll(row, patient).toMatchObject([{ outcome: 'achieved', marks: ['retracted'] }]);
  const page = async () =>
    (
      await fetch(`${gateway.url}/runs?goal=datasets-loaded&outcome=achieved`, {
        headers: { accept: 'text/html' },
      })
    ).text();
  await expect.poll(page, patient).toContain('Reached, retracted');
});

test('whoever uses a partition that a run in doubt has made is in doubt as it takes it', async () => {
  const day = { day: '2026-11-23', shop: fresh('s') };
  const { run: maker } = await bench.pursue(summedAtOnce, day);
  const source = `${loaded.name}:2026-11-23~${day.shop}`;
  const at = (id: string) => `/runs/${encodeURIComponent(id)}`;
  // Its update of the orders starts another.
  const other = `${followed.name}:2026-11-23~${day.shop}`;
  const told = async () => (await gateway.get(at(other))).body.outcome;
  await expect.poll(told, patient).toBe('achieved');
  const asked = { reason: 'the shop was closed', by: 'ada' };
  const { body } = await answered(() => gateway.post(`${at(source)}/retract`, asked));
  const retraction = async () => (await gateway.get(`/retractions/${body.id}`)).body;
  await expect.poll(retraction, patient).toMatchObject({ state: 'closed', doubts: 2 });
  expect((await gateway.get(at(maker.id))).body).toMatchObject({ inDoubt: [{ path: [source, maker.id] }] });
  // Long after the retraction has looked. Nothing of it was retracted: the version is there, and used.
  const { run: user } = await bench.pursue(rated, { shop: day.shop });
  expect(user).toMatchObject({ outcome: 'achieved', used: [{ by: { execution: maker.execution } }] });
  expect((await gateway.get(at(user.id))).body).toMatchObject({
    inDoubt: [{ run: source, retraction: body.id, path: [source, maker.id, user.id] }],
  });
  await expect.poll(retraction, patient).toMatchObject({ state: 'closed', doubts: 3 });
  const plan = await gateway.post(`/retractions/${body.id}/recoveries`, { by: 'ada', dryRun: true });
  const places = [source, maker.id, user.id].map((id) =>
    plan.body.items.findIndex(({ run }: { run: string }) => run === id),
  );
  expect([plan.body.total, places.includes(-1), [...places].sort()]).toEqual([4, false, places]);
});

test('what a needed run produced is there for the run that needed it', async () => {
  const day = { day: '2026-11-20', shop: fresh('s') };
  const { run } = await bench.pursue(summedAtOnce, day);
  expect(run).toMatchObject({
    ...{ outcome: 'achieved', output: { rows: 40 } },
    produced: [{ dataset: 'test-rates', key: 'only', partition: {} }],
    used: [{ dataset: 'test-orders', by: { run: `datasets-loaded:${keyOf(day.shop)}` } }],
  });
});

test('a book begins a fresh history after many changes and loses nothing', async () => {
  const day = { day: '2026-11-20', shop: fresh('s') };
  await bench.pursue(loaded, { ...day, rows: 5 });
  const versions = async () => (await bookOf(day.shop)).versions;
  await expect.poll(async () => (await versions()).length, patient).toBe(1);
  const [version] = await versions();
  const handle = bench.client.workflow.getHandle(partitionBookId('test-orders', keyOf(day.shop)));
  const first = (await handle.describe()).runId;
  for (let i = 0; i < 205; i++)
    await handle.signal('gk-dataset-used', {
      maker: version?.by.execution,
      use: { goal: 'g', run: `g:${i}`, execution: `e${i}`, at: '2026-11-20T00:00:00Z' },
    });
  await expect.poll(async () => (await handle.describe()).runId !== first, patient).toBe(true);
  // Temporal shows a signal that comes during a task once that task is done.
  await expect.poll(async () => (await bookOf(day.shop)).versions[0]?.uses.length, patient).toBe(205);
});

test('a goal starts for each partition that was updated, and for none of a failed run', async () => {
  const day = { day: '2026-11-20', shop: fresh('s') };
  const { run: failed } = await bench.pursue(loaded, { ...day, rows: 6, how: 'badly' });
  const { run: made } = await bench.pursue(loaded, { ...day, rows: 7 });
  const followedRun = { workflowId: `${followed.name}:${keyOf(day.shop)}` };
  const closed = async () => (await bench.story(followedRun).catch(() => null))?.run.state;
  await expect.poll(closed, patient).toBe('closed');
  const { run } = await bench.story(followedRun);
  expect(run).toMatchObject({
    input: { ...day, rows: 7 },
    why: {
      kind: 'outcome',
      ref: made.id,
      reason: `test-orders day=2026-11-20, shop=${day.shop} updated`,
    },
  });
  expect(failed.outcome).toBe('failed');
});

test('the gateway lists datasets, their gaps and what fills them, and the lineage of runs and goals', async () => {
  const client = createClient({ url: gateway.url, retries: 5 });
  const day = { day: '2026-11-20', shop: fresh('s') };
  const { run: made } = await bench.pursue(loaded, { ...day, rows: 8 });
  const { run: used } = await bench.pursue(summed, day);
  const mine = async () =>
    (await client.datasets.list().page()).items.find(({ name }) => name === 'test-orders');
  await expect.poll(async () => (await mine())?.latest?.by.run, patient).toBe(made.id);
  expect(await mine()).toMatchObject({
    ...{ team: 'lake', partition: ['day', 'shop'], usableBy: ['reports'] },
    producers: ['datasets-loaded'],
    users: ['datasets-summed', 'datasets-summed-at-once'],
  });
  const found = async () => (await client.datasets.partitions('test-orders', { limit: 100 }).page()).items;
  await expect
    .poll(async () => (await found()).find(({ key }) => key === keyOf(day.shop)), patient)
    .toMatchObject({ state: 'made', partition: day, latest: { rows: 8, users: 1 } });
  expect(await client.datasets.partition('test-orders', keyOf(day.shop))).toMatchObject({
    versions: [{ by: { run: made.id, execution: made.execution }, uses: [{ run: used.id }] }],
  });
  const partition = `partition test-orders ${keyOf(day.shop)} ${made.execution}`;
  const edges = [
    { from: `run ${made.execution}`, to: partition, way: 'produces' },
    { from: partition, to: `run ${used.execution}`, way: 'uses' },
  ];
  expect((await client.runs.lineage(used.id, { direction: 'up' })).edges).toEqual(
    expect.arrayContaining(edges),
  );
  const down = await client.runs.lineage(made.id, { direction: 'down' });
  expect(down).toMatchObject({ root: `run ${made.execution}`, truncated: false });
  expect(down.edges).toEqual(expect.arrayContaining(edges));
  expect(await client.runs.lineage(made.id, { direction: 'down', depth: 1 })).toMatchObject({
    truncated: true,
  });
  const goals = await client.goal('datasets-summed').lineage();
  expect(goals.nodes.map(({ id, depth }) => `${depth} ${id}`)).toContain('-2 goal datasets-loaded');
});

test('partitions that follow from the keys of a goal have gaps, which a backfill fills', async () => {
  const client = createClient({ url: gateway.url, retries: 5 });
  const page = () => client.datasets.partitions('test-days', { from: '2026-11-02', limit: 2 }).page();
  await eventually(async () => (await page().catch(() => null)) !== null);
  expect(await page()).toMatchObject({
    of: 'expected',
    expected: { goal: 'datasets-daily', total: 3 },
    items: [{ key: '2026-11-04', state: 'missing', run: 'datasets-daily:2026-11-04' }, { key: '2026-11-03' }],
    fill: { goal: 'datasets-daily', keys: ['2026-11-04', '2026-11-03'] },
  });
  const { fill } = await page();
  const plan = await client.backfills.plan({ goal: fill?.goal ?? '', keys: fill?.keys ?? [] });
  expect(plan.items.map(({ run }) => run)).toEqual([
    'datasets-daily:2026-11-04',
    'datasets-daily:2026-11-03',
  ]);
  const { run } = await bench.pursue(daily, { day: '2026-11-04' });
  await expect
    .poll(async () => (await page()).items[0], patient)
    .toMatchObject({ state: 'made', latest: { by: { run: run.id } } });
  expect((await page()).fill?.keys).toEqual(['2026-11-03']);
});

test('the pages of datasets, of a partition and of a run show what was made and used', async () => {
  const day = { day: '2026-11-21', shop: fresh('s') };
  const { run: made } = await bench.pursue(loaded, { ...day, rows: 8 });
  const { run: used } = await bench.pursue(summed, day);
  const page = async (path: string): Promise<string> => {
    const answer = await fetch(gateway.url + path, { headers: { accept: 'text/html' } });
    return answer.status === 200 ? answer.text() : '';
  };
  const encoded = `2026-11-21~${day.shop}`;
  await expect.poll(() => page('/datasets'), patient).toContain('href="/datasets/test-orders"');
  await expect.poll(() => page('/datasets/test-orders'), patient).toContain(`shop=${day.shop}`);
  await expect.poll(() => page('/datasets/test-days'), patient).toContain('Plan a backfill of the gaps');
  const partition = await page(`/datasets/test-orders/partitions/${encoded}`);
  expect(partition).toContain(`used by <a href="/runs/${encodeURIComponent(used.id)}`);
  expect(await page(`/runs/${encodeURIComponent(used.id)}`)).toMatch(/Lineage[\s\S]*It rests on/);
  expect(await page(`/runs/${encodeURIComponent(made.id)}`)).toMatch(/Lineage[\s\S]*On it rest/);
  // Drawn from left to right: who made it, the partition, who used it; the same as lists.
  const drawn = await page(`/runs/${encodeURIComponent(used.id)}/lineage`);
  expect(drawn).toContain(`${used.id} rests on 2, and 0 rest on it.`);
  const boxes = [...drawn.matchAll(/<title>([^<]*)<\/title><rect x="(\d+)"/g)].map(([, name, x]) => [
    name,
    x,
  ]);
  expect(boxes).toEqual(
    expect.arrayContaining([
      [`${made.id}: achieved`, '1'],
      [expect.stringMatching(/^test-orders .*: partition$/), '271'],
      [`${used.id}: achieved`, '541'],
    ]),
  );
  expect(drawn.match(/class="d-base"/)).not.toBeNull();
  const goal = await page('/goals/datasets-summed/lineage');
  expect(goal).toMatch(/It rests on[\s\S]*href="\/datasets\/test-orders"[\s\S]*used by this goal/);
});

test('the freshness of a dataset is a standing outcome: a run that does not produce it changes nothing', async () => {
  const memoOf = async (goal: string) => {
    const { memo } = await bench.client.workflow.getHandle(standingId(goal)).describe();
    return memo?.[memoNames.standing] as { achievedAt: number | null; run: string | null } | undefined;
  };
  await expect.poll(async () => (await memoOf(keeper.name))?.run, patient).toBe('datasets-keeper:eu');
  const closed = async () => (await bench.story({ workflowId: `${idle.name}:eu` }).catch(() => null))?.run;
  await expect.poll(async () => (await closed())?.outcome, patient).toBe('achieved');
  expect((await memoOf(idle.name))?.achievedAt).toBeNull();
});

test('all gaps of a dataset are filled by one backfill, planned first, also where there are a thousand', async () => {
  const client = createClient({ url: gateway.url, retries: 5 });
  const gaps = (more: object) => client.datasets.partitions('test-many', { limit: 1, ...more }).page();
  await eventually(async () => (await gaps({}).catch(() => null)) !== null);
  // Of the page that is one, of the range as many as a backfill takes.
  expect((await gaps({})).fill).toEqual({ goal: plenty.name, keys: ['2022-12-31'] });
  const { fill, expected } = await gaps({ fill: 'all' });
  expect(expected?.total).toBe(1_096);
  expect([fill?.keys.length, fill?.keys[0], fill?.more]).toEqual([1_000, '2022-12-31', true]);
  const plan = await client.backfills.plan({ goal: plenty.name, keys: fill?.keys ?? [] });
  expect(plan).toMatchObject({
    total: 1_000,
    items: [{ run: `${plenty.name}:2022-12-31`, does: 'run' }, ...plan.items.slice(1)],
  });
  // Nothing has begun by that.
  expect((await gateway.get(`/runs?goal=${plenty.name}`)).body.items).toEqual([]);

  const week = { from: '2020-01-01', to: '2020-01-07' };
  await bench.pursue(plenty, { day: '2020-01-03' });
  const left = async () => (await gaps({ ...week, fill: 'all' })).fill;
  const missing = ['07', '06', '05', '04', '02', '01'].map((day) => `2020-01-${day}`);
  await expect.poll(left, patient).toEqual({ goal: plenty.name, keys: missing });
  const begun = await client.backfills.start({ goal: plenty.name, keys: missing });
  await expect
    .poll(async () => client.backfills.get(begun.id), patient)
    .toMatchObject({ outcome: 'achieved', achieved: 6 });
  await expect.poll(left, patient).toBeNull();
  // The page of the dataset leads to the form, which has the keys, and shows the plan before it starts anything.
  const page = async (path: string) =>
    (await fetch(gateway.url + path, { headers: { accept: 'text/html' } })).text();
  const range = 'from=2020-02-01&amp;to=2020-02-02';
  expect(await page('/datasets/test-many?from=2020-02-01&to=2020-02-02')).toContain(
    `href="/datasets/test-many/fill?${range}"`,
  );
  const form = await page('/datasets/test-many/fill?from=2020-02-01&to=2020-02-02');
  expect(form).toMatch(/2 partitions missing: a backfill of datasets-plenty pursues them/);
  expect(form).toMatch(/2020-02-02[\s\S]*2020-02-01/);
  expect(form).toContain('Show the plan');
  expect(await page('/datasets/test-many/fill?from=2020-01-01&to=2020-01-07')).toContain(
    'No partition is missing.',
  );
});

test('lineage of a run and of a goal is told with no worker up', async () => {
  const day = { day: '2026-11-24', shop: fresh('s') };
  const { run: needs } = await bench.pursue(summedAtOnce, day);
  const { run: used } = await bench.pursue(summed, day);
  await worker.stop();
  const client = createClient({ url: gateway.url, retries: 5 });
  const source = `${loaded.name}:2026-11-24~${day.shop}`;
  const down = async () => {
    const { nodes, edges } = await client.runs.lineage(source, { direction: 'down' });
    const name = (id: string) => nodes.find((node) => node.id === id)?.name;
    return edges.map(({ from, way, to }) => `${name(from)} ${way} ${name(to)}`);
  };
  const part = `test-orders day=2026-11-24, shop=${day.shop}`;
  await expect
    .poll(down, patient)
    .toEqual(
      expect.arrayContaining([
        `${source} needs ${needs.id}`,
        `${source} produces ${part}`,
        `${part} uses ${used.id}`,
        `${part} uses ${needs.id}`,
      ]),
    );
  const up = await client.runs.lineage(used.id, { direction: 'up' });
  expect(up.nodes.map(({ name }) => name)).toEqual(expect.arrayContaining([used.id, part, source]));
  const goal = await client.goal(summed.name).lineage({ direction: 'up' });
  expect(goal.nodes.map(({ name }) => name)).toEqual(
    expect.arrayContaining([summed.name, 'test-orders', loaded.name]),
  );
});
