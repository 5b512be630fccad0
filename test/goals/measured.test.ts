import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { check } from '../../goals/check.ts';
import { goal, measured } from '../../goals/index.ts';
import { judgeMeasured } from '../../goals/judge-measured.ts';
import { simulate } from '../../testing/index.ts';

const judge = (value: number, bounds: Parameters<typeof measured>[1], past: number[] = []) =>
  judgeMeasured('rows', measured(value, bounds), past);

describe('a measured value', () => {
  test('is met within its bounds, the bounds included', () => {
    expect(judge(100, { atLeast: 100, atMost: 100, unit: 'rows' })).toEqual({
      ...{ name: 'rows', met: true, message: null },
      measured: { value: 100, unit: 'rows', atLeast: 100, atMost: 100 },
    });
    expect(judge(-3, {})).toMatchObject({ met: true, measured: { value: -3 } });
  });

  test('is not met beyond them, and the message says what was measured and what is needed', () => {
    expect(judge(99, { atLeast: 100, unit: 'rows' }).message).toBe(
      'measured 99 rows; at least 100 is needed',
    );
    expect(judge(2.5, { atMost: 1 }).message).toBe('measured 2.5; at most 1 is allowed');
  });

  test.each([
    ['median', [1, 100, 3], 6, true],
    ['median', [1, 100, 3], 6.1, false],
    ['median', [4, 2, 100, 3], 1.75, true],
    ['median', [4, 2, 100, 3], 1.74, false],
    ['mean', [1, 2, 3], 4, true],
    ['mean', [1, 2, 3], 0.9, false],
    ['mean', [-1, -2, -3], -4, true],
    ['mean', [-1, -2, -3], -0.9, false],
    ['median', [0, 0, 0], 0, true],
    ['median', [0, 0, 0], 1, false],
  ] as const)('by a factor 2 of the %s of %j: %d is met: %s', (of, past, value, met) => {
    expect(judge(value, { within: { factor: 2, of, last: 14 } }, [...past]).met).toBe(met);
  });

  test('is judged by the last runs that it asks for, and by none where they are fewer than three', () => {
    const within = { factor: 2, of: 'median', last: 3 } as const;
    expect(judge(9, { within }, [10, 10, 10, 1, 1, 1, 1])).toMatchObject({ met: true });
    expect(judge(9_000, { within }, [10, 10])).toMatchObject({
      ...{ met: true },
      measured: { past: { runs: 2, reference: null } },
    });
    expect(judge(9_000, { within: { ...within, last: 1 } }, [10])).toMatchObject({ met: false });
  });

  test.each([
    [Number.NaN, {}, 'got NaN as value; give a finite number'],
    [1, { atLeast: Number.POSITIVE_INFINITY }, 'got Infinity as atLeast'],
    [1, { atLeast: 3, atMost: 2 }, 'got atLeast 3 above atMost 2'],
    [1, { within: { factor: 1, of: 'mean', last: 3 } }, 'a factor of 1; give a number above 1'],
    [1, { within: { factor: 2, of: 'mean', last: 51 } }, 'give an integer from 1 to 50'],
  ] as const)('of %d with %j is refused', (value, bounds, message) => {
    expect(() => measured(value, bounds)).toThrow(message);
  });
});

const declared = {
  ...{ name: 'counted', outcome: 'Counted', owner: 'ada', team: 'tests', key: ['key'] },
  input: z.object({ key: z.string(), rows: z.number() }),
  output: z.object({ rows: z.number() }),
  pursue: async ({ rows }: { rows: number }) => ({ rows }),
} as const;

const counted = goal({
  ...declared,
  criteria: {
    arrived: ({ rows }) => measured(rows, { atLeast: 1, within: { factor: 2, of: 'median', last: 5 } }),
    plenty: { severity: 'warn', judge: ({ rows }) => measured(rows, { atLeast: 50 }) },
  },
});

test('a simulated run judges by the past that the test gives, and is achieved with a warning', async () => {
  const run = await simulate(counted, { input: { key: 'a', rows: 10 }, past: { arrived: [8, 9, 10] } });
  expect(run).toMatchObject({
    outcome: 'achieved',
    criteria: [
      { name: 'arrived', met: true, measured: { past: { reference: 9 } } },
      { name: 'plenty', met: false, severity: 'warn', message: 'measured 10; at least 50 is needed' },
    ],
  });
  const failed = await simulate(counted, { input: { key: 'a', rows: 30 }, past: { arrived: [8, 9, 10] } });
  expect(failed).toMatchObject({ outcome: 'failed', failure: { code: 'criterion_not_met' } });
  expect(failed.failure?.message).not.toContain('plenty');
});

test('a criterion that only warns fails the run all the same where it is broken', async () => {
  const broken = goal({
    ...declared,
    criteria: {
      arrived: () => true,
      plenty: { severity: 'warn', judge: ({ rows }) => measured(rows / 0) },
    },
  });
  const run = await simulate(broken, { input: { key: 'a', rows: 1 } });
  expect(run).toMatchObject({ outcome: 'failed', failure: { kind: 'code', code: 'criterion_threw' } });
});

test('a severity that there is not, a criterion that is no function, and a goal that only warns are refused', () => {
  const issues = (criteria: object) =>
    check([goal({ ...declared, criteria: criteria as Record<string, () => boolean> })], []).map(
      ({ what }) => what,
    );
  expect(issues({ a: { severity: 'loud', judge: () => true } })).toEqual([
    "criterion 'a' has the severity \"loud\"; give 'warn' or 'fail'",
  ]);
  expect(issues({ a: { severity: 'fail' }, b: null })).toEqual([
    "criterion 'a' is not a function of the output",
    "criterion 'b' is not a function of the output",
  ]);
  expect(issues({ a: { severity: 'warn', judge: () => true } })).toEqual([
    'has only criteria that warn; one at least must say what counts as reached',
  ]);
});
