// Ranges made up for, over the gateway, by workers that are killed.

import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { bundleGoals } from '../../../activities/bundle.ts';
import { type BackfillState, NOTHING_BACKFILLED } from '../../../goals/wire/backfill.ts';
import {
  BACKFILL,
  BULK_ACT,
  backfillIdPrefix,
  bulkActId,
  memoNames,
  SYSTEM_TASK_QUEUE,
} from '../../../goals/wire/names.ts';
import { answered, gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { ChildWorker } from '../child-worker.ts';
import { Workbench } from '../workbench.ts';
import { daily, free, heard, hearing, stepped } from './daily/goals.ts';
import { Notes } from './notes.ts';

const WAIT = { timeout: 60_000, interval: 100 };
const TEAM = fileURLToPath(new URL('./daily/', import.meta.url));
let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let notes: Notes;
let worker: ChildWorker;

const start = () =>
  ChildWorker.start(TEAM, {
    GOALKEEPER_TASK_QUEUE: bench.taskQueue,
    GOALKEEPER_VERSION: '1',
    NOTES_FOLDER: notes.folder,
  });

beforeAll(async () => {
  bench = await Workbench.open();
  gateway = await gatewayAt(temporalAddress);
  notes = await Notes.fresh();
  worker = await start();
});
beforeEach(() => notes.shutGate('daily'));
afterAll(async () => {
  await worker?.end('SIGKILL');
  await gateway?.stop();
  await bench?.close();
});

const november = { from: '2025-11-01T00:00:00Z', to: '2025-12-01T00:00:00Z', by: 'ada' };
const monthOf = (month: string) => ({
  ...november,
  from: `2025-${month}-01T00:00:00Z`,
  to: `2025-${month}-06T00:00:00Z`,
});
const ask = (body: object, headers = {}) =>
  gateway.post('/backfills', { goal: daily.name, ...body }, headers);
const progress = async (id: string) => (await gateway.get(`/backfills/${id}`)).body;
const closed = async (id: string) => {
  await expect.poll(() => progress(id), { ...WAIT, timeout: 90_000 }).toMatchObject({ state: 'closed' });
  return progress(id);
};

// backfill.1
test('a month is made up for: what is achieved is skipped, and never more is open than allowed', async () => {
  const done = ['2025-11-03', '2025-11-04', '2025-11-28'];
  for (const key of done)
    await gateway.post(`/goals/${free.name}/runs`, { input: { key } }, { prefer: 'wait=30' });
  const asked = { ...november, goal: free.name, atOnce: 3, reason: 'the feed was wrong' };

  const { status, body: plan } = await ask({ ...asked, dryRun: true });
  expect({ status, total: plan.total }).toEqual({ status: 200, total: 30 });
  expect(plan.items[0]).toEqual({
    ...{ at: '2025-11-01T05:00:00.000Z', run: `${free.name}:2025-11-01`, does: 'run' },
    input: { key: '2025-11-01' },
  });
  const skipped = plan.items.filter(({ does }: { does: string }) => does === 'skip');
  expect(skipped.map(({ input }: { input: { key: string } }) => input.key)).toEqual(done);
  expect(await notes.begun(free.name)).toEqual(done);

  const { status: accepted, body: begun, headers } = await ask(asked);
  expect({ accepted, location: headers.get('location') }).toEqual({
    ...{ accepted: 202, location: `/backfills/${begun.id}` },
  });
  const waiting = ask(asked, { prefer: 'wait=60' });
  const ended = await closed(begun.id);
  const waited = await waiting;
  expect([waited.status, waited.headers.get('preference-applied')]).toEqual([200, 'wait=60']);
  expect(waited.body).toEqual(ended);
  // Nothing is done on a 13th.
  expect(ended).toMatchObject({
    ...{ outcome: 'failed', total: 30, achieved: 26, skipped: 3, failed: 1, open: 0, by: 'ada' },
    missed: [
      {
        ...{ at: '2025-11-13T05:00:00.000Z', run: `${free.name}:2025-11-13`, outcome: 'failed' },
        message: expect.stringContaining('13th'),
      },
    ],
  });
  expect(await notes.atOnce(free.name)).toBeLessThanOrEqual(3);
  expect((await notes.begun(free.name)).length).toBe(29);
  const { body: run } = await gateway.get(`/runs/${free.name}:2025-11-02`);
  expect(run.why).toEqual({
    ...{ kind: 'backfill', at: '2025-11-02T05:00:00.000Z', by: 'ada', ref: begun.id },
    reason: 'the feed was wrong',
  });
  const handle = bench.client.workflow.getHandle(`${free.name}:2025-11-02`);
  expect((await handle.describe()).priority).toMatchObject({ priorityKey: 5 });
  const { body: list } = await gateway.get(`/backfills?goal=${free.name}`);
  expect(list.items).toEqual([ended]);
});

test('it pauses, goes on, and is cancelled, as somebody says; what runs goes on', async () => {
  const { body: begun } = await ask({ ...monthOf('01'), atOnce: 2 });
  await expect.poll(() => notes.begun(daily.name, '2025-01'), WAIT).toHaveLength(2);
  expect(await progress(begun.id)).toMatchObject({ state: 'pursuing', total: 5, open: 2 });
  const paused = await gateway.post(`/backfills/${begun.id}/pause`, { by: 'bob', reason: 'too many' });
  expect(paused.status).toBe(202);
  await expect
    .poll(() => progress(begun.id), WAIT)
    .toMatchObject({ state: 'paused', paused: { by: 'bob', reason: 'too many' } });
  await notes.openGate('daily');
  await expect.poll(() => progress(begun.id), WAIT).toMatchObject({ achieved: 2, open: 0, state: 'paused' });
  await notes.shutGate('daily');
  await gateway.post(`/backfills/${begun.id}/unpause`, { by: 'bob' });
  await expect.poll(() => notes.begun(daily.name, '2025-01'), WAIT).toHaveLength(4);
  await gateway.post(`/backfills/${begun.id}/cancel`, { by: 'bob', reason: 'not needed' });
  expect(await closed(begun.id)).toMatchObject({
    ...{ outcome: 'cancelled', achieved: 2, open: 2, cancelled: { by: 'bob', reason: 'not needed' } },
  });
  await notes.openGate('daily');
  await expect
    .poll(async () => (await gateway.get(`/runs/${daily.name}:2025-01-04`)).body.outcome, WAIT)
    .toBe('achieved');
  expect(await notes.begun(daily.name, '2025-01')).toHaveLength(4);
  const again = await gateway.post(`/backfills/${begun.id}/pause`, { by: 'bob' });
  expect(again).toMatchObject({ status: 409, body: { code: 'backfill_closed' } });
});

test('asked for twice it is one; under one Idempotency-Key for ever, and nothing else', async () => {
  const asked = { ...monthOf('02'), atOnce: 1 };
  const both = await Promise.all([ask(asked), ask({ ...asked, by: 'bob' })]);
  expect(new Set(both.map(({ body }) => body.execution)).size).toBe(1);
  await notes.openGate('daily');
  const key = { 'idempotency-key': 'february' };
  const first = await ask(monthOf('02'), key);
  const ended = await closed(first.body.id);
  const repeated = await ask(monthOf('02'), key);
  expect(repeated).toMatchObject({ status: 200, body: { execution: ended.execution, outcome: 'achieved' } });
  expect(await ask(monthOf('03'), key)).toMatchObject({
    status: 422,
    body: { code: 'idempotency_key_reused' },
  });
  expect((await ask(monthOf('03'), { 'idempotency-key': 'march' })).body.id).not.toBe(first.body.id);
});

test('steps of a day, with an input in which the date stands', async () => {
  const { body: begun } = await ask({
    ...{ goal: stepped.name, by: 'ada', step: '1d', input: { key: '{date}' } },
    ...{ from: '2025-05-01T00:00:00Z', to: '2025-05-04T00:00:00Z' },
  });
  expect(await closed(begun.id)).toMatchObject({ outcome: 'achieved', achieved: 3 });
  expect((await notes.begun(stepped.name)).sort()).toEqual(['2025-05-01', '2025-05-02', '2025-05-03']);
});

test('instead of times, a list of keys, or a range of those that the goal declares', async () => {
  const asked = { goal: stepped.name, by: 'ada', reason: 'gaps' };
  const plan = async (body: object) => (await ask({ ...asked, ...body, dryRun: true })).body.items;
  const first = await plan({ expected: { to: '2025-05-04' } });
  expect(first[0]).toEqual({
    ...{ at: null, run: `${stepped.name}:2025-05-01`, does: 'skip' },
    input: { key: '2025-05-01' },
  });
  expect(first.map(({ does }: { does: string }) => does)).toEqual(['skip', 'skip', 'skip', 'run']);

  const { body: begun } = await ask({ ...asked, keys: ['2025-05-12', '2025-05-13'] });
  const ended = await closed(begun.id);
  expect(ended).toMatchObject({
    ...{ from: null, to: null, outcome: 'failed', total: 2, achieved: 1, failed: 1 },
    missed: [{ at: null, run: `${stepped.name}:2025-05-13`, outcome: 'failed' }],
  });
  expect(ended).not.toHaveProperty('inputs');
  const { body: run } = await gateway.get(`/runs/${stepped.name}:2025-05-12`);
  expect(run.why).toMatchObject({ kind: 'backfill', by: 'ada', ref: begun.id, reason: 'gaps' });

  const late = { expected: { from: '2025-05-11' } };
  const does = async (reprocess: string) =>
    (await plan({ ...late, reprocess })).map((one: { does: string }) => one.does);
  expect(await does('failed')).toEqual(['skip', 'skip', 'run', 'skip']);
  expect(await does('missing')).toEqual(['run', 'skip', 'run', 'run']);
  expect(await does('all')).toEqual(['run', 'again', 'run', 'run']);
  const { body: all } = await ask({ ...asked, ...late, reprocess: 'all' });
  expect(await closed(all.id)).toMatchObject({ total: 4, achieved: 3, failed: 1, skipped: 0 });
  const { body: again } = await gateway.get(`/runs/${stepped.name}:2025-05-12`);
  expect(again.why).toMatchObject({ forced: true, ref: all.id });
});

test('a worker that is killed in between, and another: each day is achieved, and no more are open', async () => {
  const june = '2025-06';
  const { body: begun } = await ask({ ...monthOf('06'), atOnce: 2 });
  await expect.poll(() => notes.begun(daily.name, june), WAIT).toHaveLength(2);
  await worker.end('SIGKILL');
  await notes.openGate('daily');
  worker = await start();
  expect(await closed(begun.id)).toMatchObject({ outcome: 'achieved', achieved: 5, failed: 0 });
  expect(new Set(await notes.begun(daily.name, june)).size).toBe(5);
  expect(await notes.atOnce(daily.name, june)).toBeLessThanOrEqual(2);
}, 120_000);

test('a deployment that has dropped the schedule replays what the one before began', async () => {
  const { body } = await gateway.get(`/backfills?goal=${free.name}`);
  const history = await bench.client.workflow.getHandle(body.items[0].id).fetchHistory();
  const workflowBundle = await bundleGoals(fileURLToPath(new URL('../goals.ts', import.meta.url)));
  await Worker.runReplayHistory({ workflowBundle }, history, body.items[0].id);
});

test('while its goal is paused it shows that this holds it, and goes on within seconds when it is no longer', async () => {
  await gateway.post(`/goals/${free.name}/pause`, { by: 'ada', reason: 'the move' });
  const goal = async () => (await gateway.get(`/goals/${free.name}`)).body;
  await expect.poll(goal, WAIT).not.toHaveProperty('pausePending');
  const { body: begun } = await ask({ ...monthOf('08'), goal: free.name });
  await expect
    .poll(() => progress(begun.id), WAIT)
    .toMatchObject({
      ...{ state: 'held', paused: null, achieved: 0 },
      held: { message: expect.stringContaining('by ada: the move') },
    });
  await gateway.post(`/goals/${free.name}/unpause`, { by: 'ada' });
  // By itself it would look again a minute later.
  await expect
    .poll(() => progress(begun.id), WAIT)
    .toMatchObject({ state: 'closed', outcome: 'achieved', achieved: 5, held: null });
});

test('what is achieved is pursued again where that is asked for, and what was never tried is left where that is', async () => {
  const august = { ...monthOf('08'), goal: free.name };
  const plan = async (body: object): Promise<string[]> =>
    (await ask({ ...body, dryRun: true })).body.items.map(({ does }: { does: string }) => does);
  const five = (does: string) => Array.from({ length: 5 }, () => does);
  expect(await plan(august)).toEqual(five('skip'));
  expect(await plan({ ...august, reprocess: 'all' })).toEqual(five('again'));
  const before = (await notes.begun(free.name, '2025-08')).length;
  const { body: again } = await ask({ ...august, reprocess: 'all', reason: 'the logic was mended' });
  expect(await closed(again.id)).toMatchObject({
    outcome: 'achieved',
    achieved: 5,
    skipped: 0,
    reprocess: 'all',
  });
  expect(await notes.begun(free.name, '2025-08')).toHaveLength(before + 5);
  const { body: run } = await gateway.get(`/runs/${free.name}:2025-08-02`);
  expect(run.why).toMatchObject({ kind: 'backfill', forced: true, reason: 'the logic was mended' });

  const september = { ...monthOf('09'), goal: free.name, reprocess: 'failed' };
  expect(await plan(september)).toEqual(five('skip'));
  const thirteenth = { from: '2025-11-12T00:00:00Z', to: '2025-11-15T00:00:00Z' };
  expect(await plan({ ...september, ...thirteenth })).toEqual(['skip', 'run', 'skip']);
  const { body: left } = await ask(september);
  expect(await closed(left.id)).toMatchObject({ outcome: 'achieved', total: 5, achieved: 0, skipped: 5 });
  expect(await notes.begun(free.name, '2025-09')).toEqual([]);
});

test('goals that listen are counted in the plan, and left out where they are held', async () => {
  const july = { ...monthOf('07'), goal: heard.name };
  expect((await ask({ ...july, dryRun: true })).body.downstream).toEqual([{ goal: hearing.name, runs: 5 }]);
  const held = { ...july, downstream: 'hold' };
  expect((await ask({ ...held, dryRun: true })).body.downstream).toEqual([]);
  expect(await closed((await ask(held)).body.id)).toMatchObject({ outcome: 'achieved', downstream: 'hold' });
  // It ends later, and is heard.
  await closed((await ask({ ...monthOf('10'), goal: heard.name })).body.id);
  await expect.poll(() => notes.begun(hearing.name, '2025-10'), WAIT).toHaveLength(5);
  expect(await notes.begun(hearing.name, '2025-07')).toEqual([]);
});

// backfill.2
test('in a fresh history it goes on with what is open', async () => {
  await notes.openGate('daily');
  const input = { key: '2025-07-01' };
  const { body: run } = await gateway.post(`/goals/${daily.name}/runs`, { input }, { prefer: 'wait=30' });
  const terms = {
    ...{ goal: daily.name, schedule: 'nightly', stepMs: null, input: null, atOnce: 1, dryRun: false },
    ...{ from: '2025-07-01T00:00:00Z', to: '2025-07-03T00:00:00Z', by: 'ada', reason: null },
  };
  const times = [1, 2].map((day) => Date.parse(`2025-07-0${day}T05:00:00Z`) / 1000);
  const [time, next] = times as [number, number];
  const state: BackfillState = {
    ...{ waiting: [next], open: [{ time, run: run.id, execution: run.execution }] },
    memo: { ...NOTHING_BACKFILLED, total: 2, open: 1 },
  };
  const workflowId = `${backfillIdPrefix(daily.name)}${'0'.repeat(24)}`;
  await bench.client.workflow.start(BACKFILL, {
    ...{ workflowId, taskQueue: bench.taskQueue, args: [terms, state] },
    memo: { [memoNames.backfillTerms]: terms },
  });
  expect(await closed(workflowId)).toMatchObject({ outcome: 'achieved', total: 2, achieved: 2 });
});

test('one act on many runs: a plan, a worker that is killed, and who asked; what is as it should be is left', async () => {
  const keys = ['2024-01-01', '2024-01-02', '2024-01-03', '2024-01-04'];
  const filter = { goal: daily.name, keyFrom: '2024-01-01', keyTo: '2024-01-31' };
  await notes.shutGate('daily');
  for (const key of keys) await gateway.post(`/goals/${daily.name}/runs`, { input: { key } });
  const open = async () =>
    (await gateway.get(`/runs?goal=${daily.name}&keyFrom=2024-01-01&keyTo=2024-01-31&state=pursuing`)).body
      .items;
  await expect.poll(open, WAIT).toHaveLength(4);
  const asked = { act: 'cancel', filter, by: 'ada', reason: 'the wrong feed', atOnce: 2 };
  const plan = await gateway.post('/bulk-acts', { ...asked, dryRun: true });
  expect([plan.status, plan.body.total, plan.body.items.length]).toEqual([200, 4, 4]);
  await worker.end('SIGKILL');
  const { status, body: begun } = await gateway.post('/bulk-acts', asked);
  expect([status, begun.state, begun.total]).toEqual([202, 'acting', 4]);
  worker = await start();
  const acted = async (id: string) => (await gateway.get(`/bulk-acts/${id}`)).body;
  await expect.poll(() => acted(begun.id), WAIT).toMatchObject({ outcome: 'achieved', done: 4, failed: 0 });
  const run = async () => (await gateway.get(`/runs/${daily.name}:2024-01-02`)).body;
  await expect.poll(run, WAIT).toMatchObject({ outcome: 'cancelled' });
  const { body: record } = await gateway.get(`/runs/${daily.name}:2024-01-02/record`);
  expect(JSON.stringify(record)).toContain('the wrong feed');
  await notes.openGate('daily');

  const resumed = await gateway.post('/bulk-acts', {
    ...{ act: 'resume', filter: { ...filter, outcome: 'cancelled' }, by: 'bob', reason: 'the right feed' },
  });
  expect(resumed.body.total).toBe(4);
  await expect.poll(() => acted(resumed.body.id), WAIT).toMatchObject({ outcome: 'achieved', done: 4 });
  await expect.poll(run, WAIT).toMatchObject({
    outcome: 'achieved',
    why: { kind: 'resume', by: 'bob', reason: 'the right feed' },
  });
  const none = await gateway.post('/bulk-acts', asked);
  expect([none.status, none.body.code]).toEqual([422, 'bulk_act_impossible']);

  const thirteenth = { input: { key: '2024-02-13' } };
  await gateway.post(`/goals/${free.name}/runs`, thirteenth, { prefer: 'wait=30' });
  const failed = { goal: free.name, key: '2024-02-13' };
  const accepting = async () =>
    gateway.post('/bulk-acts', { act: 'accept', filter: failed, by: 'ada', reason: 'known' });
  await expect.poll(async () => (await accepting()).status, WAIT).toBe(202);
  const accepted = async () => (await gateway.get(`/runs/${free.name}:2024-02-13`)).body.accepted;
  await expect.poll(accepted, WAIT).toMatchObject({ by: 'ada', reason: 'known' });
  const { body: list } = await gateway.get('/bulk-acts');
  expect(list.items.map(({ id }: { id: string }) => id)).toEqual(
    expect.arrayContaining([begun.id, resumed.body.id]),
  );
}, 120_000);

test('the runs of a filter get tags, open and closed, and another act takes those alone that have them', async () => {
  const goal = daily.name;
  const acted = (id: string) => answered(() => gateway.get(`/bulk-acts/${id}`));
  const bulk = (body: object) => answered(() => gateway.post('/bulk-acts', { by: 'ada', ...body }));
  const carriedOut = async (body: object, done: number): Promise<void> => {
    const { body: begun } = await bulk(body);
    await expect
      .poll(async () => (await acted(begun.id)).body, WAIT)
      .toMatchObject({ outcome: 'achieved', done, skipped: 0 });
  };
  const planned = async (body: object): Promise<string[]> => {
    const { status, body: plan } = await bulk({ ...body, dryRun: true });
    if (status !== 200) throw new Error(JSON.stringify(plan));
    return plan.items.map(({ run }: { run: string }) => run).sort();
  };
  const [one, two, three] = ['01', '02', '03'].map((day) => `${goal}:2024-03-${day}`);
  for (const day of ['01', '02', '03'])
    await answered(() => gateway.post(`/goals/${goal}/runs`, { input: { key: `2024-03-${day}` } }));
  const march = { goal, keyPrefix: '2024-03' };
  await expect.poll(() => planned({ act: 'cancel', filter: march }), WAIT).toEqual([one, two, three]);

  const early = { goal, keyFrom: '2024-03-01', keyTo: '2024-03-02' };
  await carriedOut({ act: 'tag', filter: early, add: ['incident-7'] }, 2);
  const tagged = { act: 'cancel', filter: { goal, tag: 'incident-7' } };
  await expect.poll(() => planned(tagged), WAIT).toEqual([one, two]);
  await carriedOut(tagged, 2);
  const cancelled = { ...march, outcome: 'cancelled' };
  await expect.poll(() => planned({ act: 'resume', filter: cancelled }), WAIT).toEqual([one, two]);
  expect(await planned({ act: 'cancel', filter: march })).toEqual([three]);

  await carriedOut({ act: 'tag', filter: cancelled, add: ['refund'], remove: ['incident-7'] }, 2);
  await expect
    .poll(() => planned({ act: 'tag', add: ['x'], filter: { goal, tag: 'refund' } }), WAIT)
    .toEqual([one, two]);
  expect(await planned(tagged)).toEqual([]);
  const { body: run } = await answered(() => gateway.get(`/runs/${one}`));
  expect([run.outcome, run.tags]).toEqual(['cancelled', ['refund']]);
  await notes.openGate('daily');
}, 120_000);

test.each([
  [{ act: 'tag' }, 'add'],
  [{ act: 'tag', add: ['a'], remove: ['a'] }, 'remove'],
  [{ act: 'tag', add: ["it's"] }, 'add.0'],
  [{ act: 'cancel', add: ['a'] }, 'add'],
  [{ act: 'accept' }, 'reason'],
  [{ act: 'cancel', filter: {} }, 'filter'],
  [{ act: 'cancel', filter: { keyPrefix: 'x' } }, 'filter.goal'],
])('a bulk act %o is refused', async (body, path) => {
  const asked = { filter: { goal: daily.name }, add: undefined, ...body };
  expect(await gateway.post('/bulk-acts', asked)).toMatchObject({
    ...{ status: 422, body: { code: 'body_invalid', errors: [{ path }] } },
  });
});

// bulk-act.1, bulk-act.2
test('a bulk act that is stopped acts on no more runs, and counts all that it began', async () => {
  const id = bulkActId('1'.repeat(24));
  const runs = Array.from({ length: 60 }, (_, i) => ({
    run: `${daily.name}:gone-${i}`,
    execution: crypto.randomUUID(),
  }));
  const terms = {
    ...{
      act: 'cancel' as const,
      filter: { goal: daily.name },
      team: null,
      total: 60,
      atOnce: 1,
      by: 'ada',
      reason: null,
    },
  };
  const handle = await bench.client.workflow.start(BULK_ACT, {
    ...{ workflowId: id, taskQueue: SYSTEM_TASK_QUEUE, args: [{ terms, runs, alerts: 'nobody' }] },
    memo: { [memoNames.bulkActTerms]: terms },
  });
  const stopped = await gateway.post(`/bulk-acts/${id}/cancel`, { by: 'bob', reason: 'enough' });
  expect(stopped.status).toBe(202);
  await expect
    .poll(async () => (await gateway.get(`/bulk-acts/${id}`)).body, WAIT)
    .toMatchObject({
      ...{ state: 'closed', outcome: 'cancelled', done: 0, failed: 0 },
      stopped: { by: 'bob', reason: 'enough' },
    });
  const { events } = await handle.fetchHistory();
  const begun = (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes != null).length;
  expect(begun).toBeLessThan(60);
  expect((await gateway.get(`/bulk-acts/${id}`)).body.skipped).toBe(begun);
  let open = 0;
  for (const event of events ?? []) {
    if (event.activityTaskScheduledEventAttributes != null) open++;
    if (event.activityTaskCompletedEventAttributes != null) open--;
    expect(open).toBeLessThanOrEqual(1);
  }
});

test.each([
  [{ goal: 'nobody-has-this' }, 404, 'goal_unknown'],
  [{ schedule: 'weekly' }, 404, 'schedule_unknown'],
  [{ goal: stepped.name }, 422, 'backfill_impossible'],
  [{ goal: stepped.name, step: '1s', input: {} }, 422, 'backfill_impossible'],
  [{ step: '1d' }, 422, 'body_invalid'],
  [{ step: '1d', input: {}, schedule: 'nightly' }, 422, 'body_invalid'],
  [{ to: november.from }, 422, 'body_invalid'],
  [{ atOnce: 0 }, 422, 'body_invalid'],
  [{ by: ' ' }, 422, 'body_invalid'],
  [{ from: 'yesterday' }, 422, 'body_invalid'],
  [{ keys: ['2025-05-01'] }, 422, 'body_invalid'],
  [{ from: undefined, to: undefined }, 422, 'body_invalid'],
  [{ from: undefined, to: undefined, expected: {}, step: '1d' }, 422, 'body_invalid'],
  [{ from: undefined, to: undefined, expected: {} }, 422, 'backfill_impossible'],
  [{ from: undefined, to: undefined, keys: ['1'], input: 7 }, 422, 'body_invalid'],
])('%o is refused', async (body, status, code) => {
  expect(await ask({ ...november, ...body })).toMatchObject({ status, body: { code } });
});

test.each(["gk-backfill:' OR 1", 'gk-backfill:clock-daily:00', 'clock-daily:2025-01-01'])(
  '%s is no backfill',
  async (id) => {
    expect(await gateway.get(`/backfills/${encodeURIComponent(id)}`)).toMatchObject({
      ...{ status: 404, body: { code: 'backfill_unknown' } },
    });
  },
);
