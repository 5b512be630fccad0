import { type Browser, type BrowserContext, chromium as driver, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishSchedules } from '../../../activities/catalogue/publish-schedules.ts';
import type { PlannedRun } from '../../../goals/wire/backfill.ts';
import type { BulkActMemo, BulkActTerms } from '../../../goals/wire/bulk-act.ts';
import {
  BULK_ACT,
  bulkActId,
  memoNames,
  SCHEDULED,
  SYSTEM_TASK_QUEUE,
  scheduledIdPrefix,
  scheduleId,
} from '../../../goals/wire/names.ts';
import type { ScheduleTerms } from '../../../goals/wire/schedules.ts';
import { chromium } from '../../chromium.ts';
import { ownTemporal } from '../../temporal-address.ts';
import { answered, eventually, gatewayAt, silent, temporalBench, unique } from '../workbench.ts';
import { faultsAsItStands, faultsInForcedColors } from './looks.ts';
import { HOSTILE, HOSTILE_SHOWN, hostileView, recordedGateway, recordedView } from './recorded.ts';
import { complaintsOf, type Expected } from './watched.ts';

let bench: Awaited<ReturnType<typeof temporalBench>>;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let recorded: Awaited<ReturnType<typeof recordedGateway>>;
let browser: Browser;
const goal = unique('fares-in-warehouse');
const failed = `${goal}:2026-11-02`;
let backfill: string;
let taskQueue: string;
const hostile = hostileView();

const VIEWS = {
  failed: '0.1.1-struggling/failed-dependency',
  healed: '0.1.1-struggling/achieved-after-errors',
  criteria: '0.1.1-struggling/failed-criteria',
  asleep: '0.1.1-struggling/failed-deadline-asleep',
  waited: '0.1.9-waits/failed-timeout',
  decided: '0.1.4-approvals/achieved-told',
};

const SCHEDULE: ScheduleTerms = {
  ...{
    name: 'each-morning-before-anybody-is-at-work',
    cron: ['0 5 * * *'],
    every: null,
    timezone: 'Europe/Paris',
  },
  ...{ jitterMs: 0, overlap: 'skip', catchUp: 'last', withinMs: 3_600_000 },
};

const BULK = bulkActId('1'.repeat(24));
const BULK_TERMS: BulkActTerms = {
  ...{ act: 'tag', filter: { goal, outcome: 'failed', since: '24h' }, team: null, total: 40, atOnce: 4 },
  ...{ by: 'ada', reason: `the source ${HOSTILE}`, add: ['incident-42'], remove: ['new'] },
};
const BULK_SO_FAR: BulkActMemo = {
  ...{ done: 12, skipped: 1, failed: 1, stopped: null },
  missed: [
    { run: `${goal}:2026-10-07`, execution: 'e', how: 'skipped', code: 'annotations_full', message: '' },
    { run: `${goal}:2026-10-08`, execution: 'e', how: 'failed', code: 'engine_failed', message: HOSTILE },
  ],
};

const FARES = {
  ...{ name: 'fares', team: 'warehouse', partition: ['day'] },
  description: `One row for each trip, as ${HOSTILE} has it`,
};

beforeAll(async () => {
  // Of its own: a page of what other test files left would be of any size.
  const address = await ownTemporal();
  [bench, gateway] = await Promise.all([temporalBench(address), gatewayAt(address)]);
  const views = [...Object.values(VIEWS).map(recordedView), hostile];
  recorded = await recordedGateway(new Map(views.map((view) => [view.run.id, view])));
  browser = await driver.launch({ executablePath: await chromium(), args: ['--no-sandbox'] });
  const published = await bench.publish(goal, {
    outcome: `The fares are in ${HOSTILE}`,
    needs: [],
    produces: [FARES],
    schedules: [SCHEDULE],
    scheduleKeys: { [SCHEDULE.name]: [{ path: 'day', every: 'day', timezone: 'Europe/Paris', plus: -1 }] },
  });
  for (const name of ['report', 'forecast'])
    await bench.publish(`${goal}-${name}`, { outcome: 'It is written', needs: [goal], uses: [FARES] });
  taskQueue = published.taskQueue;
  await publishSchedules(bench.client, [published], silent);
  for (const day of ['2026-11-01', '2026-11-02', '2026-11-03'])
    expect((await answered(() => gateway.post(`/goals/${goal}/runs`, { input: { day } }))).status).toBe(202);
  await bench.end(taskQueue, `${goal}:2026-11-01`, 'achieved');
  await bench.client.workflow.getHandle(failed).terminate(`the licence has expired ${HOSTILE}`);
  const range = { goal, schedule: SCHEDULE.name, from: '2026-11-01T00:00:00Z', to: '2026-11-03T00:00:00Z' };
  const begun = await answered(() => gateway.post('/backfills', { ...range, by: 'ada', reason: 'anew' }));
  expect(begun.status).toBe(202);
  backfill = begun.body.id;
  await bench.client.workflow.start(BULK_ACT, {
    ...{ workflowId: BULK, taskQueue: SYSTEM_TASK_QUEUE, args: [{}] },
    memo: { [memoNames.bulkActTerms]: BULK_TERMS, [memoNames.bulkAct]: BULK_SO_FAR },
  });
  await eventually(async () => {
    const { body } = await gateway.get(`/runs?goal=${goal}&outcome=failed`);
    return body.items?.length === 1;
  });
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([gateway?.stop(), recorded?.stop(), bench?.close()]);
});

interface Look {
  scheme?: 'light' | 'dark';
  width?: number;
  expected?: readonly Expected[];
}

const contexts = new Map<string, Promise<BrowserContext>>();

/** One for all pages that are looked at alike. */
function contextFor(scheme: 'light' | 'dark', width: number): Promise<BrowserContext> {
  const name = `${scheme} ${width}`;
  const context =
    contexts.get(name) ??
    browser.newContext({
      ...{ colorScheme: scheme, viewport: { width, height: width < 700 ? 844 : 900 } },
      timezoneId: 'Europe/Paris',
    });
  contexts.set(name, context);
  return context;
}

/** Opens a page, and says what its browser complained of. */
async function opened<T>(
  url: string,
  { scheme = 'light', width = 1440, expected = [] }: Look,
  see: (page: Page) => Promise<T>,
) {
  const context = await contextFor(scheme, width);
  const page = await context.newPage();
  try {
    const complaints = await complaintsOf(page, [gateway.url, recorded.url], expected);
    const response = await page.goto(url);
    const bytes = (await response?.body())?.length ?? 0;
    return { seen: await see(page), complaints, bytes, status: response?.status() };
  } finally {
    await page.close();
  }
}

const hostileAt = (): string => `${recorded.url}/runs/${encodeURIComponent(hostile.run.id)}`;
const idOf = (view: string): string => encodeURIComponent(recordedView(view).run.id);

const SCREENS: [name: string, url: () => string, status?: number][] = [
  ['attention', () => `${gateway.url}/`],
  ['goals', () => `${gateway.url}/goals`],
  ['goal', () => `${gateway.url}/goals/${goal}`],
  ['goals-narrow', () => `${gateway.url}/goals?text=${goal}&state=not_reached`],
  ['criterion', () => `${gateway.url}/goals/${goal}/criteria/${encodeURIComponent('rows arrived')}`],
  ['map', () => `${gateway.url}/map?goal=${goal}`],
  ['map-of-team', () => `${gateway.url}/map?team=warehouse`],
  ['runs', () => `${gateway.url}/runs?goal=${goal}`],
  ['run', () => `${gateway.url}/runs/${failed}`],
  ['errors', () => `${gateway.url}/errors`],
  ...['due', 'schedules', 'backfills', 'approvals', 'leases', 'pools', 'alerts', 'operations'].map(
    (name): [string, () => string] => [name, () => `${gateway.url}/${name}`],
  ),
  ['backfill', () => `${gateway.url}/backfills/${encodeURIComponent(backfill)}`],
  ['record', () => `${gateway.url}/runs/${failed}/record`],
  ['error-unknown', () => `${gateway.url}/errors/aaaaaaaaaaaaaaaa`, 404],
  ['keys-of-goal', () => `${gateway.url}/goals/${goal}/keys`],
  ['resume-form', () => `${gateway.url}/runs/${failed}/resume`],
  ['start-form', () => `${gateway.url}/goals/${goal}/runs/new`],
  ['backfill-form', () => `${gateway.url}/backfills/new?goal=${goal}`],
  ['bulk-acts', () => `${gateway.url}/bulk-acts`],
  ['bulk-act', () => `${gateway.url}/bulk-acts/${BULK}`],
  ['bulk-form', () => `${gateway.url}/bulk-acts/new?act=tag&goal=${goal}&outcome=failed`],
  ['keys', () => `${gateway.url}/goals/${goal}/keys?since=30d`],
  ['unknown', () => `${gateway.url}/runs/${goal}:2026-11-0`, 404],
  ['unknown-goal', () => `${gateway.url}/goals/${goal}s`, 404],
  ['unknown-address', () => `${gateway.url}/gaols`, 404],
  ['broken', () => `${recorded.url}/runs/broken`, 500],
  ['docs', () => `${gateway.url}/docs`],
  ['docs-of-route', () => `${gateway.url}/docs?route=startBackfill`],
  ['problem', () => `${gateway.url}/problems/run_achieved`],
  ['datasets', () => `${gateway.url}/datasets`],
  ['dataset', () => `${gateway.url}/datasets/fares`],
  ['lineage', () => `${gateway.url}/goals/${goal}/lineage`],
  ['lineage-of-run', () => `${gateway.url}/runs/${failed}/lineage`],
  ['recoveries', () => `${gateway.url}/recoveries`],
  ['retractions', () => `${gateway.url}/retractions`],
  ['run-failed', () => `${recorded.url}/runs/${idOf(VIEWS.failed)}`],
  ['run-healed', () => `${recorded.url}/runs/${idOf(VIEWS.healed)}`],
  ['run-criteria', () => `${recorded.url}/runs/${idOf(VIEWS.criteria)}`],
  ...(['asleep', 'waited', 'decided'] as const).map((name): [string, () => string] => [
    `run-${name}`,
    () => `${recorded.url}/runs/${idOf(VIEWS[name])}`,
  ]),
  ['run-hostile', () => hostileAt()],
];

/** What is wrong with a page, however it is looked at. */
async function faultsOf(name: string, url: string, expected = 200): Promise<string[]> {
  const look = { expected: expected === 200 ? [] : [expected] };
  const { seen, complaints, bytes, status } = await opened(url, look, async (page) => {
    const headings = await page.locator('h1').count();
    return [
      ...(await faultsAsItStands(page, name)),
      ...(headings === 1 ? [] : [`${headings} h1`]),
      ...(/ · goalkeeper$/.test(await page.title()) ? [] : ['no title']),
    ];
  });
  return [
    ...seen,
    ...complaints,
    ...(status === expected ? [] : [`status ${status}`]),
    ...(bytes < 100_000 ? [] : [`${bytes} bytes`]),
  ];
}

test.each(SCREENS)(
  'the page %s has no fault for axe nor for the browser, on any screen',
  async (name, url, status) => {
    expect(await faultsOf(name, url(), status)).toEqual([]);
  },
);

test.each([
  ['attention', () => `${gateway.url}/`],
  ['goals', () => `${gateway.url}/goals`],
  ['backfill', () => `${gateway.url}/backfills/${encodeURIComponent(backfill)}`],
  ['run-failed', () => `${recorded.url}/runs/${idOf(VIEWS.failed)}`],
  ['run-waited', () => `${recorded.url}/runs/${idOf(VIEWS.waited)}`],
])('the page %s keeps its shapes in forced colours, and nothing in it moves', async (name, url) => {
  const { seen } = await opened(url(), {}, (page) => faultsInForcedColors(page, name));
  expect(seen).toEqual([]);
});

describe('the page of a failed run', () => {
  test('names what stopped it and the way to it in the first 844 px of a phone', async () => {
    const { run } = recordedView(VIEWS.failed);
    const { seen } = await opened(
      `${recorded.url}/runs/${idOf(VIEWS.failed)}`,
      { width: 390 },
      async (page) => {
        const box = await page.locator('.cause').boundingBox();
        return {
          bottom: (box?.y ?? 0) + (box?.height ?? 9999),
          text: (await page.locator('.cause').textContent()) ?? '',
        };
      },
    );
    expect(run.failure?.path.length).toBeGreaterThan(0);
    expect(seen.bottom).toBeLessThan(844 - 56);
    expect(seen.text).toContain(run.failure?.cause?.message);
    for (const step of run.failure?.path ?? []) expect(seen.text).toContain(step);
  });

  test('shows hostile text as text', async () => {
    const { seen } = await opened(`${gateway.url}/runs/${failed}`, {}, async (page) => ({
      title: await page.title(),
      images: await page.locator('img').count(),
      text: (await page.locator('.cause').textContent()) ?? '',
    }));
    expect(seen.title).toContain(failed);
    expect(seen.images).toBe(0);
    expect(seen.text).toContain(HOSTILE_SHOWN);
  });

  test('shows a hostile key, step and megabyte of message as text, cut, and small', async () => {
    const { seen, bytes, complaints } = await opened(hostileAt(), {}, async (page) => ({
      title: await page.title(),
      crumb: await page.locator('.crumbs bdi').textContent(),
      say: (await page.locator('.cause .say').textContent()) ?? '',
      way: await page.locator('.way bdi.last').textContent(),
      hit: await page.locator('.path > li.hit .name a bdi').textContent(),
      criterion: await page.locator('.crit li bdi').first().textContent(),
      loaded: await page.locator('main img, main script').count(),
      turned: (await page.locator('main').textContent())?.match(/[\u202a-\u202e\u2066-\u2069]/g),
    }));
    const [key, step] = [`2026-11-20 ${HOSTILE_SHOWN}`, `load ${HOSTILE_SHOWN}#1`];
    expect(seen).toMatchObject({ crumb: key, way: step, hit: step, criterion: HOSTILE_SHOWN });
    expect(seen).toMatchObject({ loaded: 0, turned: null });
    expect(seen.title).toContain(key);
    expect(seen.say).toMatch(/^<img src=x .*…$/);
    expect(seen.say).toHaveLength(1000);
    expect(bytes).toBeLessThan(100_000);
    expect(complaints).toEqual([]);
  });
});

test('the page of a goal says when its schedule comes next', async () => {
  const { seen } = await opened(`${gateway.url}/goals/${goal}`, {}, async (page) => ({
    outcome: await page.locator('h1').textContent(),
    next: await page
      .locator('section', { has: page.locator('#needs') })
      .locator('time')
      .textContent(),
  }));
  expect(seen.outcome).toBe(`The fares are in ${HOSTILE_SHOWN}`);
  // Temporal tells of what it has just begun a little later.
  expect(seen.next).toMatch(/^in \d+ (h|min|s)$/);
});

test('a healed error is neither red nor first', async () => {
  const { seen } = await opened(`${recorded.url}/runs/${idOf(VIEWS.healed)}`, {}, async (page) => ({
    state: await page.locator('.verdict .state').textContent(),
    red: await page.locator('main .failed, main .d-failed:not(.legend *)').count(),
    healed: await page.locator('.path .d-healed').count(),
    open: await page.locator('#errors').getAttribute('open'),
  }));
  expect(seen.state).toMatch(/^Reached/);
  expect(seen).toMatchObject({ red: 0, open: null });
  expect(seen.healed).toBeGreaterThan(0);
});

describe('an address', () => {
  test('gives JSON to programs and a page to browsers, and says that it depends on who asks', async () => {
    const json = await gateway.get('/goals');
    expect(json.headers.get('content-type')).toMatch(/^application\/json/);
    expect(json.headers.get('vary')).toMatch(/Accept/);
    const page = await fetch(`${gateway.url}/goals`, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.headers.get('vary')).toMatch(/Accept/);
    await eventually(async () => {
      const now = (await gateway.get('/schedules')).headers.get('etag') ?? '';
      const { status } = await fetch(`${gateway.url}/schedules`, { headers: { 'if-none-match': now } });
      return status === 304;
    });
    expect([page.headers.get('cache-control'), page.headers.get('etag')]).toEqual([
      'private, no-cache',
      expect.stringMatching(/^W\//),
    ]);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
  });

  test.each([
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'TEXT/HTML',
    'text/html;q=0.9',
  ])('of a problem is a page for whoever accepts %s', async (accept) => {
    const page = await fetch(`${gateway.url}/problems/run_achieved`, { headers: { accept } });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain('<code>&quot;force&quot;: true</code>');
  });

  test('is JSON for what takes no page', async () => {
    for (const accept of ['*/*', 'text/htmlx', 'text/html;q=0', '']) {
      const { headers } = await fetch(`${gateway.url}/goals`, { headers: { accept } });
      expect(headers.get('content-type')).toMatch(/^application\/json/);
    }
  });

  test('loads a stylesheet and a script that may be kept for good', async () => {
    const text = await (await fetch(`${gateway.url}/goals`, { headers: { accept: 'text/html' } })).text();
    const paths = [...text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
    expect(paths).toHaveLength(2);
    for (const path of paths) {
      const { status, headers } = await fetch(gateway.url + path);
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toMatch(/immutable/);
    }
    expect(text).not.toMatch(/ style=|<style|<script>/);
  });

  test.each([
    ['a goal', () => `/goals/${goal}s`, 404, () => `/goals/${goal}`],
    ['a page of a goal', () => `/goals/${goal}s/keys`, 404, () => `/goals/${goal}/keys`],
    ['a run', () => `/runs/${goal}:2026-11-4`, 404, () => `/runs/${encodeURIComponent(failed)}`],
    ['a run of a goal', () => `/runs/${goal}s:2026-11-02`, 404, () => `/runs/${encodeURIComponent(failed)}`],
    ['a list', () => '/gaols', 404, () => '/goals'],
    ['a route', () => `/run/${failed}`, 404, () => `/runs/${failed}`],
    ['a team', () => '/goals?team=warehous', 200, () => '/goals?team=warehouse'],
    ['runs of a goal', () => `/runs?goal=${goal}s`, 200, () => `/runs?goal=${goal}`],
  ])('of %s that is not there leads to what is near', async (_, path, status, near) => {
    const page = await fetch(gateway.url + path(), { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
    expect(await page.text()).toContain(`<a href="${near()}" data-row`);
  });

  test('of a goal that is not there tells programs which are near, and nothing where none is', async () => {
    expect((await gateway.get(`/goals/${goal}s`)).body).toMatchObject({ code: 'goal_unknown', near: [goal] });
    const { body } = await gateway.get('/goals/zzzzzzzzzz');
    expect(body.code).toBe('goal_unknown');
    expect(body).not.toHaveProperty('near');
  });

  test('says which of its parameters mean nothing to it', async () => {
    const { seen } = await opened(`${gateway.url}/runs?goal=${goal}&colour=red`, {}, (page) =>
      page.locator('.banner').textContent(),
    );
    expect(seen).toContain('colour');
  });

  test('finds a run by its ID', async () => {
    const { seen } = await opened(`${gateway.url}/find?q=${encodeURIComponent(failed)}`, {}, async (page) =>
      page.url(),
    );
    expect(decodeURIComponent(seen)).toBe(`${gateway.url}/runs/${failed}`);
  });
});

test("times are of the reader's zone, once it is known", async () => {
  const { seen } = await opened(`${gateway.url}/goals`, {}, async (page) => {
    await page.reload();
    return page.locator('.bar .pick [aria-current]').textContent();
  });
  expect(seen).toBe('Europe/Paris');
});

test('the page of an act on many runs keeps up by itself until it is over', async () => {
  const id = bulkActId('2'.repeat(24));
  const act = await bench.client.workflow.start(BULK_ACT, {
    ...{ workflowId: id, taskQueue: SYSTEM_TASK_QUEUE, args: [{}] },
    memo: { [memoNames.bulkActTerms]: BULK_TERMS },
  });
  const { seen } = await opened(`${gateway.url}/bulk-acts/${id}`, {}, async (page) => {
    const before = await page.locator('#main .lead').textContent();
    await act.terminate('nobody works on it');
    await page.locator('#main .lead', { hasText: 'Not all done' }).waitFor({ timeout: 60_000 });
    return [before, await page.locator('#main').getAttribute('data-again')];
  });
  expect(seen).toEqual([expect.stringContaining('Under way'), null]);
});

/** Whether a page says that something is on its way. */
const isBusy = (page: Page): Promise<string | null> => page.locator('#main').getAttribute('aria-busy');

test('a page says that it waits for its newer self, or for another page, once that takes longer', async () => {
  const id = bulkActId('3'.repeat(24));
  const act = await bench.client.workflow.start(BULK_ACT, {
    ...{ workflowId: id, taskQueue: SYSTEM_TASK_QUEUE, args: [{}] },
    memo: { [memoNames.bulkActTerms]: BULK_TERMS },
  });
  await opened(`${gateway.url}/bulk-acts/${id}`, {}, async (page) => {
    expect(await isBusy(page)).toBeNull();
    let letOn = () => {};
    const isHeld = new Promise<void>((resolve) => {
      letOn = resolve;
    });
    await page.route('**/bulk-acts/*', async (route) => {
      await isHeld;
      await route.continue();
    });
    await expect.poll(() => isBusy(page)).toBe('true');
    letOn();
    await expect.poll(() => isBusy(page)).toBeNull();
    await act.terminate('nobody works on it');
    await expect.poll(() => page.locator('#main').getAttribute('data-again')).toBeNull();
    // Somebody leaves for another page, which does not come before the one that they leave has said so.
    let letGo = () => {};
    const isSaid = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.exposeFunction('sayIt', () => letGo());
    await page.route('**/goals', async (route) => {
      await isSaid;
      await route.continue();
    });
    await page.evaluate(`
      new MutationObserver(() => sayIt()).observe(document.getElementById('main'), { attributeFilter: ['aria-busy'] });
      document.querySelector('.nav a[href="/goals"]').click();
    `);
    await page.waitForURL(`${gateway.url}/goals`);
    expect(await isBusy(page)).toBeNull();
  });
});

test('the page of a bug of ours says so, and where more of it is', async () => {
  const { seen, status } = await opened(`${recorded.url}/runs/broken`, { expected: [500] }, (page) =>
    page.locator('main').textContent(),
  );
  expect(status).toBe(500);
  expect(seen).toContain('Internal error');
  expect(seen).toContain('The log of the gateway has the error.');
});

describe('a form that is sent', () => {
  /** What the address says was done, once the form was sent. */
  async function send(path: string, typed: Record<string, string>): Promise<string | null> {
    const sent = await posted(path, typed);
    expect([path, sent.status]).toEqual([path, 303]);
    return new URL(sent.headers.get('location') ?? '', gateway.url).searchParams.get('done');
  }
  /** What is shown instead. */
  async function shown(path: string, typed: Record<string, string>): Promise<string> {
    const sent = await posted(path, typed);
    expect([path, sent.status]).toEqual([path, 200]);
    return sent.body;
  }
  /** Sends the form of a page as a browser does: with what is hidden in it, and what somebody typed. */
  async function posted(path: string, typed: Record<string, string>) {
    const page = await answered(async () => {
      const response = await fetch(gateway.url + path, { headers: { accept: 'text/html' } });
      return { status: response.status, headers: response.headers, body: await response.text() };
    });
    expect([path, page.status]).toEqual([path, 200]);
    const kept = [...(page.body as string).matchAll(/<input[^>]* type="hidden"[^>]*>/g)].map(([input]) => [
      / name="([^"]*)"/.exec(input)?.[1] ?? '',
      / value="([^"]*)"/.exec(input)?.[1] ?? '',
    ]);
    return answered(async () => {
      const response = await fetch(
        gateway.url + path.replace(/\?.*/, '') + new URL(path, gateway.url).search,
        {
          method: 'POST',
          redirect: 'manual',
          headers: { accept: 'text/html', origin: gateway.url },
          body: new URLSearchParams([...kept, ...Object.entries({ by: 'ada', ...typed })] as [
            string,
            string,
          ][]),
        },
      );
      return { status: response.status, headers: response.headers, body: await response.text() };
    });
  }
  const body = async (path: string) => (await answered(() => gateway.get(path))).body;
  const soon = { timeout: 60_000, interval: 200 };

  test('steers a schedule', async () => {
    const at = `/schedules/${encodeURIComponent(scheduleId(goal, SCHEDULE.name))}`;
    expect(await send(`${at}/pause`, { reason: 'the source is wrong' })).toBe('paused');
    expect(await body(at)).toMatchObject({
      state: 'paused',
      steered: { by: 'ada', reason: 'the source is wrong' },
    });
    expect(await send(`${at}/unpause`, { reason: 'it is mended' })).toBe('unpaused');
    expect(await body(at)).toMatchObject({ state: 'active' });
    expect(await send(`${at}/trigger`, {})).toBe('triggered');
    const query = `WorkflowType = '${SCHEDULED}' AND WorkflowId STARTS_WITH '${scheduledIdPrefix(goal, SCHEDULE.name)}'`;
    await expect.poll(async () => (await bench.client.workflow.count(query)).count, soon).toBe(1);
  });

  test('starts a backfill once its plan was shown and no sooner, and steers it', async () => {
    const ids = async (): Promise<string[]> =>
      (await body(`/backfills?goal=${goal}`)).items.map(({ id }: { id: string }) => id);
    const before = await ids();
    const form = `/backfills/new?goal=${goal}`;
    const october = { schedule: SCHEDULE.name, from: '2026-10-01T00:00:00Z', to: '2026-10-04T00:00:00Z' };
    /** A worker plans for whoever sends the form and names, as the days of the answer say, what it would do. */
    const planFor = (fields: Record<string, string>, days: readonly string[]): Promise<string> => {
      const items = days.map(
        (day): PlannedRun => ({
          ...{ at: `${day}T04:00:00.000Z`, run: `${goal}:${day}`, does: 'run', input: { day } },
        }),
      );
      return bench.planning(taskQueue, goal, items, shown(form, fields));
    };
    const planIn = (page: string): string => / name="gk-planned" value="([^"]*)"/.exec(page)?.[1] ?? '';
    const buttons = (page: string): string[] => {
      const [, acts = ''] = /<form class="form"[\s\S]*?<div class="acts">([\s\S]*?)<\/div>/.exec(page) ?? [];
      return [...acts.matchAll(/>([^<]+)<\/button>/g)].map(([, words = '']) => words);
    };

    const page = async () => (await fetch(gateway.url + form, { headers: { accept: 'text/html' } })).text();
    await expect.poll(async () => buttons(await page()), soon).toEqual(['Show the plan', 'Show as curl']);
    const three = await planFor(october, ['2026-10-01', '2026-10-02', '2026-10-03']);
    expect(three).toContain('<span class="n">3 times</span>');
    expect(three).toContain(`${goal}:2026-10-02`);
    expect(buttons(three)).toContain('Start the backfill');
    // The plan of one range is none of another.
    const longer = { ...october, to: '2026-10-05T00:00:00Z' };
    expect(await planFor({ ...longer, 'gk-planned': planIn(three) }, ['2026-10-04'])).toContain(
      '<span class="n">1 time</span>',
    );
    expect(await ids()).toEqual(before);

    expect(await send(form, { ...october, reason: 'anew', 'gk-planned': planIn(three) })).toBe('backfilled');
    await expect.poll(async () => (await ids()).length, soon).toBe(before.length + 1);
    const at = `/backfills/${encodeURIComponent((await ids()).find((id) => !before.includes(id)) ?? '')}`;
    for (const [verb, done] of [
      ['pause', 'paused'],
      ['unpause', 'unpaused'],
      ['cancel', 'cancelled'],
    ] as const)
      expect(await send(`${at}/${verb}`, { reason: verb })).toBe(done);
  });

  test('tags the runs of a filter, and stops that', async () => {
    const form = `/bulk-acts/new?act=tag&goal=${goal}`;
    const fields = { act: 'tag', 'filter.goal': goal, add: 'incident-42, late', reason: 'the feed' };
    const before = (await body('/bulk-acts')).items.map(({ id }: { id: string }) => id);
    const planned = await shown(form, fields);
    expect(planned).toContain('<span class="n">3 runs</span>');
    const plan = / name="gk-planned" value="([^"]*)"/.exec(planned)?.[1] ?? '';
    // Of another filter another plan is shown, and nothing is done.
    expect(await shown(form, { ...fields, 'filter.outcome': 'failed', 'gk-planned': plan })).toContain(
      '<span class="n">1 run</span>',
    );
    expect(await send(form, { ...fields, 'gk-planned': plan })).toBe('acting');
    const begun = async () =>
      (await body('/bulk-acts')).items.filter(({ id }: { id: string }) => !before.includes(id));
    await expect.poll(begun, soon).toMatchObject([{ act: 'tag', total: 3, add: ['incident-42', 'late'] }]);
    const [{ id }] = await begun();
    expect(await send(`/bulk-acts/${id}/cancel`, { reason: 'enough' })).toBe('stopped');
  });

  test('pauses a goal, and ends the pause', async () => {
    const at = `/goals/${goal}`;
    expect(await send(`${at}/pause`, { reason: 'holidays' })).toBe('kept');
    expect(await body(at)).toMatchObject({ paused: { by: 'ada', reason: 'holidays' } });
    expect(await send(`${at}/unpause`, { reason: 'over' })).toBe('unpaused');
    expect(await body(at)).toMatchObject({ paused: null });
  });

  test('cancels a run', async () => {
    expect(await send(`/runs/${goal}:2026-11-03/cancel`, { reason: 'not needed' })).toBe('cancelled');
    const events = async () =>
      (await bench.client.workflow.getHandle(`${goal}:2026-11-03`).fetchHistory()).events ?? [];
    expect(
      (await events()).some((event) => event.workflowExecutionCancelRequestedEventAttributes != null),
    ).toBe(true);
  });
});
