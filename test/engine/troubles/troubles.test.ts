// Outcomes that failed by a criterion, a deadline, a decision or an input are troubles of `GET /errors`, apart from errors.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bind } from '../../../activities/bind.ts';
import type { Incident } from '../../../goals/wire/answers.ts';
import { answered, gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { boarded, counted, countRows, hurried, signed } from './goals.ts';

const WAIT = { timeout: 120_000, interval: 200 };
const DEPLOYED = fileURLToPath(new URL('./goals.ts', import.meta.url));

let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
const tried = new Set<string>();

const jobs = [
  bind(countRows, async (input) => {
    if (!tried.has(input.key)) {
      tried.add(input.key);
      throw Object.assign(new Error('the troubled shop is slow'), { code: 'shop_slow' });
    }
    return input;
  }),
];

beforeAll(async () => {
  bench = await Workbench.open();
  gateway = await gatewayAt(temporalAddress);
  await bench.worker(DEPLOYED, goals, jobs);
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

const get = (path: string) => answered(() => gateway.get(path));
const post = (path: string, body: object) => answered(() => gateway.post(path, body));
const troublesOf = async (query: string): Promise<Incident[]> =>
  (await get(`/errors?limit=100&${query}`)).body.items;
const page = async (path: string): Promise<string> =>
  (await fetch(`${gateway.url}${path}`, { headers: { accept: 'text/html' } })).text();

/** What the runs of a goal met, once it is so many failed runs. */
async function troubleOf(goal: string, kind: string, failedRuns: number): Promise<Incident> {
  const find = async () => (await troublesOf(`goal=${goal}`)).find((one) => one.kind === kind);
  await expect.poll(find, WAIT).toMatchObject({ failedRuns });
  return (await find()) as Incident;
}

test('a criterion that was not met is a trouble of its own, beside the errors that healed, and hurts the goals that need its goal', async () => {
  const [own, board] = [fresh('k'), fresh('k')];
  await bench.pursue(counted, { key: own, missing: 3 });
  await bench.pursue(boarded, { key: board, missing: 4 });
  const both = async () => (await troublesOf('')).find(({ kind, goals }) => kind && goals.length === 2);
  await expect.poll(both, WAIT).toMatchObject({
    ...{ kind: 'criteria', code: 'criterion_not_met', class: 'data' },
    message: expect.stringMatching(/^all rows: [34] rows of the troubled shop are missing$/),
    ...{ failedRuns: 3, healedRuns: 0, openRuns: 0, occurrences: 2 },
    goals: [boarded.name, counted.name],
    teams: ['boards', 'troubles'],
    places: [{ goal: counted.name, job: null, step: null }],
  });
  const { fingerprint } = (await both()) as Incident;
  const items = await troublesOf(`goal=${counted.name}`);
  expect(items.map(({ kind, code, failedRuns, healedRuns }) => [kind, code, failedRuns, healedRuns])).toEqual(
    [
      ['criteria', 'criterion_not_met', 2, 0],
      [null, 'shop_slow', 0, 2],
    ],
  );
  expect(items[1]?.places).toMatchObject([{ goal: counted.name, job: countRows.name }]);

  const { status, body } = await get(`/errors/${fingerprint}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ kind: 'criteria', occurrences: 2, untimed: 0 });
  expect(
    body.hurt.map(({ goal, failedRuns }: { goal: string; failedRuns: number }) => [goal, failedRuns]),
  ).toEqual([
    [counted.name, 2],
    [boarded.name, 1],
  ]);
  const { items: runs } = (await get(`/runs?fingerprint=${fingerprint}`)).body;
  expect(runs).toHaveLength(3);

  // A reader of the pages sees which is which, and gets from a failed run to what else its cause hurt.
  const list = await page(`/errors?goal=${counted.name}`);
  expect(list).toContain('Ended goals without an error');
  expect(list).toContain('a criterion was not met');
  expect(list).not.toContain('id="ended"');
  expect(await page(`/errors/${fingerprint}`)).toContain('It ended 3 runs: a criterion was not met.');
  expect(await page(`/runs/${counted.name}:${own}`)).toContain(`href="/errors/${fingerprint}?window=30d"`);
}, 240_000);

test('the runs of a criterion are resumed together, and the recovery stops where it is still not met', async () => {
  const { fingerprint, failedRuns } = await troubleOf(counted.name, 'criteria', 2);
  const asking = `/errors/${fingerprint}/recoveries`;
  const { body: plan } = await post(asking, { by: 'ada', dryRun: true, goal: counted.name });
  expect(plan).toMatchObject({ total: failedRuns, kept: 2, again: 0 });
  const { body } = await post(asking, { by: 'ada', trial: 1, goal: counted.name });
  await expect
    .poll(async () => (await get(`/recoveries/${body.id}`)).body, WAIT)
    .toMatchObject({ state: 'closed', outcome: 'failed', stopped: { code: 'trouble_persists' } });
}, 240_000);

test('deadlines that just run out are one trouble of their goal, which has no cause; its runs are listed and resumed', async () => {
  await Promise.all([fresh('k'), fresh('k')].map((key) => bench.pursue(hurried, { key })));
  const trouble = await troubleOf(hurried.name, 'deadline', 2);
  expect(trouble).toMatchObject({
    ...{ code: 'deadline_passed', earlier: false, occurrences: 2 },
    places: [{ goal: hurried.name, job: null, step: expect.stringMatching(/#1$/) }],
  });
  expect((await troublesOf(`goal=${hurried.name}`)).map(({ kind }) => kind)).toEqual(['deadline']);
  const { fingerprint } = trouble;
  const shown = await page(`/errors/${fingerprint}?goal=${hurried.name}`);
  expect(shown).toContain(`/runs?goal=${hurried.name}&amp;outcome=failed&amp;code=deadline_passed`);
  const rows = await get(`/runs/rows?goal=${hurried.name}&outcome=failed&code=deadline_passed`);
  expect(rows.body.items).toHaveLength(2);
  expect(await page(`/runs/${trouble.runs[0]}`)).toContain(`href="/errors/${fingerprint}?window=30d"`);
  const asking = `/errors/${fingerprint}/recoveries`;
  expect((await post(asking, { by: 'ada', dryRun: true })).body).toMatchObject({ total: 2 });
}, 240_000);

test('what a person rejected has the step that asked, and an input that does not fit is a trouble of the input', async () => {
  const key = fresh('k');
  const handle = await bench.start(signed, { key });
  const decide = () =>
    gateway.post(`/runs/${signed.name}:${key}/approvals/sign-off`, {
      ...{ decision: 'reject', by: 'bob', reason: 'no' },
    });
  await expect.poll(async () => (await decide()).status, WAIT).toBe(200);
  await bench.closed(handle);
  expect(await troubleOf(signed.name, 'rejected', 1)).toMatchObject({
    ...{ code: 'rejected', goals: [signed.name] },
    places: [{ goal: signed.name, job: null, step: 'sign-off#1' }],
  });
  await bench.pursue(signed, { key: 7 });
  expect(await troubleOf(signed.name, 'input', 1)).toMatchObject({ code: 'input_invalid' });
}, 240_000);

test('what Temporal ended is a trouble that no list finds, so its runs are resumed one by one', async () => {
  const handle = await bench.start(signed, { key: fresh('k') });
  await handle.terminate('by hand');
  const { fingerprint, earlier } = await troubleOf(signed.name, 'engine', 1);
  expect(earlier).toBe(true);
  const refused = await post(`/errors/${fingerprint}/recoveries`, { by: 'ada', dryRun: true });
  expect([refused.status, refused.body.code]).toEqual([422, 'recovery_impossible']);
  expect(refused.body.detail).toContain('Resume each of them.');
  expect(await page(`/errors?goal=${signed.name}`)).not.toContain(`/errors/${fingerprint}/recoveries`);
}, 240_000);

test('a run that needed another names the execution that it waited for, also once there is a later one', async () => {
  const key = fresh('k');
  const [needed, board] = [`${counted.name}:${key}`, `${boarded.name}:${key}`];
  const first = (await bench.pursue(boarded, { key, missing: 5 })).run;
  const { execution } = (await get(`/runs/${needed}`)).body;
  expect(first.steps).toMatchObject([{ kind: 'goal', run: needed, execution }]);
  expect((await post(`/runs/${needed}/resume`, { execution })).status).toBe(202);
  const latest = async () => (await get(`/runs/${needed}`)).body;
  await expect
    .poll(latest, WAIT)
    .toMatchObject({ state: 'closed', execution: expect.not.stringMatching(execution) });
  const told = (await get(`/runs/${board}`)).body;
  expect(told.steps).toMatchObject([{ execution }]);
  expect(told.failure.cause).toMatchObject({ run: needed, execution });
  const shown = await page(`/runs/${board}`);
  const link = `href="/runs/${encodeURIComponent(needed)}?execution=${execution}`;
  // Its row in the path, and what ended it.
  expect(shown).toContain(`${link}"`);
  expect(shown).toContain(`${link}#errors"`);

  // The next has waited for an execution of its own.
  const again = (await bench.pursue(boarded, { key, missing: 5 })).run;
  expect(again.steps).toMatchObject([{ run: needed, execution: (await latest()).execution }]);
  expect(again.failure?.cause).toMatchObject({ execution: again.steps[0]?.execution });
  expect(again.steps[0]?.execution).not.toBe(execution);
}, 240_000);
