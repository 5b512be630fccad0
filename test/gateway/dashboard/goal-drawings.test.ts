import { expect, test } from 'vitest';
import { chartPoints } from '../../../gateway/dashboard/criterion-page.tsx';
import { layersOf } from '../../../gateway/dashboard/layered-drawing.tsx';
import { runsPage } from '../../../gateway/dashboard/list-pages.tsx';
import { around } from '../../../gateway/dashboard/map-page.tsx';
import { onlyReads } from '../../../gateway/dashboard/reader.ts';
import { stripPaths } from '../../../gateway/dashboard/strip.tsx';
import type { CriterionResult, RecentRun } from '../../../goals/wire/answers.ts';
import type { RunRow } from '../../../goals/wire/run-row.ts';

const achieved: RecentRun = {
  ...{ run: 'fares:1', execution: 'e', outcome: 'achieved', closedAt: '2026-11-28T03:00:00Z' },
  ...{ mended: false, accepted: false, healed: 0, ms: 1000 },
};

test('a strip begins with the oldest run, and draws each kind of cell in one path', () => {
  const paths = stripPaths([
    { ...achieved, mended: true },
    { ...achieved, outcome: 'failed' },
    { ...achieved, outcome: 'failed', accepted: true },
    { ...achieved, healed: 2 },
    { ...achieved, healed: null },
  ]);
  expect(Object.fromEntries(paths)).toEqual({
    'd-achieved': 'M0 7h6v11h-6zM8 7h6v11h-6zM32 7h6v11h-6z',
    'd-healed': 'M8 21h6v3h-6z',
    'd-accepted': 'M16 0h6v18h-6z',
    'd-failed': 'M24 0h6v18h-6zM32 4h6v2h-6z',
  });
});

const goals = [
  { goal: 'report', needs: ['fares', 'trips'] },
  { goal: 'fares', needs: ['licence'] },
  { goal: 'trips', needs: [] },
  { goal: 'licence', needs: ['another-team'] },
  { goal: 'alone', needs: [] },
];

const boxes = (of: typeof goals) => of.map(({ goal: id, needs }) => ({ id, needs }));

test('a goal stands above all that it needs, whatever stands between; a circle ends', () => {
  expect(Object.fromEntries(layersOf(boxes(goals)))).toEqual({
    licence: 0,
    trips: 0,
    fares: 1,
    report: 2,
    alone: 0,
  });
  const circle = [
    { goal: 'a', needs: ['b'] },
    { goal: 'b', needs: ['a'] },
  ];
  expect([...layersOf(boxes(circle)).values()].sort()).toEqual([0, 1]);
});

test('around a goal is what it needs and what needs it, however far, and nothing else', () => {
  expect([...around(goals, 'fares')].sort()).toEqual(['fares', 'licence', 'report']);
  expect([...around(goals, 'licence')].sort()).toEqual(['fares', 'licence', 'report']);
  expect([...around(goals, 'alone')]).toEqual(['alone']);
});

const said = (value: number | null, met = true): CriterionResult => ({
  ...{ run: 'fares:1', execution: 'e', at: '2026-11-28T03:00:00Z', outcome: 'achieved', met, message: null },
  ...(value === null ? {} : { measured: { value, atLeast: 10 } }),
});

test('values are drawn from the oldest to the newest, higher where they are more, with their bounds in sight', () => {
  const points = chartPoints([said(30), said(20), said(10, false)]);
  const xs = points.map(({ x }) => x);
  expect(xs).toEqual([...xs].sort((a, b) => a - b));
  const [first, second, third] = points.map(({ y }) => y) as [number, number, number];
  expect(first).toBeGreaterThan(second);
  expect(second).toBeGreaterThan(third);
  expect(points.map(({ met }) => met)).toEqual([false, true, true]);
  for (const { x, y } of chartPoints([said(null)])) expect([x, y].every(Number.isFinite)).toBe(true);
});

test('a page of fifty runs with long messages is under 100 KB', async () => {
  const message = '<script>'.repeat(500);
  const row: RunRow = {
    ...{ id: 'fares:1', goal: 'fares', key: '1', execution: 'e1', state: 'closed', outcome: 'failed' },
    ...{
      startedAt: '2026-11-28T03:00:00Z',
      closedAt: '2026-11-28T03:12:00Z',
      deadline: null,
      expected: null,
    },
    ...{ late: false, atRisk: false, owner: 'ada', team: 'shop', why: null, healed: 3 },
    ...{ struggling: null, waiting: [], accepted: null },
    failure: { kind: 'job', code: 'x', message, path: [], run: null, fingerprint: null },
  };
  const items = Array.from({ length: 50 }, () => row);
  const { body, sentence } = runsPage(
    { items, next: 'more', count: 10_000 },
    {},
    { now: 0, zone: 'UTC' },
    onlyReads,
  );
  const html = String(await (body as { toString(): string | Promise<string> }).toString());
  expect(sentence).toBe('50 of 10000 runs: 0 under way, 50 not reached.');
  expect(html).not.toContain('<script>');
  // The frame around it takes less than ten.
  expect(Buffer.byteLength(html)).toBeLessThan(90_000);
});
