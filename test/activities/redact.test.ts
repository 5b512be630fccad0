import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classify } from '../../activities/attempts/classify.ts';
import { redactedLine } from '../../activities/redact.ts';
import { redactedErrors } from '../../activities/redacted-errors.ts';
import { permanent } from '../../goals/index.ts';
import { DEFAULT_RETRY } from '../../goals/policy.ts';
import { READ, redactedText } from '../../goals/wire/text/redact.ts';
import { redactionFrom } from '../../process/redaction.ts';
import { threadMs } from '../../process/thread-time.ts';

const S = 'hunter2-hunter2x';

describe('what looks like a secret', () => {
  test.each([
    `password=${S}`,
    `PGPASSWORD=${S} psql`,
    `could not connect: user=app password='${S}' host=db`,
    `{"user":"app","password":"${S}"}`,
    `{\\"password\\":\\"${S}\\"}`,
    `{'password': '${S}', 'user': 'app'}`,
    `Server=db;Pwd=${S};Database=x`,
    `api_key: ${S}`,
    `GET /v1?apikey=${S}&page=2`,
    `https://api.example.com/v1?access_token=${S}`,
    `x-api-key: ${S}`,
    `aws_secret_access_key = ${S}/abc+def`,
    `client_secret=${S}`,
    `"token": "${S}"`,
    `?token=${S}`,
    `Authorization: Bearer ${S}`,
    `headers: { authorization: 'Basic ${S}' }`,
    `{"Authorization":"Bearer ${S}"}`,
    `invalid bearer ${S} for this audience`,
    `postgres://app:${S}@db:5432/shop`,
    `redis://:${S}@cache:6379`,
    `https://user:p@${S}@example.com/x`,
    `https://user:p/${S}@example.com/x`,
    `token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ${S}In0.c2lnbmF0dXJl refused`,
    `-----BEGIN RSA PRIVATE KEY-----\n${S}\n${S}\n-----END RSA PRIVATE KEY-----`,
    `-----BEGIN PRIVATE KEY-----\n${S}`,
    `pass\u0000word=${S}`,
    `pass\u001b[31mword=${S}`,
  ])('is taken out: %s', (text) => {
    const shown = redactedText(text);
    expect(shown).not.toContain('hunter2');
    expect(shown).toContain('<redacted>');
    expect(redactedText(shown)).toBe(shown);
  });

  test.each(['AKIAIOSFODNN7EXAMPLE', 'ghp_0123456789abcdefghijABCDEFGHIJ012345', 'xoxb-123456789012-abcdef'])(
    'is known by its form: %s',
    (token) => {
      expect(redactedText(`refused ${token}.`)).toBe('refused <redacted>.');
    },
  );

  test('leaves the rest of the text as it was', () => {
    expect(redactedText(`FATAL: password=${S} refused for postgres://app:${S}@db/shop after 3 s`)).toBe(
      'FATAL: password=<redacted> refused for postgres://<redacted>@db/shop after 3 s',
    );
  });

  test.each([
    'password authentication failed for user "app"',
    'Unexpected token < in JSON at position 0',
    'the bearer token expired',
    'connect ECONNREFUSED 127.0.0.1:5432',
    'https://example.com:8080/a@b',
    'basic authentication is required',
    'duplicate key value violates unique constraint "orders_pkey"',
    'KeyError: missing key',
  ])('is not seen in: %s', (text) => {
    expect(redactedText(text)).toBe(text);
  });

  test('is looked for in bounded time, and what is not looked through is not shown', () => {
    const parts = [
      'password',
      '=',
      ' ',
      'eyJ',
      '-',
      'a',
      '://',
      ':',
      '@',
      '"',
      '\\',
      'bearer ',
      '-----BEGIN ',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 4 }), (some) => {
        const text = some.join('').repeat(100_000).slice(0, 1_000_000);
        const begun = performance.now();
        expect(redactedText(text).length).toBeLessThanOrEqual(READ + 200_000);
        expect(performance.now() - begun).toBeLessThan(1000);
      }),
      { numRuns: 60 },
    );
    expect(redactedText(`${'x'.repeat(READ)} ${S}`)).not.toContain('hunter2');
  });
});

describe("a team's own patterns", () => {
  const own = (given: string) => redactionFrom({ GOALKEEPER_REDACT: given });

  test('come from a JSON list, or from a file of either form', () => {
    const folder = mkdtempSync(join(tmpdir(), 'redact-'));
    writeFileSync(join(folder, 'list.json'), '["CUST-\\\\d+"]');
    writeFileSync(join(folder, 'lines.txt'), '# customers\n\n/cust-\\d+/i\n');
    for (const given of ['["CUST-\\\\d+"]', join(folder, 'list.json'), join(folder, 'lines.txt')])
      expect(own(given)(['no such customer CUST-4711; password=x1'])).toEqual([
        'no such customer <redacted>; password=<redacted>',
      ]);
  });

  test.each([
    ['a pattern that is none', '["("]', 'not a pattern'],
    ['a list that is none', '[1]', 'no JSON list of texts'],
    ['a file that is not there', '/no/such/file', 'no file that can be read'],
    ['a pattern that matches nothing at all, so everywhere', '["x*"]', 'empty text'],
    ['a pattern that takes for ever', '["(a+)+$"]', 'too long'],
    ['one that is slow with a long text', '["[\\\\w.+-]+@[\\\\w-]+\\\\.[\\\\w.]+"]', 'bound it'],
    ['another one', '["(\\\\d+)*x"]', 'too long'],
  ])('are refused when the worker starts: %s', (_, given, why) => {
    expect(() => own(given)).toThrow(
      expect.objectContaining({ code: 'redact_invalid', message: expect.stringContaining(why) }),
    );
  });

  test('that take too long with one text show nothing of it, and the others all the same', () => {
    const redact = own('["(?:é|[éè])+#"]');
    const before = threadMs();
    expect(redact(['fine', 'é'.repeat(60)])).toEqual(['fine', expect.stringContaining('not shown')]);
    expect(threadMs() - before).toBeLessThan(1000);
  });
});

test('a text that took too long is said to be not shown at once from then on, and shorter ones are shown', async () => {
  const redact = redactionFrom({ GOALKEEPER_REDACT: '["(?:é|[éè])+#"]' });
  redact(['é'.repeat(60)]);
  // On a busy machine a short text may take too long by chance.
  await expect
    .poll(() => redact(['fine', 'é'.repeat(61)]))
    .toEqual(['fine', expect.stringContaining('not shown')]);
  const begun = performance.now();
  for (let i = 0; i < 100; i++) expect(redact(['é'.repeat(61)])[0]).toContain('not shown');
  // Tried, each would take a tenth of a second.
  expect(performance.now() - begun).toBeLessThan(5_000);
});

test('what is slow with long texts is taken where it is bounded', () => {
  const redact = redactionFrom({ GOALKEEPER_REDACT: '["(?<![\\\\w.+-])[\\\\w.+-]{1,64}@[\\\\w.-]{1,200}"]' });
  expect(redact(['mail to bob@example.com failed'])).toEqual(['mail to <redacted> failed']);
});

describe('a line of the log', () => {
  test('has no secret in any value, however deep or escaped, and stays JSON', () => {
    const line = JSON.stringify({
      msg: `password="${S}"`,
      err: { stack: `at x\npassword=${S}`, n: 1, deep: [S] },
    });
    const shown = JSON.parse(redactedLine(line));
    expect(shown).toEqual({
      msg: 'password=<redacted>',
      err: { stack: 'at x\npassword=<redacted>', n: 1, deep: [S] },
    });
  });
});

test('an error is classified without the secrets in its message, causes, type, code and stack', () => {
  const error = Object.assign(new Error('could not log in', { cause: new Error(`password=${S}`) }), {
    name: `Error password=${S}`,
    code: 'AKIAIOSFODNN7EXAMPLE',
  });
  const read = classify(error, DEFAULT_RETRY);
  expect(JSON.stringify(read)).not.toMatch(/hunter2|AKIA/);
  expect(read).toMatchObject({ message: 'could not log in: password=<redacted>', code: 'unclassified' });
  expect(classify(permanent(`no ${'x'.repeat(1_000_000)}`), DEFAULT_RETRY).message).toMatch(
    /… \(1000003 characters\)$/,
  );
});

test('what an activity of our own throws enters no history before it is clean, with all that caused it', async () => {
  const cause = new Error('no URL that includes credentials: http://user:hunter2x@127.0.0.1:4599/');
  const { inbound } = redactedErrors({} as never);
  const thrown = new Error('cannot post to http://user:hunter2x@127.0.0.1/', { cause });
  const run = inbound?.execute?.({ args: [], headers: {} }, () => Promise.reject(thrown));
  await expect(run).rejects.toBe(thrown);
  for (const { message, stack } of [thrown, cause]) expect(`${message} ${stack}`).not.toContain('hunter2x');
});
