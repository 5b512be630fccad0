import { afterAll, beforeAll, expect, test } from 'vitest';
import { catalogueOf } from '../../../gateway/catalogue/catalogue.ts';
import { goOn } from '../../../gateway/runs/resume-run.ts';
import { runsOf } from '../../../gateway/runs/runs.ts';
import { storiesOf } from '../../../gateway/runs/stories.ts';
import { clockOf } from '../../../gateway/temporal/clock.ts';
import { type Temporal, temporalAt } from '../../../gateway/temporal/temporal.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { gatewayAt, silent, temporalBench, unique } from '../workbench.ts';

const address = temporalAddress;
let bench: Awaited<ReturnType<typeof temporalBench>>;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;

beforeAll(async () => {
  bench = await temporalBench(address);
  gateway = await gatewayAt(address);
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

test.each([
  ['failed', 2],
  ['achieved', 1],
] as const)(
  'Temporal gives a start of one request ID one execution, also when that has %s meanwhile',
  async (how, workflowIdReusePolicy) => {
    const [type, taskQueue] = [unique('load-day'), unique('q')];
    const start = () =>
      bench.client.workflowService.startWorkflowExecution({
        ...{ namespace: 'default', identity: 'a test', requestId: `resume ${type}`, workflowId: `${type}:x` },
        ...{ workflowType: { name: type }, taskQueue: { name: taskQueue } },
        ...{ workflowIdReusePolicy, workflowIdConflictPolicy: 1 },
      });
    const atOnce = await Promise.all(Array.from({ length: 10 }, start));
    await bench.end(taskQueue, `${type}:x`, how);
    const late = await start();
    expect(new Set([...atOnce, late].map(({ runId }) => runId)).size).toBe(1);
  },
);

test('a run goes on with no worker up, by two gateways at once, in one execution', async () => {
  const goal = unique('load-day');
  const { taskQueue } = await bench.publish(goal);
  const id = `${goal}:2026-11-20`;
  const input = { day: '2026-11-20', region: 'eu' };
  const { body: old } = await gateway.post(`/goals/${goal}/runs`, { input });
  await bench.end(taskQueue, id, 'failed');
  const other = await gatewayAt(address);
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      (i % 2 ? gateway : other).post(`/runs/${id}/resume`, { execution: old.execution, reason: `${i}` }),
    ),
  );
  await other.stop();
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  expect(new Set(answers.map(({ body }) => body.execution)).size).toBe(1);
  expect(answers[0]?.headers.get('location')).toBe(`/runs/${id}`);
  expect(answers[0]?.body).toMatchObject({
    ...{ id, goal, key: '2026-11-20', input, owner: 'data', team: 'warehouse', state: 'pursuing' },
    why: { kind: 'resume', by: null, ref: old.execution },
    resumes: { execution: old.execution, outcome: 'failed' },
  });
  await expect
    .poll(async () => (await bench.client.workflow.count(`WorkflowType = '${goal}'`)).count)
    .toBe(2);
  const { body: all } = await gateway.get(`/runs/${id}/executions`);
  expect(all).toMatchObject({
    items: [
      {
        id,
        execution: answers[0]?.body.execution,
        outcome: null,
        why: { kind: 'resume', ref: old.execution },
      },
      { id, execution: old.execution, outcome: 'failed' },
    ],
    next: null,
  });
  const first = await gateway.get(`/runs/${id}/executions?limit=1`);
  const second = await gateway.get(`/runs/${id}/executions?limit=1&cursor=${first.body.next}`);
  expect([...first.body.items, ...second.body.items]).toEqual(all.items);
  const page = await fetch(`${gateway.url}/runs/${id}`, { headers: { accept: 'text/html' } });
  expect(await page.text()).toContain(`/runs/${encodeURIComponent(id)}?execution=${old.execution}`);
  const described = await bench.client.workflow.getHandle(id).describe();
  expect(await described.staticSummary()).toBe('The day is in the warehouse');
  expect(described.taskQueue).toBe(taskQueue);
});

test('a resume waits for the outcome where it is asked to', async () => {
  const goal = unique('load-day');
  const { taskQueue } = await bench.publish(goal);
  const id = `${goal}:2026-11-20`;
  await gateway.post(`/goals/${goal}/runs`, { input: { day: '2026-11-20' } });
  await bench.end(taskQueue, id, 'failed');
  const resume = (seconds: number, body: object) =>
    gateway.post(`/runs/${id}/resume`, body, { prefer: `wait=${seconds}` });
  const answer = resume(90, {});
  // The one that goes on: the first has no more tasks.
  await bench.end(taskQueue, id, 'failed');
  const { status, headers, body } = await answer;
  expect([status, body.outcome, headers.get('preference-applied')]).toEqual([200, 'failed', 'wait=60']);
  const open = await resume(1, { execution: body.execution });
  expect([open.status, open.headers.get('preference-applied')]).toEqual([202, 'wait=1']);
});

/** A Temporal to which each start of a run comes late: something happens first. */
function lateStarts(real: Temporal, meanwhile: () => Promise<void>): Temporal {
  return {
    ...real,
    call: (make) =>
      real.call((service) => {
        const late = new Proxy(service, {
          get(target, name: keyof typeof service) {
            const method = (target[name] as (...args: unknown[]) => Promise<never>).bind(target);
            if (name !== 'startWorkflowExecution') return method;
            return (...args: unknown[]) => meanwhile().then(() => method(...args));
          },
        });
        return make(late);
      }, 20_000),
  };
}

test('a resume that comes to Temporal after the same one has been started and has failed starts no third', async () => {
  const goal = unique('load-day');
  const { taskQueue } = await bench.publish(goal);
  const id = `${goal}:2026-11-20`;
  await gateway.post(`/goals/${goal}/runs`, { input: { day: '2026-11-20' } });
  await bench.end(taskQueue, id, 'failed');
  let second = '';
  const real = temporalAt(address, 'default');
  const temporal = lateStarts(real, async () => {
    second = (await gateway.post(`/runs/${id}/resume`, {})).body.execution;
    await bench.end(taskQueue, id, 'failed');
  });
  const catalogue = catalogueOf(real, silent);
  const runs = runsOf(real, catalogue, storiesOf(real, clockOf()));
  const resumed = await goOn({ temporal, catalogue, runs }, id, {});
  await real.close();
  expect(resumed).toMatchObject({ run: { execution: second, outcome: 'failed' } });
  expect((await gateway.get(`/runs/${id}`)).body.execution).toBe(second);
});

test('does not go on where the goal is retired, or takes such an input no longer', async () => {
  const goal = unique('load-day');
  const { taskQueue } = await bench.publish(goal);
  const id = `${goal}:2026-11-20`;
  await gateway.post(`/goals/${goal}/runs`, { input: { day: '2026-11-20' } });
  await bench.end(taskQueue, id, 'failed');
  const input = { type: 'object', required: ['rows'], properties: { rows: { type: 'integer' } } };
  await bench.publish(goal, { version: 2, input });
  const again = await gatewayAt(address);
  const narrow = await again.post(`/runs/${id}/resume`, { dryRun: true });
  expect([narrow.status, narrow.body.code]).toEqual([422, 'input_invalid']);
  await again.stop();
  await bench.publish(goal, { version: 3, retired: true });
  const last = await gatewayAt(address);
  const retired = await last.post(`/runs/${id}/resume`);
  expect([retired.status, retired.body.code]).toEqual([409, 'goal_retired']);
  await last.stop();
});
