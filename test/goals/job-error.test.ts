import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { permanent, retryAfter } from '../../goals/index.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');

beforeEach(() => vi.useFakeTimers({ now: NOW }));
afterEach(() => vi.useRealTimers());

const delayOf = (when: Parameters<typeof retryAfter>[0]): number | null =>
  retryAfter(when, 'busy').goalkeeper.retryAfterMs;

describe('permanent', () => {
  test('makes an error with a code, a cause, and the advice never to retry', () => {
    const cause = new Error('404');
    const error = permanent('no such customer', { code: 'not_found', cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'PermanentError',
      message: 'no such customer',
      code: 'not_found',
      goalkeeper: { permanent: true, retryAfterMs: null },
    });
    expect(error.cause).toBe(cause);
    expect(error.stack).toContain('job-error.test.ts');
  });

  test('has the code `permanent` and no cause where none is given', () => {
    const error = permanent('no');
    expect(error.code).toBe('permanent');
    expect('cause' in error).toBe(false);
  });
});

describe('retryAfter', () => {
  test('makes an error with a code, a cause, and the advice when to retry', () => {
    const cause = new Error('429');
    expect(retryAfter('90s', 'too busy', { code: 'rate_limited', cause })).toMatchObject({
      name: 'RetryAfterError',
      message: 'too busy',
      code: 'rate_limited',
      cause,
      goalkeeper: { permanent: false, retryAfterMs: 90_000 },
    });
    expect(retryAfter('90s', 'too busy').code).toBe('retry_after');
  });

  test.each([
    ['a duration', '90s' as const, 90_000],
    ['milliseconds', 1500, 1500],
    ['no time at all', 0, 0],
    ['the seconds of a header', '120', 120_000],
    ['no seconds', '0', 0],
    ['more seconds than anybody waits', '99999999999', 99_999_999_999_000],
    ['seconds without end', '9'.repeat(400), 1e15],
    ['a Date', new Date(NOW + 5000), 5000],
    ['the date of a header', 'Fri, 20 Nov 2026 12:01:30 GMT', 90_000],
    ['a date as headers had it once', 'Friday, 20-Nov-26 12:01:30 GMT', 90_000],
    ['a date as C writes it', 'Fri Nov 20 12:01:30 2026 GMT', 90_000],
    ['an ISO date', '2026-11-20T12:01:30Z', 90_000],
  ])('understands %s', (_, when, ms) => {
    expect(delayOf(when)).toBe(ms);
  });

  test('of a time that is past is at once', () => {
    expect(delayOf(new Date(NOW - 5000))).toBe(0);
    expect(delayOf('Fri, 20 Nov 2026 11:00:00 GMT')).toBe(0);
  });

  test.each([
    '',
    'soon',
    'in 5 minutes',
    '120 seconds',
    '-5',
    '1.5',
    'retry 5',
    '5 apples',
    'Fri, 99 Nov 2026 12:01:30 GMT',
    'Soon, 5 apples',
    `${'9'.repeat(400)}s`,
    -5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    new Date('garbage'),
  ])('leaves the delay to the policy of the job where it is told %j', (when) => {
    expect(delayOf(when as string)).toBeNull();
  });
});
