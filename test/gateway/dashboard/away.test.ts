// Temporal is cut off while somebody looks: what is said, what is off meanwhile, and that all goes on by itself.

import { type Browser, chromium as driver, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { BackfillTerms } from '../../../goals/wire/backfill.ts';
import { BACKFILL, backfillIdPrefix, memoNames } from '../../../goals/wire/names.ts';
import { TcpProxy } from '../../chaos/tcp-proxy.ts';
import { chromium } from '../../chromium.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { answered, gatewayAt, temporalBench, unique } from '../workbench.ts';
import { faultsAsItStands } from './looks.ts';
import { complaintsOf } from './watched.ts';

const goal = unique('fares-in-warehouse');
const run = `${goal}:2026-11-02`;

const TERMS: BackfillTerms = {
  ...{ goal, schedule: null, stepMs: 86_400_000, input: {}, from: '2026-11-01T00:00:00Z' },
  ...{ to: '2026-11-03T00:00:00Z', atOnce: 1, dryRun: false, by: 'ada', reason: 'anew' },
};

let bench: Awaited<ReturnType<typeof temporalBench>>;
let way: TcpProxy;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let browser: Browser;

beforeAll(async () => {
  way = await TcpProxy.to(temporalAddress);
  [bench, gateway, browser] = await Promise.all([
    temporalBench(temporalAddress),
    gatewayAt(way.address),
    driver.launch({ executablePath: await chromium(), args: ['--no-sandbox'] }),
  ]);
  await bench.publish(goal);
  const started = await answered(() => gateway.post(`/goals/${goal}/runs`, { input: { day: '2026-11-02' } }));
  expect(started.status).toBe(202);
  await bench.client.workflow.start(BACKFILL, {
    ...{ workflowId: `${backfillIdPrefix(goal)}${'0'.repeat(24)}`, taskQueue: unique('nobody'), args: [{}] },
    memo: { [memoNames.backfillTerms]: TERMS },
  });
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  await bench?.close();
  await way?.cut();
});

async function newPage(): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  onTestFinished(() => page.close());
  page.setDefaultTimeout(60_000);
  return { page, complaints: await complaintsOf(page, [gateway.url], [503]) };
}

const isLive = (page: Page) =>
  expect.poll(() => page.locator('#live').getAttribute('data-state')).toBe('live');
const runPath = `/runs/${encodeURIComponent(run)}`;

test.each([
  ['a list', 'list', `/runs?goal=${goal}`, 'Cancel…', true],
  ['a list without a stream', 'rows', '/backfills', 'Pause…', false],
  ['a goal', 'goal', `/goals/${goal}`, 'Pause…', true],
  ['a run', 'run', runPath, 'Cancel…', true],
])(
  '%s that is open says that Temporal is away, does nothing meanwhile, and goes on by itself',
  async (_, name, path, act, hasStream) => {
    const { page, complaints } = await newPage();
    // Whatever leads to a form, be it a button or a link in a row.
    const acts = page.locator('main a', { hasText: '…' });
    await expect
      .poll(async () => (await page.goto(gateway.url + path))?.ok() && (await acts.count()) > 0)
      .toBe(true);
    if (hasStream) await isLive(page);
    const before = await page.locator('h1').textContent();
    await way.cut();
    onTestFinished(() => way.mend());
    await expect
      .poll(() => page.locator('#stale').textContent())
      .toMatch(/^Temporal does not answer\. This is as of \d\d:\d\d:\d\d\.$/);
    // What was known stays in sight.
    expect(await page.locator('h1').textContent()).toBe(before);
    expect(await faultsAsItStands(page, `away-${name}`)).toEqual([]);
    const off = page.locator('main a[aria-disabled=true]');
    expect(await off.count()).toBe(await acts.count());
    await page.getByRole('link', { name: act }).first().focus();
    await page.keyboard.press('Enter');
    await expect
      .poll(() => page.locator('#said').textContent())
      .toMatch(/^Nothing was done\. Temporal does not/);
    expect(page.url()).toBe(gateway.url + path);
    await way.mend();
    if (hasStream) await isLive(page);
    await expect.poll(() => page.locator('#stale').isVisible()).toBe(false);
    expect(await off.count()).toBe(0);
    expect(await page.evaluate('document.activeElement.textContent')).toContain(act);
    await page.keyboard.press('Enter');
    await page.locator('main form[method=post]').waitFor();
    expect(complaints).toEqual([]);
  },
);

test.each([
  ['a list', 'list', `/goals?text=${goal}`, `a[href="/goals/${goal}"]`],
  ['a run', 'run', runPath, '.verdict'],
])(
  '%s that is asked for while Temporal is away says so, and comes by itself once it is back',
  async (_, name, path, shown) => {
    const { page, complaints } = await newPage();
    await way.cut();
    onTestFinished(() => way.mend());
    await expect.poll(async () => (await page.goto(gateway.url + path))?.status()).toBe(503);
    expect(await page.locator('h1').textContent()).toBe('Temporal unavailable');
    expect(await page.locator('main').textContent()).toContain('The page asks again by itself');
    expect(await faultsAsItStands(page, `away-unknown-${name}`)).toEqual([]);
    await page.evaluate('window.isTheSame = true');
    await way.mend();
    await page.locator(`main ${shown}`).first().waitFor();
    expect(await page.evaluate('window.isTheSame')).toBe(true);
    await isLive(page);
    expect(await page.locator('#stale').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
  },
);
