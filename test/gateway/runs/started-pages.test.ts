// Lists of many real executions, in a namespace of their own: each page costs Temporal the same, and is small.

import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registerSearchAttributes } from '../../../activities/search-attributes.ts';
import { type Temporal, temporalAt } from '../../../gateway/temporal/temporal.ts';
import { CATALOGUE_ENTRY, catalogueEntryId, memoNames } from '../../../goals/wire/names.ts';
import type { Publication } from '../../../goals/wire/publication.ts';
import { runStart } from '../../../goals/wire/run-start.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { gatewayAt, unique } from '../workbench.ts';

const RUNS = 1_200;
const ROWS = 50;
const AT_ONCE = 40;

const address = temporalAddress;
const namespace = unique('pages');
const [goal, queue] = [unique('paged'), unique('nobody-polls')];
let connection: Connection;
let client: Client;
let temporal: Temporal;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
/** Lists that Temporal was asked for of the goal's runs. */
let lists = 0;

const published = (name: string): Publication => ({
  ...{
    goal: name,
    outcome: 'The day is in the warehouse, and everybody who needs it can read it',
    owner: 'data',
  },
  ...{ team: 'warehouse', key: ['day'], deadlineMs: 7_200_000, criteria: ['rows arrived'] },
  ...{ input: { type: 'object' }, output: { type: 'object' }, jobs: [], needs: [], taskQueue: queue },
  ...{ deployment: 'test', version: 1, retired: false },
});

/** Does it for each number, so many at once. */
async function each(n: number, work: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < n; i = next++) await work(i);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** Returns once it holds, which the time of the hook bounds; what is not there yet may throw until then. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds().catch(() => false))) await pause(500);
}

beforeAll(async () => {
  connection = await Connection.connect({ address });
  client = new Client({ connection, namespace });
  await client.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await until(() => registerSearchAttributes(connection, namespace).then(() => true));
  const real = temporalAt(address, namespace);
  const counting = (service: Parameters<Parameters<Temporal['call']>[0]>[0]) =>
    new Proxy(service, {
      get(of, name) {
        const value = Reflect.get(of, name);
        if (typeof value !== 'function') return value;
        if (name !== 'listWorkflowExecutions') return value.bind(of);
        return (asked: { query?: string }) => {
          if (asked.query?.includes(goal)) lists++;
          return value.call(of, asked);
        };
      },
    });
  temporal = { ...real, call: (make, ms) => real.call((service) => make(counting(service)), ms) };
  gateway = await gatewayAt(address, namespace, undefined, undefined, [], { temporal });
  const goals = [goal, ...Array.from({ length: ROWS - 1 }, (_, i) => `${goal}-${i}`)];
  await each(goals.length, (i) => {
    const publication = published(goals[i] as string);
    return client.workflow.start(CATALOGUE_ENTRY, {
      ...{ workflowId: catalogueEntryId(publication.goal), taskQueue: queue, args: [publication] },
      memo: { [memoNames.publication]: publication },
    });
  });
  const why = { kind: 'request', at: new Date().toISOString(), by: null, reason: null, ref: null } as const;
  await each(RUNS, (i) => {
    const input = { day: String(i) };
    const start = runStart({ ...published(goal), name: goal }, input, why);
    return client.workflow.start(goal, { ...start, taskQueue: queue, args: [input] });
  });
  const count = async (query: string): Promise<number> => (await client.workflow.count(query)).count;
  await until(async () => (await count(`WorkflowType = '${goal}'`)) === RUNS);
  await until(async () => (await count(`WorkflowType = '${CATALOGUE_ENTRY}'`)) === ROWS);
  // Once it has a row, the gateway knows of the goal.
  await until(async () => (await gateway.get(`/runs/rows?goal=${goal}&limit=1`)).body?.items?.length === 1);
}, 600_000);
afterAll(async () => {
  await gateway?.stop();
  await temporal?.close();
  await connection?.close();
});

/** What a gateway answers, and how many lists that took; asked again where Temporal is too slow. */
async function read(path: string, accept: string): Promise<{ text: string; lists: number }> {
  for (;;) {
    lists = 0;
    const response = await fetch(gateway.url + path, { headers: { accept } });
    const text = await response.text();
    if (response.status === 503) continue;
    expect([path, response.status]).toEqual([path, 200]);
    return { text, lists };
  }
}

/** Walks all pages: what is on each, and what it cost. */
async function walk(
  first: string,
  accept: string,
  take: (text: string) => { ids: string[]; next: string | null },
) {
  const pages: { ids: string[]; lists: number; bytes: number }[] = [];
  for (let path: string | null = first; path !== null; ) {
    const { text, lists } = await read(path, accept);
    const { ids, next } = take(text);
    pages.push({ ids, lists, bytes: Buffer.byteLength(text) });
    path = next;
  }
  return pages;
}

const cursorOn = (path: string, next: string | null): string | null =>
  next === null ? null : `${path}&cursor=${encodeURIComponent(next)}`;

const json = (path: string) =>
  walk(path, 'application/json', (text) => {
    const { items, next } = JSON.parse(text);
    return { ids: items.map(({ id }: { id: string }) => id), next: cursorOn(path, next) };
  });

const html = (path: string) =>
  walk(path, 'text/html', (text) => ({
    ids: [...text.matchAll(/href="\/runs\/([^"/?#]+)" data-row/g)].map(([, id]) =>
      decodeURIComponent(id as string),
    ),
    next: /class="b" href="(\/runs\?[^"]*cursor=[^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? null,
  }));

test.each([
  ['rows', () => json(`/runs/rows?goal=${goal}&limit=${ROWS}`)],
  ['the screen of runs', () => html(`/runs?goal=${goal}`)],
])(
  'of 1,200 real runs each comes once, in pages that are full, small, and cost one list each: %s',
  { timeout: 600_000 },
  async (_, walked) => {
    const pages = await walked();
    const ids = pages.flatMap((page) => page.ids);
    expect(ids.toSorted()).toEqual(Array.from({ length: RUNS }, (_, i) => `${goal}:${i}`).toSorted());
    for (const page of pages.slice(0, -1)) expect(page.ids).toHaveLength(ROWS);
    // A page that was too slow for its first reader may have been read by the time it is asked for again.
    expect(Math.max(...pages.map(({ lists }) => lists))).toBe(1);
    for (const { bytes } of pages) expect(bytes).toBeLessThan(100_000);
  },
);

test('the page of 50 goals is under 100 KB', { timeout: 120_000 }, async () => {
  const { text } = await read('/goals', 'text/html');
  expect(text.match(/ data-row/g)).toHaveLength(ROWS);
  expect(Buffer.byteLength(text)).toBeLessThan(100_000);
});
