// What an endpoint does, and what becomes of it real sockets, and the table of docs/guide/endpoints.md.

import { lookup } from 'node:dns/promises';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { classify } from '../../../activities/attempts/classify.ts';
import type { JobContext } from '../../../activities/bind.ts';
import { type HttpOptions, http, secret } from '../../../activities/runners/http.ts';
import { DEFAULT_RETRY } from '../../../goals/policy.ts';
import { PAYLOAD_BYTES } from '../../../goals/wire/names.ts';
import { selfSigned } from './self-signed.ts';
import { answer, type Behaviour, stubService } from './stub-service.ts';

const TOKEN = 'tok-1234567890-tok';

interface Asking extends Partial<HttpOptions> {
  input?: unknown;
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** The output, or the error as the wrapper would enter it. */
async function asked(url: string, { input = { a: 1 }, timeoutMs, signal, ...options }: Asking = {}) {
  const context: Partial<JobContext> = {
    signal: signal ?? AbortSignal.timeout(timeoutMs ?? 20_000),
    idempotencyKey: 'run/step#1/abc',
    log: pino({ level: 'silent' }),
    secrets: { ERP_TOKEN: TOKEN },
  };
  try {
    const output = await http({ url, allow: ['127.0.0.1'], ...options })(input, context as JobContext);
    return { output };
  } catch (error) {
    const { stack: _, fingerprint: __, ...told } = classify(error, DEFAULT_RETRY);
    return { error: told, thrown: error };
  }
}

async function askedOf(behave: Behaviour, asking: Asking = {}) {
  const service = await stubService(behave);
  return { ...(await asked(service.url, asking)), service };
}

const hang = () => new Promise(() => undefined);
const big = JSON.stringify('x'.repeat(PAYLOAD_BYTES + 1));

describe('an endpoint', () => {
  test('gets the input as JSON with the idempotency key, and its answer is the output', async () => {
    const { output, service } = await askedOf(answer(200, { rows: 3 }), { input: { day: '2026-11-20' } });
    expect(output).toEqual({ rows: 3 });
    expect(service.received).toMatchObject([
      {
        method: 'POST',
        body: '{"day":"2026-11-20"}',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'run/step#1/abc' },
      },
    ]);
  });

  test('has placeholders of its address filled from the input, so that none leaves its place', async () => {
    const service = await stubService(answer(200, {}));
    const url = `${service.url}/orders/{order.id}?day={day}&all={all}`;
    const input = { order: { id: 'a/..b/c?x=1#y' }, day: 'é&z=1', all: true };
    await asked(url, { method: 'GET', input });
    expect(service.received).toMatchObject([
      { method: 'GET', url: '/orders/a%2F..b%2Fc%3Fx%3D1%23y?day=%C3%A9%26z%3D1&all=true', body: '' },
    ]);
    for (const id of ['..', '.', '', '../admin', 'a/../../b', '..\\..\\admin', 'a/.', null, {}, undefined])
      expect(await asked(url, { input: { order: { id }, day: '', all: 1 } })).toMatchObject({
        error: { code: 'http_url_invalid', class: 'data', permanent: true },
      });
    expect(service.received).toHaveLength(1);
  });

  // http.3
  test('gets secrets in headers, and what it echoes of them is in no error and no output', async () => {
    const headers = { 'x-plain': 'yes', authorization: secret('ERP_TOKEN', (token) => `Bearer ${token}`) };
    const echo: Behaviour = ({ headers: { authorization } }, response) =>
      answer(Number(response.req.url?.slice(1)), { code: 'bad_token', message: `not ${authorization}` })(
        {} as never,
        response,
      );
    const service = await stubService(echo);
    const refused = await asked(`${service.url}/401`, { headers });
    const taken = await asked(`${service.url}/200`, { headers });
    expect(service.received[0]?.headers).toMatchObject({
      'x-plain': 'yes',
      authorization: `Bearer ${TOKEN}`,
    });
    expect(refused.error).toMatchObject({ code: 'bad_token', class: 'permanent' });
    expect(taken.output).toMatchObject({ code: 'bad_token' });
    expect(JSON.stringify([refused.error, taken, String(refused.thrown)])).not.toContain(TOKEN);
    const unnamed = await asked(`${service.url}/200`, { headers: { authorization: secret('OTHER') } });
    expect(unnamed.error).toMatchObject({ code: 'secret_missing', permanent: true });
  });
});

// http.2
describe('what an answer is', () => {
  const problem = { 'content-type': 'application/problem+json' };
  const table: [string, Behaviour, object][] = [
    ['429', answer(429), { code: 'http_429', class: 'transient', permanent: false, retryAfterMs: null }],
    ['429 with seconds', answer(429, '', { 'retry-after': '7' }), { code: 'http_429', retryAfterMs: 7000 }],
    ['503', answer(503), { code: 'http_503', class: 'transient', permanent: false }],
    [
      '503 with nonsense',
      answer(503, '', { 'retry-after': 'soon' }),
      { code: 'http_503', retryAfterMs: null },
    ],
    ...[408, 409, 423, 425, 500, 502, 504, 599].map((status): [string, Behaviour, object] => [
      String(status),
      answer(status, '<html>'),
      { code: `http_${status}`, class: 'transient', permanent: false },
    ]),
    ...[401, 403, 404, 405, 410, 418, 451].map((status): [string, Behaviour, object] => [
      String(status),
      answer(status),
      { code: `http_${status}`, class: 'permanent', permanent: true, retryAfterMs: null },
    ]),
    ...[400, 413, 414, 415, 422].map((status): [string, Behaviour, object] => [
      String(status),
      answer(status),
      { code: `http_${status}`, class: 'data', permanent: true },
    ]),
    ['304', answer(304), { code: 'http_304', class: 'permanent' }],
    [
      'a problem',
      answer(
        422,
        {
          type: 'https://erp.example/problems/out-of-credit',
          title: 'No credit',
          detail: '30 needed',
          balance: 12,
        },
        problem,
      ),
      {
        code: 'out-of-credit',
        class: 'data',
        message: expect.stringContaining('answered 422: No credit: 30 needed'),
        details: { status: 422, type: 'https://erp.example/problems/out-of-credit', balance: 12 },
      },
    ],
    [
      'a problem with a code',
      answer(409, { type: 'about:blank', code: 'busy' }, problem),
      { code: 'busy', class: 'transient' },
    ],
    [
      'an error object',
      answer(404, { error: { code: 'NoSuchKey', message: 'none' } }),
      { code: 'NoSuchKey' },
    ],
    ['an enormous refusal', answer(500, big), { code: 'http_500', class: 'transient' }],
    [
      'our envelope',
      answer(500, { goalkeeper: 1, error: { code: 'poisoned', message: 'no', class: 'data', details: [1] } }),
      { code: 'poisoned', message: 'no', class: 'data', permanent: true, details: [1] },
    ],
    [
      'our envelope under 200',
      answer(200, { goalkeeper: 1, error: { code: 'busy', message: 'later', retryAfter: 3 } }),
      { code: 'busy', class: 'transient', retryAfterMs: 3000 },
    ],
    ['202 unasked for', answer(202, {}), { code: 'http_later_unexpected', class: 'code', permanent: true }],
    ['nothing', answer(200, ''), { code: 'output_empty', class: 'data', permanent: true }],
    ['no JSON', answer(200, '<h1>Sign in</h1>'), { code: 'output_not_json', class: 'data', permanent: true }],
    [
      'a number that would be rounded',
      (_, response) => response.end('{"rows":[{"id":9223372036854775807}]}'),
      { code: 'output_invalid', class: 'data', permanent: true },
    ],
    [
      'no UTF-8',
      (_, response) => response.end(Buffer.from([0x22, 0xff, 0x22])),
      { code: 'output_not_json', class: 'data' },
    ],
    [
      'too large by its own word',
      (_, response) => response.writeHead(200, { 'content-length': 5_000_000_000 }).write('['),
      { code: 'output_too_large', class: 'data', permanent: true },
    ],
    [
      'too large without a word',
      (_, response) => {
        const more = () => {
          while (!response.destroyed && response.write(big));
        };
        response.on('drain', more);
        more();
      },
      { code: 'output_too_large', class: 'data', permanent: true },
    ],
    [
      'truncated',
      (_, response) =>
        response.writeHead(200, { 'content-length': 99 }).write('{"a":1', () => response.destroy()),
      { code: 'output_truncated', class: 'transient', permanent: false },
    ],
    [
      'truncated between chunks',
      (_, response) => response.writeHead(200).write('{"a":1', () => response.destroy()),
      { code: 'output_truncated', class: 'transient' },
    ],
    [
      'closed without an answer',
      (_, response) => response.destroy(),
      { code: 'ECONNRESET', class: 'transient', permanent: false },
    ],
  ];

  test.each(table)('%s', async (_name, behave, expected) => {
    const { error, service } = await askedOf(behave);
    expect(error).toMatchObject(expected);
    // What is not wanted is not read on.
    await expect.poll(() => service.connections(), { timeout: 60_000 }).toBe(0);
  });

  test('of an error names the address that was asked, without what is secret in it', async () => {
    const service = await stubService(answer(503));
    const url = `${service.url}/partitions?day={day}&token=hunter2-hunter2x`;
    const { error } = await asked(url, { input: { day: '2026-11-20' } });
    expect(error?.message).toBe(
      `POST ${service.url}/partitions?day=2026-11-20&token=<redacted> answered 503`,
    );
  });

  test('204 is null', async () => {
    expect(await askedOf(answer(204))).toMatchObject({ output: null });
  });

  test('a date in Retry-After is obeyed', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    const { error } = await askedOf(answer(503, '', { 'retry-after': date }));
    expect(error?.retryAfterMs).toBeGreaterThan(50_000);
    expect(error?.retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  test.each([
    [
      'without a length that ends early is truncated',
      'HTTP/1.1 200 OK\r\n\r\n{"a":1,"b',
      { code: 'output_truncated', class: 'transient' },
    ],
    [
      'that is no HTTP is told as such',
      'SSH-2.0-OpenSSH_9\r\n',
      { code: 'http_protocol_error', class: 'transient' },
    ],
    [
      'with headers without end is told as such',
      `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`,
      { code: 'http_protocol_error' },
    ],
  ])('an answer %s', async (_name, text, expected) => {
    const server = createTcpServer((socket) => socket.on('error', () => undefined).end(text)).listen(
      0,
      '127.0.0.1',
    );
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    expect((await asked(`http://127.0.0.1:${port}`)).error).toMatchObject(expected);
  });

  test('nobody there, no such name and a certificate of its own are told apart', async () => {
    const { port } = await stubService(hang);
    const gone = createTcpServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => gone.once('listening', resolve));
    const free = (gone.address() as { port: number }).port;
    await new Promise((resolve) => gone.close(resolve));
    expect((await asked(`http://127.0.0.1:${free}`)).error).toMatchObject({
      code: 'ECONNREFUSED',
      class: 'transient',
      permanent: false,
    });
    const name = (await asked('http://no-such-name.invalid')).error;
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(name?.code);
    expect(name).toMatchObject({ class: 'transient', permanent: false });
    const tls = createTlsServer(selfSigned, answer(200, {}) as never).listen(0, '127.0.0.1');
    onTestFinished(() => void tls.close());
    await new Promise((resolve) => tls.once('listening', resolve));
    const secure = (tls.address() as { port: number }).port;
    expect((await asked(`https://127.0.0.1:${secure}`)).error).toMatchObject({
      code: 'http_certificate_refused',
      class: 'permanent',
      permanent: true,
    });
    expect((await asked(`https://127.0.0.1:${port}`, { timeoutMs: 5000 })).error?.permanent).toBe(false);
  });
});

describe('an attempt that is told to stop', () => {
  test.each<[string, Behaviour]>([
    ['before an answer', hang],
    [
      'in a slow drip',
      async (_, response) => {
        response.writeHead(200);
        while (!response.destroyed) {
          response.write(' ');
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
    ],
  ])('cuts its connection: %s', async (_name, behave) => {
    const service = await stubService(behave);
    const stop = new AbortController();
    const result = asked(service.url, { signal: stop.signal });
    await expect.poll(() => service.received.length, { timeout: 60_000 }).toBe(1);
    stop.abort(new Error('told to stop'));
    expect((await result).error?.message).toContain('told to stop');
    await expect.poll(() => service.connections(), { timeout: 60_000 }).toBe(0);
  });
});

describe('where a request may go', () => {
  const refused = { error: { code: 'http_address_refused', class: 'permanent', permanent: true } };

  test('not to private addresses, however they are written or named', async () => {
    const { port, received } = await stubService(answer(200, {}));
    const hosts = [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '0x7f.1',
      '2130706433',
      '0.0.0.0',
      '127.1',
    ];
    for (const host of hosts)
      expect(await asked(`http://${host}:${port}`, { allow: [] }), host).toMatchObject(refused);
    const others = [
      '10.0.0.1',
      '169.254.169.254',
      '168.63.129.16',
      '192.168.1.1',
      '172.31.0.1',
      '100.64.0.1',
      '[fe80::1]',
      '[fd00::1]',
      '[64:ff9b::7f00:1]',
      '[2002:7f00:1::]',
      '[::]',
    ];
    for (const host of others)
      expect(await asked(`http://${host}`, { allow: [] }), host).toMatchObject(refused);
    expect(await asked(`http://127.0.0.1:${port}`, { allow: [`127.0.0.1:${port + 1}`] })).toMatchObject(
      refused,
    );
    // Whether that is a name is up to the machine's resolver.
    const dotted = await asked(`http://localhost.:${port}`, { allow: [] });
    expect(['http_address_refused', 'ENOTFOUND', 'EAI_AGAIN']).toContain(dotted.error?.code);
    expect(received).toEqual([]);
  });

  test('to those that are listed, by the name and port that the author wrote', async () => {
    const { port, received } = await stubService(answer(200, {}));
    const { address } = await lookup('localhost');
    const bound = address === '127.0.0.1' ? ['localhost', 'LOCALHOST.', `localhost:${port}`] : [];
    for (const entry of [`127.0.0.1:${port}`, '127.0.0.1', ...bound]) {
      const host = /^\d/.test(entry) ? '127.0.0.1' : 'localhost';
      expect(await asked(`http://${host}:${port}`, { allow: [entry] }), entry).toMatchObject({ output: {} });
    }
    expect(received.length).toBeGreaterThan(1);
  });

  // http.1
  test('no redirect is followed to a host that is not listed', async () => {
    const target = await stubService(answer(200, {}));
    const { error } = await askedOf(answer(302, '', { location: `${target.url}/x` }), {
      allow: [] as string[],
    });
    expect(error).toMatchObject({ code: 'http_address_refused' });
    const service = await stubService(answer(307, '', { location: target.url }));
    expect((await asked(service.url, { allow: [service.host] })).error).toMatchObject({
      code: 'http_redirect_refused',
      class: 'permanent',
      permanent: true,
      message: expect.stringContaining(target.host),
    });
    expect(target.received).toEqual([]);
  });

  test('a listed redirect is followed, without secrets to another origin', async () => {
    const target = await stubService(answer(200, { there: true }));
    const service = await stubService(answer(307, '', { location: `${target.url}/new` }));
    const headers = { authorization: secret('ERP_TOKEN') };
    expect(await asked(service.url, { headers, allow: [service.host, target.host] })).toMatchObject({
      output: { there: true },
    });
    expect(target.received).toMatchObject([{ method: 'POST', url: '/new', body: '{"a":1}' }]);
    expect(target.received[0]?.headers.authorization).toBeUndefined();
    expect(target.received[0]?.headers['idempotency-key']).toBe('run/step#1/abc');
  });

  test('303 is followed by a GET; 302 after a POST is not guessed at', async () => {
    const see: Behaviour = ({ url }, response) =>
      url === '/'
        ? answer(303, '', { location: '/result' })({} as never, response)
        : answer(200, { url })({} as never, response);
    const { output, service } = await askedOf(see);
    expect(output).toEqual({ url: '/result' });
    expect(service.received.map(({ method }) => method)).toEqual(['POST', 'GET']);
    const { error } = await askedOf(answer(302, '', { location: '/x' }));
    expect(error).toMatchObject({ code: 'http_redirect_refused' });
  });

  test('a circle of redirects ends', async () => {
    const { error, service } = await askedOf(answer(308, '', { location: '/again' }));
    expect(error).toMatchObject({ code: 'http_redirect_refused', permanent: true });
    expect(service.received).toHaveLength(6);
  });
});

test.each<[string, HttpOptions, string]>([
  ['no URL', { url: 'erp/orders' }, 'is not a URL'],
  ['another scheme', { url: 'file:///etc/passwd' }, 'is neither http: nor https:'],
  ['credentials', { url: 'https://me:pw@erp.example/' }, 'holds credentials'],
  ['a host from the input', { url: 'https://{host}/orders' }, 'has a placeholder before its path'],
  [
    'a host that a placeholder ends',
    { url: 'https://erp{host}/orders' },
    'has a placeholder before its path',
  ],
  ['half a placeholder', { url: 'https://erp.example/{order' }, 'has a brace'],
  ['a header of ours', { url: 'https://erp.example/', headers: { Host: 'x' } }, 'is set by the runner'],
  [
    'a header of two lines',
    { url: 'https://erp.example/', headers: { x: 'a\r\nb: c' } },
    'Invalid character',
  ],
  ['an allowed URL', { url: 'https://erp.example/', allow: ['http://x/'] }, 'is not a host'],
  ['no duration', { url: 'https://erp.example/', later: { within: 'soon' as never } }, 'not a duration'],
])('what can never be asked is refused when the worker starts: %s', (_name, options, message) => {
  expect(() => http(options)).toThrow(message);
});
