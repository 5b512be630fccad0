import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { knownEvents } from '../../../gateway/runs/known-events.ts';
import { storiesOf } from '../../../gateway/runs/stories.ts';
import { clockOf } from '../../../gateway/temporal/clock.ts';
import { type Temporal, temporalAt } from '../../../gateway/temporal/temporal.ts';
import type { SharedTrouble } from '../../../goals/wire/attention.ts';
import type { MapDetails } from '../../../goals/wire/map.ts';
import { memoNames } from '../../../goals/wire/names.ts';
import type { RunRow } from '../../../goals/wire/run-row.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { answered, gatewayAt, gatewayForTest, temporalBench, unique } from '../workbench.ts';

/** Visibility lags, on a slow machine by much. */
const PATIENT = { timeout: 45_000 };

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

async function published(owner = unique('owner')) {
  const goal = unique('load-day');
  const { taskQueue } = await bench.publish(goal, { owner });
  const start = async (day: string) => {
    const { status } = await gateway.post(`/goals/${goal}/runs`, { input: { day } });
    expect(status).toBe(202);
    return `${goal}:${day}`;
  };
  return { goal, owner, taskQueue, start };
}

/** Counts in `read` what is asked of histories, and how many events come of it. */
function countingHistory(real: Temporal, read: { calls: number; events: number }): Temporal {
  const counted = async (answer: Promise<{ history?: { events?: unknown[] | null } | null }>) => {
    read.calls++;
    const page = await answer;
    read.events += page.history?.events?.length ?? 0;
    return page;
  };
  return {
    ...real,
    call: (make, ms) =>
      real.call((service) => {
        const counting = new Proxy(service, {
          get(target, name: keyof typeof service) {
            const method = (target[name] as (...args: unknown[]) => Promise<object>).bind(target);
            return name === 'getWorkflowExecutionHistory'
              ? (...args: unknown[]) => counted(method(...args))
              : method;
          },
        });
        return make(counting);
      }, ms),
  };
}

const idsOf = async (query: string): Promise<string[]> => {
  const { status, body } = await gateway.get(`/runs?${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.items.map(({ id }: { id: string }) => id).sort();
};

describe('GET /runs/rows', () => {
  const rowsOf = async (query: string): Promise<RunRow[]> => {
    const { status, body } = await answered(() => gateway.get(`/runs/rows?${query}`));
    expect(status, JSON.stringify(body)).toBe(200);
    return body.items;
  };
  const ids = async (query: string) => (await rowsOf(query)).map(({ id }) => id).sort();

  test('says of each run what Temporal lists, and of its latest execution alone', async () => {
    const { goal, taskQueue, start } = await published();
    const [mended, lost, open] = [
      await start('2026-11-01'),
      await start('2026-11-02'),
      await start('2026-11-03'),
    ];
    for (const id of [mended, lost]) await bench.client.workflow.getHandle(id).terminate('out of paper');
    await expect.poll(() => ids(`goal=${goal}&outcome=failed`), PATIENT).toEqual([mended, lost]);
    await answered(() => gateway.post(`/goals/${goal}/runs`, { input: { day: '2026-11-01' } }));
    await bench.end(taskQueue, mended, 'achieved');
    await expect.poll(() => ids(`goal=${goal}&outcome=achieved`), PATIENT).toEqual([mended]);
    await expect.poll(() => ids(`goal=${goal}&outcome=failed`), PATIENT).toEqual([lost]);
    await expect.poll(() => ids(`goal=${goal}&state=pursuing`), PATIENT).toEqual([open]);
    const [row] = await rowsOf(`goal=${goal}&outcome=failed`);
    expect(row).toMatchObject({ key: '2026-11-02', state: 'closed', late: false, accepted: null });
    expect(row?.failure).toMatchObject({ kind: 'engine', code: 'terminated' });
    expect(row?.failure?.message).toContain('out of paper');
    const { body } = await answered(() => gateway.get(`/runs/rows?goal=${goal}&limit=1&count=true`));
    expect([body.items.length, body.count, body.next === null]).toEqual([1, 4, false]);
  });

  test('finds by prefix, by what ended a run, by its time, and whether it was late', async () => {
    const { goal, owner, start } = await published();
    const plain = await start('2026-11-01');
    const keyword = (name: string, value: string) => ({ key: { name, type: 'KEYWORD' as const }, value });
    const late = `${goal}:2026-12-01`;
    await bench.client.workflow.start(goal, {
      ...{ workflowId: late, taskQueue: 'nobody-polls', args: [{}] },
      typedSearchAttributes: [
        ...[keyword('GkOwner', owner), keyword('GkTeam', 'warehouse'), keyword('GkPace', 'late')],
        keyword('GkFailure', 'dependency/licence_expired'),
      ],
    });
    await expect.poll(() => ids(`goal=${goal}`), PATIENT).toEqual([plain, late]);
    expect(await ids(`goal=${goal}&keyPrefix=2026-12`)).toEqual([late]);
    expect(await ids(`id=${goal}:2026-11`)).toEqual([plain]);
    expect(await ids(`goal=${goal}&code=licence_expired`)).toEqual([late]);
    expect(await ids(`goal=${goal}&kind=dependency`)).toEqual([late]);
    expect(await ids(`goal=${goal}&kind=job`)).toEqual([]);
    expect(await ids(`goal=${goal}&kind=job&code=licence_expired`)).toEqual([]);
    expect(await ids(`goal=${goal}&late=true`)).toEqual([late]);
    expect(await ids(`goal=${goal}&late=false`)).toEqual([plain]);
    expect(await ids(`goal=${goal}&until=1h`)).toEqual([]);
    expect(await ids(`goal=${goal}&until=9998-01-01T00:00:00Z`)).toEqual([plain, late]);
    expect(await ids(`goal=${goal}&accepted=true`)).toEqual([]);
    const { status, body } = await gateway.get('/runs/rows?keyPrefix=2026');
    expect([status, body.detail]).toEqual([400, expect.stringContaining('keyPrefix')]);
  });

  test('runs are found by what triggered them, page by page, in rows, lists and the page of runs', async () => {
    const { goal, owner, start } = await published();
    const asked = [await start('2026-11-01'), await start('2026-11-02'), await start('2026-11-03')];
    const keyword = (name: string, value: string) => ({ key: { name, type: 'KEYWORD' as const }, value });
    const begin = async (key: string, memo: object | undefined) => {
      await bench.client.workflow.start(goal, {
        ...{
          workflowId: `${goal}:${key}`,
          taskQueue: 'nobody-polls',
          args: [{}],
          ...(memo && { memo: { [memoNames.why]: memo } }),
        },
        typedSearchAttributes: [keyword('GkOwner', owner), keyword('GkTeam', 'warehouse')],
      });
      return `${goal}:${key}`;
    };
    const why = { kind: 'schedule', at: '2026-11-04T05:00:00Z', by: null, reason: null, ref: 'nightly' };
    const timed = await begin('2026-11-04', why);
    const plain = await begin('2026-11-05', undefined);
    await expect.poll(async () => (await ids(`goal=${goal}`)).length, PATIENT).toBe(5);
    expect(await ids(`goal=${goal}&why=request`)).toEqual(asked);
    expect(await ids(`goal=${goal}&why=schedule`)).toEqual([timed]);
    expect(await ids(`goal=${goal}&why=engine`)).toEqual([plain]);
    expect(await ids(`goal=${goal}&why=event`)).toEqual([]);
    const seen: string[] = [];
    for (let next = ''; ; ) {
      const page = `/runs/rows?goal=${goal}&why=request&limit=1&count=true${next && `&cursor=${next}`}`;
      const { body } = await answered(() => gateway.get(page));
      expect(body.count).toBeNull();
      seen.push(...body.items.map(({ id }: RunRow) => id));
      next = body.next ?? '';
      if (next === '') break;
    }
    expect(seen.sort()).toEqual(asked);
    const listed = (await answered(() => gateway.get(`/runs?goal=${goal}&why=schedule`))).body.items;
    expect(listed.map(({ id }: RunRow) => id)).toEqual([timed]);
    const html = await fetch(`${gateway.url}/runs?goal=${goal}&why=schedule`, {
      headers: { accept: 'text/html' },
    });
    const text = await html.text();
    expect([text.includes(encodeURIComponent(timed)), text.includes(encodeURIComponent(plain))]).toEqual([
      true,
      false,
    ]);
    // A page of one filter does not go on in another.
    const { next } = (await answered(() => gateway.get(`/runs/rows?goal=${goal}&why=request&limit=1`))).body;
    const other = await gateway.get(`/runs/rows?goal=${goal}&why=schedule&limit=1&cursor=${next}`);
    expect([other.status, other.body.code]).toEqual([400, 'query_invalid']);
    expect((await gateway.get('/runs?why=boredom')).body.code).toBe('query_invalid');
  });
});

test('GET /attention names a run that failed and what stopped it, until its key is reached', async () => {
  const { goal, taskQueue, start } = await published();
  const id = await start('2026-11-01');
  const troubles = async (): Promise<SharedTrouble[]> => {
    const { status, body } = await answered(() => gateway.get('/attention'));
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body.count).toBeGreaterThanOrEqual(body.slipping.length);
    return body.troubles.filter(({ runs }: SharedTrouble) => runs.some((run) => run.goal === goal));
  };
  expect(await troubles()).toEqual([]);
  await bench.client.workflow.getHandle(id).terminate('out of paper');
  await expect.poll(async () => (await troubles()).map(({ count }) => count), PATIENT).toEqual([1]);
  expect((await troubles())[0]?.runs[0]).toMatchObject({ id, failure: { code: 'terminated' } });
  await answered(() => gateway.post(`/goals/${goal}/runs`, { input: { day: '2026-11-01' } }));
  await bench.end(taskQueue, id, 'achieved');
  await expect.poll(async () => (await troubles()).length, PATIENT).toBe(0);
});

describe('GET /runs', () => {
  test('filters by goal, owner, outcome, state and since', async () => {
    const { goal, owner, taskQueue, start } = await published();
    const endings = ['achieved', 'failed', 'cancelled'] as const;
    const [achieved, failed, cancelled, open, terminated] = [
      ...[await start('2026-11-01'), await start('2026-11-02'), await start('2026-11-03')],
      ...[await start('2026-11-04'), await start('2026-11-05')],
    ] as [string, string, string, string, string];
    for (const [i, id] of [achieved, failed, cancelled].entries())
      await bench.end(taskQueue, id, endings[i] as 'achieved');
    await bench.client.workflow.getHandle(terminated).terminate();
    await expect.poll(() => idsOf(`goal=${goal}&state=pursuing`)).toEqual([open]);

    const all = [achieved, failed, cancelled, open, terminated].sort();
    expect(await idsOf(`goal=${goal}`)).toEqual(all);
    expect(await idsOf(`owner=${owner}`)).toEqual(all);
    expect(await idsOf(`goal=${goal}&outcome=achieved`)).toEqual([achieved]);
    expect(await idsOf(`goal=${goal}&outcome=failed`)).toEqual([failed, terminated].sort());
    expect(await idsOf(`goal=${goal}&outcome=cancelled`)).toEqual([cancelled]);
    expect(await idsOf(`goal=${goal}&state=closed`)).toEqual(all.filter((id) => id !== open));
    expect(await idsOf(`goal=${goal}&state=pursuing&outcome=achieved`)).toEqual([]);
    expect(await idsOf(`goal=${goal}&since=2020-01-01T00:00:00Z`)).toEqual(all);
    expect(await idsOf(`goal=${goal}&since=2020-01-01T00:00:00%2B02:00`)).toEqual(all);
    expect(await idsOf(`goal=${goal}&since=9999-01-01T00:00:00Z`)).toEqual([]);
    expect(await idsOf(`goal=${goal}&since=0001-01-01T00:00:00Z`)).toEqual(all);
    expect(await idsOf(`goal=${goal}&since=24h`)).toEqual(all);
    expect(await idsOf(`goal=${goal}&key=2026-11-03`)).toEqual([cancelled]);
    expect(await idsOf(`goal=${goal}&key=2026-11-30`)).toEqual([]);
    expect(await idsOf(`goal=${goal}&keyFrom=2026-11-02&keyTo=2026-11-04`)).toEqual([
      failed,
      cancelled,
      open,
    ]);
    expect(await idsOf(`goal=${goal}&keyFrom=2026-11-04`)).toEqual([open, terminated]);
    expect(await idsOf(`goal=${goal}&keyTo=2026-11-01`)).toEqual([achieved]);
    expect(await idsOf(`goal=${unique('nobody')}`)).toEqual([]);
    expect(await idsOf(`owner=${unique('nobody')}`)).toEqual([]);
  });

  test('filters by team, and finds a key among all goals, as its input has it', async () => {
    const [team, goal, other] = [unique("O'Team"), unique('keyed'), unique('keyed')];
    await bench.publish(goal, { team, key: ['region'] });
    await bench.publish(other, { key: ['region'] });
    const region = `a b ${unique('region')}`;
    const ids: string[] = [];
    for (const name of [goal, other]) {
      const answer = await gateway.post(`/goals/${name}/runs`, { input: { day: '2026-11-20', region } });
      expect(answer.status).toBe(202);
      ids.push(answer.body.id);
    }
    const key = encodeURIComponent(region);
    await expect.poll(() => idsOf(`goal=${goal}&key=${key}`)).toEqual([ids[0]]);
    expect(await idsOf(`team=${encodeURIComponent(team)}`)).toEqual([ids[0]]);
    expect(await idsOf(`team=${unique('nobody')}`)).toEqual([]);
    await expect.poll(() => idsOf(`goal=${other}&key=${key}`)).toEqual([ids[1]]);
  });

  test('goes on from page to page of a list that is asked for since some hours ago', async () => {
    const { goal, start } = await published();
    const ids = [await start('2026-11-01'), await start('2026-11-02')];
    await expect.poll(() => idsOf(`goal=${goal}`)).toEqual(ids);
    const first = (await gateway.get(`/runs?goal=${goal}&since=24h&limit=1`)).body;
    const second = (await gateway.get(`/runs?goal=${goal}&since=24h&limit=1&cursor=${first.next}`)).body;
    expect([...first.items, ...second.items].map(({ id }) => id).sort()).toEqual(ids);
  });

  test('shows a row without steps, input and output', async () => {
    const { goal, start } = await published();
    const id = await start('2026-11-20');
    await expect.poll(() => idsOf(`goal=${goal}`)).toEqual([id]);
    const { steps: _, input: __, output: ___, ...row } = (await gateway.get(`/runs/${id}`)).body;
    expect((await gateway.get(`/runs?goal=${goal}`)).body.items).toEqual([row]);
  });

  test.each(['O\'Hara \\ "sons" \u0007', "' OR '1'='1", '日本 %_'])(
    'finds the runs of the owner %j, and no others',
    async (name) => {
      const owner = `${name} ${unique('x')}`;
      const { start } = await published(owner);
      const other = await published();
      const id = await start('2026-11-20');
      await other.start('2026-11-20');
      await expect.poll(() => idsOf(`owner=${encodeURIComponent(owner)}`)).toEqual([id]);
    },
  );

  test('gives each of thirty runs exactly once, page by page', async () => {
    const { goal, start } = await published();
    const started = await Promise.all(
      Array.from({ length: 30 }, (_, i) => start(`2026-11-${String(i + 1).padStart(2, '0')}`)),
    );
    await expect
      .poll(async () => (await bench.client.workflow.count(`WorkflowType = '${goal}'`)).count)
      .toBe(30);
    const seen: string[] = [];
    const sizes: number[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await gateway.get(`/runs?goal=${goal}&limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(page.status).toBe(200);
      seen.push(...page.body.items.map(({ id }: { id: string }) => id));
      sizes.push(page.body.items.length);
      cursor = page.body.next;
    }
    expect(seen.sort()).toEqual(started.sort());
    expect(sizes).toEqual([7, 7, 7, 7, 2]);
  });

  test('has one row for each ID, its latest execution, and fills the page all the same', async () => {
    const { goal, taskQueue, start } = await published();
    const id = await start('2026-11-01');
    for (let i = 0; i < 4; i++) {
      await bench.end(taskQueue, id, 'failed');
      await start('2026-11-01');
    }
    const other = await start('2026-11-02');
    await bench.end(taskQueue, id, 'failed');
    await bench.end(taskQueue, other, 'failed');
    await expect.poll(async () => (await idsOf(`goal=${goal}&outcome=failed`)).length).toBe(2);
    expect(await idsOf(`goal=${goal}&limit=2`)).toEqual([id, other]);
    const { body } = await gateway.get(`/runs?goal=${goal}`);
    const latest = await bench.client.workflow.getHandle(id).describe();
    expect(body.items.find((row: { id: string }) => row.id === id).execution).toBe(latest.runId);
  });

  test('never shows a workflow that is no run', async () => {
    const { goal, owner, taskQueue, start } = await published();
    const id = await start('2026-11-20');
    const attributes = { GkOwner: [owner] };
    const foreign = [
      ...[unique('foreign'), `${goal}-x:2026-11-20`, `gk-x:${unique('y')}`, `a b:${unique('c')}`, `${goal}:`],
    ];
    for (const workflowId of foreign) {
      await bench.client.workflow.start('foreign', { workflowId, taskQueue, searchAttributes: attributes });
      await bench.client.workflow.start(goal, {
        ...{ workflowId: `${workflowId} 2`, taskQueue, searchAttributes: attributes },
      });
    }
    await expect.poll(async () => (await bench.client.workflow.count(`GkOwner = '${owner}'`)).count).toBe(11);
    expect(await idsOf(`owner=${owner}`)).toEqual([id]);
    expect(await idsOf(`goal=${goal}`)).toEqual([id]);
    for (const workflowId of foreign) {
      const { status } = await gateway.get(`/runs/${encodeURIComponent(workflowId)}`);
      expect([400, 404]).toContain(status);
    }
  });

  test.each([
    ['colour=red', 'colour'],
    ['goal=Load%27', 'goal'],
    [`goal=${'a'.repeat(61)}`, 'goal'],
    ['goal=a&goal=b', 'goal'],
    ['owner=', 'owner'],
    ['outcome=pursuing', 'outcome'],
    ['state=asleep', 'state'],
    ['since=yesterday', 'since'],
    ['since=91d', 'since'],
    ['team=', 'team'],
    ['key=', 'key'],
    ['keyFrom=2026-11-01', 'goal'],
    ["goal=a&keyTo=x'y", 'keyTo'],
    ['goal=a&key=1&keyTo=2', 'key'],
    ["since=2026-01-01T00:00:00Z'%20OR%201=1", 'since'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=1e1', 'limit'],
    ['cursor=', 'cursor'],
    ['cursor=abc', 'cursor'],
    ['cursor=0123456789abcdef.e30', 'cursor'],
    ['%00=1', '\u0000'],
    ['__proto__=1', '__proto__'],
  ])('refuses ?%s, naming the parameter', async (query, parameter) => {
    await published();
    const { status, body } = await gateway.get(`/runs?${query}`);
    expect([status, body.code]).toEqual([400, 'query_invalid']);
    expect(body.parameter).toBe(parameter === '\u0000' ? '' : parameter);
  });

  test('is empty in a namespace that no worker has set up', async () => {
    const namespace = unique('empty');
    await bench.client.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    const other = await gatewayForTest(address, namespace);
    await expect.poll(async () => (await other.get('/readyz')).status, { timeout: 60_000 }).toBe(200);
    for (const path of ['/runs', '/runs?owner=x', '/goals'])
      expect(await other.get(path)).toMatchObject({ status: 200, body: { items: [], next: null } });
    expect((await other.get('/runs/a:b')).body.code).toBe('run_unknown');
  });

  test('refuses a cursor that was made with other filters', async () => {
    const { goal, start } = await published();
    await start('2026-11-01');
    await start('2026-11-02');
    await expect.poll(async () => (await idsOf(`goal=${goal}`)).length).toBe(2);
    const { next } = (await gateway.get(`/runs?goal=${goal}&limit=1`)).body;
    const { status, body } = await gateway.get(`/runs?goal=${goal}&state=pursuing&cursor=${next}`);
    expect([status, body.parameter]).toEqual([400, 'cursor']);
  });
});

describe('GET /runs/{id}', () => {
  test('is the latest execution, and an older one when that is asked for', async () => {
    const { taskQueue, start } = await published();
    const id = await start('2026-11-20');
    const first = (await gateway.get(`/runs/${id}`)).body;
    await bench.end(taskQueue, id, 'failed');
    await start('2026-11-20');
    const latest = (await gateway.get(`/runs/${id}`)).body;
    expect(latest.execution).not.toBe(first.execution);
    expect(latest.outcome).toBeNull();
    const older = (await gateway.get(`/runs/${id}?execution=${first.execution}`)).body;
    expect(older).toMatchObject({ execution: first.execution, outcome: 'failed' });
  });

  test('tells what happened since it was last asked', async () => {
    const { taskQueue, start } = await published();
    const id = await start('2026-11-20');
    expect((await gateway.get(`/runs/${id}`)).body.state).toBe('pursuing');
    await bench.end(taskQueue, id, 'achieved');
    expect((await gateway.get(`/runs/${id}`)).body).toMatchObject({ state: 'closed', outcome: 'achieved' });
  });

  // known-events.1
  test('reads a history of several pages to its end, of one that has grown what is new, of a closed one nothing again', async () => {
    const { taskQueue, start } = await published();
    const id = await start('2026-11-20');
    const handle = bench.client.workflow.getHandle(id);
    for (let i = 0; i < 11; i++)
      await Promise.all(Array.from({ length: 100 }, () => handle.signal('noise', 'x')));
    const real = temporalAt(address, 'default');
    const read = { calls: 0, events: 0 };
    const story = storiesOf(countingHistory(real, read), clockOf());
    const told = async () => {
      Object.assign(read, { calls: 0, events: 0 });
      const described = await handle.describe();
      const stories = await Promise.all([story(described), story(described), story(described)]);
      return { ...read, length: described.historyLength, outcome: stories[0]?.run.outcome };
    };
    const whole = await told();
    // Temporal gives some 256 at a time.
    expect(whole).toMatchObject({ calls: 5, events: whole.length });
    expect(await told()).toMatchObject({ calls: 0 });
    await handle.signal('noise', 'y');
    expect(await told()).toMatchObject({ calls: 1, events: 1, length: whole.length + 1 });
    await bench.activity(taskQueue, id, 'load#1');
    const grown = await told();
    expect(grown).toMatchObject({ calls: 1, events: grown.length - whole.length - 1 });
    // A task in which it can end.
    await handle.signal('noise', 'z');
    await bench.end(taskQueue, id, 'failed');
    const closed = await told();
    expect(closed).toMatchObject({ calls: 1, outcome: 'failed' });
    expect(closed.events).toBeLessThan(20);
    expect(await told()).toMatchObject({ calls: 0, outcome: 'failed' });
    // known-events.2: where there is no room nothing is kept.
    const described = await handle.describe();
    const roomless = knownEvents(countingHistory(real, read), 1);
    for (const _ of [1, 2]) {
      Object.assign(read, { calls: 0, events: 0 });
      expect(await roomless(described)).toHaveLength(described.historyLength);
      expect(read.events).toBe(described.historyLength);
    }
    await real.close();
  });

  test('knows no run, no execution and no workflow that is not there', async () => {
    const { goal, start } = await published();
    const id = await start('2026-11-20');
    for (const path of [`${goal}:2026-11-21`, `${unique('nobody')}:x`, `${id}?execution=${randomUUID()}`]) {
      const { status, body } = await gateway.get(`/runs/${path}`);
      expect([status, body.code]).toEqual([404, 'run_unknown']);
    }
    const { status, body } = await gateway.get(`/runs/${id}?execution=latest`);
    expect([status, body.parameter]).toEqual([400, 'execution']);
  });

  test('shows no workflow that only looks like a run: its type is no published goal', async () => {
    const type = unique('look-alike');
    await bench.client.workflow.start(type, { workflowId: `${type}:x`, taskQueue: type });
    for (const path of ['', '/errors'])
      expect((await gateway.get(`/runs/${type}:x${path}`)).body.code).toBe('run_unknown');
    expect((await gateway.post(`/runs/${type}:x/cancel`)).body.code).toBe('run_unknown');
  });
});

describe('a run of which an activity is being retried', () => {
  test('is told anew when an attempt does something, though its history does not grow', async () => {
    const { taskQueue, start } = await published();
    const id = await start('2026-11-20');
    const { attempt, failing } = await bench.activity(taskQueue, id, 'load#1');
    expect((await gateway.get(`/runs/${id}`)).body.steps).toMatchObject([
      { path: 'load#1', state: 'running', attempts: 1, errors: { pending: 0 } },
    ]);
    await failing(1);
    expect((await gateway.get(`/runs/${id}`)).body.errors.pending).toBe(1);
    await failing(2);
    const { body } = await gateway.get(`/runs/${id}`);
    expect(body).toMatchObject({ state: 'pursuing', errors: { pending: 2 }, steps: [{ state: 'running' }] });
    const { items } = (await gateway.get(`/runs/${id}/errors`)).body;
    expect(items).toMatchObject([
      { step: 'load#1', attempt: 1, code: 'upstream_down', disposition: 'pending' },
      { step: 'load#1', attempt: 2, code: 'upstream_down', disposition: 'pending' },
    ]);
    const attempts = (await gateway.get(`/runs/${id}/attempts?step=load%231`)).body;
    expect(attempts).toMatchObject({
      items: [
        { attempt: 1, state: 'failed', error: items[0] },
        { attempt: 2, state: 'failed', error: items[1] },
        { attempt: 3, state: 'running', closedAt: null, worker: 'a test', error: null },
      ],
      omitted: 0,
    });
    const { status, body: refused } = await gateway.get(`/runs/${id}/attempts?step=load%232`);
    expect([status, refused.parameter]).toEqual([400, 'step']);
    expect(attempt).toBe(1);
  });
});

test('GET /runs/{id}/map shows a map in parts, of which an item is being retried', async () => {
  const { taskQueue, start } = await published();
  const id = await start('2026-11-20');
  const { failing } = await bench.activity(taskQueue, id, 'map#1/load#17');
  await failing(1);
  const path = `/runs/${id}/map?step=map%231`;
  await expect
    .poll(async () => (await gateway.get(path)).body, PATIENT)
    .toMatchObject({ step: 'map#1', total: null, retrying: 1, lost: 0, items: [], next: null, unnamed: 0 });
  const { parts } = (await gateway.get(path)).body as MapDetails;
  expect(parts.at(-1)).toEqual({ from: 17, to: 17, items: 1, done: 0, retrying: 1, lost: 0 });
  const { status, body } = await gateway.get(`/runs/${id}/map?step=load%231`);
  expect([status, body.parameter]).toEqual([400, 'step']);
  const page = await fetch(gateway.url + path, { headers: { accept: 'text/html' } });
  expect(await page.text()).toContain('0 of so far unknown many items of map#1 are done.');
});

test('GET /runs/{id}/errors lists none for a run without errors', async () => {
  const { start } = await published();
  const id = await start('2026-11-20');
  const { status, body } = await gateway.get(`/runs/${id}/errors`);
  expect([status, body]).toEqual([200, { items: [], next: null, omitted: [], hourly: [] }]);
});

describe('POST /runs/{id}/cancel', () => {
  test('asks for the cancellation, with the reason and who asked in the history', async () => {
    const { start } = await published();
    const id = await start('2026-11-20');
    const { status, body } = await gateway.post(`/runs/${id}/cancel`, { reason: 'wrong day' });
    // No worker is there that could end it.
    expect([status, body.id, body.state, body.outcome]).toEqual([202, id, 'closed', 'cancelled']);
    const { events = [] } = await bench.client.workflow.getHandle(id).fetchHistory();
    const requests = (events ?? []).flatMap(
      (event) => event.workflowExecutionCancelRequestedEventAttributes ?? [],
    );
    expect(requests[0]).toMatchObject({
      ...{ cause: 'wrong day', identity: expect.stringMatching(/^goalkeeper-gateway:/) },
    });
    const closed = await gateway.post(`/runs/${id}/cancel`, {});
    expect([closed.status, closed.body.code]).toEqual([409, 'run_closed']);
    expect((await gateway.get(`/runs/${id}`)).body.outcome).toBe('cancelled');
  });

  test('knows no run that is not there', async () => {
    const { status, body } = await gateway.post(`/runs/${unique('nobody')}:x/cancel`, {});
    expect([status, body.code]).toEqual([404, 'run_unknown']);
  });
});
