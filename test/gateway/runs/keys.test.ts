// One key, one run (promise 2): which triggers start an execution, and which are answered with one that is there.

import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { memoNames } from '../../../goals/wire/names.ts';
import type { Publication } from '../../../goals/wire/publication.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { type Answer, askingAt, gatewayAt, gatewayForTest, temporalBench, unique } from '../workbench.ts';

const address = temporalAddress;
const MAIN = fileURLToPath(new URL('../../../gateway/main.ts', import.meta.url));
const input = { day: '2026-11-20' };
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

async function executionsOf(goal: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { runId } of bench.client.workflow.list({ query: `WorkflowType = '${goal}'` }))
    found.push(runId);
  return found;
}

async function published(changes: Partial<Publication> = {}) {
  const goal = unique('load-day');
  const { taskQueue } = await bench.publish(goal, changes);
  const id = `${goal}:${input.day}`;
  return {
    goal,
    id,
    taskQueue,
    start: (body: object = {}, key?: string, at = gateway) =>
      at.post(`/goals/${goal}/runs`, { input, ...body }, key === undefined ? {} : { 'idempotency-key': key }),
    end: (how: 'achieved' | 'failed' | 'cancelled') => bench.end(taskQueue, id, how),
    executions: () => executionsOf(goal),
  };
}

describe('an achieved run', () => {
  test('is the answer as long as it is fresh, and pursued again after that, once, whoever asks', async () => {
    const { start, end, executions } = await published({ freshMs: 3_000 });
    const first = await start();
    await end('achieved');
    const closed = Date.now();
    const again = await start();
    if (Date.now() < closed + 2_000) expect(again.body.execution).toBe(first.body.execution);
    await expect
      .poll(async () => (await start({ input: { ...input, region: 'eu' } })).body.code, { timeout: 60_000 })
      .not.toBe('input_differs');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => start({ input: { ...input, region: 'eu' } })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    await expect.poll(async () => (await executions()).length).toBe(2);
    expect(answers[0]?.body.execution).not.toBe(first.body.execution);
  });

  test('is pursued again by force, and the new execution tells who wanted that and why', async () => {
    const { start, end } = await published();
    const first = await start();
    const open = await start({ force: true });
    expect([open.status, open.body.code, open.body.execution]).toEqual([
      409,
      'run_open',
      first.body.execution,
    ]);
    await end('achieved');
    const forced = await start({ force: true, by: 'ada', reason: 'the ledger was wrong' });
    expect(forced.status).toBe(202);
    expect(forced.body.execution).not.toBe(first.body.execution);
    expect(forced.body.why).toMatchObject({ kind: 'request', by: 'ada', reason: 'the ledger was wrong' });
  });

  // start-run.1
  test('is forced once by twenty who ask at the same moment', async () => {
    const { start, end, executions } = await published();
    await start();
    await end('achieved');
    const answers = await Promise.all(Array.from({ length: 20 }, () => start({ force: true })));
    expect(answers.filter(({ status }) => status === 202).length).toBeGreaterThan(0);
    for (const { status, body } of answers) if (status !== 202) expect(body.code).toBe('run_open');
    await expect.poll(async () => (await executions()).length).toBe(2);
  });

  test('is forced once by a request that is sent again after that one has ended, too', async () => {
    const { start, end, executions } = await published();
    await start();
    await end('achieved');
    const key = randomUUID();
    const forced = await start({ force: true }, key);
    expect((await start({ force: true }, key)).body.execution).toBe(forced.body.execution);
    await end('achieved');
    const again = await start({ force: true }, key);
    expect([again.status, again.body.execution]).toEqual([200, forced.body.execution]);
    await expect.poll(async () => (await executions()).length).toBe(2);
  });
});

describe('a request with an Idempotency-Key, sent again', () => {
  test('starts nothing when its run has failed, which any other request does', async () => {
    const { start, end } = await published();
    const key = randomUUID();
    const first = await start({}, key);
    await end('failed');
    const again = await start({}, key);
    expect([again.status, again.body.outcome]).toEqual([200, 'failed']);
    expect(again.body.execution).toBe(first.body.execution);
    expect((await start({}, randomUUID())).body.execution).not.toBe(first.body.execution);
  });

  // start-run.2
  test('gets its own execution when others came after it', async () => {
    const { goal, id, taskQueue, start, end, executions } = await published();
    const keys = [randomUUID(), randomUUID(), randomUUID()];
    const begun: string[] = [];
    for (const key of keys) {
      begun.push((await start({}, key)).body.execution);
      await end('failed');
    }
    // Which knows of none before it.
    await bench.client.workflow.start(goal, { workflowId: id, taskQueue, args: [input] });
    await expect.poll(async () => (await executions()).length).toBe(4);
    for (const [i, key] of keys.entries()) {
      const { status, body } = await start({}, key);
      expect([status, body.execution, body.outcome]).toEqual([200, begun[i], 'failed']);
    }
    const described = await bench.client.workflow.getHandle(id, begun[1]).describe();
    expect(described.memo?.[memoNames.request]).toBe(`request:${keys[1]}`);
  });

  test('gets the execution that it had joined, whatever became of that', async () => {
    const { start, end, executions } = await published();
    const first = await start();
    const key = randomUUID();
    expect((await start({}, key)).body.execution).toBe(first.body.execution);
    await end('failed');
    expect((await start({}, key)).body).toMatchObject({ execution: first.body.execution, outcome: 'failed' });
    const second = await start();
    expect(second.body.execution).not.toBe(first.body.execution);
    await expect.poll(async () => (await executions()).length).toBe(2);
    expect((await start({}, key)).body.execution).toBe(first.body.execution);
    await end('failed');
    expect((await start({}, key)).body.execution).toBe(first.body.execution);
    await expect.poll(async () => (await executions()).length).toBe(2);
  });

  test('gets the outcome that had been achieved when it was first sent, though that is stale by now', async () => {
    const freshMs = 6_000;
    const { start, end, executions } = await published({ freshMs });
    const keys = [randomUUID(), randomUUID()];
    await start();
    await end('achieved');
    const answer = await start({}, keys[0]);
    expect([answer.status, answer.body.outcome]).toEqual([200, 'achieved']);
    const staleAt = Date.parse(answer.body.closedAt) + freshMs;
    await expect.poll(() => Date.now(), { timeout: 2 * freshMs }).toBeGreaterThan(staleAt);
    expect((await start({}, keys[0])).body).toMatchObject({ execution: answer.body.execution });
    // Another request goes on, and the first one still has its own.
    const second = await start({}, keys[1]);
    expect(second.body.execution).not.toBe(answer.body.execution);
    await end('failed');
    expect((await start({}, keys[0])).body).toMatchObject({
      execution: answer.body.execution,
      outcome: 'achieved',
    });
    expect((await start({}, keys[1])).body).toMatchObject({
      execution: second.body.execution,
      outcome: 'failed',
    });
    await expect.poll(async () => (await executions()).length).toBe(2);
  });

  test('starts one run, at the same moment at two gateways', async () => {
    const { start, end, executions } = await published();
    await start();
    await end('failed');
    const other = await gatewayForTest(address);
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => start({}, key, i % 2 === 0 ? gateway : other)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.execution)).size).toBe(1);
    await expect.poll(async () => (await executions()).length).toBe(2);
  });

  test('gets the one run that sixty different ones had started together, once that has failed', async () => {
    const { start, end, executions } = await published();
    await start();
    await end('failed');
    const other = await gatewayForTest(address);
    const keys = Array.from({ length: 60 }, () => randomUUID());
    // As any client does where Temporal is too slow for a gateway's deadline.
    const started = async (key: string, at: typeof gateway): Promise<Answer> => {
      const answer = await start({}, key, at);
      return answer.status === 503 ? started(key, at) : answer;
    };
    const answers = await Promise.all(keys.map((key, i) => started(key, i % 2 === 0 ? gateway : other)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const [execution, ...others] = new Set(answers.map(({ body }) => body.execution));
    expect(others).toEqual([]);
    await end('failed');
    const again = await Promise.all(keys.map((key) => started(key, gateway)));
    expect(new Set(again.map(({ body }) => `${body.execution} ${body.outcome}`))).toEqual(
      new Set([`${execution} failed`]),
    );
    await expect.poll(async () => (await executions()).length).toBe(2);
  }, 60_000);

  test('with another body is refused, for the same run or another, at any gateway', async () => {
    const { start, executions } = await published();
    const key = randomUUID();
    await start({}, key);
    const other = await gatewayForTest(address);
    for (const body of [
      { input: { day: '2026-11-21' } },
      { input: { ...input, region: 'eu' } },
      { force: true },
    ]) {
      const answer = await start(body, key, other);
      expect([answer.status, answer.body.code]).toEqual([422, 'idempotency_key_reused']);
    }
    await expect.poll(async () => (await executions()).length).toBe(1);
    expect((await start({}, key, other)).status).toBe(202);
  });

  test('of which two bodies come at the same moment starts what one of them says', async () => {
    const { start, executions } = await published();
    const key = randomUUID();
    const days = Array.from({ length: 10 }, (_, i) => ({ input: { day: `2026-11-1${i}` } }));
    const answers = await Promise.all(days.map((body) => start(body, key)));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array(9).fill(422)]);
    await expect.poll(async () => (await executions()).length).toBe(1);
  });

  test.each(['', ' ', 'a b', 'x'.repeat(201)])('with the key %j is refused', async (key) => {
    const { start } = await published();
    const { status, body } = await start({}, key);
    expect([status, body.code]).toEqual([400, 'idempotency_key_malformed']);
  });
});

describe('priority and fairness', () => {
  test('are told to Temporal, of the goal or of the request', async () => {
    const goal = unique('load-day');
    await bench.publish(goal, { priority: 4, fairness: { path: 'region' } });
    const priorityOf = async (day: string, body: object) => {
      const { body: run } = await gateway.post(`/goals/${goal}/runs`, {
        input: { day, region: 'eu' },
        ...body,
      });
      const { raw } = await bench.client.workflow.getHandle(run.id).describe();
      return raw.workflowExecutionInfo?.priority;
    };
    expect(await priorityOf('2026-11-20', {})).toMatchObject({ priorityKey: 4, fairnessKey: 'eu' });
    expect(await priorityOf('2026-11-21', { priority: 1 })).toMatchObject({
      priorityKey: 1,
      fairnessKey: 'eu',
    });
  });
});

describe('gateways that are killed', () => {
  async function spawned(): Promise<{ child: ChildProcess; url: string }> {
    const child = fork(MAIN, {
      env: { ...process.env, TEMPORAL_ADDRESS: address, PORT: '0', LOG_LEVEL: 'silent' },
      execArgv: ['--import', 'tsx'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    return { child, url };
  }

  test('while they start runs leave one for each key, and none that was answered is missing', async () => {
    const goal = unique('load-key');
    await bench.publish(goal, { key: ['k'], input: { type: 'object' } });
    let door = await spawned();
    let retried = 0;
    const lost: unknown[] = [];
    const acknowledged = new Map<string, string>();
    const request = async (k: string): Promise<void> => {
      const body = { input: { k } };
      for (;;) {
        try {
          const answer = await askingAt(door.url).post(`/goals/${goal}/runs`, body, {
            'idempotency-key': `key-${k}`,
          });
          if (answer.status === 503) continue;
          if (answer.status !== 202) lost.push(answer.body);
          else acknowledged.set(k, answer.body.execution);
          return;
        } catch {
          retried++;
          // The gateway is gone: the request is sent again to the next one, as any client does.
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    };
    const keys = Array.from({ length: 300 }, (_, i) => `${i}`);
    const waiting = [...keys];
    const clients = Array.from({ length: 12 }, async () => {
      for (let k = waiting.shift(); k !== undefined; k = waiting.shift()) await request(k);
    });
    for (const left of [220, 130, 40]) {
      await expect.poll(() => waiting.length, { timeout: 60_000, interval: 5 }).toBeLessThan(left);
      // Killed with requests in it, and the next one there already, as a deployment has it.
      const next = await spawned();
      const killed = door;
      door = next;
      killed.child.kill('SIGKILL');
    }
    await Promise.all(clients);
    expect([lost, acknowledged.size]).toEqual([[], keys.length]);
    expect(retried, 'requests that a kill cut off').toBeGreaterThan(0);
    await expect.poll(async () => (await executionsOf(goal)).length, { timeout: 60_000 }).toBe(keys.length);
    const found = new Set(await executionsOf(goal));
    expect([...acknowledged.values()].filter((execution) => !found.has(execution))).toEqual([]);
  }, 180_000);
});
