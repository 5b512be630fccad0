// What a run created is torn down whatever becomes of the run, on a real server. The thing is a process,
// which the tests look at themselves.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Goal } from '../../../goals/index.ts';
import { gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { QUICK, webhook } from '../alerts/alerted.ts';
import { Receiver } from '../alerts/receiver.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { again, leased, leasedInTime, nothingCreated, released, wrong } from './goals.ts';
import { jobs } from './jobs.ts';
import { lives, Thing } from './thing.ts';

const goalsModule = fileURLToPath(new URL('./goals.ts', import.meta.url));
const SOON = { timeout: 60_000, interval: 50 };
let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let folder: string;
const receiver = new Receiver();
const alertsId = fresh('alerts');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leases-'));
  bench = await Workbench.open();
  gateway = await gatewayAt(temporalAddress);
  await receiver.up();
  const alerts = { id: alertsId, sinks: [webhook(receiver)], url: 'https://gk.example', settings: QUICK };
  await bench.worker(goalsModule, goals, jobs, undefined, alerts);
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.client.workflow.getHandle(alertsId).terminate();
  await receiver.down();
  await bench?.close();
});

type What = 'ok' | 'fail' | 'wait';

function begin(what: What, input: object = {}) {
  const key = fresh('k');
  return { thing: new Thing(folder, key), input: { key, folder, what, ...input } };
}

/** Starts a run and waits until its last step works on the thing. */
async function underWay(goal: Goal, input: object = {}) {
  const { thing, input: given } = begin('wait', input);
  const handle = await bench.start(goal, given);
  await expect.poll(() => thing.count('began last'), SOON).toBe(1);
  const pid = await thing.pid();
  expect(lives(pid)).toBe(true);
  return { thing, handle, pid };
}

const run = async ({ workflowId }: Pick<WorkflowHandle, 'workflowId'>) =>
  (await gateway.get(`/runs/${workflowId}`)).body;

// biome-ignore lint/suspicious/noExplicitAny: whatever the gateway answers is looked at
const leaseOf = (of: any) => of.steps.find(({ kind }: { kind: string }) => kind === 'lease').lease;

async function cleaned(handle: Pick<WorkflowHandle, 'workflowId'>) {
  await expect.poll(async () => leaseOf(await run(handle)).state, SOON).toBe('cleaned');
  return run(handle);
}

/** The leases of a goal that are still open, by the gateway's list. */
const listed = async (goal: Goal, id: string) =>
  (await gateway.get(`/leases?goal=${goal.name}&limit=100`)).body.items.filter(
    (lease: { run: string }) => lease.run === id,
  );

describe('what a run created is gone', () => {
  test('when it is achieved, and its view tells of the lease', async () => {
    const { thing, handle, pid } = await underWay(leased);
    const id = leaseOf(await run(handle)).id;
    expect(leaseOf(await run(handle))).toMatchObject({ state: 'held', why: null });
    await expect
      .poll(() => listed(leased, handle.workflowId), SOON)
      .toMatchObject([
        {
          ...{ id, state: 'held', run: handle.workflowId, goal: 'leased', team: 'leases', owner: 'tests' },
          ...{ job: 'destroy-thing', step: 'destroy-thing#1', failed: 0, errors: [], retries: [] },
        },
      ]);
    await thing.put('last');
    const { run: achieved } = await bench.closed(handle);
    expect(achieved.outcome).toBe('achieved');
    await expect.poll(() => lives(pid), SOON).toBe(false);
    const { steps } = await cleaned(handle);
    expect(steps.map(({ path, kind, state }: Record<string, string>) => [path, kind, state])).toEqual([
      ['work#1', 'job', 'succeeded'],
      ['destroy-thing#1', 'lease', 'succeeded'],
      ['create-thing#1', 'job', 'succeeded'],
      ['work#2', 'job', 'succeeded'],
      ['work#3', 'job', 'succeeded'],
    ]);
    expect(await thing.count('destroyed')).toBe(1);
    await expect.poll(() => listed(leased, handle.workflowId), SOON).toEqual([]);
    expect((await gateway.get(`/leases/${id}`)).body).toMatchObject({ state: 'cleaned', failed: 0 });
  });

  test('when it fails', async () => {
    const { thing, input } = begin('fail');
    const handle = await bench.start(leased, input);
    expect((await bench.closed(handle)).run).toMatchObject({ outcome: 'failed' });
    expect(leaseOf(await cleaned(handle)).why).toBe('closed');
    expect(await thing.log()).toContain('created');
    expect(await thing.count('destroyed')).toBe(1);
  });

  test('when it is cancelled', async () => {
    const { handle, pid } = await underWay(leased);
    await gateway.post(`/runs/${handle.workflowId}/cancel`, { reason: 'not wanted' });
    expect((await bench.closed(handle)).run.outcome).toBe('cancelled');
    await expect.poll(() => lives(pid), SOON).toBe(false);
  });

  // lease.1
  test('when it is terminated in Temporal', async () => {
    const { handle, pid } = await underWay(leased);
    await handle.terminate('somebody was impatient');
    await expect.poll(() => lives(pid), SOON).toBe(false);
    expect(leaseOf(await cleaned(handle)).why).toBe('closed');
  });

  test('when its deadline passes', async () => {
    const { handle, pid } = await underWay(leasedInTime);
    expect((await bench.closed(handle)).run.failure).toMatchObject({ kind: 'deadline', path: ['work#1'] });
    await expect.poll(() => lives(pid), SOON).toBe(false);
  });

  test('when its time to live is over, though the run goes on', async () => {
    const { thing, handle, pid } = await underWay(leased, { ttl: '1s' });
    await expect.poll(() => lives(pid), SOON).toBe(false);
    await cleaned(handle);
    const view = await run(handle);
    expect(view.outcome).toBeNull();
    expect(leaseOf(view).why).toBe('expired');
    await thing.put('last');
    expect((await bench.closed(handle)).run.outcome).toBe('achieved');
    expect(await thing.count('destroyed')).toBe(1);
  });

  test('as soon as it is released, once, though the run goes on', async () => {
    const { thing, input } = begin('wait');
    const handle = await bench.start(released, input);
    await expect.poll(() => thing.count('destroyed'), SOON).toBe(1);
    await expect.poll(() => thing.count('began last'), SOON).toBe(1);
    const view = await cleaned(handle);
    expect(view.outcome).toBeNull();
    expect(leaseOf(view).why).toBe('released');
    expect(view.steps.filter(({ kind }: { kind: string }) => kind === 'lease')).toHaveLength(1);
    await thing.put('last');
    expect((await bench.closed(handle)).run.outcome).toBe('achieved');
    expect(await thing.count('destroyed')).toBe(1);
  });

  test('though nothing was created: the teardown is told to cope with that', async () => {
    const { thing, input } = begin('ok');
    const handle = await bench.start(nothingCreated, input);
    expect((await bench.closed(handle)).run.outcome).toBe('achieved');
    await cleaned(handle);
    expect(await thing.log()).toEqual([expect.stringMatching(/^destroyed gk-lease:leased-nothing:/)]);
  });
});

test.each([
  ['input', 'input', 'input_invalid', /destroy-thing#1 does not fit its schema/],
  ['undeclared', 'code', 'pursue_threw', /does not declare the job 'destroy-patiently'/],
  ['in turn', 'code', 'pursue_threw', /'destroy-in-turn' tears down, and so waits for nobody's turn/],
  ['ttl', 'code', 'pursue_threw', /not a duration: "soon"/],
  ['many', 'code', 'pursue_threw', /has 200 leases that have not torn down yet/],
])(
  'a lease that cannot be had (%s) fails the run at once, and nothing is created',
  async (how, kind, code, message) => {
    const { thing, input } = begin('ok');
    const { run: view } = await bench.pursue(wrong, { key: input.key, folder, how });
    expect(view.failure).toMatchObject({ kind, code, message: expect.stringMatching(message) });
    expect(await thing.log()).toEqual([]);
  },
);

describe('the same resource', () => {
  test('is created again once the one before is torn down', async () => {
    const { thing, input } = begin('ok');
    const handle = await bench.start(again, input);
    expect((await bench.closed(handle)).run.outcome).toBe('achieved');
    await expect.poll(() => thing.count('destroyed'), SOON).toBe(3);
    const what = (await thing.log()).map((line) => line.split(' ')[0]);
    expect(what).toEqual(['created', 'destroyed', 'created', 'destroyed', 'created', 'destroyed']);
  });
});

describe('a teardown that fails', () => {
  test('is retried by itself until it succeeds, and its errors are told', async () => {
    const { thing, handle, pid } = await underWay(leasedInTime);
    await thing.put('broken');
    await bench.closed(handle);
    const { id } = leaseOf(await run(handle));
    const lease = async () => (await gateway.get(`/leases/${id}`)).body;
    await expect.poll(async () => (await lease()).failed, SOON).toBeGreaterThan(2);
    expect(await lease()).toMatchObject({
      state: 'cleaning',
      errors: expect.arrayContaining([expect.objectContaining({ code: 'teardown_broken' })]),
    });
    expect(lives(pid)).toBe(true);
    const cleaning = await gateway.get('/leases?state=cleaning&goal=leased-in-time');
    expect(cleaning.body.items.map((item: { id: string }) => item.id)).toContain(id);
    await thing.take('broken');
    await expect.poll(() => lives(pid), SOON).toBe(false);
    await expect.poll(async () => (await lease()).state, SOON).toBe('cleaned');
  });

  // lease.2
  test('for good is listed as stuck, tried again when an operator asks, and by itself', async () => {
    const { thing, handle, pid } = await underWay(leased);
    await thing.put('broken');
    await thing.put('last');
    expect((await bench.closed(handle)).run.outcome).toBe('achieved');
    const stuck = async () => {
      const { body } = await gateway.get('/leases?state=stuck&goal=leased');
      return body.items.filter((lease: { run: string }) => lease.run === handle.workflowId);
    };
    await expect.poll(stuck, SOON).toMatchObject([{ state: 'stuck', failed: 2, errors: [{}, {}] }]);
    const { id } = leaseOf(await run(handle));
    expect(leaseOf(await run(handle)).state).toBe('stuck');
    expect(lives(pid)).toBe(true);

    const asked = await gateway.post(`/leases/${id}/retry`, { by: 'ada', reason: 'I think it lets go now' });
    expect(asked).toMatchObject({ status: 202, body: { id } });
    await expect
      .poll(stuck, SOON)
      .toMatchObject([
        { state: 'stuck', failed: 4, retries: [{ by: 'ada', reason: 'I think it lets go now' }] },
      ]);
    await thing.take('broken');
    await expect.poll(() => lives(pid), SOON).toBe(false);
    await expect.poll(async () => leaseOf(await run(handle)).state, SOON).toBe('cleaned');
    expect(await gateway.post(`/leases/${id}/retry`, { by: 'ada', reason: 'once more' })).toMatchObject({
      status: 409,
      body: { code: 'lease_not_stuck' },
    });
  });
});

test('the owner is told of a lease that is stuck, once, and when it has torn down after all', async () => {
  const { thing, input } = begin('ok');
  await thing.put('broken');
  const handle = await bench.start(released, input);
  expect((await bench.closed(handle)).run.outcome).toBe('achieved');
  const received = () =>
    receiver.received.filter(({ body }) => body.data.goals[0].goal === 'leased-and-released');
  const types = () => received().map(({ body }) => body.type);
  await expect.poll(types, SOON).toEqual(['goal.lease_stuck']);
  const { id } = leaseOf(await run(handle));
  expect(received()[0]?.body.data).toMatchObject({
    goals: [{ owner: 'tests', run: id, link: `https://gk.example/leases/${id}` }],
    failure: { code: 'teardown_broken' },
  });
  await gateway.post(`/leases/${id}/retry`, { by: 'ada', reason: 'does it let go?' });
  await expect.poll(async () => (await gateway.get(`/leases/${id}`)).body.failed, SOON).toBe(4);
  await thing.take('broken');
  // By itself: on a slow machine it may have torn down before an operator could ask once more.
  await expect.poll(types, SOON).toEqual(['goal.lease_stuck', 'goal.lease_cleaned']);
});

describe('a run that goes on from its failure', () => {
  test('creates anew what was torn down, and keeps the rest', async () => {
    const { thing, input } = begin('fail');
    const handle = await bench.start(leased, input);
    await bench.closed(handle);
    await thing.put('mended');
    const { body: plan } = await gateway.post(`/runs/${handle.workflowId}/resume`, { dryRun: true });
    const paths = (steps: { step: string }[]) => steps.map(({ step }) => step);
    expect(paths(plan.kept)).toEqual(['work#1', 'work#2']);
    expect(paths(plan.again)).toEqual(['destroy-thing#1', 'create-thing#1', 'work#3']);
    expect(paths(plan.repeats)).toEqual(['create-thing#1', 'work#3']);
    expect((await gateway.post(`/runs/${handle.workflowId}/resume`)).status).toBe(202);
    const { run: view } = await bench.closed(bench.client.workflow.getHandle(handle.workflowId));
    expect(view).toMatchObject({ outcome: 'achieved' });
    expect(view.steps.filter(({ kept }) => kept !== null).map(({ path }) => path)).toEqual([
      'work#1',
      'work#2',
    ]);
    await cleaned(handle);
    expect((await thing.log()).map((line) => line.replace(/ gk-.*/, ''))).toEqual([
      ...['began before', 'did before', 'created', 'began during', 'did during', 'began last', 'destroyed'],
      ...['created', 'began last', 'did last', 'destroyed'],
    ]);
  });

  test('and fails, and goes on once more, creates anew each time', async () => {
    const { thing, input } = begin('fail');
    const handle = await bench.start(leased, input);
    const { run: first } = await bench.closed(handle);
    await gateway.post(`/runs/${first.id}/resume`, { execution: first.execution });
    const { run: second } = await bench.closed(bench.client.workflow.getHandle(first.id));
    expect(second).toMatchObject({ outcome: 'failed', resumes: { execution: first.execution } });
    await thing.put('mended');
    await gateway.post(`/runs/${first.id}/resume`, { execution: second.execution });
    const { run: third } = await bench.closed(bench.client.workflow.getHandle(first.id));
    expect(third).toMatchObject({ outcome: 'achieved', resumes: { execution: second.execution } });
    await expect.poll(() => thing.count('destroyed'), SOON).toBe(3);
    const counts = await Promise.all(
      ['created', 'did before', 'did during'].map((what) => thing.count(what)),
    );
    expect(counts).toEqual([3, 1, 1]);
  });

  test('does all again that it had done while it held a lease that says not what it undoes', async () => {
    const { thing, input } = begin('fail');
    const handle = await bench.start(released, input);
    await bench.closed(handle);
    await thing.put('mended');
    await gateway.post(`/runs/${handle.workflowId}/resume`);
    const { run: view } = await bench.closed(bench.client.workflow.getHandle(handle.workflowId));
    expect(view.outcome).toBe('achieved');
    expect(view.steps.filter(({ kept }) => kept !== null).map(({ path }) => path)).toEqual(['work#2']);
    expect([await thing.count('created'), await thing.count('did during')]).toEqual([2, 2]);
    expect(await thing.count('did after')).toBe(1);
  });

  test('waits until what it had created before is gone', async () => {
    const { thing, input } = begin('fail');
    await thing.put('broken');
    const handle = await bench.start(leased, input);
    await bench.closed(handle);
    await thing.put('mended');
    await gateway.post(`/runs/${handle.workflowId}/resume`);
    const step = async () =>
      (await run(handle)).steps.find(({ kind }: { kind: string }) => kind === 'lease') ?? null;
    await expect.poll(step, SOON).toMatchObject({ path: 'destroy-thing#1', state: 'waiting' });
    expect(await thing.count('created')).toBe(1);
    await thing.take('broken');
    const { run: view } = await bench.closed(bench.client.workflow.getHandle(handle.workflowId));
    expect(view.outcome).toBe('achieved');
    const what = (await thing.log()).map((line) => line.split(' ')[0]);
    expect(what.filter((word) => word === 'created' || word === 'destroyed').slice(0, 3)).toEqual([
      'created',
      'destroyed',
      'created',
    ]);
  });
});
