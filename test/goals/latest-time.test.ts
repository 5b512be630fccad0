import { describe, expect, test } from 'vitest';
import { latestTime } from '../../goals/index.ts';

const latest = (cron: string | string[], at: string, zone?: string): string =>
  latestTime(cron, new Date(at), zone).toISOString();

describe('the latest time of a schedule', () => {
  test('is the moment itself when it is one', () => {
    expect(latest('0 3 * * *', '2026-11-28T03:00:00Z')).toBe('2026-11-28T03:00:00.000Z');
    expect(latest('0 3 * * *', '2026-11-28T02:59:59.999Z')).toBe('2026-11-27T03:00:00.000Z');
  });

  test('is of its own zone, and of a year before where it is rare', () => {
    expect(latest('30 2 * * *', '2026-07-01T01:00:00Z', 'Europe/Berlin')).toBe('2026-07-01T00:30:00.000Z');
    expect(latest('@yearly', '2026-11-28T00:00:00Z')).toBe('2026-01-01T00:00:00.000Z');
    expect(latest('0 0 29 2 *', '2026-11-28T00:00:00Z')).toBe('2024-02-29T00:00:00.000Z');
  });

  test('is the newest of several expressions', () => {
    expect(latest(['0 3 * * *', '0 15 * * *'], '2026-11-28T16:00:00Z')).toBe('2026-11-28T15:00:00.000Z');
  });

  test('is refused for what is no expression, and for one that never comes', () => {
    expect(() => latest('99 * * * *', '2026-11-28T16:00:00Z')).toThrow(RangeError);
    expect(() => latest('0 0 31 2 *', '2026-11-28T16:00:00Z')).toThrow(/no time in the nine years/);
  });
});
