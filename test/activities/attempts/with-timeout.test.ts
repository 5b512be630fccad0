import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { timedOut } from '../../../activities/attempts/classify.ts';
import { graceAfter, withTimeout } from '../../../activities/attempts/with-timeout.ts';

const DAY = 86_400_000;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a timeout of a year is one, though no timer of Node goes so far', async () => {
  const timeout = new AbortController();
  const ended: unknown[] = [];
  const never = new Promise<never>(() => undefined);
  withTimeout(never, 366 * DAY, timeout, new AbortController().signal, 1000).catch((error) =>
    ended.push(error),
  );
  await vi.advanceTimersByTimeAsync(365 * DAY);
  expect([timeout.signal.aborted, ended]).toEqual([false, []]);
  await vi.advanceTimersByTimeAsync(DAY + 1000);
  expect(timeout.signal.aborted).toBe(true);
  expect(ended).toMatchObject([{ fault: { code: 'timeout' } }]);
  expect(vi.getTimerCount()).toBe(0);
});

test('who is cancelled has longer to clean up than who took too long', () => {
  const grace = (reason: unknown) => graceAfter(AbortSignal.abort(reason));
  expect(grace(new Error('CANCELLED'))).toBeGreaterThan(grace(timedOut(1)));
});
