// The lists of the dashboard over real HTTP and a Temporal of their own: nothing of them is cut without a word.

import { randomBytes } from 'node:crypto';
import { chromium as driver } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { earlierQuery } from '../../../gateway/temporal/trouble-query.ts';
import type { Question } from '../../../goals/wire/approvals.ts';
import type { BackfillTerms } from '../../../goals/wire/backfill.ts';
import { type LeaseMemo, leaseId } from '../../../goals/wire/lease.ts';
import {
  askedMemo,
  BACKFILL,
  backfillIdPrefix,
  LEASE,
  memoNames,
  searchAttributes,
} from '../../../goals/wire/names.ts';
import { chromium } from '../../chromium.ts';
import { ownTemporal } from '../../temporal-address.ts';
import { gatewayAt, temporalBench, unique } from '../workbench.ts';

let bench: Awaited<ReturnType<typeof temporalBench>>;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
const goal = unique('fares-in-warehouse');
let taskQueue: string;
/** Calls of Temporal. */
let asked = 0;

beforeAll(async () => {
  // Of its own: these lists have what all test files left.
  const address = await ownTemporal();
  bench = await temporalBench(address);
  gateway = await gatewayAt(address, 'default', () => asked++);
  ({ taskQueue } = await bench.publish(goal));
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

/** A page as text, once it is answered. */
async function shown(path: string): Promise<string> {
  const page = await fetch(gateway.url + path, { headers: { accept: 'text/html' } });
  return page.text();
}

/** The address of the next page; null where there is none. */
function nextIn(html: string): string | null {
  const [, href] = /<p class="foot">.*?<a class="b" href="([^"]+)"/s.exec(html) ?? [];
  return href?.replaceAll('&amp;', '&') ?? null;
}

/** All that is found on a page and those after it, page by page. */
async function onPages(path: string, found: RegExp): Promise<string[][]> {
  const pages: string[][] = [];
  for (let next: string | null = path; next !== null; ) {
    const html = await shown(next);
    pages.push([...html.matchAll(found)].map(([, one]) => one ?? ''));
    next = nextIn(html);
  }
  return pages;
}

const keyword = (name: string, value: string) => ({
  key: { name, type: 'KEYWORD' as const },
  value,
});

const QUESTION: Question = {
  ...{ kind: 'approval', name: 'sign-off', show: 'The fares?', by: [], expires: null, schema: null },
};

/** Runs that wait, as Temporal lists them. */
const waiting = (keys: readonly string[], memo: Record<string, unknown>) =>
  Promise.all(
    keys.map((key) =>
      bench.client.workflow.start(goal, {
        ...{ workflowId: `${goal}:${key}`, taskQueue, args: [{}], memo },
        typedSearchAttributes: [
          keyword(searchAttributes.owner, 'data'),
          keyword(searchAttributes.team, 'warehouse'),
          keyword(searchAttributes.state, 'waiting'),
        ],
      }),
    ),
  );

const fingerprintOf = (): string => randomBytes(8).toString('hex');

const keysOf = (n: number, prefix: string): string[] =>
  Array.from({ length: n }, (_, i) => `${prefix}-${String(i).padStart(3, '0')}`);

test('what is to be decided is found behind any number of runs that wait for events, page by page', async () => {
  const asking = keysOf(55, 'asks');
  await waiting(asking, { [askedMemo('sign-off#1')]: QUESTION });
  await waiting(keysOf(300, 'awaits'), {});
  await expect
    .poll(async () => (await bench.client.workflow.count(`${searchAttributes.state} = 'waiting'`)).count)
    .toBe(355);
  const pages = await onPages('/approvals', /<bdi class="mono">((?:asks|awaits)-\d+)<\/bdi>/g);
  expect(pages.map(({ length }) => length)).toEqual([50, 5]);
  expect(pages.flat().toSorted()).toEqual(asking);
  expect(await shown('/approvals')).toContain('50 runs wait for a person, and perhaps more.');
  const page = await shown('/approvals');
  expect(page).toContain('data-live="/runs/events?state=asking"');
});

test('what a trouble did before a window is found by what runs met, and by what ended them', async () => {
  const met = [fingerprintOf(), fingerprintOf()];
  const cause = fingerprintOf();
  const handle = await bench.client.workflow.start(goal, {
    ...{ workflowId: `${goal}:hurt`, taskQueue, args: [{}] },
    typedSearchAttributes: [
      keyword(searchAttributes.owner, 'data'),
      keyword(searchAttributes.cause, cause),
      { key: { name: searchAttributes.fingerprints, type: 'KEYWORD_LIST' as const }, value: met },
    ],
  });
  await handle.terminate();
  const found = async (fingerprints: string[], minutes: number): Promise<number> => {
    const before = new Date(Date.now() + minutes * 60_000).toISOString();
    return (await bench.client.workflow.count(earlierQuery({ before, fingerprints }, []))).count;
  };
  await expect.poll(() => found([fingerprintOf(), met[1] ?? ''], 60)).toBe(1);
  expect(await found([cause, fingerprintOf()], 60)).toBe(1);
  expect(await found([fingerprintOf()], 60)).toBe(0);
  expect(await found([cause, ...met], -60)).toBe(0);
});

test('the page of errors says by what it is narrowed, and takes it away', async () => {
  const html = await shown(`/errors?window=7d&goal=${goal}&team=warehouse`);
  expect(html).toMatch(
    new RegExp(`<a href="/errors\\?window=7d&amp;team=warehouse">goal: <bdi>${goal}</bdi> ✕</a>`),
  );
  expect(html).toMatch(
    new RegExp(`<a href="/errors\\?window=7d&amp;goal=${goal}">team: <bdi>warehouse</bdi> ✕</a>`),
  );
});

const TERMS: BackfillTerms = {
  ...{ goal, schedule: null, stepMs: 86_400_000, input: {}, from: '2026-11-01T00:00:00Z' },
  ...{ to: '2026-11-03T00:00:00Z', atOnce: 1, dryRun: false, by: 'ada', reason: 'anew' },
};

const backfilled = (of: string) =>
  bench.client.workflow.start(BACKFILL, {
    ...{ workflowId: `${backfillIdPrefix(of)}${randomBytes(12).toString('hex')}`, taskQueue, args: [{}] },
    memo: { [memoNames.backfillTerms]: { ...TERMS, goal: of } },
  });

const BACKFILLS = /<a href="\/backfills\/([^"]+)" data-row/g;

test('backfills are listed to the last, and those of a goal by themselves', async () => {
  const other = unique('other-fares');
  await Promise.all([...Array.from({ length: 55 }, () => backfilled(goal)), backfilled(other)]);
  await expect
    .poll(async () => (await bench.client.workflow.count(`WorkflowType = '${BACKFILL}'`)).count)
    .toBe(56);
  const all = await onPages('/backfills', BACKFILLS);
  expect(all.map(({ length }) => length)).toEqual([50, 6]);
  expect(new Set(all.flat()).size).toBe(56);
  expect((await onPages(`/backfills?goal=${goal}`, BACKFILLS)).map(({ length }) => length)).toEqual([50, 5]);
  expect(await shown(`/backfills?goal=${goal}`)).toContain(
    `<a href="/backfills">goal: <bdi>${goal}</bdi> ✕</a>`,
  );
  expect((await onPages(`/backfills?goal=${other}`, BACKFILLS)).flat()).toHaveLength(1);
});

const leased = (key: string) => {
  const memo: LeaseMemo = {
    ...{ run: `${goal}:${key}`, execution: 'e', step: 'drop-schema#1', goal, owner: 'data' },
    ...{ team: 'warehouse', job: 'drop-schema', name: key, expiresAt: '2030-11-30T00:00:00.000Z' },
  };
  return bench.client.workflow.start(LEASE, {
    ...{ workflowId: leaseId(memo.run, memo.job, key), taskQueue },
    memo: { [memoNames.lease]: memo },
    typedSearchAttributes: [
      keyword(searchAttributes.team, 'warehouse'),
      keyword(searchAttributes.state, 'stuck'),
    ],
  });
};

test('leases are listed to the last, and the overview does not take a page for all', async () => {
  const keys = keysOf(53, 'leased');
  await Promise.all(keys.map(leased));
  await expect
    .poll(async () => (await bench.client.workflow.count(`WorkflowType = '${LEASE}'`)).count)
    .toBe(53);
  const pages = await onPages('/leases?state=stuck', /<bdi>(leased-\d+)<\/bdi>/g);
  expect(pages.map(({ length }) => length)).toEqual([50, 3]);
  expect(pages.flat().toSorted()).toEqual(keys);
  expect(await shown('/leases')).toContain('50 of 50 leases on this page are stuck.');
  expect(await shown('/operations')).toContain('at least 50 stuck teardowns');
});

test.each(['/errors', '/schedules', '/backfills', '/leases', '/alerts', '/approvals'])(
  'the page %s is asked for again by itself, or told of changes by a stream',
  async (path) => {
    expect(await shown(path)).toMatch(/<main [^>]*data-(?:again="10"|live="\/runs\/events)/);
  },
);

test('a list without a stream has what is new by itself, and what is seen of it stays', async () => {
  const own = unique('live-fares');
  const browser = await driver.launch({ executablePath: await chromium(), args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.goto(`${gateway.url}/backfills?goal=${own}`);
    await page.locator('h1', { hasText: 'No backfill fits.' }).waitFor();
    await page.evaluate("window.notLoadedAgain = true; document.querySelector('.tabs a').focus()");
    const { workflowId } = await backfilled(own);
    await page.locator(`a[href="/backfills/${encodeURIComponent(workflowId)}"]`).waitFor({ timeout: 60_000 });
    await bench.client.workflow.getHandle(workflowId).terminate('nobody works on it');
    await page.locator('h1', { hasText: '1 backfill, none under way.' }).waitFor({ timeout: 60_000 });
    expect(await page.evaluate("[window.notLoadedAgain, document.activeElement.matches('.tabs a')]")).toEqual(
      [true, true],
    );
  } finally {
    await browser.close();
  }
});

test('many who look at leases and schedules at once ask Temporal little more than one does', async () => {
  const viewers = 40;
  const keys = keysOf(20, 'seen');
  await Promise.all(keys.map(leased));
  await expect
    .poll(async () =>
      (await gateway.get('/leases?limit=20')).body.items.map(({ name }: LeaseMemo) => name).sort(),
    )
    .toEqual(keys);
  const cost = async (path: string): Promise<number> => {
    const before = asked;
    const answers = await Promise.all(Array.from({ length: viewers }, () => gateway.get(path)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    return asked - before;
  };
  expect(await cost('/leases?limit=20')).toBeLessThan((viewers * keys.length) / 2);
  expect(await cost('/schedules')).toBeLessThan(viewers / 2);
});
