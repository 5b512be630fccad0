import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { memoNames, PAYLOAD_BYTES } from '../../../goals/wire/names.ts';
import { inputDigest } from '../../../goals/wire/run-id.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { type Answer, gatewayAt, gatewayForTest, temporalBench, unique } from '../workbench.ts';

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

async function published() {
  const goal = unique('load-day');
  const { taskQueue } = await bench.publish(goal);
  const start = (input: unknown, headers?: Record<string, string>) =>
    gateway.post(`/goals/${goal}/runs`, { input }, headers);
  return { goal, taskQueue, start };
}

describe('POST /goals/{goal}/runs', () => {
  test('starts a run: 202, where it is, and the run as it stands', async () => {
    const { goal, taskQueue } = await published();
    const { status, headers, body } = await gateway.post(`/goals/${goal}/runs`, {
      input: { day: '2026-11-20', region: 'eu' },
      reason: 'month end',
      by: 'ada',
    });
    const id = `${goal}:2026-11-20`;
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/runs/${id}`);
    expect(body).toMatchObject({
      ...{ id, goal, key: '2026-11-20', state: 'pursuing', outcome: null, owner: 'data', team: 'warehouse' },
      why: { kind: 'request', reason: 'month end', by: 'ada' },
      input: { day: '2026-11-20', region: 'eu' },
    });
    const described = await bench.client.workflow.getHandle(id).describe();
    expect(described).toMatchObject({ type: goal, taskQueue, runId: body.execution });
    expect(described.memo).toMatchObject({
      [memoNames.key]: '2026-11-20',
      [memoNames.input]: inputDigest({ region: 'eu', day: '2026-11-20' }),
    });
    expect(await described.staticSummary()).toBe('The day is in the warehouse');
    const { noWorker, ...told } = (await gateway.get(`/runs/${id}`)).body;
    expect(told).toEqual(body);
    expect(noWorker).toEqual({ queue: taskQueue, since: null });
  });

  test('answers with the run as its history will tell it, but for a moment of its start, without reading that', async () => {
    let calls = 0;
    const gateway = await gatewayAt(address, 'default', () => calls++);
    onTestFinished(gateway.stop);
    const { goal } = await published();
    const ask = (day: string) =>
      gateway.post(`/goals/${goal}/runs`, {
        by: 'ada',
        reason: 'month end',
        input: { day },
      });
    // By the first one its clock is compared with Temporal's.
    await ask('2026-11-20');
    const costs: number[] = [];
    for (const day of ['2026-11-21', '2026-11-22', '2026-11-23']) {
      const before = calls;
      const answer = await ask(day);
      expect(answer.status, JSON.stringify(answer.body)).toBe(202);
      costs.push(calls - before);
    }
    // Its start; and now and then the goal is looked up.
    expect(Math.min(...costs)).toBe(1);
    const answer = await ask('2026-11-24');
    // Its deadline counts from its start; and whether a worker is there is another look.
    const { startedAt, deadline, ...rest } = answer.body;
    const found = (await gateway.get(`/runs/${goal}:2026-11-24`)).body;
    const { startedAt: told, deadline: due, noWorker: _, ...other } = found;
    expect(rest).toEqual(other);
    expect(Date.parse(deadline) - Date.parse(startedAt)).toBe(Date.parse(due) - Date.parse(told));
    expect(Math.abs(Date.parse(startedAt) - Date.parse(told))).toBeLessThan(5_000);
  });

  test('joins the run under way when it is asked for again', async () => {
    const { start } = await published();
    const first = await start({ day: '2026-11-20', region: 'eu' });
    const second = await start({ region: 'eu', day: '2026-11-20' });
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body.execution).toBe(first.body.execution);
  });

  test('makes one run of fifty that are asked for at the same moment', async () => {
    const { goal, start } = await published();
    const answers = await Promise.all(Array.from({ length: 50 }, () => start({ day: '2026-11-20' })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.execution)).size).toBe(1);
    await expect
      .poll(async () => (await bench.client.workflow.count(`WorkflowType = '${goal}'`)).count)
      .toBe(1);
  });

  test('makes one run of a thousand that are asked for at the same moment at two gateways', async () => {
    const { goal } = await published();
    const other = await gatewayForTest(address);
    // Where Temporal is too slow for a gateway's deadline, a client sends it again.
    const ask = async (at: typeof gateway): Promise<Answer> => {
      const answer = await at.post(`/goals/${goal}/runs`, { input: { day: '2026-11-20' } });
      return answer.status === 503 ? ask(at) : answer;
    };
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => ask(index % 2 === 0 ? gateway : other)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.execution)).size).toBe(1);
    await expect
      .poll(async () => (await bench.client.workflow.count(`WorkflowType = '${goal}'`)).count)
      .toBe(1);
  }, 120_000);

  test('refuses another input under the key of a run under way, naming both', async () => {
    const { goal, start } = await published();
    await start({ day: '2026-11-20' });
    const { status, body } = await start({ day: '2026-11-20', region: 'eu' });
    expect([status, body.code]).toEqual([409, 'input_differs']);
    expect(body).toMatchObject({ run: `${goal}:2026-11-20`, key: '2026-11-20' });
  });

  test('returns what was achieved instead of doing it again', async () => {
    const { goal, taskQueue, start } = await published();
    const { body: begun } = await start({ day: '2026-11-20' });
    await bench.end(taskQueue, `${goal}:2026-11-20`, 'achieved');
    const again = await start({ day: '2026-11-20' });
    expect(again.status).toBe(200);
    expect(again.headers.get('location')).toBe(`/runs/${goal}:2026-11-20`);
    expect(again.body).toMatchObject({
      ...{ execution: begun.execution, state: 'closed', outcome: 'achieved', output: { rows: 3 } },
      criteria: [{ name: 'rows arrived', met: true }],
    });
    const other = await start({ day: '2026-11-20', region: 'eu' });
    expect([other.status, other.body.code]).toEqual([409, 'input_differs']);
  });

  test.each(['failed', 'cancelled'] as const)(
    'pursues again what %s, even with another input',
    async (how) => {
      const { goal, taskQueue, start } = await published();
      const first = await start({ day: '2026-11-20' });
      await bench.end(taskQueue, `${goal}:2026-11-20`, how);
      const second = await start({ day: '2026-11-20', region: 'eu' });
      expect(second.status).toBe(202);
      expect(second.body.execution).not.toBe(first.body.execution);
    },
  );

  test('joins no run that is being cancelled: one is started once it has ended, and until then it says so', async () => {
    const { goal, taskQueue, start } = await published();
    const id = `${goal}:2026-11-20`;
    const first = await start({ day: '2026-11-20' });
    // No worker ends it, nor does the gateway, as it was asked of Temporal itself.
    await bench.client.workflow.getHandle(id).cancel();
    const early = await start({ day: '2026-11-20' }, { prefer: 'wait=30' });
    expect(early).toMatchObject({
      status: 409,
      body: { code: 'run_ending', run: id, execution: first.body.execution },
    });
    expect(early.headers.get('retry-after')).toBe('1');
    const keyed = { 'idempotency-key': unique('key') };
    expect((await start({ day: '2026-11-20' }, keyed)).body.code).toBe('run_ending');
    const soon = start({ day: '2026-11-20' }, keyed);
    await bench.end(taskQueue, id, 'cancelled');
    const { status, body } = await soon;
    expect({ status, state: body.state }).toEqual({ status: 202, state: 'pursuing' });
    expect(body.execution).not.toBe(first.body.execution);
  });

  test('joins a run that was started on Temporal itself, if it has the same input', async () => {
    const { goal, taskQueue, start } = await published();
    const workflowId = `${goal}:2026-11-20`;
    const own = await bench.client.workflow.start(goal, {
      ...{ workflowId, taskQueue, args: [{ day: '2026-11-20' }] },
    });
    const same = await start({ day: '2026-11-20' });
    expect([same.status, same.body.execution]).toEqual([202, own.firstExecutionRunId]);
    expect((await start({ day: '2026-11-20', region: 'eu' })).body.code).toBe('input_differs');
  });

  test('touches no workflow of another type that has the ID', async () => {
    const { goal, taskQueue, start } = await published();
    await bench.client.workflow.start('foreign', { workflowId: `${goal}:2026-11-20`, taskQueue });
    const { status, body } = await start({ day: '2026-11-20' });
    expect([status, body.code]).toEqual([409, 'run_id_taken']);
  });

  test('makes an odd key safe and keeps the original beside it', async () => {
    const goal = unique('load-key');
    await bench.publish(goal, {
      key: ['k'],
      input: { type: 'object', properties: { k: { type: 'string' } }, required: ['k'] },
    });
    for (const k of ["a/b'; --\u0000\r\n", '日本', 'x'.repeat(5000), '\u{1f600}', '']) {
      const { status, body } = await gateway.post(`/goals/${goal}/runs`, { input: { k } });
      expect(status, JSON.stringify(k)).toBe(202);
      expect(body.id).toMatch(/^[a-z0-9-]+:[A-Za-z0-9._~-]+$/);
      expect((await gateway.get(`/runs/${body.id}`)).status).toBe(200);
      expect((await gateway.post(`/goals/${goal}/runs`, { input: { k } })).body.id).toBe(body.id);
    }
  });

  test('starts a run with an input of the largest size, and refuses a larger one', async () => {
    const goal = unique('load-text');
    await bench.publish(goal, { key: [], input: {} });
    const largest = 'x'.repeat(PAYLOAD_BYTES - 2);
    const larger = await gateway.post(`/goals/${goal}/runs`, { input: `${largest}x` });
    expect([larger.status, larger.body.code]).toEqual([413, 'input_too_large']);
    expect((await gateway.post(`/goals/${goal}/runs`, { input: largest })).status).toBe(202);
  });
});

describe('an input that does not fit', () => {
  test('is refused field by field, and there is no run', async () => {
    const { goal, start } = await published();
    const { status, body } = await start({ day: '2026-02-30', region: 4 });
    expect([status, body.code]).toEqual([422, 'input_invalid']);
    expect(body.errors).toEqual([
      { path: 'day', message: 'must be a valid date' },
      { path: 'region', message: 'must be string' },
    ]);
    expect((await start({})).body.errors).toEqual([{ path: 'day', message: 'is missing' }]);
    expect((await start(null)).body.errors).toEqual([{ path: '', message: 'must be object' }]);
    expect((await bench.client.workflow.count(`WorkflowType = '${goal}'`)).count).toBe(0);
  });

  test('is told in at most fifty errors, and what is large by its first', async () => {
    const goal = unique('load-many');
    await bench.publish(goal, { key: [], input: { type: 'array', items: { type: 'string' } } });
    const { status, body } = await gateway.post(`/goals/${goal}/runs`, { input: Array(900).fill(1) });
    expect(status).toBe(422);
    expect(body.errors).toHaveLength(50);
    expect(body.detail).toContain('and 897 more');
    const large = await gateway.post(`/goals/${goal}/runs`, { input: Array(100_000).fill(1) });
    expect([large.status, large.body.errors]).toEqual([422, [{ path: '0', message: 'must be string' }]]);
  });

  test('is judged by what is published now', async () => {
    const { goal, start } = await published();
    expect((await start({ day: '2026-11-20' })).status).toBe(202);
    await bench.publish(goal, { key: [], input: { type: 'string' }, version: 2 });
    const other = await gatewayForTest(address);
    expect((await other.post(`/goals/${goal}/runs`, { input: { day: '2026-11-21' } })).status).toBe(422);
    expect((await other.post(`/goals/${goal}/runs`, { input: 'x' })).status).toBe(202);
  });

  test('is not judged by a schema that cannot be used, and the answer says so', async () => {
    const goal = unique('load-broken');
    await bench.publish(goal, { input: { $ref: '#/nowhere' } });
    const { status, body } = await gateway.post(`/goals/${goal}/runs`, { input: {} });
    expect([status, body.code]).toEqual([409, 'goal_schema_unusable']);
  });
});

describe('Prefer: wait', () => {
  test('answers with the outcome as soon as there is one', async () => {
    const { goal, taskQueue, start } = await published();
    const answer = start({ day: '2026-11-20' }, { prefer: 'respond-async, wait=50' });
    await bench.end(taskQueue, `${goal}:2026-11-20`, 'achieved');
    const { status, headers, body } = await answer;
    expect([status, body.outcome]).toEqual([200, 'achieved']);
    expect(headers.get('preference-applied')).toBe('wait=50');
  });

  test('answers 200 for a goal that was not reached: it is a result', async () => {
    const { goal, taskQueue, start } = await published();
    const answer = start({ day: '2026-11-20' }, { prefer: 'wait=50' });
    await bench.end(taskQueue, `${goal}:2026-11-20`, 'failed');
    const { status, body } = await answer;
    expect([status, body.outcome, body.failure.kind]).toEqual([200, 'failed', 'engine']);
  });

  test('answers 202 when the time is over, and is no burden to Temporal meanwhile', async () => {
    const { goal } = await published();
    let calls = 0;
    const counted = await gatewayAt(address, 'default', () => calls++);
    onTestFinished(counted.stop);
    const before = performance.now();
    const { status, body, headers } = await counted.post(
      `/goals/${goal}/runs`,
      { input: { day: '2026-11-20' } },
      { prefer: 'wait=3' },
    );
    expect([status, body.state, headers.get('preference-applied')]).toEqual([202, 'pursuing', 'wait=3']);
    expect(performance.now() - before).toBeGreaterThan(2_900);
    // The publication, and what waits there for a worker; the start, the one that waits, the run, its history, and whether
    // its queue is served.
    expect(calls).toBe(7);
  });

  test('is over in time whatever the garbage collector does meanwhile', async () => {
    const { start } = await published();
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const collecting = setInterval(collect, 50);
    onTestFinished(() => clearInterval(collecting));
    const waits = Array.from({ length: 4 }, (_, i) => start({ day: `2026-11-2${i}` }, { prefer: 'wait=1' }));
    expect((await Promise.all(waits)).map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  }, 15_000);

  test('asks Temporal once for a run, however many wait for it, and is ignored where too many runs are waited for', async () => {
    const { goal, taskQueue } = await published();
    let calls = 0;
    const few = await gatewayAt(address, 'default', () => calls++, undefined, [], { mostAwaited: 1 });
    onTestFinished(few.stop);
    const ask = (day: string, seconds: number) =>
      few.post(`/goals/${goal}/runs`, { input: { day } }, { prefer: `wait=${seconds}` });
    await few.post(`/goals/${goal}/runs`, { input: { day: '2026-11-20' } });
    const before = calls;
    const waiting = Array.from({ length: 20 }, () => ask('2026-11-20', 50));
    // Each of them asks for the goal's publication and starts; one waits.
    await expect.poll(() => calls - before, { timeout: 30_000 }).toBe(20 * 2 + 1);
    const beyond = await ask('2026-11-21', 50);
    expect([beyond.status, beyond.headers.get('preference-applied')]).toEqual([202, null]);
    expect((await ask('2026-11-20', 1)).headers.get('preference-applied')).toBe('wait=1');
    await bench.end(taskQueue, `${goal}:2026-11-20`, 'achieved');
    for (const { status, body } of await Promise.all(waiting))
      expect([status, body.outcome]).toEqual([200, 'achieved']);
    // Nobody waits any more, so there is room for another.
    expect((await ask('2026-11-21', 1)).headers.get('preference-applied')).toBe('wait=1');
  });

  test('says which wait was kept to where more was asked for', async () => {
    const { taskQueue, goal, start } = await published();
    const answer = start({ day: '2026-11-20' }, { prefer: 'wait=600' });
    await bench.end(taskQueue, `${goal}:2026-11-20`, 'achieved');
    expect((await answer).headers.get('preference-applied')).toBe('wait=60');
  });

  test('is over at once when the gateway stops', async () => {
    const goal = unique('load-day');
    await bench.publish(goal);
    const stopped = await gatewayAt(address);
    const path = `/goals/${goal}/runs`;
    const answer = stopped.post(path, { input: { day: '2026-11-20' } }, { prefer: 'wait=50' });
    await expect.poll(async () => (await gateway.get(`/runs/${goal}:2026-11-20`)).status).toBe(200);
    await stopped.stop();
    expect((await answer).status).toBe(202);
  });
});
