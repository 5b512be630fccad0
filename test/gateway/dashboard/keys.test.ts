// Each key that `?` lists, pressed in a real browser: what it says is what happens.

import { type Browser, type BrowserContext, chromium as driver, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { chromium } from '../../chromium.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { answered, eventually, gatewayAt, temporalBench, unique } from '../workbench.ts';

/** A slow machine is not a fault. */
const soon = { timeout: 60_000 };
const goal = unique('keyed');
const days = ['2026-11-01', '2026-11-02', '2026-11-03'] as const;
const failed = `${goal}:${days[0]}`;
const list = `/runs?goal=${goal}`;

let bench: Awaited<ReturnType<typeof temporalBench>>;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  const address = temporalAddress;
  [bench, gateway, browser] = await Promise.all([
    temporalBench(address),
    gatewayAt(address),
    driver.launch({ executablePath: await chromium(), args: ['--no-sandbox'] }),
  ]);
  context = await browser.newContext({
    ...{ timezoneId: 'Europe/Paris', permissions: ['clipboard-read', 'clipboard-write'] },
    viewport: { width: 1280, height: 900 },
  });
  await bench.publish(goal);
  for (const day of days) await begin(day);
  await bench.client.workflow.getHandle(failed).terminate('the licence has expired');
  await eventually(async () => (await gateway.get(`${list}&outcome=failed`)).body.items?.length === 1);
  await eventually(async () => (await gateway.get(list)).body.items?.length === days.length);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  await bench?.close();
});

async function begin(day: string): Promise<void> {
  const { status } = await answered(() => gateway.post(`/goals/${goal}/runs`, { input: { day } }));
  expect(status).toBe(202);
}

const runPath = (day: string): string => `/runs/${encodeURIComponent(`${goal}:${day}`)}`;

/** A page on which the script has run: keys are taken from then on. */
async function opened(path: string): Promise<Page> {
  const page = await context.newPage();
  onTestFinished(() => page.close());
  page.setDefaultTimeout(soon.timeout);
  for (;;) if ((await page.goto(gateway.url + path))?.status() !== 503) break;
  await page.locator('html.js').waitFor();
  return page;
}
const press = async (page: Page, ...keys: string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
};
const isAt = (page: Page, path: string) =>
  expect.poll(() => page.url().slice(gateway.url.length), soon).toBe(path);
const focused = (page: Page): Promise<string | null> =>
  page.evaluate('document.activeElement.getAttribute("href")');
const copied = (page: Page) => expect.poll(() => page.evaluate('navigator.clipboard.readText()'), soon);
const row = (page: Page, day: string) => page.locator(`[data-row][href="${runPath(day)}"]`);
const hrefs = (page: Page): Promise<(string | null)[]> =>
  page.locator('[data-row]').evaluateAll((all) => all.map((one) => one.getAttribute('href')));

/** By the key as the dialog has it: all that is pressed for it, and what is seen then. */
const KEYS: Readonly<Record<string, () => Promise<void>>> = {
  async '/'() {
    const page = await opened('/pools');
    await press(page, '/');
    expect(await page.evaluate('document.activeElement.id')).toBe('q');
  },
  async 'g a'() {
    const page = await opened('/pools');
    for (const [key, path] of [
      ['a', '/'],
      ['g', '/goals'],
      ['r', '/runs'],
      ['e', '/errors'],
      ['t', '/schedules'],
      ['o', '/operations'],
    ] as const) {
      await press(page, 'g', key);
      await isAt(page, path);
      await page.locator('html.js').waitFor();
    }
  },
  async j() {
    const page = await opened(list);
    const [first, second] = await hrefs(page);
    await press(page, 'j');
    expect(await focused(page)).toBe(first);
    await press(page, 'j');
    expect(await focused(page)).toBe(second);
    await press(page, 'k');
    expect(await focused(page)).toBe(first);
    // Before the first there is none.
    await press(page, 'k');
    expect(await focused(page)).toBe(first);
  },
  async Enter() {
    const page = await opened(list);
    const [first] = await hrefs(page);
    await press(page, 'j', 'Enter');
    await isAt(page, first ?? '');
  },
  async x() {
    const page = await opened(runPath(days[0]));
    const isOpen = () => page.evaluate('document.querySelector("main details").open');
    const before = await isOpen();
    await press(page, 'x');
    expect(await isOpen()).toBe(!before);
    await press(page, 'x');
    expect(await isOpen()).toBe(before);
  },
  async '.'() {
    const page = await opened(runPath(days[0]));
    await press(page, '.');
    expect(await focused(page)).toBe(`${runPath(days[0])}/resume`);
  },
  async c() {
    const page = await opened(runPath(days[0]));
    await press(page, 'c');
    await copied(page).toBe(failed);
    const rows = await opened(list);
    await press(rows, 'j', 'c');
    await copied(rows).toBe(`${gateway.url}${await focused(rows)}`);
  },
  async y() {
    const page = await opened(`/goals/${goal}/pause`);
    await press(page, 'y');
    expect(await page.locator('#curl').textContent()).toContain(
      `curl -X POST '${gateway.url}/goals/${goal}/pause'`,
    );
    expect((await answered(() => gateway.get(`/goals/${goal}`))).body.paused).toBeNull();
  },
  async u() {
    // The first page tells the gateway of the zone, and the next is in it.
    const page = await opened('/pools');
    const zone = () => page.locator('.bar .pick [aria-current]').textContent();
    await page.reload();
    await expect.poll(zone, soon).toBe('Europe/Paris');
    await press(page, 'u');
    await isAt(page, '/pools?tz=UTC');
    await expect.poll(zone, soon).toBe('UTC');
    await page.locator('html.js').waitFor();
    await press(page, 'u');
    await expect.poll(zone, soon).toBe('Europe/Paris');
  },
  async n() {
    const page = await opened(list);
    await isLive(page);
    await press(page, 'j');
    await begin('2026-11-04');
    await page.locator('#held').waitFor();
    expect(await row(page, '2026-11-04').count()).toBe(0);
    await press(page, 'n');
    await row(page, '2026-11-04').waitFor();
    expect(await page.locator('#held').isVisible()).toBe(false);
  },
  async p() {
    const page = await opened(list);
    await isLive(page);
    await press(page, 'p');
    expect(await page.locator('#live').getAttribute('data-state')).toBe('paused');
    expect(await page.locator('#stale').textContent()).toMatch(
      /^Paused: p goes on\. This is as of \d\d:\d\d/,
    );
    await begin('2026-11-05');
    const isListed = async () => (await opened(list).then((other) => row(other, '2026-11-05').count())) === 1;
    await expect.poll(isListed, soon).toBe(true);
    expect(await row(page, '2026-11-05').count()).toBe(0);
    await press(page, 'p');
    await row(page, '2026-11-05').waitFor();
    await isLive(page);
    expect(await page.locator('#stale').isVisible()).toBe(false);
  },
  async Esc() {
    const page = await opened('/pools');
    const dialog = page.getByRole('dialog', { name: 'Keys' });
    await press(page, '?');
    await dialog.waitFor();
    await press(page, 'Escape');
    await dialog.waitFor({ state: 'hidden' });
    await press(page, '/', 'Escape');
    expect(await page.evaluate('document.activeElement.id')).not.toBe('q');
  },
};

const isLive = (page: Page) =>
  expect.poll(() => page.locator('#live').getAttribute('data-state'), soon).toBe('live');

test('here is every key that the dialog lists', async () => {
  const page = await opened('/pools');
  await press(page, '?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  const listed = await page
    .locator('#keys dt')
    .evaluateAll((all) =>
      all.map((one) => [...one.querySelectorAll('kbd')].map((key) => key.textContent).join(' ')),
    );
  expect(listed).toEqual(Object.keys(KEYS));
});

test.each(Object.entries(KEYS))('the key %s does what the dialog says', (_, pressed) => pressed());
