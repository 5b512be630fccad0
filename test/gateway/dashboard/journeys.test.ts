// What people do on the pages, in a real browser before a real worker: each as somebody with credentials of their own.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, type BrowserContext, chromium as driver, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../../goals/wire/alerts.ts';
import { chromium } from '../../chromium.ts';
import { fresh, Workbench } from '../../engine/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { CLIENT_SECRET, type OpenIdProvider, startOpenIdProvider } from '../access/openid-provider.ts';
import { accessBench, tokenOf } from '../access/workbench.ts';
import { answered, gatewayAt, unique } from '../workbench.ts';
import goals from './journeys/goals.ts';
import { jobs, mended } from './journeys/jobs.ts';
import { faultsAsItStands } from './looks.ts';
import { complaintsOf, type Expected } from './watched.ts';

const execute = promisify(execFile);
const folder = fileURLToPath(new URL('.', import.meta.url));
const person = (name: string, roles: readonly string[]) =>
  tokenOf({ name, roles, teams: ['journeys'], person: true });
const people = {
  ada: person('ada', ['operator', 'approver']),
  tess: person('tess', ['viewer', 'approver']),
  vic: person('vic', ['viewer']),
};
const tokens = Object.values(people).map(({ line }) => line);
const files = accessBench({ tokens });
/** A slow machine is not a fault. */
const soon = { timeout: 60_000 };

let bench: Workbench;
let provider: OpenIdProvider;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let browser: Browser;

beforeAll(async () => {
  [bench, browser] = await Promise.all([
    Workbench.open(),
    driver.launch({ executablePath: await chromium(), args: ['--no-sandbox'] }),
  ]);
  const alertsId = unique('alerts');
  const settings = { ...DEFAULT_ALERT_SETTINGS, gatherMs: 100, cooldownMs: 100 };
  await bench.worker(join(folder, 'journeys/goals.ts'), goals, jobs, undefined, { id: alertsId, settings });
  // The issuer warns of what only matters in earnest.
  for (const level of ['warn', 'info'] as const) vi.spyOn(console, level).mockImplementation(() => {});
  const port = await freePort();
  const publicUrl = new URL(`http://127.0.0.1:${port}`);
  provider = await startOpenIdProvider(publicUrl.origin, () => ['treasury']);
  files.put('client-secret', CLIENT_SECRET);
  files.put('keys', randomBytes(32).toString('base64'));
  files.write({
    tokens,
    signIn: {
      ...{ issuer: provider.issuer, clientId: 'goals', clientSecretFile: 'client-secret' },
      scope: 'openid groups',
    },
    sessions: { keysFile: 'keys', hours: 1 },
    grants: [{ group: 'treasury', roles: ['viewer', 'approver'], teams: ['journeys'] }],
  });
  const access = await files.watch();
  gateway = await gatewayAt(temporalAddress, 'default', undefined, alertsId, [], {
    ...{ access, port, publicUrl },
  });
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  await bench?.close();
  provider?.stop();
  files.remove();
  vi.restoreAllMocks();
});

/** A gateway has its address before people can sign in at it. */
async function freePort(): Promise<number> {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  taken.close();
  await once(taken, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const contexts = new Map<string, BrowserContext>();
/** What browsers complained of, page by page. */
const complaints: string[][] = [];

/** What a page is held to, whoever looks at it. `expected`: what of it a test is about. */
async function watched(page: Page, expected: readonly Expected[], own: readonly string[]): Promise<Page> {
  // A browser has six connections to a gateway, and each page that is looked at holds one.
  onTestFinished(() => page.close());
  page.setDefaultTimeout(soon.timeout);
  // Where Temporal is too slow for the gateway's deadline, a page is asked for again.
  complaints.push(await complaintsOf(page, own, [503, ...expected]));
  return page;
}

/** A page of a browser in which nobody is signed in, opened at a path: the issuer asks who it is, and leads back. */
async function signedIn(name: string, path: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  onTestFinished(() => context.close());
  // The issuer's forms would have a font of another host.
  await context.route(/fonts\.googleapis\.com/, (route) => route.abort());
  const own = [gateway.url, provider.issuer, 'https://fonts.googleapis.com'].map(
    (url) => new URL(url).origin,
  );
  const page = await watched(await context.newPage(), ['ERR_FAILED', 403], own);
  await page.goto(gateway.url + path);
  expect(new URL(page.url()).origin).toBe(provider.issuer);
  await page.locator('[name=login]').fill(name);
  await page.locator('[name=password]').fill('any');
  await page.locator('[type=submit]').click();
  // It asks once more whether they want to.
  await page.locator('[type=submit]', { hasText: 'Continue' }).click();
  await page.waitForURL(gateway.url + path);
  return page;
}

/** A page of somebody's browser; without script, where the test says so. */
async function pageOf(
  name: keyof typeof people,
  hasScript = true,
  expected: readonly Expected[] = [],
  at = gateway.url,
): Promise<Page> {
  const key = `${name} ${hasScript}`;
  const context =
    contexts.get(key) ??
    (await browser.newContext({
      ...{ extraHTTPHeaders: people[name].headers, javaScriptEnabled: hasScript },
      viewport: { width: 1280, height: 900 },
    }));
  contexts.set(key, context);
  return watched(await context.newPage(), expected, [at]);
}

async function started(goal: string, input: { key: string; [more: string]: unknown }): Promise<string> {
  const { body } = await answered(() => gateway.post(`/goals/${goal}/runs`, { input }, people.ada.headers));
  return body.id;
}

const runOf = async (id: string) =>
  (await answered(() => gateway.get(`/runs/${id}`, people.ada.headers))).body;
const ended = (id: string, outcome: string) =>
  expect.poll(async () => (await runOf(id)).outcome, soon).toBe(outcome);

/** Opens a page once it can be served. */
async function visit(page: Page, path: string): Promise<number> {
  for (;;) {
    const status = (await page.goto(gateway.url + path))?.status() ?? 0;
    if (status !== 503) return status;
  }
}

test('somebody finds why fares failed, mends it, and resumes with the plan in sight, without any script', async () => {
  const key = fresh('k');
  const id = await started('journey-fares', { key });
  await ended(id, 'failed');
  const page = await pageOf('ada', false);
  await expect
    .poll(async () => {
      await visit(page, '/');
      return page.getByRole('link', { name: 'journey-fares' }).count();
    }, soon)
    .toBeGreaterThan(0);
  await visit(page, `/runs/${id}`);
  expect(await page.locator('.cause').textContent()).toContain('The licence for fares has expired');
  mended.add(key);
  await page.getByRole('link', { name: 'Resume…' }).click();
  const plan = await page.locator('.plan').first().textContent();
  expect(plan).toMatch(/keepscount-landing#1/);
  expect(plan).toMatch(/repeatsimport-fares#1/);
  await page.getByLabel('Reason').fill('the licence is renewed');
  await page.getByRole('button', { name: 'Resume with this plan' }).click();
  expect(new URL(page.url()).search).toBe('?done=resumed');
  expect(await page.locator('[role=status]').first().textContent()).toBe('The run goes on.');
  await ended(id, 'achieved');
  const run = await runOf(id);
  expect(run.resumes).toMatchObject({ by: 'ada', verified: true, reason: 'the licence is renewed' });
  expect(run.steps.find(({ path }: { path: string }) => path === 'count-landing#1').kept).not.toBeNull();
});

test('a plan of other choices is shown before anything happens, and the same as a command without a secret', async () => {
  const id = await started('journey-fares', { key: fresh('k') });
  await ended(id, 'failed');
  const { execution } = await runOf(id);
  const page = await pageOf('ada');
  await visit(page, `/runs/${id}/resume`);
  await page.getByText('Other choices').click();
  await page.getByLabel('count-landing#1').check();
  await page.getByRole('button', { name: 'Show the plan of these choices' }).click();
  expect(await page.locator('.shown .plan').textContent()).toMatch(/repeatscount-landing#1/);
  expect(await faultsAsItStands(page, 'plan-of-choices')).toEqual([]);
  await page.getByRole('button', { name: 'Show as curl' }).click();
  const command = (await page.locator('#curl').textContent()) ?? '';
  expect(command).toContain(`curl -X POST '${gateway.url}/runs/${encodeURIComponent(id)}/resume'`);
  expect(command).toContain('$GOALKEEPER_TOKEN');
  expect(command).toContain(`{"execution":"${execution}","exclude":["count-landing#1"]}`);
  expect(command).not.toContain(people.ada.token);
  expect((await runOf(id)).execution).toBe(execution);
});

test('the command of a form does in a shell what the form does', async () => {
  const key = fresh('k');
  const id = await started('journey-fares', { key });
  await ended(id, 'failed');
  mended.add(key);
  const page = await pageOf('ada');
  await visit(page, `/runs/${id}/resume`);
  const reason = `it's "renewed" for $HOME & \`date\``;
  await page.getByLabel('Reason').fill(reason);
  await page.getByRole('button', { name: 'Show as curl' }).click();
  const command = (await page.locator('#curl').textContent()) ?? '';
  const token = { GOALKEEPER_TOKEN: people.ada.token };
  const inShell = async (env: Record<string, string>): Promise<{ id?: string; code?: string }> => {
    const { stdout } = await execute('sh', ['-c', command], { env: { PATH: process.env.PATH, ...env } });
    return JSON.parse(stdout);
  };
  expect(await inShell({})).toMatchObject({ code: 'credentials_invalid' });
  await expect.poll(async () => (await inShell(token)).code, soon).not.toBe('temporal_unavailable');
  await ended(id, 'achieved');
  expect((await runOf(id)).resumes).toMatchObject({ by: 'ada', verified: true, reason });
});

test('somebody resumes all that one trouble ended, from its line among the errors, with the plan in sight', async () => {
  const keys = [fresh('tariff'), fresh('tariff'), fresh('tariff')];
  const ids = await Promise.all(keys.map((key) => started('journey-fares', { key })));
  for (const id of ids) await ended(id, 'failed');
  const page = await pageOf('ada');
  const trouble = page.locator('tr', { hasText: 'tariffs_locked' });
  await expect
    .poll(async () => {
      await visit(page, '/errors?goal=journey-fares');
      return (await trouble.count()) === 1 ? trouble.textContent() : '';
    }, soon)
    .toContain('3 ended');
  for (const key of keys) mended.add(key);
  await trouble.getByRole('link', { name: 'Resume them…' }).click();
  // Nothing begins before its plan was seen.
  expect(await page.getByRole('button', { name: 'Resume them' }).count()).toBe(0);
  await page.getByLabel('Reason').fill('the tariffs are open again');
  await page.getByRole('button', { name: 'Show the plan' }).click();
  expect(await page.locator('#plan').textContent()).toContain(
    '3 runs: 3 steps kept, 3 run again, 3 repeated',
  );
  const plan = (await page.locator('ul.plan').textContent()) ?? '';
  for (const id of ids) expect(plan).toContain(id);
  expect(await faultsAsItStands(page, 'recovery-plan')).toEqual([]);
  for (const id of ids) expect((await runOf(id)).outcome).toBe('failed');
  await page.getByRole('button', { name: 'Resume them' }).click();
  await page.waitForURL(/\/recoveries\/[^/]+$/);
  // It says so by itself: nobody loads the page again.
  await page.getByRole('heading', { name: 'All runs of the recovery are achieved.' }).waitFor();
  expect(await page.locator('.lead').first().textContent()).toContain('3 of 3 achieved');
  for (const id of ids)
    expect(await runOf(id)).toMatchObject({
      ...{ outcome: 'achieved', resumes: { by: 'ada', reason: 'the tariffs are open again' } },
    });
});

test('of a run of 2,000 steps somebody sees at once what ended it, and comes to each of the others', async () => {
  const id = await started('journey-days', { key: fresh('k'), days: 2_000 });
  await ended(id, 'failed');
  const page = await pageOf('tess');
  await visit(page, `/runs/${id}`);
  expect(Buffer.byteLength(await page.content())).toBeLessThan(100_000);
  expect(await page.locator('.path > li.hit').textContent()).toContain('count-day#1234');
  expect(await page.locator('.path > li.many').textContent()).toContain(
    '1999 steps, all succeeded, 4 errors healed',
  );
  expect(await page.locator('.path > li').count()).toBeLessThan(10);
  expect(await faultsAsItStands(page, 'run-of-2000')).toEqual([]);
  await page.getByText('All of them').click();
  await page.getByRole('link', { name: '481 to 540' }).click();
  expect(await page.locator('.path > li:not(.axis) .name a').count()).toBe(60);
  await page.getByRole('link', { name: 'count-day#500' }).click();
  await page.locator('#attempts').getByText('count-day#500').waitFor();
  expect(await page.locator('#errors').textContent()).toContain('the source is busy');
  expect(Buffer.byteLength(await page.content())).toBeLessThan(100_000);
  // The reader is where they were: the steps around it are still there.
  await page.getByRole('link', { name: 'Later steps' }).click();
  expect(await page.locator('.path > li:not(.axis) .name a').first().textContent()).toBe('count-day#541');
});

describe('a run that asks', () => {
  test('is decided by the right person; the wrong one is offered nothing, and refused when they try', async () => {
    const id = await started('journey-released', { key: fresh('k') });
    await expect.poll(async () => (await runOf(id)).waiting.length, soon).toBe(1);
    const wrong = await pageOf('ada');
    await visit(wrong, `/runs/${id}`);
    expect(await wrong.locator('.asks').textContent()).toContain('It is to be decided by tess.');
    expect(await wrong.getByRole('button', { name: 'Approve' }).count()).toBe(0);

    const right = await pageOf('tess', true, [422]);
    await visit(right, `/runs/${id}`);
    expect(await right.locator('.asks').textContent()).toContain('12.5');
    expect(await faultsAsItStands(right, 'run-asks')).toEqual([]);
    // A rejection needs a reason: it is said at its field, and nothing is decided.
    await right.getByRole('button', { name: 'Reject' }).click();
    expect(await right.locator('.wrong').textContent()).toContain('is missing');
    expect(await faultsAsItStands(right, 'form-refused')).toEqual([]);
    const refused = await fetch(right.url(), {
      method: 'POST',
      headers: { accept: 'text/html', origin: gateway.url, ...people.ada.headers },
      body: new URLSearchParams({
        execution: await right.locator('input[name=execution]').inputValue(),
        decision: 'approve',
      }),
    });
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain('It is to be decided by tess.');
    expect((await runOf(id)).waiting).toHaveLength(1);

    await visit(right, `/runs/${id}`);
    await right.getByRole('button', { name: 'Approve' }).click();
    expect(await right.locator('[role=status]').first().textContent()).toBe('Your decision counts.');
    await ended(id, 'achieved');
    expect((await runOf(id)).output).toEqual({ by: 'tess' });
  });
});

describe('somebody who signs in at an issuer of OpenID', () => {
  test('is offered no decision that is not theirs, is refused when they try, and sees the right one made', async () => {
    const id = await started('journey-released', { key: fresh('k') });
    await expect.poll(async () => (await runOf(id)).waiting.length, soon).toBe(1);
    const { execution } = await runOf(id);
    const path = `/runs/${encodeURIComponent(id)}`;
    const wrong = await signedIn('wendy', path);
    expect(await wrong.locator('.asks').textContent()).toContain('It is to be decided by tess.');
    expect(await wrong.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    // With their own session, as the page's script could.
    const body = JSON.stringify({ execution, decision: 'approve' });
    const refused = await wrong.evaluate(`fetch('${path}/approvals/release', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: '${body}'
    }).then(async (answer) => [answer.status, (await answer.json()).code])`);
    expect(refused).toEqual([403, 'approval_not_theirs']);
    expect((await runOf(id)).waiting).toHaveLength(1);

    const right = await signedIn('tess', path);
    await right.getByRole('button', { name: 'Approve' }).click();
    expect(await right.locator('[role=status]').first().textContent()).toBe('Your decision counts.');
    await right.locator('.verdict.achieved').waitFor();
    expect((await runOf(id)).output).toEqual({ by: 'tess' });
    // Who may not decide may look: their page has gone on by itself.
    await wrong.locator('.verdict.achieved').waitFor();
  });
});

describe('a form of a goal', () => {
  test('says at each field what is wrong, keeps what was typed, tells what the key would do, and starts', async () => {
    const key = fresh('k');
    const page = await pageOf('ada', false, [422]);
    await visit(page, '/goals/journey-counted');
    await page.getByRole('link', { name: 'Pursue…' }).click();
    await page.getByLabel('key', { exact: true }).fill('k');
    await page.getByLabel('atLeast').fill('0');
    await page.getByLabel('currency').selectOption('USD');
    await page.getByLabel('filter').fill('{"region":7}');
    await page.getByRole('button', { name: 'Pursue', exact: true }).click();
    expect(await page.locator('[aria-invalid]').evaluateAll((all) => all.map(({ id }) => id))).toEqual([
      'f-input.key',
      'f-input.atLeast',
      'f-input.filter',
    ]);
    expect(await page.getByLabel('currency').inputValue()).toBe('USD');
    await page.getByLabel('key', { exact: true }).fill(key);
    await page.getByLabel('atLeast').fill('3');
    await page.getByLabel('filter').fill('');
    await page.getByRole('button', { name: 'What would happen?' }).click();
    expect(await page.locator('#would').textContent()).toContain(`journey-counted:${key}. There is none yet`);
    await page.getByRole('button', { name: 'Pursue', exact: true }).click();
    expect(decodeURIComponent(page.url())).toContain(`/runs/journey-counted:${key}?done=started`);
    await ended(`journey-counted:${key}`, 'achieved');
    expect((await runOf(`journey-counted:${key}`)).input).toEqual({ key, atLeast: 3, currency: 'USD' });
  });

  test('offers nothing to whoever may only look, and refuses what they send', async () => {
    const page = await pageOf('vic', true, [403]);
    await visit(page, '/goals/journey-counted');
    expect(await page.getByRole('link', { name: 'Pursue…' }).count()).toBe(0);
    expect(await visit(page, '/goals/journey-counted/runs/new')).toBe(403);
    expect(await page.locator('main form').count()).toBe(1);
    const key = fresh('k');
    const body = new URLSearchParams({ 'input.key': key, 'input.atLeast': '1', 'input.currency': 'EUR' });
    const refused = await fetch(`${gateway.url}/goals/journey-counted/runs/new`, {
      method: 'POST',
      headers: { accept: 'text/html', origin: gateway.url, ...people.vic.headers },
      body,
    });
    expect(refused.status).toBe(403);
    const { status } = await gateway.get(`/runs/journey-counted:${key}`, people.ada.headers);
    expect(status).toBe(404);
  });

  test('pauses a goal and ends that, where one looks', async () => {
    const page = await pageOf('ada');
    await visit(page, '/goals/journey-upstream');
    await page.getByRole('link', { name: 'Pause…' }).click();
    await page.getByLabel('Reason').fill('maintenance');
    await page.getByRole('button', { name: 'Pause the goal' }).click();
    expect(await page.locator('.lead').first().textContent()).toContain('paused');
    await page.getByRole('link', { name: 'Unpause…' }).click();
    await page.getByRole('button', { name: 'End the pause' }).click();
    expect(await page.getByRole('link', { name: 'Pause…', exact: true }).count()).toBe(1);
  });
});

describe('forms of what is not well', () => {
  /** An item of a list once it is there. */
  const listed = async (path: string, isMeant: (item: never) => boolean) => {
    let found: { id: string } | undefined;
    await expect
      .poll(async () => {
        const { body } = await answered(() => gateway.get(path, people.ada.headers));
        found = body.items?.find(isMeant);
        return found;
      }, soon)
      .toBeDefined();
    return found?.id ?? '';
  };

  test('somebody says that they are on an alert, and then accepts the run as it is', async () => {
    const id = await started('journey-fares', { key: fresh('k') });
    await ended(id, 'failed');
    const isOpen = ({ state, acknowledged }: { state: string; acknowledged: unknown }) =>
      state === 'open' && acknowledged === null;
    const alert = await listed('/alerts?goal=journey-fares', isOpen);
    const page = await pageOf('ada', true, [422]);
    await visit(page, '/alerts');
    expect(await faultsAsItStands(page, 'alerts-open')).toEqual([]);
    await page.locator(`a[href="/alerts/${encodeURIComponent(alert)}"]`).click();
    expect(await faultsAsItStands(page, 'alert')).toEqual([]);
    await page.getByRole('link', { name: 'I am on it…' }).click();
    await page.getByLabel('Reason').fill('I call the vendor');
    await page.getByRole('button', { name: 'I am on it' }).click();
    expect(await page.locator('[role=status]').first().textContent()).toBe(
      'It is recorded that somebody is on it.',
    );
    expect(await page.locator('.lead').first().textContent()).toContain('ada is on it: I call the vendor');
    expect(await page.getByRole('link', { name: 'I am on it…' }).count()).toBe(0);

    await visit(page, `/runs/${id}`);
    await page.getByRole('link', { name: 'what else it hurt' }).click();
    expect(await page.locator('h1').textContent()).toMatch(/^It ended \d+ runs?/);
    expect(await page.locator('main').textContent()).toContain('The licence for fares has expired');
    expect(await faultsAsItStands(page, 'error')).toEqual([]);

    await visit(page, `/runs/${id}`);
    await page.getByRole('link', { name: 'Accept…' }).click();
    await page.getByRole('button', { name: 'Accept the run' }).click();
    expect(await page.locator('.wrong').textContent()).toContain('is missing');
    await page.getByLabel('Reason').fill('the vendor has no fares today');
    await page.getByRole('button', { name: 'Accept the run' }).click();
    expect(await page.locator('.verdict .state').textContent()).toBe('Not reached, accepted');
    expect((await runOf(id)).accepted).toMatchObject({ by: 'ada', reason: 'the vendor has no fares today' });
    expect(await page.getByRole('link', { name: 'Accept…' }).count()).toBe(0);
  });

  test('a goal is muted for a time, which the page of alerts says, and alerted of again', async () => {
    const page = await pageOf('ada', true, [422]);
    await visit(page, '/goals/journey-scratch');
    await page.getByRole('link', { name: 'Mute…' }).click();
    await page.getByLabel('For how long').fill('soon');
    await page.getByRole('button', { name: 'Mute the goal' }).click();
    expect(await page.locator('[aria-invalid]').count()).toBe(1);
    await page.getByLabel('For how long').fill('2h');
    await page.getByLabel('Reason').fill('it moves today');
    await page.getByRole('button', { name: 'Mute the goal' }).click();
    expect(new URL(page.url()).pathname).toBe('/goals/journey-scratch');
    const unmute = page.getByRole('link', { name: 'Unmute… journey-scratch' });
    await expect
      .poll(async () => {
        await visit(page, '/alerts');
        return unmute.count();
      }, soon)
      .toBe(1);
    expect(
      await page
        .locator('section', { has: page.locator('#muted') })
        .last()
        .textContent(),
    ).toContain('ada: it moves today');
    await unmute.click();
    await page.getByRole('button', { name: 'Alert again' }).click();
    await expect
      .poll(async () => {
        await visit(page, '/alerts');
        return unmute.count();
      }, soon)
      .toBe(0);
  });

  test('a teardown that is stuck is retried by whoever says why, and is over once its cause is mended', async () => {
    const key = fresh('k');
    await started('journey-scratch', { key });
    const isMeant = ({ name, state }: { name: string; state: string }) =>
      name === `scratch-${key}` && state === 'stuck';
    const lease = await listed('/leases?goal=journey-scratch', isMeant);
    // It retries by itself as well: while it does, nobody can ask for it.
    const page = await pageOf('ada', true, [409]);
    await expect
      .poll(async () => {
        await visit(page, '/leases?goal=journey-scratch');
        return page.getByRole('link', { name: 'Retry…' }).count();
      }, soon)
      .toBe(1);
    expect(await faultsAsItStands(page, 'leases-stuck')).toEqual([]);
    await page.getByRole('link', { name: 'Retry…' }).click();
    expect(await page.locator('.lead').first().textContent()).toContain(
      'another session still uses the schema',
    );
    await expect
      .poll(async () => {
        await visit(page, `/leases/${encodeURIComponent(lease)}/retry`);
        await page.getByLabel('Reason').fill('the session is over');
        await page.getByRole('button', { name: 'Retry now' }).click();
        return new URL(page.url()).search;
      }, soon)
      .toBe('?done=retried');
    const of = async () =>
      (await answered(() => gateway.get(`/leases/${encodeURIComponent(lease)}`, people.ada.headers))).body;
    await expect
      .poll(async () => (await of()).retries?.[0], soon)
      .toMatchObject({ by: 'ada', reason: 'the session is over' });
    mended.add(key);
    const again = { reason: 'it is mended' };
    await expect
      .poll(async () => {
        // Asked for once more, nobody waits until it is its turn.
        await gateway.post(`/leases/${encodeURIComponent(lease)}/retry`, again, people.ada.headers);
        return (await of()).state;
      }, soon)
      .toBe('cleaned');
  });
});

test.each([
  ['a page of another site', { origin: 'https://evil.example' }],
  ['whatever does not say which page it is of', {}],
  ['a page without an origin', { origin: 'null' }],
])('a form of %s is not taken', async (_, headers: Record<string, string>) => {
  const id = await started('journey-fares', { key: fresh('k') });
  const { status } = await fetch(`${gateway.url}/runs/${id}/cancel`, {
    method: 'POST',
    headers: { accept: 'text/html', ...headers, ...people.ada.headers },
    body: new URLSearchParams({ reason: 'x' }),
  });
  expect(status).toBe(403);
});

const isLive = (page: Page) =>
  expect.poll(() => page.locator('#live').getAttribute('data-state'), soon).toBe('live');

describe('a page that stays open', () => {
  test('shows how a retry heals, and loses neither an open detail, nor the focus, nor the place that is read', async () => {
    const key = fresh('k');
    const id = await started('journey-upstream', { key });
    const page = await pageOf('ada');
    await visit(page, `/runs/${id}`);
    await page.evaluate('window.isTheSame = true');
    // Its attempts fail while somebody looks: the marks come by themselves.
    await expect.poll(() => page.locator('.path .d-tick').count(), soon).toBeGreaterThan(1);
    const raw = page.locator('details', { hasText: 'Input and output' });
    await raw.locator('summary').click();
    await page.getByRole('link', { name: 'Goals', exact: true }).last().focus();
    // Small enough that what is read lies below what changes.
    await page.setViewportSize({ width: 900, height: 400 });
    const path = page.locator('#path');
    await path.evaluate((one) => one.scrollIntoView({ block: 'start' }));
    await page.evaluate("window.heading = document.getElementById('v')");
    const placeOf = () => path.evaluate((one) => Math.round(one.getBoundingClientRect().top));
    const before = await placeOf();
    mended.add(key);
    await page.locator('.verdict.achieved').waitFor();
    expect(Math.abs((await placeOf()) - before)).toBeLessThan(3);
    expect(await page.evaluate('scrollY')).toBeGreaterThan(0);
    expect(await page.evaluate('window.heading.isConnected')).toBe(true);
    expect(await page.locator('.verdict .state').textContent()).toBe('Reached');
    expect(await page.locator('.side .healed').textContent()).toMatch(/^\d+ errors$/);
    expect(await page.locator('main .failed').count()).toBe(0);
    expect(await page.title()).toBe(`Reached: ${id} · goalkeeper`);
    expect(await page.locator('#said').textContent()).toBe(`Reached: ${id}`);
    expect(await page.evaluate('window.isTheSame')).toBe(true);
    expect(await raw.getAttribute('open')).not.toBeNull();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Goals');
    expect(await page.getByRole('link', { name: 'Cancel…' }).count()).toBe(0);
    // It may be resumed, and the page goes on to listen.
    expect(await page.locator('#live').getAttribute('data-state')).toBe('live');
  });

  test('holds back what would move the row that somebody is at, and keeps what was typed', async () => {
    const keys = [fresh('k'), fresh('k'), fresh('k')];
    const input = { atLeast: 1, currency: 'EUR' };
    const [first, second, third] = keys.map((key) => `journey-counted:${key}`);
    const begin = (i: number) => started('journey-counted', { ...input, key: keys[i] ?? '' });
    await begin(0);
    await ended(first ?? '', 'achieved');
    const page = await pageOf('ada');
    const row = (id = '') => page.locator(`[data-row][href="/runs/${encodeURIComponent(id)}"]`);
    await expect
      .poll(async () => {
        await visit(page, '/runs?goal=journey-counted');
        return row(first).count();
      }, soon)
      .toBe(1);
    await isLive(page);
    await page.getByLabel('since').fill('2');
    await begin(1);
    await row(second).waitFor();
    expect(await page.getByLabel('since').inputValue()).toBe('2');
    expect(await page.evaluate('document.activeElement.name')).toBe('since');

    await row(first).focus();
    await begin(2);
    await page.locator('#held').waitFor();
    expect(await row(third).count()).toBe(0);
    await page.keyboard.press('n');
    await row(third).waitFor();
  });

  test('says that it is cut off and as of when, and is live again by itself', async () => {
    const access = await files.watch();
    const at = (port: number) =>
      gatewayAt(temporalAddress, 'default', undefined, unique('alerts'), [], { access, port });
    const before = await at(0);
    const lost = ['ERR_CONNECTION_REFUSED', 'ERR_INCOMPLETE_CHUNKED_ENCODING'] as const;
    const page = await pageOf('vic', true, lost, before.url);
    await page.goto(`${before.url}/goals/journey-upstream`);
    await isLive(page);
    expect(await page.locator('#stale').isVisible()).toBe(false);
    await before.stop();
    await page.locator('#stale').waitFor();
    expect(await faultsAsItStands(page, 'cut-off')).toEqual([]);
    expect(await page.locator('#stale').textContent()).toMatch(/connection is lost.* as of \d\d:\d\d:\d\d/);
    const after = await at(Number(new URL(before.url).port));
    await isLive(page);
    expect(await page.locator('#stale').isVisible()).toBe(false);
    await page.close();
    await after.stop();
  });
});

test('everything can be reached by keys alone, and keys can be switched off', async () => {
  const id = await started('journey-fares', { key: fresh('k') });
  await ended(id, 'failed');
  const page = await pageOf('ada');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await expect
    .poll(async () => {
      await visit(page, '/runs?goal=journey-fares&outcome=failed');
      return page.locator('[data-row]').first().getAttribute('href');
    }, soon)
    .toBe(`/runs/${encodeURIComponent(id)}`);
  const press = (...keys: string[]) =>
    keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());
  const isAt = async (path: RegExp) => {
    await expect.poll(() => page.url(), soon).toMatch(path);
    // Keys are taken from when the page's script has run.
    await page.locator('html.js').waitFor();
  };
  await press('?');
  expect(await page.getByRole('dialog', { name: 'Keys' }).isVisible()).toBe(true);
  expect(await faultsAsItStands(page, 'keys')).toEqual([]);
  await press('Escape');
  // Keys mean nothing until it is away.
  await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'hidden' });
  await press('j');
  await expect.poll(() => page.evaluate('document.activeElement.getAttribute("href")'), soon).not.toBeNull();
  await press('Enter');
  await isAt(new RegExp(`/runs/${encodeURIComponent(id)}$`));
  await press('c');
  await expect.poll(() => page.evaluate('navigator.clipboard.readText()'), soon).toBe(id);
  await press('.', 'Enter');
  await isAt(/\/resume$/);
  await press('y');
  await page.locator('#curl').waitFor();
  expect(await page.evaluate('document.activeElement.id')).toBe('curl');
  await press('g', 'g');
  await isAt(/\/goals$/);
  await press('/');
  await page.keyboard.type('journey-counted');
  await press('Enter');
  await isAt(/\/goals\/journey-counted$/);
  await press('?', 'Tab');
  await page.getByLabel('Switch single keys off').check();
  await press('Escape', 'g', 'r');
  await isAt(/\/goals\/journey-counted$/);
});

test('no browser has complained', () => {
  expect(complaints.flat()).toEqual([]);
});
