import { readFile } from 'node:fs/promises';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { classify } from '../../activities/attempts/classify.ts';
import type { JobContext } from '../../activities/bind.ts';
import { http } from '../../activities/runners/http.ts';
import { DEFAULT_RETRY } from '../../goals/policy.ts';
import { codes } from '../../goals/wire/codes.ts';
import { problems } from '../../goals/wire/problem-codes.ts';
import { answer, stubService } from '../activities/runners/stub-service.ts';

const section = await readFile('docs/guide/endpoints.md', 'utf8');

test('the statuses are of the class that the docs say, tried again where they say so', async () => {
  const table = /<!-- statuses -->\n\|.*\n\|.*\n((?:\|.*\n)+)/.exec(section)?.[1] ?? '';
  const rows = [...table.matchAll(/^\| ([\d, ]+) \| `(\w+)` \| (yes|no) \|$/gm)].flatMap(
    ([, statuses = '', kind, again]) =>
      statuses.split(', ').map((status) => [Number(status), kind, again] as const),
  );
  expect(rows.length).toBeGreaterThan(20);
  const service = await stubService((request, response) =>
    answer(Number(request.url.slice(1)), '', { 'retry-after': '3' })(request, response),
  );
  const context = {
    signal: AbortSignal.timeout(30_000),
    idempotencyKey: 'k',
    log: pino({ level: 'silent' }),
    secrets: {},
  } as Partial<JobContext> as JobContext;
  for (const [status, kind, again] of rows) {
    const asked = http({ url: `${service.url}/${status}`, allow: ['127.0.0.1'] })({}, context);
    const error = classify(
      await (asked as Promise<unknown>).catch((thrown: unknown) => thrown),
      DEFAULT_RETRY,
    );
    expect([error.code, error.class, error.permanent ? 'no' : 'yes']).toEqual([
      `http_${status}`,
      kind,
      again,
    ]);
    expect(error.retryAfterMs, String(status)).toBe(again === 'yes' ? 3000 : null);
  }
});

test('the codes that the docs name are codes that there are', () => {
  const named = [
    ...section.matchAll(/`((?:http|output|callback|body|secret|temporal|media|json)_[a-z_]+[a-z])`/g),
  ];
  expect(named.length).toBeGreaterThan(15);
  expect(
    named.map(([, code]) => code as string).filter((code) => !(code in codes) && !(code in problems)),
  ).toEqual([]);
});
