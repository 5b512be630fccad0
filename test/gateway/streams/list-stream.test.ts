// Streams of lists of runs over real HTTP and a real Temporal.

import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../../client/index.ts';
import { rowFilterFields } from '../../../gateway/runs/run-filter.ts';
import { TcpProxy } from '../../chaos/tcp-proxy.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { gatewayAt, temporalBench, unique } from '../workbench.ts';
import { type ReadEvent, reading } from './reading.ts';

const address = temporalAddress;
let bench: Awaited<ReturnType<typeof temporalBench>>;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let way: TcpProxy;
let asked = 0;

beforeAll(async () => {
  bench = await temporalBench(address);
  way = await TcpProxy.to(address);
  gateway = await gatewayAt(way.address, 'default', () => asked++);
});
afterAll(async () => {
  await gateway?.stop();
  await way?.cut();
  await bench?.close();
});

async function open(path: string, lastEventId?: string) {
  const stream = await reading(gateway.url + path, lastEventId);
  onTestFinished(stream.close);
  return stream;
}

async function published() {
  const goal = unique('load-day');
  const { taskQueue } = await bench.publish(goal);
  const start = async (day: string) => {
    const { status } = await gateway.post(`/goals/${goal}/runs`, { input: { day } });
    expect(status).toBe(202);
    return `${goal}:${day}`;
  };
  return { goal, taskQueue, start };
}

const rowsOf = ({ data }: ReadEvent): [string, string | null][] =>
  (data.items ?? []).map(({ id, outcome }: { id: string; outcome: string | null }) => [id, outcome]);
const has =
  (...rows: [string, string | null][]) =>
  (event: ReadEvent): boolean =>
    event.event === 'list' && JSON.stringify(rowsOf(event)) === JSON.stringify(rows);

test('a list is said as GET /runs answers it, whenever it differs, and while Temporal is away that is said', async () => {
  const { goal, taskQueue, start } = await published();
  const path = `/runs/events?goal=${goal}`;
  const stream = await open(path);
  await stream.next(has());
  const one = await start('2026-11-01');
  const begun = await stream.next(has([one, null]));
  expect(begun.id).toMatch(/^list\.[0-9a-f]{16}$/);
  await bench.end(taskQueue, one, 'achieved');
  const ended = await stream.next(has([one, 'achieved']));
  expect(ended.data).toEqual((await gateway.get(`/runs?goal=${goal}`)).body);

  const same = await open(path, ended.id);
  const open_ = await open(`/runs/events?goal=${goal}&state=pursuing&since=24h`);
  await open_.next(has());
  await way.cut();
  await stream.next(({ event }) => event === 'away');
  await way.mend();
  await stream.next(has([one, 'achieved']));
  const two = await start('2026-11-02');
  await stream.next(has([two, null], [one, 'achieved']));
  await open_.next(has([two, null]));
  await same.next(has([two, null], [one, 'achieved']));
  // What it had before it came is not said again, but after trouble.
  expect(same.events[0]?.event).toBe('away');
});

test('a list is what a stream costs, however many watch it, and nothing of a run that does not change', async () => {
  const { goal, taskQueue, start } = await published();
  for (let day = 1; day <= 9; day++) {
    const id = await start(`2026-11-0${day}`);
    await bench.end(taskQueue, id, 'achieved');
  }
  // follow-list.1
  const streams = await Promise.all(
    Array.from({ length: 40 }, () => open(`/runs/events?goal=${goal}&state=closed`)),
  );
  await streams[0]?.next(({ data }) => data.items?.length === 9);
  const id = await start('2026-11-10');
  const before = asked;
  await bench.end(taskQueue, id, 'failed');
  const seen = await Promise.all(streams.map((one) => one.next(({ data }) => data.items?.length === 10)));
  expect(new Set(seen.map((event) => event.id)).size).toBe(1);
  // Some looks at the list, and one at the run; not one for each run or each reader.
  expect(asked - before).toBeLessThan(40);
});

/** What a reader may ask by each filter of the page of runs. */
const ASKED: Record<keyof typeof rowFilterFields, string> = {
  ...{ goal: 'goal=load-day', owner: 'owner=data', team: 'team=warehouse', key: 'key=2026-11-01' },
  ...{ keyFrom: 'goal=load-day&keyFrom=2026', keyTo: 'goal=load-day&keyTo=2027' },
  ...{ keyPrefix: 'goal=load-day&keyPrefix=2026-1', id: 'id=load-day:2026', outcome: 'outcome=failed' },
  ...{ state: 'state=waiting', fingerprint: 'fingerprint=0123456789abcdef', code: 'code=upstream_down' },
  ...{ kind: 'kind=criteria', late: 'late=true', accepted: 'accepted=false', tag: 'tag=eu' },
  ...{ mark: 'mark=in-doubt', since: 'since=24h', until: 'until=1h', why: 'why=schedule' },
};

test.each(Object.keys(rowFilterFields))(
  'the page of runs by `%s` is told of changes by a stream',
  async (name) => {
    const asked = ASKED[name as keyof typeof ASKED];
    let path = '';
    // On a busy machine Temporal may be too slow for a page at first.
    const live = async () => {
      const page = await fetch(`${gateway.url}/runs?${asked}`, { headers: { accept: 'text/html' } });
      path = / data-live="([^"]*)"/.exec(await page.text())?.[1] ?? '';
      return path;
    };
    await expect.poll(live).toContain(`${name}=`);
    const stream = await open(path.replaceAll('&amp;', '&'));
    expect([path, stream.status]).toEqual([path, 200]);
    await stream.next(({ event }) => event === 'list');
  },
);

test('a list is followed by the filters of rows, and by times as they were asked for', async () => {
  const { goal, taskQueue, start } = await published();
  const one = await start('2026-11-01');
  const begun = (await gateway.get(`/runs/${one}`)).body.startedAt;
  const then = encodeURIComponent(new Date(Date.parse(begun) + 1).toISOString());
  const [before, since, ofDecember] = await Promise.all(
    [`until=${then}`, `since=${then}`, 'keyPrefix=2026-12'].map((asked) =>
      open(`/runs/events?goal=${goal}&${asked}`),
    ),
  );
  await before?.next(has([one, null]));
  const two = await start('2026-12-01');
  await since?.next(has([two, null]));
  await ofDecember?.next(has([two, null]));
  await bench.end(taskQueue, one, 'achieved');
  await before?.next(has([one, 'achieved']));
  expect(since?.events.flatMap(rowsOf).map(([id]) => id)).not.toContain(one);
});

test('a list that cannot be is refused', async () => {
  expect((await gateway.get('/runs/events?cursor=x')).body).toMatchObject({
    code: 'query_invalid',
    parameter: 'cursor',
  });
  expect((await gateway.get('/runs/events?keyFrom=a')).body.code).toBe('query_invalid');
});

test('the client watches a list and a run by their streams', async () => {
  const { goal, taskQueue, start } = await published();
  const client = createClient({ url: gateway.url });
  const id = await start('2026-11-01');
  const states: string[] = [];
  const watching = (async () => {
    for await (const { state, outcome } of client.runs.watch(id)) states.push(outcome ?? state);
  })();
  await expect.poll(() => states).toEqual(['pursuing']);
  const lists: number[] = [];
  for await (const { items } of client.runs.watchList({ goal, state: 'closed' })) {
    lists.push(items.length);
    if (lists.length === 1) await bench.end(taskQueue, id, 'cancelled');
    else break;
  }
  await watching;
  expect(lists).toEqual([0, 1]);
  expect(states.at(-1)).toBe('cancelled');
  await expect
    .poll(async () => (await (await fetch(`${gateway.url}/metrics`)).text()).match(/gateway_streams \d+/g))
    .toEqual(['gateway_streams 0']);
});
