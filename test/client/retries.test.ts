// A client before a server that fails, stalls and drops what it is asked.

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { eventsOf } from '../../client/events-of.ts';
import { type ClientOptions, createClient } from '../../client/index.ts';
import { problems } from '../../goals/wire/problem-codes.ts';

type Behaviour = RequestListener | 'stall' | 'drop' | 'break off';

const ok: RequestListener = (_, response) => response.end(JSON.stringify({ id: 'daily:1', state: 'closed' }));
const problem =
  (code: keyof typeof problems, headers = {}): RequestListener =>
  (_, response) => {
    const { status, title } = problems[code];
    response.writeHead(status, { 'content-type': 'application/problem+json', ...headers });
    response.end(
      JSON.stringify({ code, status, title, detail: 'as it is', errors: [{ path: 'a', message: 'b' }] }),
    );
  };

/** A client whose server answers each request by the next of these, and by the last from then on. */
async function clientOf(behaviours: Behaviour[], options: Partial<ClientOptions> = {}) {
  const asked: string[] = [];
  const lastEventIds: unknown[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    lastEventIds.push(request.headers['last-event-id']);
    const how = behaviours[Math.min(asked.length, behaviours.length) - 1];
    if (how === 'stall') return;
    if (how === 'drop') return void request.socket.destroy();
    if (how === 'break off') {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"id":', () => request.socket.destroy());
      return;
    }
    how?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { client: createClient({ url, ...options }), asked, lastEventIds, url };
}

test('a GET is retried through drops, stalls, broken answers and a Temporal that is away', async () => {
  const { client, asked } = await clientOf(
    ['drop', 'stall', 'break off', problem('temporal_unavailable', { 'retry-after': '0' }), ok],
    { attemptTimeout: 1_000, retries: 20 },
  );
  expect(await client.runs.get('daily:1')).toMatchObject({ id: 'daily:1' });
  expect(asked.length).toBeGreaterThanOrEqual(5);
});

test('a request that changes something is retried with an idempotency key, and only with one', async () => {
  const { client, asked } = await clientOf(['drop', ok]);
  await expect(client.goal('daily').start({})).rejects.toMatchObject({
    name: 'GoalkeeperUnreachable',
    attempts: 1,
  });
  expect(asked).toHaveLength(1);
  const keyed = await clientOf(['drop', ok]);
  await keyed.client.goal('daily').start({}, { idempotencyKey: 'k' });
  expect(keyed.asked).toHaveLength(2);
});

test('a problem that does not pass is thrown at once, with all that it says', async () => {
  const { client, asked } = await clientOf([problem('input_invalid')]);
  await expect(client.goal('daily').start({}, { idempotencyKey: 'k' })).rejects.toMatchObject({
    ...{ name: 'GoalkeeperProblem', code: 'input_invalid', status: 422, title: 'Invalid input' },
    ...{ detail: 'as it is', errors: [{ path: 'a', message: 'b' }], fields: { code: 'input_invalid' } },
  });
  expect(asked).toHaveLength(1);
});

test('retries are bounded, and the last answer is thrown', async () => {
  const { client, asked } = await clientOf([problem('temporal_unavailable', { 'retry-after': '0' })], {
    retries: 2,
  });
  await expect(client.runs.get('daily:1')).rejects.toMatchObject({ code: 'temporal_unavailable' });
  expect(asked).toHaveLength(3);
});

test('Retry-After is obeyed: where it is beyond the time limit, the client does not ask before it', async () => {
  const { client, asked } = await clientOf([problem('temporal_unavailable', { 'retry-after': '3600' }), ok]);
  await expect(client.runs.get('daily:1')).rejects.toMatchObject({ code: 'temporal_unavailable' });
  expect(asked).toHaveLength(1);
});

test('the total time limit ends all attempts, and what is unreachable is said with its address', async () => {
  const { client, url } = await clientOf(['stall'], { timeout: 400, attemptTimeout: 150 });
  const error: unknown = await client.runs.get('daily:1').catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'GoalkeeperUnreachable', code: 'gateway_unreachable' });
  expect(String(error)).toContain(url);
  expect(String(error)).toContain('it took too long');
});

test('what is no gateway is said to be none', async () => {
  const { client } = await clientOf([(_, response) => response.writeHead(404).end('<h1>nginx</h1>')]);
  await expect(client.runs.get('daily:1')).rejects.toThrow('answered 404, and not as a gateway');
});

test('an aborted signal ends a stalled request and the pause before a retry, with its reason', async () => {
  for (const how of ['stall', problem('temporal_unavailable', { 'retry-after': '20' })] as const) {
    const stop = new AbortController();
    const reason = new Error('enough');
    const { client, asked } = await clientOf([how]);
    const asking = client.runs.get('daily:1', { signal: stop.signal });
    asking.catch(() => undefined);
    await expect.poll(() => asked.length).toBe(1);
    stop.abort(reason);
    await expect(asking).rejects.toBe(reason);
  }
});

/** A stream that says these events, and then stays open, ends or breaks off. */
const stream =
  (events: string[], then: 'stays' | 'ends' | 'breaks off'): RequestListener =>
  (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(['retry: 2000\n\n', ...events].join(''), () => {
      if (then === 'ends') response.end();
      if (then === 'breaks off') request.socket.destroy();
    });
  };
const view = (id: string, state: string): string =>
  `event: view\nid: ${id}\ndata: ${JSON.stringify({ id: 'daily:1', state })}\n\n`;
const looks = ['pursuing', 'pursuing', 'struggling', 'closed'].map(
  (state): RequestListener =>
    (_, response) =>
      response.end(JSON.stringify({ id: 'daily:1', state })),
);

test('watch goes on where its stream broke off, through a gateway that is away, until the run has ended', async () => {
  const { client, asked, lastEventIds } = await clientOf([
    stream([view('a', 'pursuing'), ': ping\n\n', view('b', 'struggling')], 'breaks off'),
    'drop',
    stream([': ping\n\n'], 'ends'),
    stream(['event: away\ndata: {}\n\n', view('b', 'struggling'), view('c', 'closed')], 'stays'),
  ]);
  const seen: string[] = [];
  for await (const { state } of client.runs.watch('daily:1')) seen.push(state);
  expect(seen).toEqual(['pursuing', 'struggling', 'closed']);
  expect(asked).toEqual(Array(4).fill('GET /runs/daily%3A1/events'));
  expect(lastEventIds).toEqual([undefined, 'b', 'b', 'b']);
});

test('watch ends where the gateway says that the reader has the last', async () => {
  const { client } = await clientOf([
    stream([view('a', 'pursuing')], 'ends'),
    (_, response) => response.writeHead(204).end(),
  ]);
  const seen: string[] = [];
  for await (const { state } of client.runs.watch('daily:1')) seen.push(state);
  expect(seen).toEqual(['pursuing']);
});

test.each(['streams_full', 'caller_streams_full', 'route_unknown'] as const)(
  'watch looks again and again where there is no stream: %s',
  async (code) => {
    const none = problem(code, { 'retry-after': '0' });
    const { client, asked } = await clientOf([none, ...looks], { retries: 0 });
    const seen: string[] = [];
    for await (const { state } of client.runs.watch('daily:1')) seen.push(state);
    expect(seen).toEqual(['pursuing', 'struggling', 'closed']);
    expect(asked.slice(1)).toEqual(Array(4).fill('GET /runs/daily%3A1'));
  },
);

test('watch throws what the gateway refuses, and closes its stream where nobody takes more of it', async () => {
  const refused = await clientOf([problem('run_unknown')]);
  await expect(refused.client.runs.watch('daily:1')[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: 'run_unknown',
  });
  let closed = 0;
  const { client } = await clientOf([
    (request, response) => {
      request.socket.on('close', () => closed++);
      stream([view('a', 'pursuing')], 'stays')(request, response);
    },
  ]);
  for await (const _ of client.runs.watch('daily:1')) break;
  await expect.poll(() => closed).toBe(1);
  const stop = new AbortController();
  const reason = new Error('enough');
  const watching = client.runs.watch('daily:1', { signal: stop.signal })[Symbol.asyncIterator]();
  await watching.next();
  const next = watching.next();
  stop.abort(reason);
  await expect(next).rejects.toBe(reason);
  await expect.poll(() => closed).toBe(2);
});

test('watchList gives each page that differs', async () => {
  const page = (id: string, items: string[]): string =>
    `event: list\nid: ${id}\ndata: ${JSON.stringify({ items, next: null })}\n\n`;
  const { client, asked } = await clientOf([stream([page('1', ['a']), page('2', ['b', 'a'])], 'stays')]);
  const seen: unknown[] = [];
  for await (const { items } of client.runs.watchList({ goal: 'daily', state: 'struggling' })) {
    seen.push(items);
    if (seen.length === 2) break;
  }
  expect(seen).toEqual([['a'], ['b', 'a']]);
  expect(asked).toEqual(['GET /runs/events?goal=daily&state=struggling']);
});

test('a stream that falls silent is given up', async () => {
  const silent = new Response(new ReadableStream({ start: (to) => to.enqueue(Buffer.from(': ping\n\n')) }));
  const events = eventsOf(silent, 50);
  expect((await events.next()).value).toEqual({ event: '', id: '', data: '' });
  await expect(events.next()).rejects.toThrow('fell silent');
});

test('events are read as the standard has them, however they are cut', async () => {
  const text = 'id: 1\r\nevent: a\r\ndata: {"x":\r\ndata:"é"}\r\n\r\n:c\n\ndata: 2\nid\n\ndata: lost';
  const bytes = Buffer.from(text);
  const cut = new ReadableStream({
    start(to) {
      for (const byte of bytes) to.enqueue(Uint8Array.of(byte));
      to.close();
    },
  });
  const seen: unknown[] = [];
  for await (const event of eventsOf(new Response(cut), 1_000)) seen.push(event);
  expect(seen).toEqual([
    { event: 'a', id: '1', data: '{"x":\n"é"}' },
    { event: '', id: '1', data: '' },
    { event: '', id: '', data: '2' },
  ]);
});

test('a start waits on by itself where the gateway does not wait', async () => {
  const open: RequestListener = (_, response) =>
    response.end(JSON.stringify({ id: 'daily:1', state: 'pursuing' }));
  const { client, asked } = await clientOf([open, open, ok]);
  expect(await client.goal('daily').start({}, { wait: '10s' })).toMatchObject({ state: 'closed' });
  expect(asked).toEqual(['POST /goals/daily/runs', 'GET /runs/daily%3A1', 'GET /runs/daily%3A1']);
});

test('a list is read page by page, as far as it is iterated', async () => {
  const page: RequestListener = (request, response) => {
    const cursor = new URL(request.url ?? '', 'http://x').searchParams.get('cursor');
    response.end(
      JSON.stringify({
        items: [cursor ?? 'first'],
        next: cursor === 'c' ? null : cursor === 'b' ? 'c' : 'b',
      }),
    );
  };
  const { client, asked } = await clientOf([page]);
  const seen: unknown[] = [];
  for await (const run of client.runs.list({ goal: 'daily' })) seen.push(run);
  expect(seen).toEqual(['first', 'b', 'c']);
  for await (const _ of client.runs.list()) break;
  expect(asked.at(-1)).toBe('GET /runs');
  expect(asked).toHaveLength(4);
});

test('records come line by line', async () => {
  const { client } = await clientOf([(_, response) => response.end('{"id":"a"}\n{"id":"b"}\n')]);
  const seen: unknown[] = [];
  for await (const record of client.records.stream({ since: '2026-11-20T00:00:00Z' })) seen.push(record);
  expect(seen).toEqual([{ id: 'a' }, { id: 'b' }]);
});

test('what is no time span is said at once', () => {
  expect(() => createClient({ url: 'http://x', timeout: 'soon' as '1s' })).toThrow(
    "write milliseconds, or such as '30s'",
  );
});
