// Runs that cannot go on, nor end by themselves: their code was changed under them, and then brought back; or no worker
// came. All of them at once, on a real server, asked by a real gateway.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { metricsText } from '../../../activities/metrics.ts';
import type { RunningWorker } from '../../../activities/worker.ts';
import type { Goal } from '../../../goals/index.ts';
import { type Announcement, alertSchema } from '../../../goals/wire/alerts.ts';
import { alertSignals, memoNames } from '../../../goals/wire/names.ts';
import { tryAgain } from '../../../process/try-again.ts';
import { eventually, gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { QUICK, webhook } from '../alerts/alerted.ts';
import { Receiver } from '../alerts/receiver.ts';
import { Gate } from '../persistence/latch-jobs/gate.ts';
import { fresh, Workbench } from '../workbench.ts';
import before from './before.ts';
import after from './changed/after.ts';
import { jobs } from './jobs.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });
const WITHIN = { timeout: 150_000, interval: 200 };

const alertsId = fresh('alerts');
const settings = { ...QUICK, stuckMs: 500, overdueMs: 1_500 };
const unserved = fresh('nobody');
const waits = ['approve', 'sleep', 'retry', 'map'] as const;
const pathOf = (module: string): string => fileURLToPath(new URL(module, import.meta.url));

let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let receiver: Receiver;
let worker: RunningWorker;
let gate: Gate;
let shut: Gate;
const key = fresh('k');

const serve = async (module: string, goals: typeof before): Promise<RunningWorker> => {
  const alerts = { id: alertsId, sinks: [webhook(receiver)], url: 'https://gk.example', settings };
  return bench.worker(pathOf(module), goals, jobs, undefined, alerts);
};

const start = async (
  name: string,
  { path }: Gate,
  queue = bench.taskQueue,
  itsKey = key,
): Promise<string> => {
  const goal = before.find((one) => one.name === name);
  if (goal === undefined) throw new Error(`there is no goal ${name}`);
  return (await bench.start(goal, { key: itsKey, gate: path }, queue)).workflowId;
};

const run = async (id: string) => (await gateway.get(`/runs/${id}`)).body;
const decide = (id: string, wait: number) =>
  gateway.post(`/runs/${id}/approvals/go`, { decision: 'approve', by: 'ada' }, { prefer: `wait=${wait}` });
const idOf = (name: string): string => `stuck-${name}:${key}`;

async function alerts() {
  const { memo } = await bench.client.workflow.getHandle(alertsId).describe();
  return alertSchema.array().parse(memo?.[memoNames.alerts]);
}

/** Runs that wait at something, when another deployment takes the place of the one that began them. */
beforeAll(async () => {
  bench = await Workbench.open();
  receiver = new Receiver();
  await receiver.up();
  gateway = await gatewayAt(temporalAddress, 'default', undefined, alertsId, [], {
    stuckAfterMs: settings.stuckMs,
  });
  [gate, shut] = [await Gate.closed(), await Gate.closed('the warehouse is down')];
  worker = await serve('./before.ts', before);
  const begun = async (names: string[], at: Gate): Promise<void> => {
    for (const name of names) await start(`stuck-${name}`, at);
    for (const name of names) await eventually(async () => (await run(idOf(name))).steps.length > 0);
  };
  await begun([...waits], gate);
  await begun(
    waits.map((name) => `${name}-due`),
    shut,
  );
  // The first begins what it needs, the second joins that.
  for (const which of ['starts', 'joins']) {
    const needy = before.find(({ name }) => name === 'stuck-needs') as Goal;
    const input = { key: `${key}-${which}`, of: `${key}-needed`, gate: shut.path };
    const { workflowId } = await bench.start(needy, input);
    await eventually(async () => (await run(workflowId)).steps.length > 0);
    if (which === 'starts')
      await eventually(async () => (await run(`stuck-approve-due:${key}-needed`)).steps?.length > 0);
  }
  // A worker that is gone: it has said which queue was its.
  const announcement: Announcement = {
    ...{ taskQueue: unserved, deliverOn: bench.taskQueue, sinks: [], settings },
  };
  await bench.client.workflow.getHandle(alertsId).signal(alertSignals.announce, announcement);
  await worker.stop();
  worker = await serve('./changed/after.ts', after);
  await start('stuck-loop', gate);
  await start('stuck-stray', gate);
  await gate.open();
});
afterAll(async () => {
  await gateway?.stop();
  await receiver?.down();
  await bench?.client.workflow
    .getHandle(alertsId)
    .terminate()
    .catch(() => undefined);
  await bench?.close();
});

test('a run that no worker serves says so, is late, and ends at its deadline', async () => {
  const id = await start('stuck-approve-due', gate, unserved, `${key}-alone`);
  const found = await run(id);
  const startedAt = Date.parse(found.startedAt);
  expect(found).toMatchObject({
    state: 'pursuing',
    deadline: new Date(startedAt + 25_000).toISOString(),
    expected: new Date(startedAt + 4_000).toISOString(),
    noWorker: { queue: unserved },
  });
  await expect
    .poll(async () => (await run(id)).failure, WITHIN)
    .toMatchObject({
      ...{ kind: 'deadline', code: 'deadline_passed' },
      message: `the deadline passed while no worker served the queue ${unserved}`,
    });
});

test('a decision that the changed code cannot take says why; the run is stuck then, and says so first', async () => {
  const { status, body } = await decide(idOf('approve'), 8);
  expect([503, 409]).toContain(status);
  expect(body.detail).toContain('go#1 is what it did');
  await expect.poll(async () => (await run(idOf('approve'))).state, WITHIN).toBe('stuck');
  const refused = await decide(idOf('approve'), 8);
  expect([refused.status, refused.body.code]).toEqual([409, 'run_stuck']);
  expect(refused.body.stuck).toMatchObject({ code: 'code_changed' });
});

test.each([
  ['approve', 'to ask go#1 is what it did, and the code of now runs a job in its place'],
  ['sleep', 'sleep#1 is what it did, and the code of now runs a job in its place'],
  ['retry', 'pass#1 is what it did, and the code of now does count#1 in its place'],
  ['map', 'the code of now'],
])(
  'a run that waits at a step of the kind %s when its code changes is stuck, and tells the difference',
  async (name, message) => {
    await expect.poll(async () => (await run(idOf(name))).state, WITHIN).toBe('stuck');
    const { stuck, outcome } = await run(idOf(name));
    expect(outcome).toBeNull();
    expect(stuck).toMatchObject({ code: 'code_changed', message: expect.stringContaining(message) });
    expect(stuck.attempts).toBeGreaterThan(2);
    expect(stuck.began).toMatch(/^[0-9a-f]{24}$/);
  },
);

test('a run whose code loops is stuck, and the worker and its other runs outlive that', async () => {
  await expect.poll(async () => (await run(idOf('loop'))).state, WITHIN).toBe('stuck');
  expect((await run(idOf('loop'))).stuck).toMatchObject({ code: 'code_loops' });
  const { body } = await gateway.post(`/runs/${idOf('loop')}/cancel`, { by: 'bob' });
  expect([body.state, body.outcome]).toEqual(['closed', 'cancelled']);
});

test('a run that never looks at what it has begun is stuck once that fails, and says so', async () => {
  await expect.poll(async () => (await run(idOf('stray'))).state, WITHIN).toBe('stuck');
  const { stuck } = await run(idOf('stray'));
  expect(stuck.code).toBe('code_stuck');
  expect(stuck.message).toMatch(/never awaits, and that has failed: .*it does not fit/);
  const { body } = await gateway.post(`/runs/${idOf('stray')}/cancel`, { by: 'bob' });
  expect([body.state, body.outcome]).toEqual(['closed', 'cancelled']);
});

test('stuck runs are listed and counted, and their owner was told of each goal once', async () => {
  await expect
    .poll(async () => {
      const { body } = await gateway.get('/runs?state=stuck&limit=50');
      return body.items
        .map(({ id }: { id: string }) => id)
        .filter((id: string) => waits.map(idOf).includes(id as never)).length;
    }, WITHIN)
    .toBe(waits.length);
  const metrics = async () => (await fetch(`${gateway.url}/metrics`)).text();
  await expect
    .poll(metrics, WITHIN)
    .toMatch(/goalkeeper_goal_open_runs\{team="stuck",goal="stuck-sleep",state="stuck"\} 1/);
  const told = () =>
    receiver.received
      .filter(({ body }) => body.type === 'goal.stuck')
      .flatMap(({ body }) => body.data.goals.map(({ goal }: { goal: string }) => goal));
  await expect.poll(told, WITHIN).toEqual(expect.arrayContaining(waits.map((name) => `stuck-${name}`)));
  expect(new Set(told()).size).toBe(told().length);
  const text = receiver.received.find(({ body }) => body.type === 'goal.stuck')?.body.data.text;
  expect(text).toContain('owner ada, team stuck');
  expect(text).toContain('resume');
});

test.each(waits)(
  'a run that waits at a step of the kind %s, and cannot go on, ends at its deadline',
  async (name) => {
    const id = idOf(`${name}-due`);
    await expect.poll(async () => (await run(id)).state, WITHIN).toBe('closed');
    const { outcome, failure } = await run(id);
    expect([outcome, failure.code]).toEqual(['failed', 'deadline_passed']);
    expect(failure.message).toContain('stuck');
    const counted = `goalkeeper_goal_outcomes_total{team="stuck",goal="stuck-${name}-due",status="failed",kind="deadline"} `;
    const number = Number((await metricsText()).text.split(counted)[1]?.split('\n')[0]);
    expect(number).toBeGreaterThan(0);
    // What its steps had met is not lost.
    if (name !== 'retry') return;
    // The deadline may have cut the last attempt short.
    expect(failure).toMatchObject({
      path: ['pass#1'],
      cause: {
        message: expect.stringMatching(/^(the warehouse is down|no result after \d+ ms)$/),
        step: 'pass#1',
      },
    });
    const { body } = await gateway.get(`/runs/${id}/errors`);
    expect(body.items.length).toBeGreaterThan(0);
  },
);

test.each(['starts', 'joins'])(
  'a run that %s what it needs fails as that did, which could not end itself',
  async (which) => {
    const id = `stuck-needs:${key}-${which}`;
    await expect.poll(async () => (await run(id)).state, WITHIN).toBe('closed');
    const { failure, steps } = await run(id);
    expect(failure).toMatchObject({ kind: 'dependency', code: 'deadline_passed' });
    expect(failure.message).toContain('needs stuck-approve-due, which failed: the deadline passed while');
    expect(steps).toMatchObject([{ path: 'stuck-approve-due#1', state: 'failed' }]);
  },
);

test('a stuck run that is cancelled is over at once, and can be gone on from', async () => {
  const { status, body } = await gateway.post(`/runs/${idOf('sleep')}/cancel`, {
    by: 'bob',
    reason: 'no more',
  });
  expect([status, body.state, body.outcome, body.failure]).toEqual([202, 'closed', 'cancelled', null]);
  const listed = await gateway.get('/runs?outcome=cancelled&goal=stuck-sleep');
  expect(listed.body.items.map(({ id }: { id: string }) => id)).toContain(idOf('sleep'));
  const goals = async () => (await gateway.get('/goals')).body.items ?? (await gateway.get('/goals')).body;
  const recordOf = async () =>
    (await goals()).find(({ goal }: { goal: string }) => goal === 'stuck-sleep')?.record;
  await expect.poll(recordOf, WITHIN).toMatchObject({ cancelled: 1, failed: 0 });
  const records = async (outcome: string) => {
    const since = new Date(Date.now() - 3_600_000).toISOString();
    const path = `/records?goal=stuck-sleep&outcome=${outcome}&since=${since}`;
    return (await (await fetch(`${gateway.url}${path}`)).text())
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).run.id ?? JSON.parse(line).run);
  };
  expect([await records('cancelled'), await records('failed')]).toEqual([[idOf('sleep')], []]);
  const resumed = await gateway.post(`/runs/${idOf('sleep')}/resume`, {});
  expect(resumed.body.resumes).toMatchObject({ execution: body.execution, outcome: 'cancelled' });
  await expect.poll(async () => (await run(idOf('sleep'))).outcome, WITHIN).toBe('achieved');
});

test('a stuck run is gone on from with the code of now: what had succeeded is kept', async () => {
  const plan = await gateway.post(`/runs/${idOf('retry')}/resume`, { dryRun: true });
  expect(plan.body.kept).toMatchObject([{ step: 'pass#1' }]);
  const { execution } = await run(idOf('retry'));
  const resumed = await gateway.post(`/runs/${idOf('retry')}/resume`, { by: 'bob' });
  expect(resumed.body.resumes).toMatchObject({ execution, outcome: 'cancelled', by: 'bob' });
  await expect.poll(async () => (await run(idOf('retry'))).outcome, WITHIN).toBe('achieved');
  const { steps } = await run(idOf('retry'));
  expect(steps.find(({ path }: { path: string }) => path === 'pass#1').kept).toMatchObject({
    from: execution,
  });
});

test('a stuck run stands in the way of nobody who wants its goal pursued anew', async () => {
  const { execution } = await run(idOf('map'));
  const forced = await gateway.post('/goals/stuck-map/runs', {
    ...{ input: { key, gate: gate.path }, force: true, by: 'bob', reason: 'once more' },
  });
  expect([forced.status, forced.body.execution === execution]).toEqual([202, false]);
  await expect.poll(async () => (await run(idOf('map'))).outcome, WITHIN).toBe('achieved');
});

test('when its own code is back, a stuck run goes on at once where it is asked to, and its alert is settled', async () => {
  const { execution } = await run(idOf('approve'));
  await worker.stop();
  worker = await serve('./before.ts', before);
  const resumed = await gateway.post(`/runs/${idOf('approve')}/resume`, {});
  // By chance the server may have tried it just before.
  if (resumed.status !== 409) expect(resumed.body).toMatchObject({ execution, resumes: null });
  await expect.poll(async () => (await run(idOf('approve'))).state, WITHIN).toMatch(/waiting|closed/);
  expect((await run(idOf('approve'))).execution).toBe(execution);
  // A decision of before that nobody could take may still have been on its way, and is taken now.
  await expect
    .poll(async () => {
      const { status, body } = await decide(idOf('approve'), 20);
      return status === 200 || body.code === 'run_closed' || body.code === 'approval_closed';
    }, WITHIN)
    .toBe(true);
  await expect.poll(async () => (await run(idOf('approve'))).outcome, WITHIN).toBe('achieved');
  const open = async () => (await alerts()).filter(({ kind, state }) => kind === 'stuck' && state === 'open');
  await expect.poll(open, WITHIN).toEqual([]);
});

test('while old and new code serve one queue, runs of the old go on once an old worker has their task', async () => {
  const ids = ['a', 'b', 'c'].map((name) => `stuck-approve:${key}-${name}`);
  for (const id of ids) await start('stuck-approve', gate, bench.taskQueue, id.slice(id.indexOf(':') + 1));
  for (const id of ids) await eventually(async () => (await run(id)).state === 'waiting');
  await worker.stop();
  await serve('./changed/after.ts', after);
  // The new one has each of them first, and cannot go on with it.
  for (const { status } of await Promise.all(ids.map((id) => decide(id, 1)))) expect(status).not.toBe(200);
  worker = await serve('./before.ts', before);
  const goOn = async (id: string): Promise<string | null> => {
    const { outcome } = await run(id);
    if (outcome !== null) return outcome;
    const described = await bench.client.workflow.getHandle(id).describe();
    await tryAgain({ client: bench.client, call: (make) => make(bench.client.workflowService) }, described);
    await decide(id, 1);
    return null;
  };
  await expect.poll(() => Promise.all(ids.map(goOn)), WITHIN).toEqual(ids.map(() => 'achieved'));
  for (const id of ids) {
    const { steps } = await run(id);
    expect(steps.map(({ path }: { path: string }) => path)).toEqual(['go#1', 'act#1']);
  }
  // What was told of them is settled, and nothing was told as failed.
  const untrue = async () =>
    (await alerts()).filter(
      ({ kind, state, goals }) =>
        goals.some(({ goal }) => goal === 'stuck-approve') && (kind === 'failed' || state === 'open'),
    );
  await expect.poll(untrue, WITHIN).toEqual([]);
});
