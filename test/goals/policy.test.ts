import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_PERSISTENCE,
  DEFAULT_RETRY,
  delayAfter,
  type FailedAttempt,
  inTimeMs,
  issuesOfRetry,
  LONGEST_WAIT_MS,
  MAX_QUICK_RETRIES,
  nextAttempt,
  QUICK_MS,
  quickRetries,
  resolvePersistence,
  resolveRetry,
} from '../../goals/policy.ts';

/** Any declaration that `issuesOfRetry` lets pass. */
const declaration = fc
  .record(
    {
      attempts: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 100_000 })),
      delay: fc.oneof(fc.nat(2000), fc.nat(86_400_000)),
      backoff: fc.double({ min: 1, max: 100, noNaN: true }),
      maxDelay: fc.oneof(fc.nat(2000), fc.nat(86_400_000)),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    },
    { requiredKeys: [] },
  )
  .filter((declared) => issuesOfRetry(declared).length === 0);

describe('defaults', () => {
  test('are eight attempts, from a tenth of a second to five minutes, a fifth of each left to chance', () => {
    expect(resolveRetry()).toEqual(DEFAULT_RETRY);
    expect(resolveRetry({})).toEqual({
      attempts: 8,
      delayMs: 100,
      backoff: 3,
      maxDelayMs: 300_000,
      jitter: 0.2,
      permanent: [],
    });
    expect(issuesOfRetry({})).toEqual([]);
  });

  test('fill in what is not given, and nothing else', () => {
    expect(resolveRetry({ attempts: 2, delay: '3s', permanent: ['gone'] })).toEqual({
      ...DEFAULT_RETRY,
      attempts: 2,
      delayMs: 3000,
      permanent: ['gone'],
    });
    expect(resolveRetry({ delay: 0, backoff: 1, jitter: 0, maxDelay: '1m' })).toEqual({
      ...DEFAULT_RETRY,
      delayMs: 0,
      backoff: 1,
      jitter: 0,
      maxDelayMs: 60_000,
    });
  });

  test('let a delay be longer than the longest default delay', () => {
    expect(resolveRetry({ delay: '1h' })).toMatchObject({ delayMs: 3_600_000, maxDelayMs: 3_600_000 });
  });

  test('stand for what makes no sense, so that no declaration throws before it is refused', () => {
    const nonsense = { delay: 'soon', maxDelay: -1, permanent: 404 } as never;
    expect(resolveRetry(nonsense)).toEqual(DEFAULT_RETRY);
    expect(issuesOfRetry(nonsense)).toHaveLength(3);
  });

  test('are no list that a job could change for all the others', () => {
    resolveRetry().permanent.push('gone');
    expect(resolveRetry().permanent).toEqual([]);
    const mine = ['gone'];
    resolveRetry({ permanent: mine }).permanent.push('more');
    expect(mine).toEqual(['gone']);
  });
});

describe('delayAfter', () => {
  test('by default waits a tenth of a second, then three times as long each time', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => delayAfter(DEFAULT_RETRY, n));
    expect(delays).toEqual([100, 300, 900, 2700, 8100, 24_300, 72_900, 218_700, 300_000]);
  });

  test('begins with the delay, never shrinks, and never passes the longest one', () => {
    fc.assert(
      fc.property(declaration, fc.integer({ min: 1, max: 99_999 }), (declared, n) => {
        const policy = resolveRetry(declared);
        expect(delayAfter(policy, 1)).toBe(Math.min(policy.delayMs, policy.maxDelayMs));
        expect(delayAfter(policy, n + 1)).toBeGreaterThanOrEqual(delayAfter(policy, n));
        expect(delayAfter(policy, n)).toBeLessThanOrEqual(policy.maxDelayMs);
      }),
    );
  });

  test('reaches the longest delay when it grows at all, however many attempts', () => {
    const policy = resolveRetry({ attempts: 100_000, delay: 1, backoff: 2, maxDelay: '1d' });
    expect(delayAfter(policy, 60)).toBe(86_400_000);
    expect(delayAfter(policy, 100_000)).toBe(86_400_000);
  });

  test('stays the same with a backoff of one, and stays none where none is declared', () => {
    expect(delayAfter(resolveRetry({ delay: '20ms', backoff: 1 }), 5000)).toBe(20);
    expect(delayAfter(resolveRetry({ delay: 0, backoff: 100 }), 5000)).toBe(0);
  });
});

describe('resolvePersistence', () => {
  test('is by default three attempts or a minute, and else only what is given', () => {
    expect(resolvePersistence()).toEqual({ attempts: null, afterMs: 300_000 });
    expect(resolvePersistence({})).toEqual(DEFAULT_PERSISTENCE);
    expect(resolvePersistence({ after: '30m' })).toEqual({ attempts: null, afterMs: 1_800_000 });
    expect(resolvePersistence({ attempts: 10 })).toEqual({ attempts: 10, afterMs: null });
    expect(resolvePersistence({ attempts: 10, after: 500 })).toEqual({ attempts: 10, afterMs: 500 });
  });
});

describe('quickRetries', () => {
  test('by default are the first three, which wait 1300 milliseconds and their jitter', () => {
    expect(quickRetries(DEFAULT_RETRY)).toEqual({ count: 3, waitMs: expect.closeTo(1300 * 1.2) });
  });

  test('are none where the first delay is for the server, or where there is one attempt', () => {
    expect(quickRetries(resolveRetry({ delay: QUICK_MS }))).toEqual({ count: 0, waitMs: 0 });
    expect(quickRetries(resolveRetry({ attempts: 1, delay: 0 }))).toEqual({ count: 0, waitMs: 0 });
    expect(quickRetries(resolveRetry({ delay: QUICK_MS - 1, backoff: 1, jitter: 0 })).count).toBe(7);
  });

  test('are bounded in number and in time, whatever the policy', () => {
    fc.assert(
      fc.property(declaration, (declared) => {
        const policy = resolveRetry(declared);
        const { count, waitMs } = quickRetries(policy);
        expect(count).toBeLessThanOrEqual(Math.min(MAX_QUICK_RETRIES, policy.attempts - 1));
        expect(waitMs).toBeLessThan(count * 2 * QUICK_MS + 1);
        const delays = Array.from({ length: count }, (_, i) => delayAfter(policy, i + 1));
        for (const delay of delays) expect(delay).toBeLessThan(QUICK_MS);
        // Not one less than there are, and room for the longest that the jitter makes of each.
        if (count < Math.min(MAX_QUICK_RETRIES, policy.attempts - 1))
          expect(delayAfter(policy, count + 1)).toBeGreaterThanOrEqual(QUICK_MS);
        const longest = delays.reduce((sum, delay) => sum + delay * (1 + policy.jitter), 0);
        expect(waitMs).toBeCloseTo(longest);
      }),
    );
  });
});

describe('the next attempt', () => {
  const policy = resolveRetry({
    attempts: 5,
    delay: '2s',
    jitter: 0,
    permanent: ['not_found', 'ValueError'],
  });
  const error = { code: 'unclassified', type: 'Error', permanent: false, retryAfterMs: null };
  const failed: FailedAttempt = {
    ...{ error, total: 1, spent: 1, limit: 5, remainingMs: 60_000, isCutShort: false, stopped: null },
  };
  const asks = (retryAfterMs: number) => ({ error: { ...error, retryAfterMs } });

  test.each<[string, Partial<FailedAttempt>, ReturnType<typeof nextAttempt>]>([
    ['comes after the delay of the policy', {}, { delayMs: 2000, refusal: null }],
    ['comes later the more have failed', { total: 2, spent: 2 }, { delayMs: 6000, refusal: null }],
    [
      'comes when the upstream asked, though the policy has it earlier',
      asks(9000),
      { delayMs: 9000, refusal: null },
    ],
    ['comes at once when the upstream asked for that', asks(0), { delayMs: 0, refusal: null }],
    [
      'is none when the upstream asked for a wait past the deadline',
      asks(60_000),
      { delayMs: 60_000, refusal: 'deadline', askedMs: 60_000 },
    ],
    [
      'is none when the upstream asked for a wait that nobody waits',
      { ...asks(LONGEST_WAIT_MS + 1), remainingMs: Number.POSITIVE_INFINITY },
      { delayMs: LONGEST_WAIT_MS + 1, refusal: 'permanent', askedMs: LONGEST_WAIT_MS + 1 },
    ],
    [
      'comes after the longest wait',
      { ...asks(LONGEST_WAIT_MS), remainingMs: Number.POSITIVE_INFINITY },
      { delayMs: LONGEST_WAIT_MS, refusal: null },
    ],
    [
      'is none when the policy has it at the deadline',
      { remainingMs: 2000 },
      { delayMs: 2000, refusal: 'deadline' },
    ],
    [
      'is none after the last that counts',
      { total: 7, spent: 5 },
      { delayMs: 300_000, refusal: 'exhausted' },
    ],
    ['is one before the last', { total: 4, spent: 4 }, { delayMs: 54_000, refusal: null }],
    [
      'is none after a permanent error, whatever it asked for',
      { error: { ...error, permanent: true, retryAfterMs: 10 } },
      { delayMs: 10, refusal: 'permanent' },
    ],
    [
      'is none after a code that the policy calls permanent',
      { error: { ...error, code: 'not_found' } },
      { delayMs: 2000, refusal: 'permanent' },
    ],
    [
      'is none after a type that the policy calls permanent',
      { error: { ...error, type: 'ValueError' } },
      { delayMs: 2000, refusal: 'permanent' },
    ],
    [
      'is none after a timeout that the deadline cut short',
      { error: { ...error, code: 'timeout' }, isCutShort: true },
      { delayMs: 2000, refusal: 'deadline' },
    ],
    [
      'comes at once when the worker was told to stop, whatever was asked for before',
      { ...asks(9000), stopped: { delayMs: 0 } },
      { delayMs: 0, refusal: null },
    ],
  ])('%s', (_, change, expected) => {
    expect(nextAttempt(policy, { ...failed, ...change }, () => 0.5)).toEqual(expected);
  });

  test('is left to chance as far as the policy says', () => {
    const shaken = { ...policy, jitter: 0.5 };
    expect([0, 0.5, 1].map((chance) => nextAttempt(shaken, failed, () => chance).delayMs)).toEqual([
      ...[1000, 2000, 3000],
    ]);
  });
});

test.each([
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [10_000, 9_700],
  [3_000, 2_700],
  [1_000, 900],
  [0, 0],
])('with %d ms left to the run, an attempt may take %d', (remaining, expected) => {
  expect(inTimeMs(remaining)).toBe(expected);
});
