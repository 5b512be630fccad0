// What somebody does on the pages in the first minutes after `npm start`, with the real command and a real browser. Its folder is a copy,
// whose landing zone reads whether the licence was renewed: that is what somebody mends.

import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium as driver, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium } from '../../chromium.ts';
import { Launch } from '../../deploy/local/launch.ts';
import { complaintsOf } from './watched.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** A slow machine is not a fault. */
const soon = { timeout: 120_000, interval: 250 };
const REFUSES = "if (url?.pathname.startsWith('/fares/'))";

let home: string;
let started: Launch;
let browser: Browser;
let page: Page;
let complaints: string[];

const licence = (): string => join(home, 'licence');

beforeAll(async () => {
  home = await Launch.home();
  await rm(join(home, 'examples'));
  await cp(join(root, 'examples'), join(home, 'examples'), { recursive: true });
  const landing = join(home, 'examples/warehouse/landing.ts');
  const text = await readFile(landing, 'utf8');
  expect(text).toContain(REFUSES);
  await writeFile(
    landing,
    `import { existsSync } from 'node:fs';\n${text.replace(
      REFUSES,
      `if (url?.pathname.startsWith('/fares/') && existsSync(${JSON.stringify(licence())}))
    return void response.end(JSON.stringify([{ fare: 1 }]));
  ${REFUSES}`,
    )}`,
  );
  [started, browser] = await Promise.all([
    Launch.run([], { home }),
    driver.launch({ executablePath: await chromium(), args: ['--no-sandbox'] }),
  ]);
  await started.says('Ctrl-C stops everything', 180_000);
  page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  page.setDefaultTimeout(soon.timeout);
  complaints = await complaintsOf(page, [new URL(started.url).origin], [422, 503]);
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await started?.interrupt();
});

/** Opens a page once it can be served. */
async function visit(path: string): Promise<void> {
  for (;;) if ((await page.goto(started.url + path))?.status() !== 503) return;
}

test('the first line of what it prints is where the dashboard is', () => {
  const [first] = started.output.split('\n').filter((line) => line.includes('127.0.0.1:'));
  expect(first).toContain('dashboard');
  expect(first).toContain(started.url);
});

test('on a phone, from the dashboard to why fares failed, and to the run that goes on once that is mended', async () => {
  await expect
    .poll(async () => {
      await visit('/');
      return page.getByRole('link', { name: 'fares-in-warehouse' }).count();
    }, soon)
    .toBe(1);
  await page.getByRole('link', { name: 'fares-in-warehouse' }).click();
  const box = await page.locator('.cause').boundingBox();
  expect(await page.locator('.cause').textContent()).toContain('The licence for fares has expired');
  expect((box?.y ?? 0) + (box?.height ?? 9999)).toBeLessThan(844 - 56);

  await writeFile(licence(), '');
  await page.getByRole('link', { name: 'Resume…' }).click();
  expect(await page.locator('.plan').first().textContent()).toMatch(/repeatsimport-fares#1/);
  await page.getByLabel('Reason').fill('the licence is renewed');
  await page.getByRole('button', { name: 'Resume with this plan' }).click();
  // It says so by itself: nobody loads the page again.
  await page.locator('.verdict.achieved').waitFor();
  expect(await page.locator('.side').textContent()).toContain('the licence is renewed');
});

test('by keys alone to a goal, whose form says what is wrong, starts it, and shows how its errors heal', async () => {
  await page.setViewportSize({ width: 1280, height: 900 });
  await visit('/');
  const ready = () => page.locator('html.js').waitFor();
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const isAt = async (path: RegExp): Promise<void> => {
    await expect.poll(() => page.url(), soon).toMatch(path);
    await ready();
  };
  await ready();
  await press('/');
  await page.keyboard.type('flights-in-warehouse');
  await press('Enter');
  await isAt(/\/goals\/flights-in-warehouse$/);
  // The actions, of which the first is the form.
  await press('.', 'Enter');
  await isAt(/\/goals\/flights-in-warehouse\/runs\/new$/);
  const field = page.getByLabel('batch', { exact: true });
  const isFocused = () => field.evaluate((input) => input === input.ownerDocument.activeElement);
  for (let tabs = 0; tabs < 40 && !(await isFocused()); tabs++) await press('Tab');
  await page.keyboard.type('not a batch!');
  await press('Enter');
  await page.locator('[aria-invalid]').waitFor();
  expect(await field.inputValue()).toBe('not a batch!');
  expect(await page.locator('.wrong').count()).toBe(1);
  await ready();
  for (let tabs = 0; tabs < 40 && !(await isFocused()); tabs++) await press('Tab');
  await press('Control+A');
  await page.keyboard.type('by-hand');
  await press('Enter');
  await isAt(/\/runs\/flights-in-warehouse%3Aby-hand(\?done=started)?$/);
  await page.evaluate('window.isTheSame = true');
  // Its attempts fail and heal while somebody looks; the outcome comes by itself.
  await expect.poll(() => page.locator('.path .d-tick').count(), soon).toBeGreaterThan(0);
  await page.locator('.verdict.achieved').waitFor();
  expect(await page.evaluate('window.isTheSame')).toBe(true);
  expect(await page.locator('.side .healed').textContent()).toMatch(/^\d+ errors?$/);
  expect(await page.locator('main .failed').count()).toBe(0);
  expect(await page.title()).toBe('Reached: flights-in-warehouse:by-hand · goalkeeper');
});

// docs/guide/retraction.md
test('an outcome that turned out wrong is retracted, and what stands on it is pursued once more, by the buttons of the guide', async () => {
  const batch = '2026-11-short';
  const [report, flights] = [`delay-report:${batch}`, `flights-in-warehouse:${batch}`] as const;
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ input: { batch } });
  await fetch(`${started.url}/goals/delay-report/runs`, { method: 'POST', headers, body });
  const reported = async () => {
    const answer = await fetch(`${started.url}/runs/${report}`);
    const { outcome, output } = (await answer.json()) as { outcome: string; output?: { flights: number } };
    return outcome === 'achieved' ? output?.flights : undefined;
  };
  // Two months of three, as the control file has it.
  await expect.poll(reported, soon).toBeLessThan(20_000);
  const main = () => page.locator('main').textContent();
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();

  await visit(`/runs/${encodeURIComponent(flights)}`);
  await page.getByRole('link', { name: 'Retract…' }).click();
  await page.getByLabel('Reason').fill('the control file left out March');
  await press('Show what would be in doubt');
  await expect.poll(() => page.locator('.plan').textContent(), soon).toContain(report);
  await press('Retract the run');
  await page.waitForURL(/\/retractions\//);
  await expect
    .poll(async () => {
      await page.reload();
      return main();
    }, soon)
    .toContain(report);
  const retraction = new URL(page.url()).pathname;

  await visit(`/runs/${encodeURIComponent(report)}`);
  expect(await page.locator('.verdict .state').textContent()).toBe('Reached, in doubt');
  expect(await page.locator('[aria-labelledby="marks"]').textContent()).toContain(`It stands on ${flights}`);

  await visit(retraction);
  await page.getByRole('link', { name: 'Pursue them once more…' }).click();
  await press('Show the plan');
  const plan = page.locator('ul.plan');
  await expect.poll(() => plan.textContent(), soon).toContain(flights);
  expect(await plan.textContent()).toContain(`after ${flights}`);
  await press('Pursue them once more');
  await page.waitForURL(/\/recoveries\//);
  await expect
    .poll(async () => {
      await page.reload();
      return main();
    }, soon)
    .toContain('All runs of the recovery are achieved.');

  await visit(`/runs/${encodeURIComponent(report)}`);
  await page.locator('.verdict.achieved').waitFor();
  expect(await page.locator('[aria-labelledby="marks"]').count()).toBe(0);
  expect(await reported()).toBe(20_000);
});

test('no browser has complained', () => {
  expect(complaints).toEqual([]);
});
