import { expect, test } from 'vitest';
import { nearNames, nearPaths } from '../../../gateway/http/near-names.ts';

const goals = ['load-day', 'load-month', 'refund-orders', 'fares-in-warehouse', 'report'];

test.each([
  ['load-dya', ['load-day']],
  ['Load_Day', ['load-day']],
  ['fares', ['fares-in-warehouse']],
  ['refund-order', ['refund-orders']],
  ['the-report', ['report']],
  ['something-else', []],
  ['', []],
  ['x', []],
])('near %s are the names that somebody may have meant', (wanted, near) => {
  expect(nearNames(wanted, goals)).toEqual(near);
});

test('no more than three are near, the nearest first', () => {
  expect(
    nearNames('load-day-5', ['load-day-1', 'load-day-55', 'load-day-2', 'load-day', 'load-dai-3']),
  ).toEqual(['load-day-1', 'load-day-2', 'load-day-55']);
});

test('a name of any length is compared by its beginning', () => {
  const names = Array.from({ length: 2_000 }, (_, i) => `${'a'.repeat(200)}${i}`);
  expect(nearNames('b'.repeat(100_000), names)).toEqual([]);
  expect(nearNames('a'.repeat(100_000), names)).toHaveLength(3);
});

const routes = ['/runs', '/runs/:id', '/goals/:goal/runs', '/goals', '/goals/:goal', '/docs', '/'].map(
  (path) => ({
    method: 'GET',
    path,
  }),
);

test.each([
  ['/run', ['/runs']],
  ['/run/a:b', ['/runs/a:b']],
  ['/goal/load-day', ['/goals/load-day']],
  ['/goals/load-day/nothing', ['/goals']],
  ['/gaols', ['/goals']],
  ['/doc', ['/docs']],
  ['/wp-login.php', []],
])('near the address %s are those that there are', (path, near) => {
  expect(nearPaths(path, routes)).toEqual(near);
});
