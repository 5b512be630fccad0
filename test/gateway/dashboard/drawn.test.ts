import { describe, expect, test } from 'vitest';
import { axisOf } from '../../../gateway/dashboard/axis.ts';
import { densityPaths } from '../../../gateway/dashboard/group-row.tsx';
import { partsOf } from '../../../gateway/dashboard/path-groups.ts';
import { attemptsOf, rowsOf } from '../../../gateway/dashboard/path-rows.ts';
import { absolute, duration, zoneOf } from '../../../gateway/dashboard/times.ts';
import { recordedView } from './recorded.ts';

const HOUR = 3_600_000;

describe('the axis', () => {
  test('folds six hours in which nothing runs, and leaves minutes of work readable', () => {
    const axis = axisOf(
      [0, 6 * HOUR + 240_000],
      [
        [0, 120_000],
        [6 * HOUR + 120_000, 6 * HOUR + 240_000],
      ],
    );
    expect(axis.folds).toHaveLength(1);
    expect(axis.folds[0]?.ms).toBe(6 * HOUR);
    expect(axis.at(120_000)).toBeGreaterThan(40);
    expect(axis.at(6 * HOUR + 240_000)).toBeCloseTo(100);
  });

  test('does not fold what is short', () => {
    expect(
      axisOf(
        [0, 3000],
        [
          [0, 500],
          [2500, 3000],
        ],
      ).folds,
    ).toEqual([]);
  });
});

describe('the rows of a path', () => {
  const healed = recordedView('0.1.1-struggling/achieved-after-errors');

  test('tell failed attempts, the pauses after them, and the one that succeeded', () => {
    for (const row of rowsOf(healed, new Map(), 0)) {
      const { failed: lost, pauses, last } = attemptsOf(row);
      expect(lost).toHaveLength(row.errors.length);
      for (const [from, to] of [...lost, ...pauses]) expect(from).toBeLessThanOrEqual(to);
      expect(last?.[1]).toBe(row.to);
      expect(last?.[0]).toBeGreaterThanOrEqual(lost.at(-1)?.[1] ?? row.from);
    }
  });

  test('of a long path are a row a job, but for what ended the run, what failed and what lasts', () => {
    const [row] = rowsOf(healed, new Map(), 0);
    if (row === undefined) throw new Error('the recorded run has steps');
    const open = { ...row, step: { ...row.step, state: 'running' as const, closedAt: null } };
    const rows = [...Array.from({ length: 2000 }, () => ({ ...row })), open, { ...row, isHit: true }];
    const parts = partsOf(rows);
    expect(parts.map((part) => ('row' in part ? part.row : part.group.rows.length))).toEqual([
      2000,
      open,
      rows.at(-1),
    ]);
    expect(partsOf(rows.slice(0, 60))).toEqual(rows.slice(0, 60).map((one) => ({ row: one })));
  });

  test('of many steps draw how many were under way at each time, and what healed below the line', () => {
    const { run, errors } = healed;
    const rows = rowsOf(healed, new Map(), 0);
    const axis = axisOf([Date.parse(run.startedAt), Date.parse(run.closedAt ?? '')], []);
    const paths = densityPaths(rows, axis);
    expect([...paths.keys()]).toEqual(['d-achieved', 'd-healed']);
    expect(paths.get('d-healed')?.match(/M/g)?.length).toBeGreaterThan(0);
    expect(errors.length).toBeGreaterThan(0);
    // One outline, whatever the number of steps.
    expect(paths.get('d-achieved')?.match(/M/g)).toHaveLength(1);
    const failed = rows.map((one) => ({ ...one, step: { ...one.step, state: 'failed' as const } }));
    expect(densityPaths(failed, axis).has('d-achieved')).toBe(false);
    expect(densityPaths(failed, axis).has('d-failed')).toBe(true);
  });
});

test('times are written in the zone, and durations without a language', () => {
  expect(absolute('2026-11-28T02:03:41Z', 'Europe/Paris')).toBe('2026-11-28 03:03:41');
  expect([80, 5600, 1_320_000, 41 * HOUR, 50 * HOUR].map(duration)).toEqual([
    '80 ms',
    '5.6 s',
    '22 min',
    '41 h',
    '2 d 2 h',
  ]);
  expect([zoneOf('Europe/Paris'), zoneOf('nowhere'), zoneOf(undefined)]).toEqual([
    'Europe/Paris',
    'UTC',
    'UTC',
  ]);
});
