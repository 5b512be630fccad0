// Three thousand light runs of one host, in lists, counts and grids of keys, with no worker up. On a server of its own: what a gateway
// asks beside, of every goal that there is, would count.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bind } from 'goalkeeper/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish } from '../../../goals/publish.ts';
import { aboutGoal, parseLightExecution } from '../../../goals/wire/light.ts';
import { LIGHT_HOST, lightHostId } from '../../../goals/wire/names.ts';
import { type StartResult, startRun } from '../../../process/start-run.ts';
import { Workbench } from '../../engine/workbench.ts';
import { ownTemporal } from '../../temporal-address.ts';
import { answered, askingAt, eventually, gatewayAt } from '../workbench.ts';
import goals, { listed, listMark, REGIONS } from './goals.ts';

const DAYS = 30;
/** Executions of the host are so short, so that there are several. */
const FULL_AFTER = 1_000;
const day = (n: number): string => `2026-01-${String(n + 1).padStart(2, '0')}`;
/** The last key is a gap; each 500th run met an error that healed. */
const inputs = Array.from({ length: DAYS * REGIONS.length - 1 }, (_, i) => ({
  day: day(Math.floor(i / REGIONS.length)),
  region: REGIONS[i % REGIONS.length] as string,
  ...(i % 500 === 7 ? { fails: true } : {}),
}));

let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let calls = 0;
const runs: StartResult[] = [];

const asked = (input: object, more: object = {}) =>
  startRun(
    { client: bench.client, call: (make) => make(bench.client.workflowService) },
    {
      publication: publish(listed, { taskQueue: bench.taskQueue, deployment: bench.taskQueue, version: 1 }),
      input,
      why: { kind: 'request', at: new Date().toISOString(), by: null, reason: null, ref: null },
      ...more,
    },
  );

beforeAll(async () => {
  const address = await ownTemporal();
  bench = await Workbench.open(address);
  const job = bind(listMark, ({ fails }, { attempt }) => {
    if (fails && attempt === 1) throw Object.assign(new Error('upstream said no'), { code: 'said_no' });
    return null;
  });
  const goalsModule = join(fileURLToPath(new URL('./', import.meta.url)), 'goals.ts');
  const worker = await bench.worker(goalsModule, goals, [job]);
  const host = { gk: 1, goal: listed.name, about: aboutGoal(listed), n: 0, hosts: 1, earlier: null };
  await bench.client.workflow.start(LIGHT_HOST, {
    workflowId: lightHostId(listed.name, 0),
    taskQueue: bench.taskQueue,
    args: [{ ...host, fullAfter: FULL_AFTER, plainMs: 10_000 }],
  });
  for (let at = 0; at < inputs.length; at += 500)
    runs.push(...(await Promise.all(inputs.slice(at, at + 500).map((input) => asked(input)))));
  // On a busy machine some were slow.
  for (const { id, execution } of runs)
    if (parseLightExecution(execution) === null) await bench.client.workflow.getHandle(id).result();
  await worker.stop();
  gateway = await gatewayAt(address, 'default', () => calls++);
  // Visibility lags behind, and the catalogue.
  await eventually(async () => (await rowsOf('&limit=1&count=true')).count === inputs.length);
}, 240_000);
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

const rowsOf = async (more: string) => (await gateway.get(`/runs/rows?goal=${listed.name}${more}`)).body;

interface Item {
  id: string;
  execution: string;
  closedAt: string;
}

/** All pages of a list, and the most calls that one of them took. */
async function pagesOf(path: string): Promise<{ items: Item[]; most: number }> {
  const asking = askingAt(gateway.url);
  const items: Item[] = [];
  let most = 0;
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = `${path}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    // On a busy machine Temporal may be too slow at first.
    const { status, body } = await answered(() => {
      calls = 0;
      return asking.get(page);
    });
    expect(status).toBe(200);
    most = Math.max(most, calls);
    items.push(...body.items);
    cursor = body.next;
  }
  return { items, most };
}

test('light-rows.1, joined-pages.1: lists have each run once, from the one that closed last, by bounded reads', async () => {
  const { items, most } = await pagesOf(`/runs/rows?goal=${listed.name}&limit=100`);
  expect(items.map(({ execution }) => execution).sort()).toEqual(
    runs.map(({ execution }) => execution).sort(),
  );
  const times = items.map(({ closedAt }) => closedAt);
  expect(times).toEqual([...times].sort().reverse());
  // Each page of histories once: three executions, and what is asked of each page beside.
  expect(most).toBeLessThan(40);
  const isLight = items.filter(({ execution }) => parseLightExecution(execution) !== null);
  expect(isLight.length).toBeGreaterThan(DAYS * REGIONS.length * 0.5);
  const hosts = new Set(isLight.map(({ execution }) => parseLightExecution(execution)?.host));
  expect(hosts.size).toBeGreaterThan(1);
});

test('the filters of lists, and their counts', async () => {
  const light = runs.find(({ execution }) => parseLightExecution(execution) !== null) as StartResult;
  const [, key = ''] = light.id.split(':');
  const [row] = (await rowsOf(`&key=${key}`)).items;
  expect(row).toMatchObject({
    id: light.id,
    execution: light.execution,
    outcome: 'achieved',
    team: 'light-figures',
  });
  expect((await rowsOf(`&keyPrefix=${day(3)}~&limit=100&count=true`)).items).toHaveLength(REGIONS.length);
  expect((await rowsOf('&outcome=failed&count=true')).items).toEqual([]);
  const tagged = await pagesOf(`/runs/rows?goal=${listed.name}&tag=region:${REGIONS[5]}&limit=100`);
  expect(tagged.items.map(({ id }) => id).sort()).toEqual(
    Array.from({ length: DAYS }, (_, n) => `${listed.name}:${day(n)}~${REGIONS[5]}`),
  );
  expect((await gateway.get(`/runs/rows?team=light-figures&limit=10`)).body.items).toHaveLength(10);
  expect((await rowsOf('&since=2020-01-01T00:00:00Z&limit=1&count=true')).count).toBe(inputs.length);
  expect((await rowsOf(`&since=${new Date(Date.now() + 60_000).toISOString()}&count=true`)).count).toBe(0);
});

test('tags and notes of a light run live beside it, and lists find it by them', async () => {
  const at = runs.findIndex(({ execution }) => parseLightExecution(execution) !== null);
  const { id, execution } = runs[at] as StartResult;
  const tagged = await gateway.post(`/runs/${id}/tags`, { add: ['looked-at'], by: 'ada' });
  expect(tagged).toMatchObject({
    status: 200,
    body: { execution, tags: expect.arrayContaining(['looked-at']) },
  });
  await gateway.post(`/runs/${id}/notes`, { text: 'the figures were checked', by: 'ada' });
  expect((await gateway.get(`/runs/${id}`)).body).toMatchObject({
    tags: expect.arrayContaining(['looked-at']),
    notes: [{ text: 'the figures were checked', by: 'ada' }],
  });
  await eventually(async () => (await rowsOf('&tag=looked-at')).items.length === 1);
  expect((await rowsOf('&tag=looked-at')).items).toMatchObject([{ id, execution }]);
  const own = await pagesOf(`/runs/rows?goal=${listed.name}&tag=region:${inputs[at]?.region}&limit=10`);
  expect(own.items.map((item) => item.id).filter((one) => one === id)).toEqual([id]);
});

test('records come oldest first, and go on where an answer ended', async () => {
  const ofRecords = async (more: string) => {
    const answer = await fetch(`${gateway.url}/records?goal=${listed.name}&limit=60${more}`);
    return (await answer.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  };
  const first = await ofRecords('&since=2020-01-01T00:00:00Z');
  const note = first.pop();
  expect(note).toMatchObject({ note: 'truncated', reason: 'limit' });
  const second = await ofRecords(`&since=${note.next.since}&after=${note.next.after}`);
  second.pop();
  const told = [...first, ...second];
  expect(new Set(told.map(({ execution }: Item) => execution)).size).toBe(120);
  const times = told.map(({ outcome }) => outcome.closedAt);
  expect(times).toEqual([...times].sort());
  expect(told.some(({ execution }: Item) => parseLightExecution(execution) !== null)).toBe(true);
});

test('runs with what their histories tell', async () => {
  const { body } = await gateway.get(`/runs?goal=${listed.name}&limit=20`);
  expect(body.items).toHaveLength(20);
  expect(new Set(body.items.map(({ outcome }: { outcome: string }) => outcome))).toEqual(
    new Set(['achieved']),
  );
});

test('the track record of the goal, and one of its criteria over time', async () => {
  const { body } = await gateway.get(`/goals/${listed.name}?window=24h`);
  expect(body.record).toMatchObject({ achieved: inputs.length, failed: 0 });
  expect(body.recent).toHaveLength(30);
  const { items } = (await gateway.get(`/goals/${listed.name}/criteria/rows%20arrived?limit=60`)).body;
  expect(items).toHaveLength(60);
  expect(items.every(({ met }: { met: boolean }) => met)).toBe(true);
});

test('goal-keys.1: the grid of keys has them, and the gap', async () => {
  const last = day(DAYS - 1);
  const path = `/goals/${listed.name}/keys?part=day&from=${last}&to=${last}`;
  calls = 0;
  const { body } = await gateway.get(`${path}&limit=100`);
  expect(calls).toBeLessThan(40);
  expect(body.totals.keys).toMatchObject({ achieved: REGIONS.length - 1, missing: 1 });
  expect(body.totals.executions).toMatchObject({ achieved: REGIONS.length - 1 });
  const known = new Map(runs.map(({ id, execution }) => [id, execution]));
  for (const { run, execution } of body.items) expect(execution).toBe(known.get(run) ?? null);
  const found = await pagesOf(`/goals/${listed.name}/keys?of=found&limit=500`);
  expect(new Set(found.items.map((item) => (item as unknown as { key: string }).key)).size).toBe(
    inputs.length,
  );
});

test('errors that healed in light runs are counted as healed', async () => {
  const { items, truncated } = (await gateway.get(`/errors?goal=${listed.name}`)).body;
  expect(truncated).toBe(false);
  // One that was slow met its error as an ordinary run, or none.
  const failing = runs.filter(
    ({ execution }, i) => inputs[i]?.fails && parseLightExecution(execution) !== null,
  );
  expect(failing.length).toBeGreaterThan(0);
  expect(items).toMatchObject([{ code: 'said_no', failedRuns: 0, openRuns: 0 }]);
  const [{ fingerprint, healedRuns }] = items;
  expect(healedRuns).toBeGreaterThanOrEqual(failing.length);
  const hurt = (await rowsOf(`&fingerprint=${fingerprint}`)).items.map(({ execution }: Item) => execution);
  expect(hurt).toEqual(expect.arrayContaining(failing.map(({ execution }) => execution)));
});

test('what triggered light runs finds them, and nothing else does', async () => {
  const { items, next } = await rowsOf('&why=request&limit=5');
  expect(items).toHaveLength(5);
  expect(next).not.toBeNull();
  expect((await rowsOf('&why=schedule')).items).toEqual([]);
});
