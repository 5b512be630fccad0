// The achieved light runs of hosts whose histories the test writes, a page of a few events at a time.

import { expect, test } from 'vitest';
import { LIGHT_HOST, lightHostId } from '../../goals/wire/names.ts';
import { type AchievedLightRun, LightFeed, type LightSource, lightRunAfter } from '../../views/light-feed.ts';

const T0 = Date.parse('2026-11-20T12:00:00Z');
const timeOf = (ms: number) => ({ seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 }) as never;
const payloads = (value: unknown) => ({
  payloads: [
    {
      metadata: { encoding: new TextEncoder().encode('json/plain') },
      data: new TextEncoder().encode(JSON.stringify(value)),
    },
  ],
});
const about = { outcome: 'It is so', owner: 'tests', team: 'tests', key: ['key'] };
const calm = () => 0;

/** A host of the goal `tell`, as Temporal would have it. */
class Hosts {
  readonly executions: { id: string; execution: string; events: object[]; closedAt: number }[] = [];
  reads: string[] = [];

  begin(n: number, at: number, goal = 'tell') {
    const execution = `${String(this.executions.length).padStart(8, '0')}-0000-0000-0000-000000000000`;
    const host = { id: lightHostId(goal, n), execution, events: [] as object[], closedAt: 0 };
    this.executions.push(host);
    const add = (ms: number, event: object): number => {
      host.events.push({ ...event, eventId: host.events.length + 1, eventTime: timeOf(ms) });
      return host.events.length;
    };
    const input = payloads({ gk: 1, goal, about, n, hosts: 1, earlier: null });
    add(at, { workflowExecutionStartedEventAttributes: { input, taskQueue: { name: 'q' } } });
    return {
      execution,
      /** Asks for these keys; what is called then answers them, and those named are ordinary runs. */
      ask: (update: string, keys: string[], ms: number) => {
        const why = { kind: 'request', at: new Date(ms).toISOString(), by: null, reason: null, ref: null };
        const runs = keys.map((key) => ({ key, input: { key }, why }));
        const acceptedEventId = add(ms, {
          workflowExecutionUpdateAcceptedEventAttributes: {
            acceptedRequest: { meta: { updateId: update }, input: { args: payloads({ gk: 1, runs }) } },
          },
        });
        return (closed: number, ordinary: string[] = []) => {
          const answers = keys.map((key, place) =>
            ordinary.includes(key)
              ? { end: 'ordinary', how: 'started', execution: 'e' }
              : {
                  ...{ end: 'achieved', execution: `${execution}.${n}.${update}.${place}` },
                  ...{ begun: ms, closed, criteria: [], steps: [] },
                },
          );
          add(closed, {
            workflowExecutionUpdateCompletedEventAttributes: {
              ...{ acceptedEventId, meta: { updateId: update } },
              outcome: { success: payloads({ gk: 1, answers }) },
            },
          });
        };
      },
      tasks: (count: number, ms: number) => {
        for (let i = 0; i < count; i++) add(ms, { workflowTaskScheduledEventAttributes: {} });
      },
      close: (ms: number) => {
        host.closedAt = ms;
      },
    };
  }

  get source(): LightSource {
    return {
      list: async (query) => {
        const isOpen = query.includes("'Running'");
        const [from = 0, to = 0] = [...query.matchAll(/CloseTime >?<?=? '([^']+)'/g)].map(([, t]) =>
          Date.parse(t ?? ''),
        );
        const found = this.executions.filter(({ closedAt }) =>
          isOpen ? closedAt === 0 : closedAt > 0 && closedAt >= from && closedAt < to,
        );
        const executions = found.map(({ id, execution, closedAt }) => ({
          ...{ execution: { workflowId: id, runId: execution }, type: { name: LIGHT_HOST } },
          closeTime: closedAt === 0 ? null : timeOf(closedAt),
        }));
        return { executions, nextPageToken: null };
      },
      back: async ({ execution }, size, token) => {
        this.reads.push(execution);
        const newest = [...this.#eventsOf(execution)].reverse();
        const at = token === null ? 0 : (token[0] as number);
        const width = Math.min(size, 10);
        const isMore = at + width < newest.length;
        return {
          history: { events: newest.slice(at, at + width) },
          nextPageToken: isMore ? new Uint8Array([at + width]) : null,
        };
      },
      first: async ({ execution }) => ({ history: { events: this.#eventsOf(execution).slice(0, 1) } }),
    };
  }

  #eventsOf = (execution: string) => this.executions.find((one) => one.execution === execution)?.events ?? [];
}

const begin = { since: T0, watermark: T0, hosts: {} };

/** Keys of the runs that are told, until one is reached after which whoever reads stops. */
async function told(feed: LightFeed, { source }: Hosts, last?: string): Promise<string[]> {
  const runs: AchievedLightRun[] = [];
  for await (const run of feed.look(source, (goal) => goal === 'tell')) {
    if (run.facts.ask.key === last) break;
    runs.push(run);
  }
  return runs.map(({ id }) => id.replace('tell:', ''));
}

/** Another worker, which knows what a heartbeat carries. */
const next = (feed: LightFeed): LightFeed => new LightFeed(JSON.parse(JSON.stringify(feed.position)), calm);

test('each achieved run is told once, also one that was accepted before what is known, and by a worker that follows', async () => {
  const hosts = new Hosts();
  const host = hosts.begin(0, T0);
  const other = hosts.begin(0, T0, 'elsewhere');
  other.ask('updatex00', ['x'], T0)(T0 + 1);
  const feed = new LightFeed(begin, calm);
  const slow = host.ask('update000', ['a', 'b'], T0 + 1);
  host.ask('update001', ['c', 'd'], T0 + 2)(T0 + 3, ['d']);
  expect(await told(feed, hosts)).toEqual(['c']);
  host.tasks(30, T0 + 4);
  slow(T0 + 5);
  expect(await told(next(feed), hosts)).toEqual(['a', 'b']);
  expect(await told(feed, hosts)).toEqual(['a', 'b']);
  expect(await told(next(feed), hosts)).toEqual([]);
  expect(hosts.reads).not.toContain(other.execution);
});

// light-feed.1
test('an update of which not all is done with is told again, and nothing before it', async () => {
  const hosts = new Hosts();
  const host = hosts.begin(0, T0);
  host.ask('update000', ['a', 'b'], T0 + 1)(T0 + 2);
  host.ask('update001', ['c', 'd'], T0 + 3)(T0 + 4);
  const feed = new LightFeed(begin, calm);
  expect(await told(feed, hosts, 'd')).toEqual(['a', 'b', 'c']);
  expect(await told(next(feed), hosts)).toEqual(['c', 'd']);
});

// light-feed.1
test('nothing is lost where a host goes on, is ended, or is listed late; nor where whoever reads was away meanwhile', async () => {
  const hosts = new Hosts();
  const feed = new LightFeed(begin, calm);
  const first = hosts.begin(0, T0);
  first.ask('update000', ['a'], T0 + 1)(T0 + 2);
  expect(await told(feed, hosts)).toEqual(['a']);
  first.ask('update001', ['b'], T0 + 3)(T0 + 4);
  first.close(T0 + 5);
  const second = hosts.begin(0, T0 + 5);
  second.ask('update002', ['c'], T0 + 6)(T0 + 7);
  second.ask('update003', ['never-answered'], T0 + 8);
  second.close(T0 + 9);
  hosts.begin(0, T0 + 10).ask('update004', ['d'], T0 + 11)(T0 + 12);
  const away = next(feed);
  expect(await told(away, hosts)).toEqual(['b', 'c', 'd']);
  const late = hosts.begin(1, T0);
  late.ask('update005', ['e'], T0 + 1)(T0 + 2);
  late.close(T0 + 6);
  hosts.reads = [];
  expect(await told(next(away), hosts)).toEqual(['e']);
  expect(hosts.reads, 'one that is closed and done with is read no more').not.toContain(second.execution);
});

test('what was achieved before somebody began to read is not told, and positions of old executions are forgotten', async () => {
  const hosts = new Hosts();
  const host = hosts.begin(0, T0 - 50);
  host.ask('update000', ['old'], T0 - 40)(T0 - 30);
  host.ask('update001', ['new'], T0 - 20)(T0);
  const feed = new LightFeed(begin, calm);
  expect(await told(feed, hosts)).toEqual(['new']);
  host.close(T0 + 1);
  hosts.begin(0, T0 + 1).close(T0 + 3_600_000);
  expect(await told(feed, hosts)).toEqual([]);
  expect(Object.keys(feed.position.hosts)).toHaveLength(1);
});

// light-feed.2
test('a host that has nothing new is asked less often, and costs one page', async () => {
  const hosts = new Hosts();
  const host = hosts.begin(0, T0);
  for (let i = 0; i < 40; i++) host.ask(`update${String(i).padStart(3, '0')}`, [`k${i}`], T0 + 1)(T0 + 2);
  let now = 0;
  const feed = new LightFeed(begin, () => now);
  await told(feed, hosts);
  hosts.reads = [];
  for (; now < 20_000; now += 100) await told(feed, hosts);
  expect(hosts.reads.length).toBeLessThan(10);
  host.ask('update040', ['then'], T0 + 3)(T0 + 4);
  now += 10_000;
  expect(await told(feed, hosts)).toEqual(['then']);
});

test('the first light run of a goal after a time is found, and no history is read beyond', async () => {
  const hosts = new Hosts();
  const host = hosts.begin(0, T0);
  for (let i = 0; i < 40; i++) host.ask(`update${String(i).padStart(3, '0')}`, [`k${i}`], T0 + i)(T0 + i + 1);
  expect((await lightRunAfter(hosts.source, 'tell', T0 + 30))?.id).toBe('tell:k31');
  expect(hosts.reads.length).toBeLessThan(5);
  expect(await lightRunAfter(hosts.source, 'tell', T0 + 50)).toBeNull();
  host.close(T0 + 60);
  expect((await lightRunAfter(hosts.source, 'tell', T0 + 30))?.id).toBe('tell:k31');
});
