import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { check } from '../../../goals/check.ts';
import { goal } from '../../../goals/index.ts';
import {
  type ExpectedPart,
  expectedKeys,
  inputOfKey,
  partsOfKey,
} from '../../../goals/wire/expected-keys.ts';
import { gridOf, worstOf } from '../../../goals/wire/key-grid.ts';
import { lastPeriodOver, type Period, periodOf, textOfPeriod } from '../../../goals/wire/periods.ts';

const now = new Date('2026-03-01T23:30:00Z');
const days = {
  path: 'day',
  every: 'day',
  from: '2026-02-26',
  to: null,
  timezone: 'UTC',
  afterMs: 0,
} as const;
const regions: ExpectedPart = { path: 'region', values: ['eu', 'us', 7] };
const keysOf = (...args: Parameters<typeof expectedKeys>): string[] => {
  const { total, at } = expectedKeys(...args);
  return Array.from({ length: total }, (_, n) => at(n).key);
};

describe('periods', () => {
  test.each<[Period, string, string]>([
    ['hour', '2026-02-28T23', '2026-03-01T00'],
    ['day', '2028-02-28', '2028-02-29'],
    ['week', '2026-12-28', '2027-01-04'],
    ['month', '2026-12', '2027-01'],
    ['year', '2026', '2027'],
  ])('%s: %s is followed by %s', (every, text, following) => {
    const n = periodOf(every, text) ?? Number.NaN;
    expect([textOfPeriod(every, n), textOfPeriod(every, n + 1)]).toEqual([text, following]);
  });

  test.each<[Period, string]>([
    ['day', '2026-02-30'],
    ['day', '2026-2-3'],
    ['week', '2026-12-29'],
    ['month', '2026-13'],
    ['hour', '2026-02-28T24'],
  ])('%s: %s is none', (every, text) => {
    expect(periodOf(every, text)).toBeNull();
  });

  test('a day is over by the clocks of its zone', () => {
    const over = (zone: string): string => textOfPeriod('day', lastPeriodOver('day', now.getTime(), zone));
    expect([over('UTC'), over('Europe/Paris'), over('America/New_York')]).toEqual([
      '2026-02-28',
      '2026-03-01',
      '2026-02-28',
    ]);
  });
});

describe('expected keys', () => {
  test('come with the latest period first, and the last part changes fastest', () => {
    expect(keysOf([days, regions], now)).toEqual(
      ['2026-02-28', '2026-02-27', '2026-02-26'].flatMap((day) => [`${day}~eu`, `${day}~us`, `${day}~7`]),
    );
  });

  test('a period is expected so long after its end, and none before the first', () => {
    expect(keysOf([{ ...days, afterMs: 24 * 3_600_000 }], now)).toEqual(['2026-02-27', '2026-02-26']);
    expect(keysOf([days], new Date('2026-01-01T00:00:00Z'))).toEqual([]);
  });

  test('a range is of one part', () => {
    expect(keysOf([days, regions], now, [{ part: 'region', from: 'us', to: 'us' }])).toHaveLength(3);
    expect(keysOf([days], now, [{ part: 'day', from: '2020-01-01', to: '2026-02-26' }])).toEqual([
      '2026-02-26',
    ]);
  });

  test('a key of other characters has the digest that its run has', () => {
    const { at } = expectedKeys([{ path: 'city', values: ['Zürich'] }], now);
    expect(at(0).key).toMatch(/^Z-rich~~[0-9a-f]{24}$/);
    expect(partsOfKey(['city'], at(0).key)).toBeNull();
  });

  test('an input has the values at the paths of the key, and leaves the rest as it was', () => {
    const rest = { full: true, customer: { name: 'x' } };
    expect(inputOfKey(['day', 'customer.id'], ['2026-01-01', 7], rest)).toEqual({
      ...{ day: '2026-01-01', full: true },
      customer: { name: 'x', id: 7 },
    });
    expect(rest).toEqual({ full: true, customer: { name: 'x' } });
  });
});

describe('what is wrong with declared keys', () => {
  const issues = (key: string[], keys: unknown): string[] =>
    check([
      goal({
        ...{ name: 'load', outcome: 'It is there', owner: 'tests', team: 'tests' },
        ...{ input: z.object({ day: z.string(), region: z.string() }), output: z.object({}) },
        ...{ key, keys: keys as never, criteria: { there: () => true }, pursue: async () => ({}) },
      }),
    ]).map(({ what }) => what);
  const day = { every: 'day', from: '2026-01-01' };

  test.each<[string, string[], unknown]>([
    ["keys has nothing for 'region'", ['day', 'region'], { day }],
    ["keys names 'city', which is not a path of its key", ['day'], { day, city: ['x'] }],
    [
      'is of every day; write its `from` and `to` such as 2026-11-20',
      ['day'],
      { day: { ...day, from: '2026-1' } },
    ],
    ['keys.day.to is before its `from`', ['day'], { day: { ...day, to: '2025-01-01' } }],
    ["timezone 'Mars', which is unknown", ['day'], { day: { ...day, timezone: 'Mars' } }],
    ['keys.day is neither a list nor a period', ['day'], { day: null }],
    ['keys.day is not a list of 1 to 1000', ['day'], { day: [] }],
    ['has a value twice', ['day'], { day: ['1', 1] }],
    ['has digests of them', ['secret:day'], { 'secret:day': ['1'] }],
    ['names no part of the key', ['day'], 'daily'],
  ])('%s', (what, key, keys) => {
    expect(issues(key, keys)).toEqual([expect.stringContaining(what)]);
  });

  test('nothing', () => {
    expect(issues(['day', 'region'], { day, region: ['eu'] })).toEqual([]);
  });
});

test('a grid has a row and a column for each value, and a cell says its worst', () => {
  const item = (parts: Record<string, string> | null, outcome: 'achieved' | 'failed' | null) => ({
    ...{
      key: 'k',
      run: 'g:k',
      parts,
      outcome,
      state: outcome === null ? ('missing' as const) : ('closed' as const),
    },
    ...{ execution: null, startedAt: null, closedAt: null, fingerprint: null },
  });
  const items = [
    item({ day: '2', region: 'eu', part: 'a' }, 'achieved'),
    item({ day: '2', region: 'eu', part: 'b' }, 'failed'),
    item({ day: '1', region: 'us', part: 'a' }, null),
    item(null, 'achieved'),
  ];
  const grid = gridOf(items, ['day', 'region']);
  expect(grid.columns).toEqual(['eu', 'us']);
  const shown = grid.rows.map(({ value, cells }) => [value, ...cells.map((cell) => cell && worstOf(cell))]);
  expect(shown).toEqual([
    ['2', 'failed', null],
    ['1', null, 'missing'],
  ]);
  expect(grid.beside).toHaveLength(1);
  expect(gridOf(items, ['day']).columns).toEqual(['']);
});
