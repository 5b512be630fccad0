import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleGoals } from '../../../activities/bundle.ts';
import { lookAtRuns } from '../../../activities/runs/await-run.ts';
import { findRun } from '../../../activities/runs/find-run.ts';
import type { RunningWorker } from '../../../activities/worker.ts';
import type { Goal } from '../../../goals/index.ts';
import { publish } from '../../../goals/publish.ts';
import {
  aboutGoal,
  HOST_EVENTS,
  HOST_RUNS,
  lightHostOf,
  parseLightExecution,
} from '../../../goals/wire/light.ts';
import { LIGHT_HOST, lightHostId, memoNames } from '../../../goals/wire/names.ts';
import { endStuckHost } from '../../../process/begin-host.ts';
import { leftBy } from '../../../process/host-left.ts';
import { startRun } from '../../../process/start-run.ts';
import { usesIn } from '../../../views/used-outcomes.ts';
import { answered, gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { Replayer } from '../replayer.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { light, lightFresh, lightMixed, lightNeedy } from './goals.ts';
import { begun, jobs } from './jobs.ts';

const folder = fileURLToPath(new URL('./', import.meta.url));
const goalsModule = join(folder, 'goals.ts');
const HOSTS = 2;
let bench: Workbench;
let worker: RunningWorker;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let bundle: Awaited<ReturnType<typeof bundleGoals>>;

beforeAll(async () => {
  bench = await Workbench.open();
  worker = await bench.worker(goalsModule, goals, jobs);
  gateway = await gatewayAt(temporalAddress);
  bundle = await bundleGoals(goalsModule);
  // On a busy machine a quick call takes long: what is plain here is not told by the clock.
  for (const goal of [light, lightMixed])
    for (const n of [0, 1]) await begins(goal, n, { plainMs: PLAIN_MS });
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

const replays = Replayer.forThisFile(() => ({ workflowBundle: bundle }));
const step = (job: string, ...script: string[]) => ({ job, script });

const published = (goal: Goal) => ({
  ...publish(goal, { taskQueue: bench.taskQueue, deployment: bench.taskQueue, version: 1 }),
  ...(goal === lightNeedy ? {} : { light: { hosts: HOSTS } }),
});

async function asked(goal: Goal, input: object, more: object = {}) {
  const why = { kind: 'request' as const, at: new Date().toISOString(), by: null, reason: null, ref: null };
  const { client } = bench;
  return startRun(
    // As patient as a thousand keys at once need on a busy machine.
    { client, call: (make) => make(client.workflowService), waitMs: 300_000 },
    { publication: published(goal), input, why, ...more },
  );
}

const PLAIN_MS = 2_000;
/** Begins a host with other bounds than it has by itself. */
const begins = (
  goal: Goal,
  n: number,
  bounds: { fullAfter?: number; fullAtEvents?: number; plainMs?: number },
) =>
  bench.client.workflow.start(LIGHT_HOST, {
    workflowId: lightHostId(goal.name, n),
    taskQueue: bench.taskQueue,
    args: [{ gk: 1, goal: goal.name, about: aboutGoal(goal), n, hosts: HOSTS, ...bounds, earlier: null }],
  });

const hostOf = (goal: Goal, key: string) =>
  bench.client.workflow.getHandle(lightHostId(goal.name, lightHostOf(key, HOSTS)));

const isLight = (run: { execution: string } | undefined): boolean =>
  parseLightExecution(run?.execution ?? '') !== null;

/** A run of this input that is light: on a busy machine one may be slow, and then it is an ordinary one. */
async function plain(goal: Goal, input: object, more: object = {}) {
  for (let n = 0; n < 100; n++) {
    const key = fresh('k');
    const started = await asked(goal, { key, ...input }, more);
    if (parseLightExecution(started.execution) !== null) return { ...started, key };
  }
  throw new Error('none of a hundred runs was plain');
}

test('a light run is achieved in its host, and no workflow of its own is made', async () => {
  const steps = [step('light-note'), step('light-jot'), step('light-note')];
  const { id, how, key } = await plain(light, { steps });
  expect(how).toBe('started');
  expect(begun.get(id)).toEqual(['light-note#1 1', 'light-jot#1 1', 'light-note#2 1']);
  await expect(bench.client.workflow.getHandle(id).describe()).rejects.toThrow(/not found/i);
  await replays.replay(hostOf(light, key));
});

test('light-batches.1: a call of an inline job travels locally from the task on in which its run is recorded', async () => {
  const { key } = await plain(light, { steps: [step('light-jot'), step('light-jot')] });
  const { events = [] } = await hostOf(light, key).fetchHistory();
  const accepted =
    events?.findLastIndex((event) => event.workflowExecutionUpdateAcceptedEventAttributes) ?? 0;
  const after = events?.slice(accepted) ?? [];
  const effects = after.flatMap((event) =>
    event.activityTaskScheduledEventAttributes
      ? [event.activityTaskScheduledEventAttributes.activityType?.name]
      : event.markerRecordedEventAttributes
        ? ['local']
        : [],
  );
  expect(effects).toEqual(['light-jot', 'local']);
});

test('light-host.1: a thousand keys at once, each asked for twice, are pursued once', async () => {
  const keys = Array.from({ length: 1000 }, (_, i) => `${fresh('many')}-${i}`);
  const ask = (key: string) => asked(light, { key, steps: [step('light-note'), step('light-note')] });
  const both = await Promise.all(keys.flatMap((key) => [ask(key), ask(key)]));
  for (const [i, key] of keys.entries()) {
    const [first, second] = [both[2 * i], both[2 * i + 1]];
    expect(first?.execution).toBe(second?.execution);
    const did = begun.get(`light-one:${key}`) ?? [];
    if (isLight(first)) expect(did).toEqual(['light-note#1 1', 'light-note#2 1']);
    else expect(did).toContain('light-note#2 1');
  }
  expect(await ask(keys[0] as string)).toMatchObject({ how: 'achieved', execution: both[0]?.execution });
  for (const n of [0, 1]) await replays.replay(bench.client.workflow.getHandle(lightHostId(light.name, n)));
});

describe('what is not plain becomes an ordinary run at that moment', () => {
  const story = async (input: object, goal = light) => {
    const key = fresh('k');
    const { id, execution, how } = await asked(goal, { key, ...input });
    expect(how).toBe('started');
    const told = await bench.closed(bench.client.workflow.getHandle(id));
    expect(told.run.execution).toBe(execution);
    await replays.replay(bench.client.workflow.getHandle(id));
    await replays.replay(hostOf(goal, key));
    return { ...told, id, did: begun.get(id) ?? [] };
  };

  test('an error that heals in the batch is no reason', async () => {
    const { id } = await plain(light, { steps: [step('light-note', 'fail')] });
    expect(begun.get(id)).toEqual(['light-note#1 1', 'light-note#1 2']);
  });

  test('one that does not heal there goes on with its ledger, and what succeeded is kept', async () => {
    const { run, errors, did } = await story({
      steps: [step('light-note', 'fail'), step('light-write', 'fail')],
    });
    expect(did).toEqual([...['light-note#1 1', 'light-note#1 2', 'light-write#1 1', 'light-write#1 2']]);
    expect(run).toMatchObject({ outcome: 'achieved', output: { attempts: [2, 2] } });
    expect(run.errors).toMatchObject({ recovered: 2 });
    expect(errors.map(({ step, attempt }) => `${step} ${attempt}`).sort()).toEqual([
      ...['light-note#1 1', 'light-write#1 1'],
    ]);
  });

  test('one that is permanent fails the run, and is tried no second time', async () => {
    const { run, did } = await story({ steps: [step('light-note'), step('light-note', 'permanent')] });
    expect(did).toEqual(['light-note#1 1', 'light-note#2 1']);
    expect(run).toMatchObject({
      outcome: 'failed',
      failure: { kind: 'job', code: 'gone', path: ['light-note#2'], cause: { attempt: 1 } },
    });
  });

  test('attempts that are exhausted fail it, and one that the goal handles does not', async () => {
    const steps = [step('light-note', 'fail', 'fail', 'fail'), step('light-note')];
    expect((await story({ steps })).run).toMatchObject({ outcome: 'failed', failure: { code: 'said_no' } });
    const { run, did } = await story({ steps, catches: true });
    expect(run).toMatchObject({ outcome: 'achieved', output: { attempts: [-1, 1] }, errors: { handled: 3 } });
    expect(did).toEqual([...['light-note#1 1', 'light-note#1 2', 'light-note#1 3', 'light-note#2 1']]);
  });

  test('a criterion that is not met, a bug, and a step that takes long', async () => {
    const steps = [step('light-note')];
    const unmet = await story({ steps, ends: 'unmet' });
    expect(unmet.run).toMatchObject({ outcome: 'failed', failure: { kind: 'criteria' } });
    expect(unmet.did).toEqual(['light-note#1 1']);
    expect((await story({ steps, ends: 'throws' })).run).toMatchObject({
      outcome: 'failed',
      failure: { kind: 'code', code: 'pursue_threw' },
    });
    const slow = await story({ steps: [step('light-note'), step('light-note', `wait:${PLAIN_MS + 500}`)] });
    expect(slow.run).toMatchObject({ outcome: 'achieved', output: { attempts: [1, 1] } });
    expect(slow.did.filter((one) => one.startsWith('light-note#1'))).toHaveLength(1);
  });

  test('a step of a job that is not quick, and a sleep', async () => {
    const steps = [step('light-note'), step('light-slow')];
    const { run, did } = await story({ steps, ends: 'sleeps' }, lightMixed);
    expect(run).toMatchObject({ outcome: 'achieved', output: { attempts: [1, 1] } });
    expect(did).toEqual(['light-note#1 1', 'light-slow#1 1']);
  });

  test('light-run.1: a pursuit that waits for nothing holds nobody up', async () => {
    const waits = fresh('k');
    const [stands, goes] = await Promise.all([
      asked(light, { key: waits, steps: [], ends: 'waits' }),
      plain(light, { steps: [step('light-note')] }),
    ]);
    expect(goes.how).toBe('started');
    expect(parseLightExecution(stands.execution)).toBeNull();
    // It is asked for again: the ordinary run is joined.
    expect(await asked(light, { key: waits, steps: [], ends: 'waits' })).toMatchObject({
      how: 'joined',
      execution: stands.execution,
    });
    await bench.client.workflow.getHandle(stands.id).terminate('it would wait for ever');
  });

  test('what its jobs show goes with it, and nothing is done again', async () => {
    const { run, did } = await story({ steps: [step('light-note', 'show'), step('light-note')] });
    expect(run).toMatchObject({ outcome: 'achieved', artifacts: { kept: 1, dropped: 0 } });
    expect(did.sort()).toEqual(['light-note#1 1', 'light-note#2 1']);
  });

  test('light-run.2: what is under way is waited for, and kept', async () => {
    const { run, did } = await story({
      steps: [step('light-note', 'permanent'), step('light-write', 'wait:100')],
      atOnce: true,
      catches: true,
    });
    expect(run).toMatchObject({ outcome: 'achieved', output: { attempts: [-1, 1] } });
    expect(did.sort()).toEqual(['light-note#1 1', 'light-write#1 1']);
  });

  test('light-host.3: an ordinary run is started once for a light one, however often it is asked for', async () => {
    const input = { key: fresh('k'), steps: [step('light-note')], catches: false, ends: 'well' };
    const seed = { gk: 'light' as const, from: 'somewhere', begun: Date.now(), results: [], unfinished: [] };
    const more = { identity: 'light:somewhere', host: { seed } };
    const first = await asked(light, input, more);
    await bench.closed(bench.client.workflow.getHandle(first.id));
    expect(await asked(light, input, more)).toMatchObject({ how: 'started', execution: first.execution });
  });

  test('a key with another input is refused, open or achieved', async () => {
    const key = fresh('k');
    const both = [asked(light, { key, steps: [step('light-note')] }), asked(light, { key, steps: [] })];
    const [first, second] = await Promise.allSettled(both);
    expect(first?.status).toBe('fulfilled');
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'input_differs' } });
    await expect(asked(light, { key, steps: [] })).rejects.toMatchObject({ code: 'input_differs' });
  });

  test('a request that is sent again gets the execution that it had got, also where that was forced', async () => {
    const input = { key: fresh('k'), steps: [step('light-note')] };
    const first = await asked(light, input);
    const forced = await asked(light, input, { force: true, identity: 'test:1' });
    expect(forced).toMatchObject({ how: 'started' });
    expect(forced.execution).not.toBe(first.execution);
    // light.2: each time.
    for (let i = 0; i < 3; i++)
      expect(await asked(light, input, { force: true, identity: 'test:1' })).toMatchObject({
        ...{ how: 'started', execution: forced.execution },
      });
    if (!isLight(first) || !isLight(forced)) return;
    expect(await asked(light, input, { identity: 'test:2' })).toMatchObject({ how: 'achieved' });
    const later = await asked(light, input, { force: true });
    for (let i = 0; i < 2; i++)
      expect(await asked(light, input, { identity: 'test:2' })).toMatchObject({
        ...{ how: 'achieved', execution: forced.execution },
      });
    expect(later.execution).not.toBe(forced.execution);
  });

  test('light.2: a request that was refused got nothing: sent again, it is judged as things are then', async () => {
    const input = { key: fresh('k'), steps: [step('light-note')] };
    const paused = { since: '', at: new Date().toISOString(), by: null, reason: null };
    const publication = { ...published(light), paused };
    for (let i = 0; i < 2; i++)
      await expect(asked(light, input, { publication, identity: 'test:3' })).rejects.toMatchObject({
        code: 'goal_paused',
      });
    const { how, id, execution } = await asked(light, input, { identity: 'test:3' });
    expect(how).toBe('started');
    expect(begun.get(id)).toEqual(['light-note#1 1']);
    expect(await asked(light, input, { identity: 'test:3' })).toMatchObject({ how: 'started', execution });
  });

  test('a goal that is paused starts nothing, and answers what there is', async () => {
    const input = { key: fresh('k'), steps: [step('light-note')] };
    const paused = { since: '', at: new Date().toISOString(), by: null, reason: null };
    const publication = { ...published(light), paused };
    await expect(asked(light, input, { publication })).rejects.toMatchObject({ code: 'goal_paused' });
    const { execution } = await asked(light, input);
    expect(await asked(light, input, { publication })).toMatchObject({ how: 'achieved', execution });
  });
});

test('a run that needs light runs asks at their hosts, and its history tells of each', async () => {
  const before = await plain(light, { steps: [step('light-note')] });
  const ofBefore = { key: before.key, steps: [step('light-note')] };
  const ofNew = { key: fresh('k'), steps: [step('light-jot')] };
  const ofSlow = { key: fresh('k'), steps: [step('light-note')], ends: 'sleeps' };
  const of = [ofBefore, ofNew, ofNew, ofSlow];
  const { id } = await asked(lightNeedy, { key: fresh('k'), of });
  const handle = bench.client.workflow.getHandle(id);
  const { run } = await bench.closed(handle);
  expect(run).toMatchObject({ outcome: 'achieved', output: { attempts: [[1], [1], [1], [1]] } });
  expect(run.steps).toMatchObject(
    of.map(({ key }) => ({ kind: 'goal', state: 'succeeded', run: `light-one:${key}` })),
  );
  const { events } = await handle.fetchHistory();
  expect(usesIn(events ?? []).map(({ run, through }) => [run, through])).toEqual(
    of.map(({ key }) => [`light-one:${key}`, 'achieve']),
  );
  expect(usesIn(events ?? [])[0]).toMatchObject({ execution: before.execution });
  expect(begun.get(before.id)).toEqual(['light-note#1 1']);
  await replays.replay(handle);
  const inActivity = <T>(make: () => Promise<T>): Promise<T> =>
    asyncLocalStorage.run({ client: bench.client, info: {} } as Context, make);
  const gone = `light-one:${fresh('k')}`;
  expect(await inActivity(() => findRun(before.id))).toMatchObject({
    state: 'achieved',
    execution: before.execution,
  });
  expect(await inActivity(() => findRun(gone))).toMatchObject({ state: 'gone' });
  const seen = await inActivity(() => lookAtRuns([gone, before.id, `light-one:${ofSlow.key}`]));
  expect(seen).toEqual(['none', 'achieved', 'achieved']);
});

test('light-host.2: a host that goes on in another execution loses nothing, and remembers all keys (light-door.2)', async () => {
  await begins(lightFresh, 0, { fullAfter: 20 });
  await begins(lightFresh, 1, { fullAtEvents: 20 });
  const keys = Array.from({ length: 200 }, (_, i) => `${fresh('full')}-${i}`);
  const ask = (key: string, identity = `test:${key}`) =>
    asked(lightFresh, { key, steps: [step('light-note'), step('light-jot')] }, { identity });
  const started: string[] = [];
  for (let at = 0; at < keys.length; at += 25)
    for (const { execution, how } of await Promise.all(keys.slice(at, at + 25).map((key) => ask(key)))) {
      expect(how).toBe('started');
      started.push(execution);
    }
  const executionsOf = (n: number) =>
    started.flatMap((execution, i) =>
      lightHostOf(keys[i] as string, HOSTS) === n ? (parseLightExecution(execution)?.host ?? []) : [],
    );
  for (const n of [0, 1]) expect(new Set(executionsOf(n)).size).toBeGreaterThan(2);
  // light-keys.1: also those that only an execution long before knows.
  const again = await Promise.all(keys.map((key) => ask(key, `again:${key}`)));
  expect(again.map(({ execution }) => execution)).toEqual(started);
  expect(again.every(({ how }) => how === 'achieved')).toBe(true);
  // light.2
  for (let i = 0; i < 2; i++) {
    const same = await Promise.all(keys.map((key) => ask(key)));
    expect(same.map(({ execution }) => execution)).toEqual(started);
    expect(same.every(({ how }) => how === 'started')).toBe(true);
  }
  for (const [i, key] of keys.entries())
    if (isLight({ execution: started[i] ?? '' })) expect(begun.get(`light-fresh:${key}`)).toHaveLength(2);
  for (const n of [0, 1])
    for (const execution of new Set(executionsOf(n)))
      await replays.replay(bench.client.workflow.getHandle(lightHostId(lightFresh.name, n), execution));
});

test('a history of a host tells what it had not answered, and what was done of it', async () => {
  const steps = [step('light-note', 'fail'), step('light-write')];
  const { key, execution } = await plain(light, { steps });
  const { host = '', update = '' } = parseLightExecution(execution) ?? {};
  const { workflowId } = hostOf(light, key);
  const { events } = await bench.client.workflow.getHandle(workflowId, host).fetchHistory();
  const whole = events ?? [];
  const answered = whole.findIndex(
    (event) => event.workflowExecutionUpdateCompletedEventAttributes?.meta?.updateId === update,
  );
  expect(leftBy(whole, host)?.runs).toEqual([]);
  const beforeAnswer = leftBy(whole.slice(0, answered), host)?.runs ?? [];
  expect(beforeAnswer.map(({ ask, seed }) => [ask.key, seed.results.map(({ path }) => path)])).toEqual([
    [key, ['light-note#1', 'light-write#1']],
  ]);
  expect(beforeAnswer[0]?.seed.results[0]).toMatchObject({ output: { attempt: 2 }, ledger: { total: 1 } });
  const completed = whole
    .slice(0, answered)
    .findLastIndex((event) => event.activityTaskCompletedEventAttributes);
  const [left] = leftBy(whole.slice(0, completed), host)?.runs ?? [];
  expect(left?.seed.results.map(({ path }) => path)).toEqual(['light-note#1']);
  // It was under way: as after the loss of its worker.
  expect(left?.seed.unfinished).toMatchObject([
    { path: 'light-write#1', carried: { ledger: { total: 1, last: [], first: [{ code: 'worker_lost' }] } } },
  ]);
});

test('begin-host.1: after a host that was ended, its open runs are ordinary ones, and its keys are known', async () => {
  const before = await plain(light, { steps: [step('light-note')] });
  let execution = '';
  for (let n = 0; n < 20 && execution === ''; n++) {
    const key = fresh('k');
    const steps = [step('light-note'), step('light-note', 'wait:250')];
    const answer = asked(light, { key, steps }, { actors: ['ada'] });
    const host = hostOf(light, key);
    await expect
      .poll(() => begun.get(`light-one:${key}`)?.includes('light-note#2 1') ?? false, {
        timeout: 30_000,
        interval: 5,
      })
      .toBe(true);
    await host.terminate('by a test');
    const got = await answer;
    // It may have ended in time.
    if (parseLightExecution(got.execution) !== null) continue;
    execution = got.execution;
    const { run } = await bench.closed(bench.client.workflow.getHandle(got.id));
    expect(run).toMatchObject({ outcome: 'achieved', execution });
    const { memo } = await bench.client.workflow.getHandle(got.id, execution).describe();
    expect(memo?.[memoNames.actors]).toEqual(['ada']);
    expect(begun.get(got.id)?.filter((one) => one.startsWith('light-note#1'))).toHaveLength(1);
    expect(await asked(light, { key, steps })).toMatchObject({ how: 'achieved', execution });
  }
  expect(execution).not.toBe('');
  await hostOf(light, before.key)
    .terminate('by a test')
    .catch(() => undefined);
  const ask = () => asked(light, { key: before.key, steps: [step('light-note')] });
  for (const again of await Promise.all([ask(), ask()]))
    expect(again).toMatchObject({ how: 'achieved', execution: before.execution });
  // A worker that takes it over replays no more runs than it can in a second.
  const { events } = await hostOf(light, before.key).fetchHistory();
  expect(leftBy(events ?? [], '')?.host).toMatchObject({ fullAfter: HOST_RUNS, fullAtEvents: HOST_EVENTS });
});

test('a host whose task fails again and again is ended', async () => {
  const workflowId = lightHostId('light-unknown', 0);
  const { client } = bench;
  const handle = await client.workflow.start(LIGHT_HOST, {
    workflowId,
    taskQueue: bench.taskQueue,
    args: [{ gk: 1, goal: 'light-unknown', about: aboutGoal(light), n: 0, hosts: 1, earlier: null }],
  });
  await expect
    .poll(
      async () => {
        await endStuckHost({ client, call: (make) => make(client.workflowService) }, workflowId);
        return (await handle.describe()).status.name;
      },
      { timeout: 120_000, interval: 500 },
    )
    .toBe('TERMINATED');
});

test('a light run is asked for at a gateway, and is found there as any other, with no worker up', async () => {
  const ask = (key: string) =>
    answered(() =>
      gateway.post(
        `/goals/${light.name}/runs`,
        { input: { key, steps: [step('light-note', 'fail'), step('light-jot')] }, by: 'ada' },
        { prefer: 'wait=30' },
      ),
    );
  // The catalogue lags, and on a busy machine a run may be slow.
  let run = (await ask(fresh('at'))).body;
  await expect
    .poll(
      async () => {
        run = (await ask(fresh('at'))).body;
        return parseLightExecution(run.execution);
      },
      { timeout: 60_000, interval: 200 },
    )
    .not.toBeNull();
  expect(run).toMatchObject({
    ...{ goal: light.name, outcome: 'achieved', output: { attempts: [2, 1] }, team: 'tests', owner: 'tests' },
    why: { kind: 'request', by: 'ada' },
    errors: { recovered: 1 },
    criteria: [{ name: 'it was well', met: true }],
  });
  const earlier = await plain(lightFresh, { steps: [step('light-note')] });
  // One update of a gateway may ask for a key several times.
  const key = fresh('many');
  const many = await Promise.all(Array.from({ length: 8 }, () => ask(key)));
  expect(new Set(many.map(({ body }) => body.execution)).size).toBe(1);
  await worker.stop();
  expect((await gateway.get(`/runs/${light.name}:${key}`)).body).toMatchObject({
    ...{ execution: many[0]?.body.execution, outcome: 'achieved' },
  });
  const shown = await gateway.get(`/runs/${run.id}`);
  expect(shown.body).toMatchObject({ ...run, errors: run.errors });
  expect(shown.body.steps).toMatchObject([
    { path: 'light-note#1', state: 'succeeded', attempts: 2 },
    { path: 'light-jot#1', state: 'succeeded', attempts: 1 },
  ]);
  expect((await gateway.get(`/runs/${run.id}?execution=${run.execution}`)).body).toEqual(shown.body);
  expect((await gateway.get(`/runs/${run.id}/errors`)).body.items).toMatchObject([
    { step: 'light-note#1', attempt: 1, code: 'said_no', disposition: 'recovered' },
  ]);
  expect((await gateway.get(`/runs/${earlier.id}`)).body).toMatchObject({ execution: earlier.execution });
  expect((await gateway.get(`/runs/${light.name}:never-asked-for`)).status).toBe(404);
  const deletion = await fetch(`${gateway.url}/runs/${run.id}`, {
    method: 'DELETE',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'the customer asked for it' }),
  });
  expect(deletion.status).toBe(409);
  expect(await deletion.json()).toMatchObject({ code: 'run_light' });
  expect((await gateway.get(`/runs/${run.id}`)).body).toEqual(shown.body);
  const cancelled = await gateway.post(`/runs/${run.id}/cancel`, { reason: 'too late', by: 'ada' });
  expect(cancelled).toMatchObject({ status: 409, body: { code: 'run_closed' } });
});
