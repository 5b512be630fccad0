// Whatever a client sends, the answer is a problem that says what is wrong with it: never a 5xx, never a stack.

import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProblemCode, problems } from '../../../goals/wire/problem-codes.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { type Answer, answered, gatewayAt, temporalBench, unique } from '../workbench.ts';

const address = temporalAddress;
let bench: Awaited<ReturnType<typeof temporalBench>>;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
const goal = unique('load-day');
const runsPath = `/goals/${goal}/runs`;
const input = { day: '2026-11-20' };

beforeAll(async () => {
  bench = await temporalBench(address);
  gateway = await gatewayAt(address);
  await bench.publish(goal);
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

function expectProblem({ status, headers, body }: Answer, code: ProblemCode): void {
  expect(body).toMatchObject({
    ...{ type: `/problems/${code}`, title: problems[code].title, status: problems[code].status, code },
    ...{ detail: expect.any(String), instance: expect.stringMatching(/^\//) },
  });
  expect(status).toBe(problems[code].status);
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(JSON.stringify(body)).not.toMatch(/\.ts:\d|node_modules|\bat \S+ \(/);
}

/** What fetch would not send: any header, target and method. */
async function sent(target: string, options: Parameters<typeof request>[1] & { body?: string } = {}) {
  const { port, hostname } = new URL(gateway.url);
  const { body, ...rest } = options;
  const asked = request({ port, hostname, path: target, ...rest });
  asked.end(body);
  const [response] = await once(asked, 'response');
  const answered = await text(response);
  const headers = new Headers(response.headers as Record<string, string>);
  return {
    status: response.statusCode as number,
    headers,
    body: answered === '' ? null : JSON.parse(answered),
  };
}

describe('routes', () => {
  test.each(['/', '/runs/', '/runs/a/b', '/goals/x/y/z', '/nothing', '/.env', '/runs/a:b/cancel/x', '/%'])(
    'there is nothing at %s',
    async (path) => expectProblem(await sent(path), 'route_unknown'),
  );

  test.each([
    ['DELETE', '/runs', 'GET, HEAD'],
    ['PUT', '/runs/a:b', 'GET, HEAD, DELETE'],
    ['POST', '/goals', 'GET, HEAD'],
    ['PUT', '/goals/x/runs', 'POST'],
    ['GET', '/goals/x/runs', 'POST'],
    ['OPTIONS', '/runs', 'GET, HEAD'],
    ['GET', '/runs/a:b/cancel', 'POST'],
    ['PATCH', '/healthz', 'GET, HEAD'],
  ])('%s is no method of %s, and the answer says which are', async (method, path, allow) => {
    const answer = await sent(path, { method });
    expectProblem(answer, 'method_not_allowed');
    expect(answer.headers.get('allow')).toBe(allow);
  });

  test.each(['TRACE', 'PROPFIND', 'QUERY', 'BREW'])('the odd method %s gets no 5xx', async (method) => {
    const { port, hostname } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    socket.end(`${method} /runs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 4\d\d/);
  });

  test('the process says that it is up, and that Temporal answers', async () => {
    expect(await gateway.get('/healthz')).toMatchObject({ status: 200, body: { status: 'up' } });
    // On a busy machine Temporal may be too slow for a moment.
    await expect.poll(() => gateway.get('/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
    await expect.poll(async () => (await sent('/goals', { method: 'HEAD' })).status).toBe(200);
  });

  test.each(['unknown', 'Load-Day', 'gk-goal', "a'b", 'a%2Fb', 'a%00b', '%0d%0a', 'a%20b', 'x'.repeat(5000)])(
    'no goal %s is published',
    async (name) => {
      expectProblem(await gateway.get(`/goals/${name}`), 'goal_unknown');
      expectProblem(await gateway.post(`/goals/${name}/runs`, { input }), 'goal_unknown');
    },
  );
});

describe('the ID of a run', () => {
  const odd = [
    ...[
      'no-colon',
      'a:b%2Fc',
      'a%3Ab%00',
      'a:b%0d%0aSet-Cookie:x=1',
      'a:%E6%97%A5',
      'A:b',
      'a:',
      ':b',
      'a:b c',
    ],
    ...['gk-goal:load-day', 'a:b%', '%ff%fe', `a:${'x'.repeat(5000)}`, "a:b'%20OR%20''='", 'a:b:c', '%2e%2e'],
  ];
  test.each(odd)('cannot be %s', async (id) => {
    for (const path of [`/runs/${id}`, `/runs/${id}/errors`]) {
      const answer = await answered(() => gateway.get(path));
      // The client itself resolves `..`; then it is another route: `/` or `/errors`.
      if (id === '%2e%2e') expect(answer.status).toBe(path.endsWith('errors') ? 200 : 404);
      else expectProblem(answer, 'run_id_malformed');
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
    if (id !== '%2e%2e') expectProblem(await gateway.post(`/runs/${id}/cancel`, {}), 'run_id_malformed');
  });
});

describe('a body', () => {
  test.each(['{', '', 'null x', '{"input":1,}', '\u0000', '[1,2', 'undefined', "{'input': 1}"])(
    'that is %j is malformed JSON',
    async (body) => expectProblem(await gateway.post(runsPath, body), 'json_malformed'),
  );

  test('that is no UTF-8 is malformed', async () => {
    const response = await fetch(gateway.url + runsPath, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from([0x22, 0xff, 0xfe, 0x22]),
    });
    expect(await response.json()).toMatchObject({ code: 'json_malformed' });
  });

  test('that nests too deeply is refused before anything walks through it', async () => {
    const deep = `{"input":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expectProblem(await gateway.post(runsPath, deep), 'json_malformed');
  });

  test.each([
    ...[
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=utf-16',
      'application/jsonp',
    ],
    ...['multipart/form-data; boundary=x', 'text/json', 'application/json, text/plain', 'APPLICATION'],
  ])('of the media type %s is refused', async (type) => {
    expectProblem(
      await gateway.post(runsPath, { input }, { 'content-type': type }),
      'media_type_unsupported',
    );
    expectProblem(
      await gateway.post('/runs/a:b/cancel', {}, { 'content-type': type }),
      'media_type_unsupported',
    );
  });

  test('without a media type, or in a content encoding, is refused', async () => {
    const body = JSON.stringify({ input });
    expectProblem(await sent(runsPath, { method: 'POST', body }), 'media_type_unsupported');
    const headers = { 'content-encoding': 'gzip' };
    expectProblem(await gateway.post(runsPath, { input }, headers), 'media_type_unsupported');
  });

  test('may say its media type in every way that is right', async () => {
    for (const type of ['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])
      expect((await gateway.post(runsPath, { input }, { 'content-type': type })).status).toBe(202);
  });

  test('over a megabyte and a half is refused, whether it says so or not', async () => {
    const large = JSON.stringify({ input: { day: 'x'.repeat(1.5 * 1024 * 1024) } });
    expectProblem(await gateway.post(runsPath, large), 'body_too_large');
    const headers = { 'transfer-encoding': 'chunked', 'content-type': 'application/json' };
    expectProblem(await sent(runsPath, { method: 'POST', headers, body: large }), 'body_too_large');
  });

  test('that is announced too large is refused before it is read', async () => {
    const { port, hostname } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST ${runsPath} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
        `Content-Length: 200000000\r\n\r\n{`,
    );
    const [answer] = await once(socket, 'data');
    socket.destroy();
    expect(String(answer)).toMatch(/^HTTP\/1\.1 413/);
  });

  test.each([
    [{ input, force: 'yes' }, 'force'],
    [{ input, priority: 6 }, 'priority'],
    [{ input, forced: true }, 'forced'],
    [{ input, 'a.b': 1 }, 'a.b'],
    [JSON.stringify({ input }).replace('{', '{"__proto__":1,'), '__proto__'],
    [{}, 'input'],
    [{ input, reason: 4 }, 'reason'],
    [{ input, reason: 'x'.repeat(501) }, 'reason'],
    [{ input, by: ' ' }, 'by'],
    [{ input, by: 'x'.repeat(101) }, 'by'],
    [[], ''],
    [7, ''],
    ['null', ''],
  ])('%j is refused, naming the field', async (body, path) => {
    const answer = await gateway.post(runsPath, body);
    expectProblem(answer, 'body_invalid');
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
  });

  const time = '2026-11-20T00:00:00Z';
  test.each([
    [`/goals/${goal}/runs`, { input: { day: '2026-11-20' } }],
    [`/goals/${goal}/pause`, {}],
    [`/goals/${goal}/unpause`, {}],
    [`/goals/${goal}/mute`, { for: '1h' }],
    [`/goals/${goal}/unmute`, {}],
    [`/runs/${goal}:x/cancel`, {}],
    [`/runs/${goal}:x/resume`, {}],
    [`/runs/${goal}:x/accept`, { reason: 'x' }],
    [`/runs/${goal}:x/approvals/a`, { decision: 'approve' }],
    ['/alerts/alert-x/ack', {}],
    [`/leases/gk-lease:${goal}:x:y:z/retry`, { reason: 'x' }],
    [`/schedules/gk-schedule:${goal}:x/pause`, { reason: 'x' }],
    [`/schedules/gk-schedule:${goal}:x/unpause`, { reason: 'x' }],
    [`/schedules/gk-schedule:${goal}:x/trigger`, {}],
    ['/backfills', { goal, from: time, to: '2026-11-21T00:00:00Z' }],
    [`/backfills/gk-backfill:${goal}:x/pause`, {}],
  ])(
    'of %s takes `by` by the one rule: it may be left out, and is a name of 1 to 100 characters',
    async (path, body) => {
      for (const by of ['', '  ', 'x'.repeat(101), 7, null]) {
        const answer = await gateway.post(path, { ...body, by });
        expectProblem(answer, 'body_invalid');
        expect(answer.body.errors.map((error: { path: string }) => error.path)).toEqual(['by']);
      }
      expect((await gateway.post(path, body)).body.code).not.toBe('body_invalid');
    },
  );

  test('of a cancellation takes a reason and nothing else', async () => {
    expectProblem(await gateway.post(`/runs/${goal}:x/cancel`, { why: 'x' }), 'body_invalid');
    expectProblem(await gateway.post(`/runs/${goal}:x/cancel`, { reason: null }), 'body_invalid');
    expectProblem(await gateway.post(`/runs/${goal}:x/cancel?reason=x`), 'query_invalid');
  });

  test('that breaks off harms nobody', async () => {
    const { port, hostname } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST ${runsPath} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
    );
    await once(socket, 'connect');
    socket.destroy();
    expect((await gateway.get('/healthz')).status).toBe(200);
  });
});

describe('who may ask', () => {
  test.each([
    ...['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:3000', 'localhost.', '0.0.0.0', ''],
    ...['[::ffff:127.0.0.1]', '10.0.0.1', '2130706433', 'localhost@evil', 'a b', 'localhost, evil.example'],
  ])('a request for the host %j is refused', async (host) => {
    const { port, hostname } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    socket.end(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 40[03]/);
    expect(answer).toMatch(/"code":"(host_forbidden|request_malformed)"/);
  });

  test('a page whose name was pointed here is told so', async () => {
    expectProblem(await sent('/goals', { headers: { host: 'evil.example' } }), 'host_forbidden');
  });

  test.each(['localhost', 'LOCALHOST:3000', '127.0.0.1', '127.1.2.3:80', '[::1]:3000'])(
    'a request for %s is answered',
    async (host) => expect((await sent('/healthz', { headers: { host } })).status).toBe(200),
  );

  test.each([
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ origin: 'http://localhost:1' }],
    [{ 'sec-fetch-site': 'cross-site' }],
  ])('a POST with %j is refused', async (headers: Record<string, string>) => {
    expectProblem(await gateway.post(runsPath, { input }, headers), 'cross_site');
    expectProblem(await gateway.post('/runs/a:b/cancel', {}, headers), 'cross_site');
  });

  test("a POST of the gateway's own page is answered", async () => {
    const headers = { origin: gateway.url, 'sec-fetch-site': 'same-origin' };
    expect((await gateway.post(runsPath, { input }, headers)).status).toBe(202);
  });
});

test('a connection is kept for longer than proxies keep one', async () => {
  const { headers } = await sent('/healthz');
  expect(headers.get('keep-alive')).toBe('timeout=72');
});

test('no garbage gets a 5xx', async () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom('runs', 'goals', goal, `${goal}:x`),
  );
  const path = fc.array(piece, { maxLength: 4 }).map((parts) => `/${parts.map(encoded).join('/')}`);
  const query = fc.dictionary(
    fc.oneof(
      fc.constantFrom('goal', 'owner', 'since', 'limit', 'cursor', 'execution', 'window'),
      fc.string(),
    ),
    fc.string({ unit: 'binary' }),
    { maxKeys: 3 },
  );
  await fc.assert(
    fc.asyncProperty(path, query, fc.json(), fc.boolean(), async (path, query, json, isPost) => {
      const asked = `${path}?${Object.entries(query)
        .map((entry) => entry.map(encoded).join('='))
        .join('&')}`;
      const answer = await (isPost ? gateway.post(path, json) : gateway.get(asked));
      expect(answer.status).toBeLessThan(500);
    }),
    { numRuns: 300 },
  );
}, 120_000);

test('no input gets a 5xx, and what a schema lets through becomes a run', async () => {
  const open = unique('load-anything');
  await bench.publish(open, { key: ['a.b'], input: {} });
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' }), async (value) => {
      const { status, body } = await gateway.post(`/goals/${open}/runs`, {
        input: { a: { b: value }, value },
      });
      expect([202, 409], JSON.stringify(body)).toContain(status);
      expect(body.code ?? 'input_differs').toBe('input_differs');
    }),
    { numRuns: 100 },
  );
}, 120_000);

function encoded(part: string): string {
  return encodeURIComponent(part.replace(/[\ud800-\udfff]/g, ''));
}
