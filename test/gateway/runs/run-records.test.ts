// Records over real HTTP: of one run, and of many as a stream of lines.

import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunRecord, runRecordSchema } from '../../../goals/wire/run-record.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { eventually, gatewayAt, temporalBench, unique } from '../workbench.ts';

const address = temporalAddress;
let bench: Awaited<ReturnType<typeof temporalBench>>;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let since: string;

beforeAll(async () => {
  bench = await temporalBench(address);
  gateway = await gatewayAt(address);
  since = new Date(Date.now() - 60_000).toISOString();
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

const dayOf = (i: number): string => `2026-11-${String(i + 1).padStart(2, '0')}`;

async function published() {
  const goal = unique('load-day');
  const { taskQueue } = await bench.publish(goal);
  const start = async (day: string, more: object = {}) => {
    const trigger = { input: { day, ...more }, reason: 'the audit wants it' };
    const asked = async () => (await gateway.post(`/goals/${goal}/runs`, trigger)).status;
    // A busy server may be late, and then the request is sent again.
    await expect.poll(asked, { timeout: 60_000 }).toBeOneOf([200, 202]);
    return `${goal}:${day}`;
  };
  return { goal, taskQueue, start };
}

const isListed = (goal: string, closed: number): Promise<void> =>
  eventually(async () => {
    const query = `WorkflowType = '${goal}' AND ExecutionStatus != 'Running'`;
    return (await bench.client.workflow.count(query)).count === closed;
  });

/** Thirty runs, closed in turn as achieved, failed and terminated. */
async function thirty() {
  const { goal, taskQueue, start } = await published();
  const ids: string[] = [];
  for (let i = 0; i < 30; i++) {
    const id = await start(dayOf(i));
    ids.push(id);
    if (i % 3 === 2) await bench.client.workflow.getHandle(id).terminate('no longer wanted');
    else await bench.end(taskQueue, id, i % 3 === 0 ? 'achieved' : 'failed');
  }
  await isListed(goal, 30);
  return { goal, ids };
}

interface Lines {
  records: RunRecord[];
  notes: { note: string; reason?: string; next?: { since: string; after: string } }[];
}

async function read(query: string): Promise<Lines> {
  const response = await fetch(`${gateway.url}/records?since=${since}&${query}`);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  const text = await response.text();
  expect(text === '' || text.endsWith('\n')).toBe(true);
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  return {
    records: lines.filter((line) => 'version' in line).map((line) => runRecordSchema.parse(line)),
    notes: lines.filter((line) => 'note' in line),
  };
}

describe('GET /runs/{id}/record', () => {
  test('says of a cancelled run who asked for it, when and why', async () => {
    const { goal, start } = await published();
    const id = await start('2026-11-20');
    await gateway.post(`/runs/${id}/cancel`, { reason: 'the source was withdrawn', by: 'ada' });
    await eventually(async () => (await gateway.get(`/runs/${id}`)).body.state === 'closed');
    const { status, body } = await gateway.get(`/runs/${id}/record`);
    expect(status).toBe(200);
    expect(runRecordSchema.parse(body)).toEqual(body);
    expect(body).toMatchObject({
      version: 1,
      run: id,
      intention: {
        why: { kind: 'request', reason: 'the audit wants it' },
        goal,
        outcome: 'The day is in the warehouse',
        ...{ owner: 'data', team: 'warehouse', key: '2026-11-20', input: { day: '2026-11-20' } },
      },
      actions: [
        {
          kind: 'cancel',
          at: expect.stringMatching(/^\d{4}-.*Z$/),
          by: 'ada',
          reason: 'the source was withdrawn',
        },
        // No worker serves it, so the gateway ends it.
        {
          kind: 'terminate',
          by: 'ada',
          reason: expect.stringContaining('cancelled while no worker served the queue'),
        },
      ],
      outcome: { outcome: 'cancelled', failure: null },
    });
  });

  test('is there while the run goes on, and of an older execution', async () => {
    const { taskQueue, start } = await published();
    const id = await start('2026-11-20');
    const open = (await gateway.get(`/runs/${id}/record`)).body;
    expect(runRecordSchema.parse(open).outcome).toMatchObject({ outcome: null, closedAt: null });
    await bench.end(taskQueue, id, 'failed');
    await eventually(async () => (await gateway.get(`/runs/${id}`)).body.state === 'closed');
    await start('2026-11-20');
    const older = (await gateway.get(`/runs/${id}/record?execution=${open.execution}`)).body;
    expect(older).toMatchObject({ execution: open.execution, outcome: { outcome: 'failed' } });
    expect((await gateway.get(`/runs/${id}/record`)).body.execution).not.toBe(open.execution);
  });
});

describe('GET /records', () => {
  test('streams each of thirty runs exactly once, as they closed, and says nothing more', async () => {
    const { goal, ids } = await thirty();
    const { records, notes } = await read(`goal=${goal}`);
    expect(records.map(({ run }) => run)).toEqual(ids);
    expect(notes).toEqual([]);
    expect(records[2]?.actions).toMatchObject([{ kind: 'terminate', reason: 'no longer wanted' }]);

    const failed = await read(`goal=${goal}&outcome=failed`);
    expect(failed.records.map(({ run }) => run)).toEqual(ids.filter((_, i) => i % 3 !== 0));
    const until = records[10]?.outcome.closedAt;
    expect((await read(`goal=${goal}&until=${until}`)).records.map(({ run }) => run)).toEqual(
      ids.slice(0, 10),
    );
    expect(await read(`goal=${goal}&until=${since}`)).toEqual({ records: [], notes: [] });
  });

  test('cut by its limit, it says how to go on, and nothing is told twice', async () => {
    const { goal, ids } = await thirty();
    const seen: string[] = [];
    let next: { since: string; after: string } | undefined;
    for (let i = 0; i < 5 && (i === 0 || next); i++) {
      const position = next === undefined ? `since=${since}` : `since=${next.since}&after=${next.after}`;
      const response = await fetch(`${gateway.url}/records?${position}&goal=${goal}&limit=7`);
      const lines = (await response.text()).trim().split('\n');
      const last = JSON.parse(lines.at(-1) as string);
      next = last.note === 'truncated' ? last.next : undefined;
      if (next) expect(last).toMatchObject({ note: 'truncated', reason: 'limit' });
      seen.push(...lines.slice(0, next ? -1 : undefined).map((line) => JSON.parse(line).run));
    }
    expect(seen).toEqual(ids);
  });

  test('has every execution of a run, not only the latest', async () => {
    const { goal, taskQueue, start } = await published();
    for (let i = 0; i < 3; i++) await bench.end(taskQueue, await start('2026-11-20'), 'failed');
    await isListed(goal, 3);
    const { records } = await read(`goal=${goal}`);
    expect(new Set(records.map(({ execution }) => execution)).size).toBe(3);
  });

  test('a reader that goes away stops the reading, and one that is slow slows it', async () => {
    let calls = 0;
    const counted = await gatewayAt(address, 'default', () => calls++);
    // 72 MB: the sockets between take up to 38 MB by themselves (tcp_rmem, tcp_wmem).
    const { goal, start } = await published();
    for (let i = 0; i < 80; i += 10)
      await Promise.all(
        Array.from({ length: 10 }, async (_, n) => {
          const id = await start(dayOf((i + n) % 30), { region: 'x'.repeat(900_000) });
          await bench.client.workflow.getHandle(id).terminate();
        }),
      );
    await isListed(goal, 80);
    const asked = get(`${counted.url}/records?since=${since}&goal=${goal}`);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    // It is this test that breaks it off.
    for (const stream of [asked, response]) stream.on('error', () => {});
    const lines = createInterface({ input: response });
    lines.on('error', () => {});
    const [line] = (await once(lines, 'line')) as [string];
    expect(JSON.parse(line)).toMatchObject({ version: 1, intention: { goal } });
    response.pause();
    await eventually(async () => {
      const before = calls;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return calls === before;
    });
    // It had not read everything: it goes on with the reader, and no further than to where that stops again.
    const stalled = calls;
    response.resume();
    await eventually(async () => calls > stalled);
    response.pause();
    asked.destroy();
    const before = calls;
    // A gateway that waited for what the reader never took would not come to its end.
    await counted.stop();
    expect(calls - before).toBeLessThan(15);
  });

  test.each([
    ['', 'since'],
    ['since=yesterday', 'since'],
    ['since=2026-11-20T06:00:00Z&after=1', 'after'],
    ['since=2026-11-20T06:00:00Z&limit=0', 'limit'],
    ['since=2026-11-20T06:00:00Z&outcome=fine', 'outcome'],
    ["since=2026-11-20T06:00:00Z&goal=x'", 'goal'],
    ['since=2026-11-20T06:00:00Z&owner=ada', 'owner'],
  ])('with the query %j the answer is a problem that names %s', async (query, parameter) => {
    expect(await gateway.get(`/records?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'query_invalid', parameter },
    });
  });

  test.each(['9999-12-31T23:59:59-14:00', '0001-01-01T00:00:00%2B14:00'])(
    'the odd time %s gets no 5xx',
    async (time) => {
      const goal = unique('nobody');
      expect((await gateway.get(`/records?since=${time}&goal=${goal}`)).status).toBe(200);
      expect(
        (await gateway.get(`/records?since=2026-01-01T00:00:00Z&until=${time}&goal=${goal}`)).status,
      ).toBe(200);
    },
  );
});
