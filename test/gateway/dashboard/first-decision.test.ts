// After `npm start` with an access file: whoever may decide does so on the run's page, and nobody else.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium as driver, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium } from '../../chromium.ts';
import { Launch } from '../../deploy/local/launch.ts';
import { accessBench, tokenOf } from '../access/workbench.ts';
import { type Answer, askingAt } from '../workbench.ts';

/** A slow machine is not a fault. */
const soon = { timeout: 120_000, interval: 250 };

const GOALS = `
import { goal } from 'goalkeeper';
import { z } from 'zod';

export default [
  goal({
    name: 'figures-released',
    outcome: 'The figures are released by somebody of the treasury',
    owner: 'tests',
    team: 'treasury',
    key: ['month'],
    input: z.object({ month: z.string() }),
    output: z.object({ by: z.string().nullable() }),
    criteria: { 'somebody has released them': ({ by }) => by !== null },
    async pursue(_, { approve }) {
      const { by } = await approve('release', { by: ['tess'], show: { total: 12.5, currency: 'EUR' } });
      return { by };
    },
  }),
];
`;

const person = (name: string, roles: readonly string[]) =>
  tokenOf({ name, roles, teams: ['treasury'], person: true });
const people = {
  ada: person('ada', ['operator']),
  wendy: person('wendy', ['viewer', 'approver']),
  tess: person('tess', ['viewer', 'approver']),
};
const files = accessBench({ tokens: Object.values(people).map(({ line }) => line) });
const complaints: string[] = [];

let started: Launch;
let browser: Browser;

beforeAll(async () => {
  const home = await Launch.home();
  const folder = join(home, 'treasury');
  await mkdir(folder);
  await writeFile(join(folder, 'goals.ts'), GOALS);
  await writeFile(join(folder, 'jobs.ts'), 'export const jobs = [];\n');
  [started, browser] = await Promise.all([
    Launch.run([folder], { home, env: { GOALKEEPER_ACCESS: files.path } }),
    driver.launch({ executablePath: await chromium(), args: ['--no-sandbox'] }),
  ]);
  await started.says('Ctrl-C stops everything', 180_000);
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await started?.interrupt();
  files.remove();
});

/** A page of somebody's browser, at a path once it can be served. */
async function pageOf(name: keyof typeof people, path: string): Promise<Page> {
  const page = await browser.newPage({ extraHTTPHeaders: people[name].headers });
  page.setDefaultTimeout(soon.timeout);
  page.on('pageerror', ({ message }) => void complaints.push(message));
  page.on('console', (said) => {
    if (said.type() === 'error' && !/Failed to load resource/.test(said.text())) complaints.push(said.text());
  });
  for (;;) if ((await page.goto(started.url + path))?.status() !== 503) return page;
}

test('the right person approves on the page of the run; the wrong one is offered nothing, and refused when they try', async () => {
  const asking = askingAt(started.url);
  const run = '/runs/figures-released%3A2026-11';
  let answer: Answer | undefined;
  const isAsked = async () => {
    answer = await asking.get(run, people.ada.headers);
    return answer.body.waiting?.length;
  };
  await expect
    .poll(async () => {
      const body = { input: { month: '2026-11' } };
      return (await asking.post('/goals/figures-released/runs', body, people.ada.headers)).status;
    }, soon)
    .toBeLessThan(300);
  await expect.poll(isAsked, soon).toBe(1);
  const step = answer?.body.waiting[0].step as string;

  const right = await pageOf('tess', run);
  const form = await right.locator('main form[method=post]').getAttribute('action');
  expect(form).toContain(`/approvals/${encodeURIComponent(step)}`);
  for (const name of ['ada', 'wendy'] as const) {
    const wrong = await pageOf(name, run);
    await wrong.locator('.asks').waitFor();
    expect(await wrong.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    expect((await wrong.goto(started.url + form))?.status()).toBe(403);
    expect(await wrong.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    // As the form would send it, had it been there.
    const refused = await wrong.evaluate(
      `fetch('${form}', {
        method: 'POST', headers: { accept: 'text/html' }, body: new URLSearchParams({ decision: 'approve' })
      }).then(async (answer) => [answer.status, await answer.text()])`,
    );
    expect(refused).toEqual([403, expect.stringContaining('It is to be decided by tess.')]);
    await wrong.close();
  }
  expect(await isAsked()).toBe(1);

  await right.getByRole('button', { name: 'Approve' }).click();
  await right.locator('[role=status]', { hasText: 'Your decision counts.' }).waitFor();
  await right.locator('.verdict.achieved').waitFor();
  expect((await asking.get(run, people.ada.headers)).body.output).toEqual({ by: 'tess' });
  expect(complaints).toEqual([]);
});
