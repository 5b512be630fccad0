// People decide what a run asks: over the gateway, by an update of the run.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Goal } from '../../../goals/index.ts';
import { searchAttributes, updateNames } from '../../../goals/wire/names.ts';
import type { RunSummary } from '../../../goals/wire/run-view.ts';
import { type Answer, gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { ChildWorker } from '../child-worker.ts';
import { Gate } from '../persistence/latch-jobs/gate.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, {
  besides,
  clumsy,
  coped,
  greedy,
  hurried,
  raced,
  relying,
  signed,
  signedTwice,
  told,
} from './goals.ts';
import { jobs } from './jobs.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
const children: ChildWorker[] = [];

beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(join(folder, 'goals.ts'), goals, jobs);
  gateway = await gatewayAt(temporalAddress);
});
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.end('SIGKILL')));
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

const soon = { timeout: 60_000 };
const body = async (path: string) => (await gateway.get(path)).body;
const waiting = async ({ workflowId }: { workflowId: string }): Promise<string[]> =>
  ((await body(`/runs/${workflowId}`)).waiting ?? []).map(({ step }: { step: string }) => step);

/** A run that has asked, and waits. */
async function asking(goal: Goal, input: object = {}, queue = bench.taskQueue): Promise<WorkflowHandle> {
  const handle = await bench.start(goal, { key: fresh('k'), ...input }, queue);
  await expect.poll(async () => (await waiting(handle)).length, soon).toBeGreaterThan(0);
  return handle;
}

const decide = (
  { workflowId }: { workflowId: string },
  name: string,
  decision: object,
  headers: Record<string, string> = {},
): Promise<Answer> => gateway.post(`/runs/${workflowId}/approvals/${name}`, decision, headers);

const approval = { decision: 'approve', by: 'ada', reason: 'it adds up' };
const rejection = { decision: 'reject', by: 'bob', reason: 'it does not add up' };

const stateOf = async (handle: WorkflowHandle): Promise<unknown> =>
  (await handle.describe()).searchAttributes[searchAttributes.state]?.[0];

describe('a run that waits for a person', () => {
  test('says what there is to decide, who may, since when and until when, and is listed', async () => {
    const show = { total: 12.5, link: 'https://x.example/?password=hunter2', api_key: 'abcdefgh' };
    const expires = { after: 3_600_000, consequence: 'reject' };
    const handle = await asking(signed, { show, expires });
    const id = handle.workflowId;
    const run = await body(`/runs/${id}`);
    expect(run).toMatchObject({
      state: 'waiting',
      outcome: null,
      waiting: [
        {
          ...{ step: 'sign-off#1', kind: 'approval', name: 'sign-off', by: ['finance', 'ada'] },
          expires: { consequence: 'reject' },
        },
      ],
      steps: [{ path: 'sign-off#1', kind: 'approval', name: 'sign-off', state: 'waiting', attempts: 0 }],
    });
    const { items } = await body(`/runs/${id}/approvals`);
    expect(items).toEqual([
      {
        ...{ step: 'sign-off#1', kind: 'approval', name: 'sign-off', state: 'waiting', closedAt: null },
        ...{ since: run.steps[0].startedAt, by: ['finance', 'ada'], schema: null, decision: null },
        expires: { at: expect.any(String), consequence: 'reject' },
        show: {
          total: 12.5,
          link: 'https://x.example/?password=<redacted>',
          api_key: '<redacted>',
        },
      },
    ]);
    expect(Date.parse(items[0].expires.at) - Date.parse(items[0].since)).toBeGreaterThan(3_500_000);
    await expect.poll(() => stateOf(handle), soon).toBe('waiting');
    const listed = async (query: string): Promise<string[]> =>
      (await body(`/runs?${query}`)).items.map((row: RunSummary) => row.id);
    await expect.poll(() => listed(`state=waiting&goal=${signed.name}`), soon).toContain(id);
    expect(await listed(`state=asking&goal=${signed.name}`)).toContain(id);
    expect(await listed(`state=pursuing&goal=${signed.name}`)).not.toContain(id);
    await handle.cancel();
    await handle.result().catch(() => undefined);
    await expect.poll(() => listed(`state=waiting&goal=${signed.name}`), soon).not.toContain(id);
    await expect.poll(() => stateOf(handle), soon).toBe('closed');
  });

  test('goes on once it is approved; who, when and why is in its record', async () => {
    const handle = await asking(signed, { show: 'One more?' });
    const answer = await decide(handle, 'sign-off', approval);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    expect(answer.headers.get('location')).toBe(`/runs/${handle.workflowId}`);
    expect(answer.body).toMatchObject({
      ...{ step: 'sign-off#1', state: 'succeeded', show: 'One more?' },
      decision: { ...approval, verified: false },
    });
    await handle.result();
    const run = await body(`/runs/${handle.workflowId}`);
    expect(run).toMatchObject({
      ...{ state: 'closed', outcome: 'achieved', output: { by: 'ada', reason: 'it adds up' }, waiting: [] },
      steps: [
        { path: 'sign-off#1', state: 'succeeded', asked: { decision: { ...approval, verified: false } } },
      ],
    });
    const record = await body(`/runs/${handle.workflowId}/record`);
    expect(record.actions).toEqual([
      { kind: 'approve', at: expect.any(String), by: 'ada', reason: 'it adds up', name: 'sign-off#1' },
    ]);
    expect(record.path[0].asked.decision).toMatchObject({ by: 'ada', verified: false });
  });

  test('fails when it is rejected, saying by whom and why', async () => {
    const handle = await asking(signed, { show: 'One more? token=abc' });
    expect((await decide(handle, 'sign-off', rejection)).body).toMatchObject({ state: 'failed' });
    await handle.result().catch(() => undefined);
    const run = await body(`/runs/${handle.workflowId}`);
    expect(run).toMatchObject({
      outcome: 'failed',
      failure: {
        ...{ kind: 'rejected', code: 'rejected', path: ['sign-off#1'] },
        message: 'sign-off#1 was rejected by bob: it does not add up',
        cause: { code: 'rejected', step: 'sign-off#1', attempt: null },
      },
      steps: [{ state: 'failed' }],
    });
  });

  test('a goal may cope with a rejection', async () => {
    const handle = await asking(coped);
    await decide(handle, 'sign-off', rejection);
    await handle.result();
    const run = await body(`/runs/${handle.workflowId}`);
    expect(run).toMatchObject({ outcome: 'achieved', output: { reason: 'rejected/rejected' } });
    const { decisions } = await body(`/runs/${handle.workflowId}/record`);
    expect(decisions[0]).toMatchObject({ kind: 'handled', step: 'sign-off#1', message: rejection.reason });
  });

  test.each([
    ['reject', 'failed', { failure: { kind: 'rejected', code: 'approval_expired', path: ['sign-off#1'] } }],
    ['approve', 'achieved', { output: { by: null, reason: null } }],
  ])('that nobody decides in time counts as was declared: %s', async (consequence, outcome, more) => {
    const handle = await bench.start(signed, { key: fresh('k'), expires: { after: 300, consequence } });
    await handle.result().catch(() => undefined);
    const run = await body(`/runs/${handle.workflowId}`);
    const state = outcome === 'achieved' ? 'succeeded' : 'failed';
    expect(run).toMatchObject({
      ...{ outcome, ...more },
      steps: [{ path: 'sign-off#1', kind: 'approval', state, asked: { decision: null } }],
    });
    expect(run.steps).toHaveLength(1);
    const late = await decide(handle, 'sign-off', approval);
    expect([late.status, late.body.code]).toEqual([409, 'approval_closed']);
    expect(late.body.detail).toContain('nobody decided it before');
  });

  test('is cancelled, or ended by its deadline, as any other', async () => {
    const cancelled = await asking(signed);
    await gateway.post(`/runs/${cancelled.workflowId}/cancel`, { reason: 'no longer needed' });
    await cancelled.result().catch(() => undefined);
    expect(await body(`/runs/${cancelled.workflowId}`)).toMatchObject({
      ...{ outcome: 'cancelled', steps: [{ path: 'sign-off#1', state: 'cancelled' }], waiting: [] },
    });
    const handle = await bench.start(hurried, { key: fresh('k') });
    await handle.result().catch(() => undefined);
    expect(await body(`/runs/${handle.workflowId}`)).toMatchObject({
      ...{ outcome: 'failed', steps: [{ path: 'sign-off#1', state: 'cancelled' }] },
      failure: { kind: 'deadline', code: 'deadline_passed', path: ['sign-off#1'] },
    });
    const answer = await decide(handle, 'sign-off', approval);
    expect([answer.status, answer.body.code]).toEqual([409, 'approval_closed']);
  });

  test('that also struggles is listed among those that struggle and those that wait', async () => {
    const gate = await Gate.closed();
    const handle = await asking(besides, { gate: gate.path });
    const run = () => body(`/runs/${handle.workflowId}`);
    await expect.poll(async () => (await run()).state, soon).toBe('struggling');
    expect((await run()).waiting).toHaveLength(1);
    for (const state of ['struggling', 'waiting'])
      await expect
        .poll(
          async () =>
            (await body(`/runs?state=${state}&goal=${besides.name}`)).items.map((row: RunSummary) => row.id),
          soon,
        )
        .toContain(handle.workflowId);
    await gate.open();
    await expect.poll(async () => (await run()).state, soon).toBe('waiting');
    await expect.poll(() => stateOf(handle), soon).toBe('waiting');
    await decide(handle, 'sign-off', approval);
    await handle.result();
  });

  test('no longer waits for the others once one decision is enough', async () => {
    const handle = await asking(raced);
    await expect.poll(() => waiting(handle), soon).toHaveLength(3);
    expect((await decide(handle, 'by-bob', approval)).status).toBe(200);
    await handle.result();
    const { steps } = await body(`/runs/${handle.workflowId}`);
    expect(steps.map(({ state }: { state: string }) => state)).toEqual([
      'cancelled',
      'succeeded',
      'cancelled',
    ]);
    const answer = await decide(handle, 'by-ada', approval);
    expect([answer.status, answer.body.code]).toEqual([409, 'approval_closed']);
  });

  test('that asks by a name that cannot be fails as a bug', async () => {
    const { run } = await bench.pursue(clumsy, { key: fresh('k'), show: 'Sign off!' });
    expect(run.failure).toMatchObject({ kind: 'code', code: 'pursue_threw' });
    expect(run.failure?.message).toContain("write such as 'sign-off'");
  });
});

test('a run that asks more at once than the engine can carry fails as a bug', async () => {
  const { run } = await bench.pursue(greedy, { key: fresh('k') });
  expect(run.failure).toMatchObject({ kind: 'code', code: 'pursue_threw' });
  expect(run.failure?.message).toContain('asks too much');
});

describe('data that is asked for', () => {
  test('is taken once it fits: what the gateway can see is refused by field, the rest by the run', async () => {
    const handle = await asking(told);
    const [item] = (await body(`/runs/${handle.workflowId}/approvals`)).items;
    expect(item).toMatchObject({ kind: 'ask', show: 'How many rows?', schema: { type: 'object' } });
    const answer = { decision: 'approve', by: 'ada' };
    const refused = async (data: unknown) => (await decide(handle, 'figures', { ...answer, data })).body;
    expect(await refused(undefined)).toMatchObject({ code: 'answer_invalid', status: 422 });
    expect(await refused({ rows: -2, day: '2026-11-20' })).toMatchObject({
      ...{ code: 'answer_invalid', errors: [{ path: 'data.rows' }] },
    });
    const odd = await refused({ rows: 3, day: '2026-11-20' });
    expect(odd).toMatchObject({ code: 'answer_invalid', errors: [{ path: 'data' }] });
    expect(odd.detail).toContain('must be even');
    expect(await waiting(handle)).toEqual(['figures#1']);
    const data = { rows: 4, day: '2026-11-20' };
    const taken = await decide(handle, 'figures', { ...answer, data });
    expect(taken.body, JSON.stringify(taken.body)).toMatchObject({ decision: { by: 'ada', data } });
    await handle.result();
    expect((await body(`/runs/${handle.workflowId}`)).output).toEqual({ rows: 4, day: '2026-11-20!' });
    expect((await decide(handle, 'figures', { ...answer, data })).status).toBe(200);
    const other = await decide(handle, 'figures', { ...answer, data: { ...data, rows: 6 } });
    expect([other.status, other.body.code]).toEqual([409, 'approval_decided']);
  });

  test('may be refused by the person, and an approval takes none', async () => {
    const handle = await asking(told);
    await decide(handle, 'figures', rejection);
    await handle.result().catch(() => undefined);
    expect(await body(`/runs/${handle.workflowId}`)).toMatchObject({ failure: { kind: 'rejected' } });
    const other = await asking(signed);
    const answer = await decide(other, 'sign-off', { ...approval, data: { rows: 1 } });
    expect([answer.status, answer.body.code]).toEqual([422, 'answer_invalid']);
    await other.cancel();
  });
});

describe('deciding', () => {
  // approvals.2
  test('two people at once: one decision stands, and the other is told whose', async () => {
    const handle = await asking(signed);
    const people = ['ada', 'bob', 'cleo', 'dan'];
    const answers = await Promise.all(
      people.map((by, i) => decide(handle, 'sign-off', i % 2 ? { ...rejection, by } : { ...approval, by })),
    );
    const winner = people[answers.findIndex(({ status }) => status === 200)];
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    for (const { status, body } of answers)
      if (status === 409) expect(body).toMatchObject({ code: 'approval_decided', decision: { by: winner } });
    await handle.result().catch(() => undefined);
    const { actions } = await body(`/runs/${handle.workflowId}/record`);
    expect(actions).toMatchObject([{ by: winner }]);
  });

  test('once more, at once and later and when the run is closed, is harmless', async () => {
    const handle = await asking(signed);
    const atOnce = await Promise.all(Array.from({ length: 5 }, () => decide(handle, 'sign-off', approval)));
    await handle.result();
    const late = await decide(handle, 'sign-off', { ...approval, reason: 'in other words' });
    for (const { status, body } of [...atOnce, late])
      expect([status, body.decision?.reason]).toEqual([200, 'it adds up']);
    const contradiction = await decide(handle, 'sign-off', { ...rejection, by: 'ada' });
    expect([contradiction.status, contradiction.body.code]).toEqual([409, 'approval_decided']);
    const { actions } = await body(`/runs/${handle.workflowId}/record`);
    expect(actions).toHaveLength(1);
  });

  test('an idempotency key is one decision, whatever comes with it later', async () => {
    const handle = await asking(signed);
    const key = { 'idempotency-key': fresh('key') };
    const [first, second] = await Promise.all([
      decide(handle, 'sign-off', approval, key),
      decide(handle, 'sign-off', rejection, key),
    ]);
    expect([first.status, second.status].sort()).toEqual([200, 409]);
    await handle.result().catch(() => undefined);
  });

  test('what is asked twice by one name is decided by its step, so that a repeat decides nothing new', async () => {
    const handle = await asking(signedTwice);
    expect((await decide(handle, 'sign-off', approval)).status).toBe(200);
    await expect.poll(() => waiting(handle), soon).toEqual(['sign-off#2']);
    const repeat = await decide(handle, 'sign-off', approval);
    expect([repeat.status, repeat.body.code, repeat.body.steps]).toEqual([
      ...[409, 'approval_ambiguous', ['sign-off#1', 'sign-off#2']],
    ]);
    expect((await decide(handle, 'sign-off%231', approval)).status).toBe(200);
    expect(await waiting(handle)).toEqual(['sign-off#2']);
    expect((await decide(handle, 'sign-off%232', { ...approval, by: 'bob' })).status).toBe(200);
    expect(await handle.result()).toMatchObject({ output: { by: 'ada', reason: 'bob' } });
  });

  const cancelled = async (handle: WorkflowHandle): Promise<void> => {
    await handle.cancel();
    await handle.result().catch(() => undefined);
  };
  type Again = (handle: WorkflowHandle, input: object) => Promise<unknown>;

  test.each<[string, Again]>([
    [
      'by a request, after a failure',
      async (handle, input) => {
        await cancelled(handle);
        return gateway.post(`/goals/${signed.name}/runs`, { input });
      },
    ],
    [
      'by force',
      async (handle, input) => {
        await decide(handle, 'sign-off', { ...approval, by: 'bob' });
        await handle.result();
        return gateway.post(`/goals/${signed.name}/runs`, {
          input,
          force: true,
          by: 'bob',
          reason: 'a test',
        });
      },
    ],
    [
      'by a goal that needs it',
      async (handle, input) => {
        await cancelled(handle);
        return bench.start(relying, input);
      },
    ],
    [
      "on Temporal's own",
      async (handle, input) => {
        await cancelled(handle);
        const { taskQueue } = bench;
        return bench.client.workflow.start(signed.name, {
          ...{ workflowId: handle.workflowId, taskQueue, args: [input] },
        });
      },
    ],
    [
      'by a reset',
      async ({ workflowId }) =>
        bench.client.workflowService.resetWorkflowExecution({
          namespace: 'default',
          workflowExecution: { workflowId },
          workflowTaskFinishEventId: 4 as never,
          requestId: randomUUID(),
          reason: 'a test',
        }),
    ],
  ])('a repeat decides nothing that a later execution asks, which began %s', async (_, again) => {
    const key = fresh('k');
    const { status, body: first } = await gateway.post(`/goals/${signed.name}/runs`, {
      input: { key, show: 'first' },
    });
    expect(status).toBe(202);
    const handle = bench.client.workflow.getHandle(first.id, first.execution);
    await expect.poll(() => waiting(handle), soon).toEqual(['sign-off#1']);
    // As ada sent it when that execution asked; her answer was lost, and it may be that nobody took it.
    const repeat = (more: object = {}) =>
      decide(handle, 'sign-off', { ...approval, ...more }, { 'idempotency-key': `decides-${key}` });
    await again(handle, { key, show: 'second' });
    const asked = () => body(`/runs/${first.id}/approvals`);
    await expect
      .poll(async () => {
        const { execution, items } = await asked();
        return [execution !== first.execution, items?.[0]?.state];
      }, soon)
      .toEqual([true, 'waiting']);
    const { execution } = await asked();
    const refused = await repeat();
    expect([refused.status, refused.body.code, refused.body.execution]).toEqual([
      ...[409, 'execution_needed', execution],
    ]);
    // Of the one that is over it is told how that ended.
    expect((await repeat({ execution: first.execution })).status).toBe(409);
    expect(await waiting(handle)).toEqual(['sign-off#1']);
    expect((await repeat({ execution })).status).toBe(200);
    await bench.client.workflow.getHandle(first.id).result();
  });

  test('what is not asked, or not said well, is refused', async () => {
    const handle = await asking(signed);
    const refused = async (name: string, decision: object) => {
      const { status, body } = await decide(handle, name, decision);
      return [status, body.code];
    };
    expect(await refused('holiday', approval)).toEqual([404, 'approval_unknown']);
    expect(await refused('sign-off', { ...approval, by: ' ' })).toEqual([422, 'body_invalid']);
    expect(await refused('sign-off', { decision: 'reject', by: 'ada' })).toEqual([422, 'body_invalid']);
    expect(await refused('sign-off', { ...approval, decision: 'maybe' })).toEqual([422, 'body_invalid']);
    const nobody = await gateway.post(`/runs/${signed.name}:nobody/approvals/sign-off`, approval);
    expect([nobody.status, nobody.body.code]).toEqual([404, 'run_unknown']);
    const direct = (args: unknown[]) => handle.executeUpdate(updateNames.decide, { args: args as [unknown] });
    await expect(direct(['yes'])).rejects.toThrow();
    await expect(direct([{ ...approval, step: 'sign-off#9', verified: false }])).rejects.toThrow();
    expect(await waiting(handle)).toEqual(['sign-off#1']);
    await handle.cancel();
  });
});

describe('with no worker up', () => {
  const child = async (queue: string): Promise<ChildWorker> => {
    const started = await ChildWorker.start(folder, {
      GOALKEEPER_TASK_QUEUE: queue,
      GOALKEEPER_VERSION: '1',
    });
    children.push(started);
    return started;
  };

  test('what is asked is shown; a decision is a 503 that says so, and the repeat succeeds once one is back', async () => {
    const queue = fresh('q');
    const worker = await child(queue);
    const handle = await asking(signed, { show: 'still here?' }, queue);
    await worker.end('SIGKILL');
    expect((await body(`/runs/${handle.workflowId}/approvals`)).items).toMatchObject([
      { show: 'still here?' },
    ]);
    const refused = await decide(handle, 'sign-off', approval, { prefer: 'wait=1' });
    expect([refused.status, refused.body.code]).toEqual([503, 'worker_unavailable']);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(await waiting(handle)).toEqual(['sign-off#1']);
    await child(queue);
    const answer = await decide(handle, 'sign-off', approval, { prefer: 'wait=40' });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    expect(await handle.result()).toMatchObject({ output: { by: 'ada' } });
    const { actions } = await body(`/runs/${handle.workflowId}/record`);
    expect(actions).toHaveLength(1);
  });

  // approvals.1
  test('a decision that reaches the run together with the end of its time counts', async () => {
    const queue = fresh('q');
    const start = () => bench.worker(join(folder, 'goals.ts'), goals, jobs, queue);
    const worker = await start();
    const expires = { after: 3_000, consequence: 'reject' };
    const handle = await asking(signed, { expires }, queue);
    await worker.stop();
    const answer = decide(handle, 'sign-off', approval, { prefer: 'wait=50' });
    await expect
      .poll(async () => {
        const { events } = await handle.fetchHistory();
        return events?.some((event) => event.timerFiredEventAttributes);
      }, soon)
      .toBe(true);
    await start();
    expect((await answer).status, JSON.stringify((await answer).body)).toBe(200);
    await handle.result();
    expect(await body(`/runs/${handle.workflowId}`)).toMatchObject({
      ...{ outcome: 'achieved', output: { by: 'ada' }, steps: [{ state: 'succeeded' }] },
    });
  });

  test('a worker killed after the decision: the next one holds to it, and nobody is asked again', async () => {
    const queue = fresh('q');
    const gate = await Gate.closed();
    const worker = await child(queue);
    const handle = await asking(besides, { gate: gate.path }, queue);
    expect((await decide(handle, 'sign-off', approval)).status).toBe(200);
    await worker.end('SIGKILL');
    await gate.open();
    await child(queue);
    expect(await handle.result()).toMatchObject({ output: { by: 'ada' } });
    const { steps } = await body(`/runs/${handle.workflowId}`);
    expect(steps.filter(({ kind }: { kind: string }) => kind === 'approval')).toHaveLength(1);
  });
});

describe('a run that goes on from a failure', () => {
  test('keeps what a person approved, and what a person answered', async () => {
    for (const [goal, name, decision] of [
      [signed, 'sign-off', approval],
      [told, 'figures', { ...approval, data: { rows: 4, day: '2026-11-20' } }],
    ] as const) {
      const gate = await Gate.closed();
      const handle = await asking(goal, { gate: gate.path, show: { total: 1 } });
      await decide(handle, name, decision);
      await handle.result().catch(() => undefined);
      const failed = await body(`/runs/${handle.workflowId}`);
      expect(failed.failure).toMatchObject({ kind: 'job' });
      await gate.open();
      const { body: plan } = await gateway.post(`/runs/${failed.id}/resume`, { dryRun: true });
      const kind = goal === signed ? 'approval' : 'ask';
      expect(plan.kept).toEqual([{ step: `${name}#1`, kind, name, from: failed.execution }]);
      const supply = [{ step: `${name}#1`, output: {} }];
      const supplied = await gateway.post(`/runs/${failed.id}/resume`, { supply });
      expect([supplied.status, supplied.body.code]).toEqual([422, 'body_invalid']);
      expect((await gateway.post(`/runs/${failed.id}/resume`, {})).status).toBe(202);
      await bench.client.workflow.getHandle(failed.id).result();
      const run = await body(`/runs/${failed.id}`);
      expect(run).toMatchObject({
        outcome: 'achieved',
        steps: [
          { path: `${name}#1`, kind, state: 'succeeded', kept: { from: failed.execution, supplied: false } },
          { path: 'pass-twice#1', kept: null },
        ],
      });
      const repeat = await decide(handle, name, { ...decision, execution: failed.execution });
      expect(repeat.status).toBe(200);
      const now = await decide(handle, name, decision);
      expect([now.status, now.body.code]).toEqual([409, 'execution_needed']);
      const kept = await decide(handle, name, { ...decision, execution: run.execution });
      expect([kept.status, kept.body.code]).toEqual([409, 'approval_decided']);
    }
  });

  test('asks again what was rejected, and what is excluded', async () => {
    const handle = await asking(signed);
    await decide(handle, 'sign-off', rejection);
    await handle.result().catch(() => undefined);
    const id = handle.workflowId;
    const again = (await gateway.post(`/runs/${id}/resume`, {})).body;
    await expect.poll(() => waiting(handle), soon).toEqual(['sign-off#1']);
    const gate = await Gate.closed();
    expect(
      (await decide(handle, 'sign-off', { ...approval, execution: again.execution })).body,
    ).toMatchObject({ decision: { by: 'ada' } });
    await bench.client.workflow.getHandle(id).result();
    const other = await asking(signed, { gate: gate.path });
    await decide(other, 'sign-off', approval);
    await other.result().catch(() => undefined);
    await gateway.post(`/runs/${other.workflowId}/resume`, { exclude: ['sign-off#1'] });
    await expect.poll(() => waiting(other), soon).toEqual(['sign-off#1']);
    await gateway.post(`/runs/${other.workflowId}/cancel`, { reason: 'enough' });
  });
});
