import { createServer } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ZodError, z } from 'zod';
import { parseWithin } from '../../../activities/attempts/bounded-parse.ts';
import {
  classify,
  inputInvalid,
  jobUnbound,
  outputInvalid,
  outputTooLarge,
  timedOut,
  workerStopped,
} from '../../../activities/attempts/classify.ts';
import { received, sendable } from '../../../activities/runners/isolated/isolate-messages.ts';
import { permanent, retryAfter } from '../../../goals/index.ts';
import { DEFAULT_RETRY } from '../../../goals/policy.ts';
import { codes } from '../../../goals/wire/codes.ts';
import { fingerprint } from '../../../goals/wire/fingerprint.ts';

const read = (thrown: unknown, ...permanentCodes: string[]) =>
  classify(thrown, { ...DEFAULT_RETRY, permanent: permanentCodes });

/** What was thrown while doing this. */
async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;

describe('what is no error', () => {
  test.each([
    ['a text', 'disk full', 'disk full'],
    ['an empty text', '', 'Error'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 7, '7'],
    ['a bigint', 7n, '7'],
    ['a symbol', Symbol('no'), 'Symbol(no)'],
    ['an object', { status: 503 }, '{"status":503}'],
    ['a list', [1, 2], '[1,2]'],
    ['a cyclic object', cyclic, '{"self":"<circular>"}'],
    [
      'an object of which a part cannot be read',
      {
        at: 'load',
        get bad() {
          throw new Error('do not touch');
        },
      },
      '{"at":"load","bad":"<unreadable>"}',
    ],
    ['an object that holds a bigint', { rows: 7n }, '{"rows":"7"}'],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['an object that is no JSON', { toJSON: () => undefined }, 'undefined'],
  ])('is told as its text, without a stack: %s', (_, thrown, message) => {
    expect(read(thrown)).toEqual({
      type: 'Error',
      message,
      fingerprint: fingerprint('Error', message),
      code: 'unclassified',
      class: 'transient',
      permanent: false,
      retryAfterMs: null,
    });
  });

  test('never makes the reading itself throw, however it resists', () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const touchy = (name: string) =>
      Object.defineProperty(new Error('touchy'), name, {
        get: () => {
          throw new Error('do not touch');
        },
      });
    const unreadable = [
      revoked.proxy,
      touchy('message'),
      { toJSON: () => Reflect.ownKeys(revoked.proxy) },
      {
        get [Symbol.toStringTag]() {
          throw new Error('do not touch');
        },
        self: cyclic,
      },
    ];
    for (const thrown of unreadable) {
      const told = read(thrown);
      expect(told).toMatchObject({ type: 'Error', code: 'unclassified', permanent: false });
      expect(told.message).not.toBe('');
    }
    for (const name of ['name', 'code', 'cause', 'errors', 'stack', 'goalkeeper', 'response', 'status'])
      expect(read(touchy(name))).toMatchObject({ type: 'Error', message: 'touchy', code: 'unclassified' });
    const wise = Object.assign(touchy('code'), { goalkeeper: { permanent: true, retryAfterMs: null } });
    expect(read(wise)).toMatchObject({ message: 'touchy', permanent: true, class: 'permanent' });
    expect(read(new Error('load failed', { cause: revoked.proxy })).message).toMatch(/^load failed/);
    for (const odd of [
      { message: 5 },
      { name: 7 },
      { name: null },
      { code: {} },
      { stack: 1 },
      { cause: 'x' },
    ])
      expect(read(Object.assign(new Error('odd'), odd))).toMatchObject({
        type: 'Error',
        code: 'unclassified',
      });
    expect(read(Object.assign(new Error('odd'), { message: 5 })).message).toBe('5');
  });

  test('counts as an error where it has a message', () => {
    expect(read({ message: 'from elsewhere' })).toMatchObject({ type: 'Error', message: 'from elsewhere' });
    expect(read({ name: 'RemoteError', message: 'x', code: 'E1', stack: 'at there' })).toMatchObject({
      type: 'RemoteError',
      message: 'x',
      code: 'E1',
      stack: 'at there',
    });
  });
});

describe('an error', () => {
  test('is told with its type, message, code, stack and fingerprint, and may heal', () => {
    const error = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' });
    expect(read(error)).toEqual({
      type: 'Error',
      message: 'ENOENT: no such file',
      fingerprint: fingerprint('Error', 'ENOENT: no such file'),
      code: 'ENOENT',
      class: 'transient',
      permanent: false,
      retryAfterMs: null,
      stack: error.stack,
    });
  });

  test('has the type that its name says', () => {
    class UpstreamError extends Error {
      override readonly name = 'UpstreamError';
    }
    expect(read(new UpstreamError('no')).type).toBe('UpstreamError');
    expect(read(Object.assign(new Error('no'), { name: '' })).type).toBe('Error');
  });

  test('without a message is told by its code, or its name', () => {
    expect(read(Object.assign(new Error(''), { code: 'ECONNREFUSED' })).message).toBe('ECONNREFUSED');
    expect(read(new RangeError()).message).toBe('RangeError');
  });

  test.each([
    ['a number, such as a status', 404, '404'],
    ['letters, digits and ._-', 'a.b_c-D9', 'a.b_c-D9'],
    ['64 characters', 'x'.repeat(64), 'x'.repeat(64)],
    ['65 characters', 'x'.repeat(65), 'unclassified'],
    ['a sentence', 'not found', 'unclassified'],
    ['empty', '', 'unclassified'],
    ['HTML', '<b>', 'unclassified'],
    ['an object', { code: 1 }, 'unclassified'],
    ['null', null, 'unclassified'],
  ])('has a code where it can be one: %s', (_, given, code) => {
    expect(read(Object.assign(new Error('no'), { code: given })).code).toBe(code);
  });

  test('of the web platform has its name for a code, not a number', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const thrown = await thrownBy(() =>
      fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(20) }),
    );
    silent.close();
    expect(read(thrown)).toMatchObject({ type: 'TimeoutError', code: 'TimeoutError', class: 'transient' });
    expect(read(new DOMException('stopped', 'AbortError')).code).toBe('AbortError');
  });
});

describe('an error with causes', () => {
  test('of fetch says what the network said, and with which code', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as { port: number };
    await new Promise((resolve) => gone.close(resolve));
    expect(read(await thrownBy(() => fetch(`http://127.0.0.1:${port}`)))).toMatchObject({
      type: 'TypeError',
      message: `fetch failed: connect ECONNREFUSED 127.0.0.1:${port}`,
      code: 'ECONNREFUSED',
      class: 'transient',
      permanent: false,
    });
  });

  test('has the nearest code, and each message once', () => {
    const disk = Object.assign(new Error('disk full'), { code: 'ENOSPC' });
    const write = Object.assign(new Error('cannot write'), { code: 'write_failed', cause: disk });
    expect(read(new Error('load failed', { cause: write }))).toMatchObject({
      message: 'load failed: cannot write: disk full',
      code: 'write_failed',
    });
    expect(read(new Error('load failed: disk full', { cause: disk })).message).toBe('load failed: disk full');
    expect(read(new Error('load failed', { cause: disk })).code).toBe('ENOSPC');
  });

  test('in a circle, or without end, is told by its first three and its root', () => {
    const [a, b] = [new Error('a'), new Error('b')];
    a.cause = b;
    b.cause = a;
    expect(read(a)).toMatchObject({ message: 'a: b', code: 'unclassified' });
    let deep: Error = Object.assign(new Error('error 9'), { code: 'too_deep' });
    for (let i = 8; i >= 0; i--) deep = new Error(`error ${i}`, { cause: deep });
    expect(read(deep)).toMatchObject({
      message: 'error 0: error 1: error 2: …: error 9',
      code: 'too_deep',
    });
    const endless = (n: number): Error =>
      Object.defineProperty(new Error(`error ${n}`), 'cause', { get: () => endless(n + 1) });
    expect(read(endless(0)).message).toBe('error 0: error 1: error 2: …: error 999');
  });

  test('gathered by Promise.any are all told, and the first of them decides', async () => {
    const down = Object.assign(new Error('mirror one is down'), { code: 'ECONNRESET' });
    const thrown = await thrownBy(() =>
      Promise.any([Promise.reject(down), Promise.reject(new Error('two'))]),
    );
    expect(read(thrown)).toMatchObject({
      type: 'AggregateError',
      message: 'All promises were rejected: mirror one is down; two',
      code: 'ECONNRESET',
      class: 'transient',
    });
    expect(read(new AggregateError([], 'none'))).toMatchObject({ message: 'none', code: 'unclassified' });
    // As Node reports that no address of a host answers.
    const refused = Object.assign(new AggregateError([down], ''), { code: 'ECONNREFUSED' });
    expect(read(new TypeError('fetch failed', { cause: refused }))).toMatchObject({
      message: 'fetch failed: ECONNREFUSED: mirror one is down',
      code: 'ECONNREFUSED',
      class: 'transient',
    });
  });
});

/** An error whose causes, from the first to the root, say these. */
const chained = (...messages: string[]): Error =>
  messages.reduceRight<Error | undefined>(
    (cause, message) => new Error(message, cause && { cause }),
    undefined,
  ) as Error;

describe('the root of a chain of causes', () => {
  const links = ['cannot load', 'step failed', 'batch failed', 'cannot write', 'pool failed'];

  test('is told, however long the chain, and tells its trouble from another', () => {
    const [full, denied] = ['disk quota exceeded', 'permission denied'].map((root) =>
      read(chained(...links, root)),
    );
    expect(full?.message).toBe('cannot load: step failed: batch failed: …: disk quota exceeded');
    expect(full?.fingerprint).not.toBe(denied?.fingerprint);
  });

  test('is told, and tells troubles apart, however long the messages above it are', () => {
    const [full, denied] = ['disk quota exceeded', 'permission denied'].map((root) =>
      read(chained('lorem '.repeat(100), 'ipsum '.repeat(100), root)),
    );
    expect(full?.message).toMatch(/^lorem .*: ipsum .*: disk quota exceeded$/);
    expect(full?.message.length).toBeLessThanOrEqual(500);
    expect(full?.fingerprint).not.toBe(denied?.fingerprint);
  });

  test('makes no difference by its values', () => {
    const [one, other] = [17, 4711].map((n) => read(chained('lorem '.repeat(100), `order ${n} is gone`)));
    expect(one?.fingerprint).toBe(other?.fingerprint);
  });

  test('may be no error', () => {
    expect(read(new Error('cannot load', { cause: 'disk full' })).message).toBe('cannot load: disk full');
    expect(read(new Error('cannot load', { cause: { rows: 3 } })).message).toBe('cannot load: {"rows":3}');
  });

  test('is told for a chain of any length, with texts of any kind', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 900 }), { maxLength: 12 }),
        fc.stringMatching(/^[a-z]{8,40}$/),
        (above, root) => {
          const { message } = read(chained(...above, root));
          expect(message).toContain(root);
          expect(above.length === 0 || message.length <= 520).toBe(true);
        },
      ),
    );
  });

  test('is told across the border of an isolate as it is within', () => {
    const causes = [
      chained(...links, 'disk quota exceeded'),
      new AggregateError([new Error('one'), new Error('two')], 'both failed'),
      new Response('nope', { status: 503 }),
      Object.defineProperty(new Error('real message'), 'code', {
        get: () => {
          throw new Error('do not touch');
        },
      }),
      z.object({ day: z.date() }).safeParse({ day: 'x' }).error,
      Object.assign(new Error('busy'), { response: { status: 429, headers: { 'retry-after': '2' } } }),
    ];
    for (const cause of causes) {
      const { stack: _, ...crossed } = read(received(structuredClone(sendable(cause))));
      const { stack: __, ...within } = read(cause);
      expect(crossed).toEqual(within);
    }
  });
});

describe('an error that gathers others', () => {
  test('tells all of them', () => {
    const both = new AggregateError([new Error('one'), new Error('two')], 'both failed');
    expect(read(both).message).toBe('both failed: one; two');
    expect(read(new AggregateError([new Error('one'), 'two', both])).message).toBe(
      'AggregateError: one; two; both failed: one; two',
    );
  });

  test('counts those that are too many', () => {
    const many = Array.from({ length: 1000 }, (_, i) => new Error(`row ${i} ${'x'.repeat(100)}`));
    const { message } = read(new AggregateError(many, 'rows failed'));
    expect(message).toMatch(/^rows failed: row 0 .*; row 1 .*and 992 more$/);
    expect(message.length).toBeLessThanOrEqual(520);
  });

  test('is one trouble, however many of them say the same', () => {
    const refused = (...hosts: string[]) =>
      new AggregateError(
        hosts.map((host) => new Error(`connect ECONNREFUSED ${host}:5432`)),
        'no address answers',
      );
    expect(read(refused('::1', '127.0.0.1')).fingerprint).toBe(read(refused('127.0.0.1')).fingerprint);
    expect(read(refused('::1', '127.0.0.1')).message).toContain('127.0.0.1');
  });

  test('that is too deep, too wide or a circle does not take for ever', () => {
    const ring = new AggregateError([], 'ring');
    ring.errors.push(ring, ring, ring, ring, ring, ring, ring, ring, ring);
    expect(read(ring).message).toMatch(/^ring/);
  });
});

describe('what the web throws', () => {
  test('is told by what can be shown of it', () => {
    expect(read(new Response('nope', { status: 503 }))).toMatchObject({
      type: 'Response',
      message: 'Response 503',
      code: 'http_503',
      class: 'transient',
    });
    expect(read(new Response('', { status: 404, statusText: 'Not Found' }))).toMatchObject({
      message: 'Response 404 Not Found',
      code: 'http_404',
      permanent: true,
    });
    expect(read(new Event('error')).message).toBe('Event error');
    class CloseEvent extends Event {
      readonly code = 1006;
      readonly reason = 'gone';
    }
    expect(read(new CloseEvent('close'))).toMatchObject({
      type: 'CloseEvent',
      message: 'CloseEvent close: reason gone, code 1006',
    });
    expect(read(new Map([['a', 1]])).message).toBe('Map');
  });
});

describe('an error of zod', () => {
  const schema = z.object({ rows: z.array(z.object({ day: z.date() })) });
  const misfits = (n: number) => ({
    rows: Array.from({ length: n }, (_, i) => ({ day: i < 3 ? new Date() : 'x' })),
  });

  test('names each place and what was expected there', () => {
    expect(read(schema.safeParse(misfits(4)).error).message).toBe(
      'rows[3].day: expected date, received string',
    );
    const { message } = read(schema.safeParse(misfits(100)).error);
    expect(message).toMatch(/^rows\[3\]\.day: expected date, received string; rows\[4\].* and 92 more$/);
  });

  test('is one trouble, whichever rows have it, and another where another field has it', () => {
    const at = (...path: PropertyKey[]) =>
      read(new ZodError([{ code: 'custom', path, message: 'Invalid input: expected date', input: null }]));
    expect(at('rows', 3, 'day').message).toBe('rows[3].day: expected date');
    expect(at('rows', 3, 'day').fingerprint).toBe(at('rows', 41, 'day').fingerprint);
    expect(at('rows', 3, 'day').fingerprint).not.toBe(at('rows', 3, 'total').fingerprint);
  });
});

describe('an error of an HTTP client', () => {
  const clients: readonly (readonly [string, (status: number, headers: Record<string, string>) => object])[] =
    [
      [
        'axios',
        (status, headers) => ({
          name: 'AxiosError',
          isAxiosError: true,
          code: status < 500 ? 'ERR_BAD_REQUEST' : 'ERR_BAD_RESPONSE',
          response: { status, headers },
        }),
      ],
      [
        'got',
        (statusCode, headers) => ({
          name: 'HTTPError',
          code: 'ERR_NON_2XX_3XX_RESPONSE',
          response: { statusCode, headers },
        }),
      ],
      ['ky', (status, headers) => ({ name: 'HTTPError', response: new Response('', { status, headers }) })],
      ['undici', (statusCode, headers) => ({ code: 'UND_ERR_RESPONSE', statusCode, headers })],
      [
        'undici with a list of headers',
        (statusCode, headers) => ({
          code: 'UND_ERR_RESPONSE_STATUS_CODE',
          statusCode,
          headers: ['Date', 'now', ...Object.entries(headers).flat()],
        }),
      ],
      [
        'the SDK of AWS',
        (httpStatusCode, headers) => ({
          name: 'ServiceUnavailable',
          $metadata: { httpStatusCode },
          $response: { statusCode: httpStatusCode, headers },
        }),
      ],
      ['OpenAI', (status, headers) => ({ name: 'APIError', status, headers: new Headers(headers) })],
    ];
  const failed = (about: object) => Object.assign(new Error('Request failed'), about);

  test.each(clients)('of %s says by its status what follows, and when', (_, about) => {
    expect(read(failed(about(429, { 'Retry-After': '2' })))).toMatchObject({
      message: 'Request failed',
      code: 'http_429',
      class: 'transient',
      permanent: false,
      retryAfterMs: 2000,
      details: { status: 429 },
    });
    expect(read(failed(about(503, {})))).toMatchObject({
      code: 'http_503',
      permanent: false,
      retryAfterMs: null,
    });
    expect(read(failed(about(404, {})))).toMatchObject({
      code: 'http_404',
      class: 'permanent',
      permanent: true,
    });
    expect(read(failed(about(422, {})))).toMatchObject({ code: 'http_422', class: 'data', permanent: true });
    expect(read(new Error('load failed', { cause: failed(about(404, {})) }))).toMatchObject({
      message: 'load failed: Request failed',
      code: 'http_404',
      permanent: true,
    });
  });

  test('that AWS says to be throttled may heal, whatever its status', () => {
    for (const about of [
      { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } },
      { name: 'X', $metadata: { httpStatusCode: 400 }, $retryable: { throttling: true } },
      { code: 'ProvisionedThroughputExceededException', statusCode: 400, retryable: true },
    ])
      expect(read(failed(about))).toMatchObject({ class: 'transient', permanent: false });
  });

  test("keeps a code of the service's own, and what its author says of it", () => {
    expect(read(failed({ code: 'card_declined', statusCode: 402, headers: {} }))).toMatchObject({
      code: 'card_declined',
      permanent: true,
    });
    const gone = failed({ response: { status: 404, headers: {} } });
    const patient = Object.assign(new Error('not there yet', { cause: gone }), {
      code: 'not_yet',
      goalkeeper: { permanent: false, retryAfterMs: 500 },
    });
    expect(read(patient)).toMatchObject({ code: 'not_yet', permanent: false, retryAfterMs: 500 });
  });

  test('is none by a number that is called status', () => {
    expect(read(failed({ status: 404 }))).toMatchObject({ code: 'unclassified', permanent: false });
    expect(read(failed({ response: { status: 200 } }))).toMatchObject({
      code: 'unclassified',
      permanent: false,
    });
  });
});

describe('the class of an error', () => {
  test.each([
    ['a TypeError', () => (undefined as unknown as { rows: number }).rows],
    [
      'a ReferenceError',
      () => {
        throw new ReferenceError('rows is not defined');
      },
    ],
    ['a RangeError', () => new Array(-1)],
  ])('is `code` for %s, which is a bug', async (_, work) => {
    expect(read(await thrownBy(work))).toMatchObject({ class: 'code', permanent: false });
  });

  test('is `data` for what does not parse or fit a schema', async () => {
    expect(read(await thrownBy(() => JSON.parse('{')))).toMatchObject({ type: 'SyntaxError', class: 'data' });
    const misfit = await thrownBy(() => z.object({ rows: z.int() }).parse({ rows: 'three' }));
    expect(misfit).toBeInstanceOf(ZodError);
    expect(read(misfit)).toMatchObject({ type: 'ZodError', class: 'data', permanent: false });
    expect(read(misfit).message).toContain('rows');
    // One made by another copy of zod.
    expect(read({ name: 'ZodError', message: '[]' }).class).toBe('data');
  });

  test('is `transient` for all else', () => {
    expect(read(new Error('no')).class).toBe('transient');
    expect(read(new URIError('no')).class).toBe('transient');
  });
});

describe('advice', () => {
  test('of `permanent` says that no retry follows', () => {
    expect(read(permanent('no such customer', { code: 'not_found' }))).toMatchObject({
      type: 'PermanentError',
      code: 'not_found',
      class: 'permanent',
      permanent: true,
      retryAfterMs: null,
    });
  });

  test('of `retryAfter` says when the next attempt may come', () => {
    expect(read(retryAfter('90s', 'too busy'))).toMatchObject({
      code: 'retry_after',
      class: 'transient',
      permanent: false,
      retryAfterMs: 90_000,
    });
    expect(read(retryAfter('soon', 'too busy')).retryAfterMs).toBeNull();
    const endless = Object.assign(new Error('no'), {
      goalkeeper: { retryAfterMs: Number.POSITIVE_INFINITY },
    });
    expect(read(endless).retryAfterMs).toBe(1e15);
  });

  test('counts the same from another copy of the package, or from another process', () => {
    const made = permanent('gone', { code: 'not_found' });
    const { name, message, code, goalkeeper } = retryAfter('90s', 'too busy', { code: 'busy' });
    const travelled = JSON.parse(JSON.stringify({ name, message, code, goalkeeper }));
    expect(read(travelled)).toMatchObject({ type: 'RetryAfterError', code: 'busy', retryAfterMs: 90_000 });
    expect(
      read({ name: made.name, message: made.message, code: made.code, goalkeeper: made.goalkeeper }),
    ).toMatchObject({ type: 'PermanentError', class: 'permanent', permanent: true, code: 'not_found' });
  });

  test.each([
    ['no object', 'later'],
    ['null', null],
    ['an unknown time', { retryAfterMs: 'soon' }],
    ['no time', { retryAfterMs: Number.NaN }],
    ['a time that is past', { retryAfterMs: -1 }],
    ['a permanence that is not true', { permanent: 'yes', retryAfterMs: null }],
  ])('that is %s is none', (_, goalkeeper) => {
    expect(read(Object.assign(new Error('no'), { goalkeeper }))).toMatchObject({
      permanent: false,
      retryAfterMs: null,
      class: 'transient',
    });
  });

  test('of the policy makes errors of its codes permanent, also by the code of a cause', () => {
    const gone = Object.assign(new Error('gone'), { code: 'not_found' });
    expect(read(gone, 'not_found')).toMatchObject({ permanent: true, class: 'permanent' });
    expect(read(gone, 'other')).toMatchObject({ permanent: false, class: 'transient' });
    expect(read(new Error('load failed', { cause: gone }), 'not_found').permanent).toBe(true);
    expect(read(Object.assign(new Error('gone'), { code: 404 }), '404').permanent).toBe(true);
    expect(read(new Error('no'), 'unclassified').permanent).toBe(true);
  });
});

describe('a fault found by the wrapper', () => {
  test.each([
    [timedOut(1499.6), 'timeout', 'transient', false, 'no result after 1500 ms'],
    [
      workerStopped(),
      'worker_stopped',
      'infrastructure',
      false,
      'the worker was told to stop in mid-attempt',
    ],
    [outputInvalid('is odd'), 'output_invalid', 'data', true, 'the output is odd'],
    [outputTooLarge(9, 8), 'output_too_large', 'data', true, 'the output has 9 bytes; 8 at most'],
    [jobUnbound('load'), 'job_unbound', 'code', true, "this worker has no code for the job 'load'"],
  ])(
    'is told as what it is, without the stack of the wrapper: %o',
    (fault, code, kind, isPermanent, message) => {
      expect(read(fault)).toEqual({
        type: fault.name,
        message,
        fingerprint: fingerprint(fault.name, message),
        code,
        class: kind,
        permanent: isPermanent,
        retryAfterMs: null,
      });
      expect(codes).toHaveProperty(code);
    },
  );

  test('in an input names the field that does not fit', () => {
    const parsed = parseWithin(z.object({ day: z.iso.date() }), { day: 'yesterday' });
    expect(read(inputInvalid((parsed as { what: string }).what))).toMatchObject({
      type: 'InputInvalid',
      code: 'input_invalid',
      class: 'data',
      permanent: true,
      message: expect.stringMatching(/^the input does not fit its schema: .*\n.*day/),
    });
  });

  test("is permanent when the job's policy says so of its code, but for what befalls the machinery", () => {
    expect(read(timedOut(5), 'timeout')).toMatchObject({ code: 'timeout', permanent: true });
    expect(read(workerStopped(), 'worker_stopped')).toMatchObject({
      code: 'worker_stopped',
      permanent: false,
    });
  });
});

describe('advice in a cause', () => {
  test('counts as if it had been thrown itself', () => {
    const inner = permanent('gone for good', { code: 'gone' });
    expect(read(new Error('loading failed', { cause: inner }))).toMatchObject({
      permanent: true,
      code: 'gone',
    });
    expect(read(new Error('loading failed', { cause: retryAfter('3s', 'busy') }))).toMatchObject({
      retryAfterMs: 3000,
    });
  });
});
