// Streams of a run over real HTTP and a real Temporal, and what they outlive.

import { type ChildProcess, execFile, fork } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { GatewayOptions } from '../../../gateway/server.ts';
import { historyBell } from '../../../gateway/streams/history-bell.ts';
import { temporalAt } from '../../../gateway/temporal/temporal.ts';
import { TcpProxy } from '../../chaos/tcp-proxy.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { accessBench, tokenOf } from '../access/workbench.ts';
import { gatewayAt, temporalBench, unique } from '../workbench.ts';
import { type ReadEvent, type Reading, reading } from './reading.ts';

const address = temporalAddress;
const MAIN = fileURLToPath(new URL('../../../gateway/main.ts', import.meta.url));
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

async function open(at: { url: string }, path: string, lastEventId?: string): Promise<Reading> {
  const stream = await reading(at.url + path, lastEventId);
  onTestFinished(stream.close);
  return stream;
}

/** A run, and its end as its workflow would come to it. */
async function run(more: { region?: string } = {}) {
  const goal = unique('load-day');
  const { taskQueue } = await bench.publish(goal);
  const { status, body } = await gateway.post(`/goals/${goal}/runs`, {
    input: { day: '2026-11-20', ...more },
  });
  expect(status).toBe(202);
  const id = `${goal}:2026-11-20`;
  const signal = () => bench.client.workflow.getHandle(id).signal('news');
  return {
    ...{ id, taskQueue, path: `/runs/${id}/events`, execution: body.execution, signal },
    attempt: (step: string) => bench.activity(taskQueue, id, step),
    async end(how: 'achieved' | 'failed' | 'cancelled') {
      await signal();
      await bench.end(taskQueue, id, how);
    },
  };
}

async function another(more: Partial<GatewayOptions> = {}, at = address) {
  const made = await gatewayAt(at, 'default', undefined, 'gk-alerts', [], more);
  onTestFinished(made.stop);
  return made;
}

const isView = ({ event }: ReadEvent): boolean => event === 'view';
const lastEvent = ({ id }: ReadEvent): number => Number(id.split('.')[1]);

test('the bell of a history rings for each event, and keeps nothing of the polls that are over', async () => {
  const { id, execution, signal } = await run();
  const temporal = temporalAt(address, 'default');
  const end = new AbortController();
  const bell = historyBell(temporal, { workflowId: id, runId: execution }, end.signal);
  const events = async (): Promise<number> =>
    (await bench.client.workflow.getHandle(id, execution).describe()).historyLength;
  for (let i = 0; i < 15; i++) {
    const known = await events();
    const rung = bell.rings(known, 60_000);
    await signal();
    expect(await rung).toBe(true);
  }
  expect(getEventListeners(end.signal, 'abort').length).toBeLessThan(4);
  expect(await bell.rings(await events(), 1)).toBe(false);
  const over = bell.rings(await events(), 60_000);
  end.abort();
  expect(await over).toBe(false);
  await temporal.close();
  expect(getEventListeners(end.signal, 'abort')).toEqual([]);
});

describe('GET /runs/{id}/events', () => {
  test('says each view as it comes, retries too, and ends after the outcome', async () => {
    const { id, path, execution, attempt, end } = await run();
    const stream = await open(gateway, path);
    expect(stream.status).toBe(200);
    expect(Object.fromEntries(stream.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    const first = await stream.next(isView);
    expect(first.data).toMatchObject({ id, execution, state: 'pursuing' });
    expect(first.id).toMatch(new RegExp(`^${execution}\\.\\d+\\.[0-9a-f]{16}$`));

    const { failing } = await attempt('load#1');
    await stream.next(({ data }) => data.steps?.[0]?.path === 'load#1');
    const began = performance.now();
    await failing(1);
    const retried = await stream.next(({ data }) => data.errors?.pending === 1);
    // It is said within 3 s of an idle machine; a busy one takes several times as long.
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(retried.data).toEqual((await gateway.get(`/runs/${id}`)).body);

    await end('achieved');
    const outcome = await stream.next(({ event }) => event === 'outcome');
    expect(outcome.data).toEqual({ id, execution, outcome: 'achieved', failure: null });
    expect(await stream.ended).toBe(true);
    expect(stream.events.slice(-2).map(({ event, data }) => [event, data.outcome])).toEqual([
      ['view', 'achieved'],
      ['outcome', 'achieved'],
    ]);
    const ids = stream.events.filter(isView).map((event) => event.id);
    expect(ids).toEqual([...new Set(ids)]);
    const numbers = stream.events.map(lastEvent);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));

    expect(await open(gateway, path, outcome.id)).toMatchObject({ status: 204 });
    const late = await open(gateway, path, first.id);
    expect(await late.ended).toBe(true);
    expect(late.events).toEqual(stream.events.slice(-2));
  });

  test('goes on with the execution that it was of, though the run has another by then', async () => {
    const { id, path, execution, end } = await run();
    const stream = await open(gateway, path);
    const { id: lastEventId } = await stream.next(isView);
    stream.close();
    await end('failed');
    await expect.poll(async () => (await gateway.get(`/runs/${id}`)).body.outcome).toBe('failed');
    const [goal] = id.split(':');
    const again = await gateway.post(`/goals/${goal}/runs`, { input: { day: '2026-11-20' } });
    expect(again.body.execution).not.toBe(execution);
    const rest = await open(gateway, path, lastEventId);
    expect((await rest.next(({ event }) => event === 'outcome')).data).toMatchObject({
      execution,
      outcome: 'failed',
    });
    const anew = await open(gateway, path, 'what no gateway has said');
    expect((await anew.next(isView)).data.execution).toBe(again.body.execution);
    const gone = await open(gateway, path, '00000000-0000-4000-8000-000000000000.7.abc');
    expect((await gone.next(isView)).data.execution).toBe(again.body.execution);
  });

  // follow-latest.1
  test('goes on with the execution after, where it follows the run', async () => {
    const { id, path, execution, end } = await run();
    const stream = await open(gateway, `${path}?follow=run`);
    expect((await stream.next(isView)).data).toMatchObject({ execution, outcome: null });
    await end('failed');
    const { id: lastEventId } = await stream.next(({ event }) => event === 'outcome');
    const late = await open(gateway, `${path}?follow=run`, lastEventId);
    expect(late.status).toBe(200);
    const resumed = await gateway.post(`/runs/${id}/resume`, { execution });
    expect([resumed.status, resumed.body.execution === execution]).toEqual([202, false]);
    for (const one of [stream, late])
      expect((await one.next(({ data }) => data.execution !== execution)).data).toMatchObject({
        ...{ id, execution: resumed.body.execution, outcome: null },
        resumes: { execution },
      });
    const { status, body } = await gateway.get(`${path}?follow=run&execution=${execution}`);
    expect([status, body.parameter]).toEqual([400, 'follow']);
  });

  test('refuses what GET /runs/{id} refuses, and has no body for HEAD', async () => {
    expect((await gateway.get('/runs/nobody:1/events')).body.code).toBe('run_unknown');
    expect((await gateway.get('/runs/x/events')).body.code).toBe('run_id_malformed');
    expect((await gateway.get('/runs/x:1/events?goal=a')).body.code).toBe('query_invalid');
    const { path } = await run();
    const head = await fetch(gateway.url + path, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect(await head.text()).toBe('');
  });
});

async function gatewayProcess(): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(MAIN, {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, PORT: '0', TEMPORAL_ADDRESS: address, LOG_LEVEL: 'error' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return { child, url };
}

describe('a stream outlives', () => {
  // follow-run.2
  test('its gateway: another goes on from the last event, and neither loses nor repeats one', async () => {
    const { path, attempt, signal, end } = await run();
    const { child, url } = await gatewayProcess();
    const stream = await open({ url }, path);
    await stream.next(isView);
    await attempt('load#1');
    const before = await stream.next(({ data }) => data.steps?.length === 1);
    child.kill('SIGKILL');
    expect(await stream.ended).toBe(false);
    const last = stream.events.filter(isView).at(-1) ?? before;

    // Nothing has happened since: nothing is said, until something happens.
    const other = await open(gateway, path, last.id);
    await end('achieved');
    const outcome = await other.next(({ event }) => event === 'outcome');
    const all = [...stream.events, ...other.events].filter(isView);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const numbers = all.map(lastEvent);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(other.events.filter(isView).every((event) => lastEvent(event) >= lastEvent(last))).toBe(true);
    await expect(signal()).rejects.toThrow();
    expect((await open(gateway, path, outcome.id)).status).toBe(204);
  });

  test('Temporal that is away: it is said, and when it is back the run goes on', async () => {
    const { path, end } = await run();
    const way = await TcpProxy.to(address);
    onTestFinished(() => way.cut());
    const behind = await another({}, way.address);
    const stream = await open(behind, path);
    const first = await stream.next(isView);
    await way.cut();
    expect((await stream.next(({ event }) => event === 'away')).data).toEqual({
      code: 'temporal_unavailable',
    });
    // Whoever comes meanwhile hears it as a problem.
    expect((await behind.get(path)).body.code).toBe('temporal_unavailable');
    await way.mend();
    expect((await stream.next(isView)).data.execution).toBe(first.data.execution);
    await end('cancelled');
    expect((await stream.next(({ event }) => event === 'outcome')).data.outcome).toBe('cancelled');
    expect(await stream.ended).toBe(true);
  });

  test('no stop of its gateway: it gets a last comment, and ends in time', async () => {
    const { path } = await run();
    const stopped = await another();
    const streams = await Promise.all(Array.from({ length: 20 }, () => open(stopped, path)));
    for (const stream of streams) await stream.next(isView);
    await stopped.stop();
    for (const stream of streams) {
      expect(await stream.ended).toBe(true);
      expect(stream.comments).toEqual(['the gateway stops; come back']);
    }
  });
});

describe('streams cost', () => {
  /** How many streams are open, and how many things they follow. */
  const followed = async ({ url }: { url: string }) => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return ['goalkeeper_gateway_streams', 'goalkeeper_gateway_streams_followed'].map((name) =>
      Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]),
    );
  };

  // follow-run.1
  test('what one costs, however many watch a run', async () => {
    const { path, end } = await run();
    let asked = 0;
    const shared = await gatewayAt(address, 'default', () => asked++, 'gk-alerts', [], {
      streams: { mostOfAddress: 200 },
    });
    onTestFinished(shared.stop);
    const streams = await Promise.all(Array.from({ length: 200 }, () => open(shared, path)));
    for (const stream of streams) await stream.next(isView);
    expect(await followed(shared)).toEqual([200, 1]);
    const [before, begun] = [asked, performance.now()];
    await end('achieved');
    for (const stream of streams) await stream.next(({ event }) => event === 'outcome');
    // The long poll, and looks as time goes by; not one for each who watches.
    expect(asked - before).toBeLessThan(150 + (performance.now() - begun) / 100);
    for (const stream of streams) expect(await stream.ended).toBe(true);
    expect(await followed(shared)).toEqual([0, 0]);
  });

  test('nothing once their readers are gone, and never more than may be', async () => {
    const { path } = await run();
    const small = await another({ streams: { most: 3, mostOfAddress: 2 } });
    for (let round = 0; round < 15; round++) {
      const both = await Promise.all([open(small, path), open(small, path)]);
      if (round === 0) {
        const third = await small.get(path);
        expect([third.status, third.body.code]).toEqual([429, 'caller_streams_full']);
        expect(third.headers.get('retry-after')).toBe('1');
      }
      for (const one of both) one.close();
      await expect.poll(() => followed(small)).toEqual([0, 0]);
    }
    const one = await another({ streams: { most: 1 } });
    await open(one, path);
    const second = await one.get(path);
    expect([second.status, second.body.code]).toEqual([503, 'streams_full']);
  });

  test('no reader that does not read: it is cut off, and the others go on', async () => {
    const { path, signal } = await run({ region: 'x'.repeat(900_000) });
    const busy = await another({ streams: { pingMs: 200 } });
    const reader = await open(busy, path);
    await reader.next(isView);
    const idle = connect(Number(new URL(busy.url).port), '127.0.0.1');
    onTestFinished(() => void idle.destroy());
    idle.on('error', () => undefined).pause();
    idle.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    await expect.poll(() => followed(busy)).toEqual([2, 1]);
    // The sockets between take some megabytes by themselves.
    for (let i = 0; i < 60 && (await followed(busy))[0] === 2; i++) {
      await signal();
      await reader.next(isView);
    }
    expect(await followed(busy)).toEqual([1, 1]);
    await signal();
    await reader.next(isView);
  });
});

test('who opened a stream is looked at again while it is open, and has only so many', async () => {
  const ada = tokenOf({ name: 'ada', roles: ['viewer'], teams: ['*'], person: true });
  const files = accessBench({ tokens: [ada.line] });
  onTestFinished(files.remove);
  const guarded = await another({
    access: await files.watch(),
    streams: { pingMs: 100, mostOfName: 1 },
  });
  const { path } = await run();
  const stream = await reading(guarded.url + path, undefined, ada.headers);
  onTestFinished(stream.close);
  await stream.next(isView);
  const second = await guarded.get(path, ada.headers);
  expect([second.status, second.body.code]).toEqual([429, 'caller_streams_full']);
  await expect.poll(() => stream.comments).toContain('ping');
  files.write({ tokens: [] });
  expect(await stream.ended).toBe(true);
  expect(stream.comments.at(-1)).toBe('you may no longer look');
  expect((await guarded.get(path, ada.headers)).status).toBe(401);
});

describe('docs/guide/watching.md', () => {
  test('its command says the events of its table, and nothing else', async () => {
    const guide = await readFile('docs/guide/watching.md', 'utf8');
    const { id, end } = await run();
    const command = /<!-- run -->\n```sh\n(.*)\n```/
      .exec(guide)?.[1]
      ?.replace('http://127.0.0.1:3000', gateway.url)
      .replace('orders-counted:2026-11-20', id);
    const asked = promisify(execFile)('bash', ['-c', command ?? 'false']);
    await end('failed');
    const said = new Set([...(await asked).stdout.matchAll(/^event: (.*)$/gm)].map(([, event]) => event));
    expect([...said]).toEqual(['view', 'outcome']);
    const rows = [...guide.matchAll(/^\| `(\w+)` \|/gm)].map(([, event]) => event);
    expect(rows).toEqual(['view', 'outcome', 'away']);
  });
});
