import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { milliseconds, requireMilliseconds, spoken } from '../../goals/duration.ts';

const nothing = [
  undefined,
  null,
  '',
  's',
  '10',
  '10 m',
  ' 10m',
  '10m ',
  '10M',
  '10min',
  '1h30m',
  '-5s',
  '+5s',
  '.5h',
  '1.h',
  '1e3s',
  '1,5h',
  '1w',
  '٣s',
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  `${'9'.repeat(400)}d`,
  true,
  10n,
  {},
  ['10m'],
  new Date(),
];

describe('milliseconds', () => {
  test.each([
    [0, 0],
    [250, 250],
    [0.5, 0.5],
    ['0s', 0],
    ['850ms', 850],
    ['90s', 90_000],
    ['10m', 600_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
    ['007s', 7000],
    ['0.0004s', 0],
    ['0.0005s', 1],
  ])('of %j are %d', (duration, ms) => {
    expect(milliseconds(duration)).toBe(ms);
  });

  test.each(nothing.map((given) => [given]))('of %o there are none', (given) => {
    expect(milliseconds(given)).toBeNull();
  });

  test('of a whole number of any unit are that number times the unit', () => {
    const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[])),
        (n, unit) => {
          expect(milliseconds(`${n}${unit}`)).toBe(n * units[unit]);
        },
      ),
    );
  });

  test('of anything are either none, or a number that a timer can count', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double(), fc.anything()), (given) => {
        const ms = milliseconds(given);
        expect(ms === null || (Number.isFinite(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});

describe('requireMilliseconds', () => {
  test('gives what milliseconds gives', () => {
    expect(requireMilliseconds('10m')).toBe(600_000);
    expect(requireMilliseconds(0)).toBe(0);
  });

  test('throws a RangeError that shows what was written and how to write it', () => {
    expect(() => requireMilliseconds('10 min')).toThrow(
      new RangeError(`not a duration: "10 min"; write milliseconds, or such as '90s', '10m', '2h'`),
    );
    expect(() => requireMilliseconds(-1)).toThrow(RangeError);
  });
});

describe('spoken', () => {
  test.each([
    [0, '0 ms'],
    [850, '850 ms'],
    [999.4, '999 ms'],
    [1000, '1 s'],
    [4200, '4.2 s'],
    [59_900, '59.9 s'],
    [60_000, '1 m'],
    [90_000, '1.5 m'],
    [7_200_000, '2 h'],
    [86_400_000, '1 d'],
    [129_600_000, '1.5 d'],
  ])('tells %d milliseconds as %j', (ms, text) => {
    expect(spoken(ms)).toBe(text);
  });
});
