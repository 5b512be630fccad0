// How much a page of a large run is, and how much it asks for: counted, as a clock says nothing on a busy machine.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { itemsPage } from '../../../gateway/dashboard/items-page.tsx';
import { MOST_ROWS } from '../../../gateway/dashboard/path-groups.ts';
import { rowsOf } from '../../../gateway/dashboard/path-rows.ts';
import type { ItemsPart, MapDetails } from '../../../goals/wire/map.ts';
import type { Run, RunError, Step } from '../../../goals/wire/run-view.ts';
import { recordedGateway, recordedView } from './recorded.ts';

const STEPS = 2_000;
const LOST = 50;
const view = recordedView('0.1.1-struggling/achieved-after-errors');
const at = (i: number): string => new Date(Date.UTC(2026, 10, 28) + 1000 * i).toISOString();

const [step] = view.run.steps as [Step];
const steps = Array.from(
  { length: STEPS },
  (_, i): Step => ({
    ...step,
    name: 'load-day',
    path: `load-day#${i + 1}`,
    errors: { ...step.errors, recovered: 1 },
    startedAt: at(i),
    closedAt: at(i + 3),
    attempts: 2,
  }),
);
const [error] = view.errors as [RunError];
const errors = steps.map(
  ({ path }, i): RunError => ({
    ...{ ...error, id: `${path}@1`, step: path, at: at(i + 1), attempt: 1 },
    message: 'no '.repeat(160),
    stack: 'at somewhere\n'.repeat(77),
    details: { upstream: 'x'.repeat(2_000) },
    log: { lines: [{ at: at(i), text: 'y'.repeat(2_000) }], dropped: 3 },
  }),
);
const million: Step = {
  ...{ ...step, path: 'map#1', kind: 'map', attempts: 1, state: 'running', startedAt: at(0), closedAt: null },
  map: {
    ...{ total: 1_000_000, done: 600_000, retrying: 12, lost: 4_000, rate: 900, estimatedEnd: at(9_000) },
    lostItems: Array.from({ length: LOST }, (_, i) => ({
      ...{ path: `map#1/tick#${i + 1}`, code: 'not_found', message: 'no such customer '.repeat(20) },
    })),
  },
};
/** Of 20 jobs of many steps and 180 of few, of which 40 steps failed, and one of these ended the run. */
const mixed = steps.map((one, i): Step => {
  const [name, n] =
    i % 3 === 0 ? [`rare-${(i / 3) % 180}`, Math.floor(i / 540) + 1] : [`common-${i % 20}`, i];
  return { ...one, name, path: `${name}#${n}`, state: i >= 100 && i < 140 ? 'failed' : 'succeeded' };
});
const { failure } = recordedView('0.1.1-struggling/failed-permanent').run;
if (failure?.cause == null) throw new Error('the recorded run has a cause');
const ended: Run = {
  ...{
    ...view.run,
    id: 'mixed:1',
    outcome: 'failed',
    steps: mixed,
    startedAt: at(0),
    closedAt: at(STEPS + 5),
  },
  failure: { ...failure, cause: { ...failure.cause, run: 'mixed:1', step: mixed[120]?.path as string } },
};
const run: Run = { ...view.run, id: 'huge:1', steps, startedAt: at(0), closedAt: at(STEPS + 5) };
const mapped: Run = {
  ...view.run,
  id: 'mapped:1',
  outcome: null,
  state: 'pursuing',
  closedAt: null,
  waiting: [],
};

let gateway: Awaited<ReturnType<typeof recordedGateway>>;
beforeAll(async () => {
  gateway = await recordedGateway(
    new Map([
      ['huge:1', { run, errors }],
      ['plain:1', { run: { ...run, id: 'plain:1' }, errors: [] }],
      ['mixed:1', { run: ended, errors: [] }],
      ['mapped:1', { run: { ...mapped, steps: [million] }, errors: [] }],
    ]),
  );
});
afterAll(() => gateway?.stop());

async function page(path: string) {
  gateway.asked.length = 0;
  const html = await (await fetch(gateway.url + path, { headers: { accept: 'text/html' } })).text();
  return { html, bytes: Buffer.byteLength(html), asked: gateway.asked.length };
}

const drawnRows = (html: string): number => html.match(/class="lane"[^>]*role="img"/g)?.length ?? 0;

test.each(['', '?step=load-day%231000', '?from=901&step=load-day%231000', '?job=load-day&from=1981'])(
  'a run of 2,000 steps, each with an error, is drawn in up to 60 rows, under 100 KB and with few reads: %s',
  async (query) => {
    const { html, bytes, asked } = await page(`/runs/huge:1${query}`);
    expect(drawnRows(html)).toBe(query.includes('1981') ? 20 : query.includes('from') ? MOST_ROWS : 1);
    expect(bytes).toBeLessThan(100_000);
    expect(asked, gateway.asked.join(' ')).toBeLessThanOrEqual(7);
  },
);

test('a long path shows what failed or lasts by itself, the others a row a job, and smaller ones together', async () => {
  const { html, bytes } = await page('/runs/mixed:1');
  const rows = drawnRows(html);
  expect(rows).toBeLessThanOrEqual(MOST_ROWS);
  expect(rows).toBeGreaterThan(50);
  expect(bytes).toBeLessThan(100_000);
  expect(html).toContain('>common-7</bdi>');
  expect(html).toContain(`>${mixed[120]?.path}</bdi>`);
  expect(html).toContain('first true failure');
  expect(html).toMatch(/\d+ other jobs/);
  expect(html).toContain('?only=failed#path"');
  expect(html).toContain('>40 failed</a>');
  const failed = await page('/runs/mixed:1?only=failed');
  expect(drawnRows(failed.html)).toBe(40);
});

/** The paths of the steps that a page has a row of. */
const pathsIn = (html: string): string[] =>
  [...html.matchAll(/<bdi>([a-z-]+(?:-\d+)?#\d+)<\/bdi><\/a>/g)].map(([, path]) => path as string);
const nextIn = (html: string): string | undefined =>
  /href="([^"]+)">Later steps/.exec(html)?.[1]?.replaceAll('&amp;', '&').replace(/#.*/, '');

test('every step of a long path has a row on a page of its own address, from the first to the last', async () => {
  const seen: string[] = [];
  for (let path: string | undefined = '/runs/mixed:1?from=1'; path !== undefined; ) {
    const { html, bytes } = await page(path);
    expect(bytes).toBeLessThan(100_000);
    seen.push(...pathsIn(html));
    path = nextIn(html);
  }
  expect(seen).toEqual(mixed.map(({ path }) => path));
});

test('the ranges of a job lead to all of its steps, and say how those stand', async () => {
  const { html } = await page('/runs/huge:1');
  const ranges = [...html.matchAll(/from=(\d+)#path">\1 to (\d+)<\/a> <small>([^<]*)</g)];
  expect(ranges.map(([, from, to]) => [Number(from), Number(to)])).toEqual(
    Array.from({ length: Math.ceil(STEPS / MOST_ROWS) }, (_, i) => [
      i * MOST_ROWS + 1,
      Math.min(STEPS, (i + 1) * MOST_ROWS),
    ]),
  );
  expect(ranges[0]?.[3]).toBe('all succeeded, 60 errors healed');
  const last = await page('/runs/plain:1?job=load-day&from=1981');
  expect(pathsIn(last.html)).toEqual(steps.slice(1980).map(({ path }) => path));
  expect(nextIn(last.html)).toBeUndefined();
});

test('a place that is none shows that there is no step, and how many there are', async () => {
  const { html } = await page('/runs/plain:1?from=5000');
  expect(html).toContain('none of 2000');
  expect((await page('/runs/plain:1?from=x&job=<b>')).html).not.toContain('<b>');
});

test('each error is looked at once, however many steps there are', () => {
  let looks = 0;
  const counting = errors.map(
    (one) =>
      new Proxy(one, {
        get(target, name) {
          if (name === 'step') looks++;
          return Reflect.get(target, name);
        },
      }),
  );
  expect(rowsOf({ run, errors: counting }, new Map(), 0)).toHaveLength(STEPS);
  expect(looks).toBeLessThanOrEqual(3 * STEPS);
});

test('a map of a million items is one row, under 100 KB and with few reads', async () => {
  const { html, bytes, asked } = await page('/runs/mapped:1');
  expect(html).toContain('600000 of 1000000 items');
  expect(html.match(/class="lane"[^>]*role="img"/g)).toHaveLength(1);
  expect(bytes).toBeLessThan(100_000);
  expect(asked).toBeLessThanOrEqual(6);
});

test('the page of a map draws 200 parts as one path of each kind, and a page of lost items', async () => {
  const part = (i: number): ItemsPart => ({
    ...{ from: 5_000 * i + 1, to: 5_000 * (i + 1), items: 5_000 },
    ...{ done: 4_000, retrying: i % 2, lost: 20 },
  });
  const map: MapDetails = {
    ...{ step: 'map#1', total: 1_000_000, done: 800_000, retrying: 100, lost: 4_000, rate: 900 },
    ...{ estimatedEnd: null, kept: 0, parts: Array.from({ length: 200 }, (_, i) => part(i)) },
    items: (million.map?.lostItems ?? []).map((item) => ({ ...item, message: '<script>'.repeat(500) })),
    ...{ next: 'more', unnamed: 3_900 },
  };
  const { body } = itemsPage('mapped:1', map, { step: 'map#1' }, { now: 0, zone: 'UTC' });
  const html = String(await (body as { toString(): string | Promise<string> }).toString());
  expect(html.match(/<path /g)).toHaveLength(3);
  expect(html).not.toContain('<script>');
  expect(html).toContain('3900 lost items more');
  expect(html).toContain('cursor=more');
  expect(Buffer.byteLength(html)).toBeLessThan(90_000);
});
