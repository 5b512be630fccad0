import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { axisOf } from '../../../gateway/dashboard/axis.ts';
import { errorPage } from '../../../gateway/dashboard/error-page.tsx';
import { errorsPage } from '../../../gateway/dashboard/errors-page.tsx';
import { partsOf } from '../../../gateway/dashboard/path-groups.ts';
import { Mark } from '../../../gateway/dashboard/path-mark.tsx';
import { markedSpans, PATH_MARKS, type PathMark } from '../../../gateway/dashboard/path-marks.ts';
import { attemptsOf, type PathRow, rowsOf } from '../../../gateway/dashboard/path-rows.ts';
import { PathSection } from '../../../gateway/dashboard/path-section.tsx';
import { onlyReads } from '../../../gateway/dashboard/reader.ts';
import { SPRITE } from '../../../gateway/dashboard/sprite.ts';
import { densityPaths } from '../../../gateway/dashboard/step-density.ts';
import { When } from '../../../gateway/dashboard/text.tsx';
import { absolute, duration, zoneOf } from '../../../gateway/dashboard/times.ts';
import { Verdict } from '../../../gateway/dashboard/verdict.tsx';
import type { IncidentDetails } from '../../../goals/wire/answers.ts';
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

describe('the marks of a path', () => {
  const rowOf = (view: string, path: string): PathRow => {
    const row = rowsOf(recordedView(view), new Map(), 0).find(({ step }) => step.path === path);
    if (row === undefined) throw new Error(`${view} has no step ${path}`);
    return row;
  };
  /** The same while it lasts. */
  const open = (row: PathRow, step: Partial<PathRow['step']> = {}): PathRow => ({
    ...row,
    step: { ...row.step, closedAt: null, state: 'waiting', ...step },
  });
  const namesOf = (row: PathRow): PathMark[] => markedSpans(row).map(({ mark }) => mark);
  const event = rowOf('0.1.9-waits/achieved-early', 'history.settled#1');
  const approval = rowOf('0.1.4-approvals/achieved-approved', 'sign-off#1');
  const sleep = rowOf('0.1.1-struggling/failed-deadline-asleep', 'sleep#1');
  const job = rowsOf(recordedView('0.1.0/achieved-clean'), new Map(), 0)[0] as PathRow;
  const needing = rowsOf(recordedView('0.1.1-struggling/failed-dependency'), new Map(), 0);

  test('tell waits and sleeps from work, while they last and afterwards', () => {
    expect(namesOf(event)).toEqual(['event']);
    expect(namesOf(open(event))).toEqual(['event']);
    expect(namesOf(approval)).toEqual(['answered']);
    expect(namesOf(open(approval))).toEqual(['asking']);
    expect(namesOf(sleep)).toEqual(['sleep']);
    expect(namesOf(open(sleep, { state: 'running' }))).toEqual(['sleep']);
    expect(namesOf(job)).toEqual(['succeeded']);
    expect(namesOf(open(job, { state: 'running' }))).toEqual(['working']);
  });

  test('tell what waits for a worker, for a slot of a pool or for its next attempt from what is under way', () => {
    expect(namesOf(open(job))).toEqual(['queued']);
    expect(namesOf(open(job, { waitingFor: 'pool warehouse' }))).toEqual(['queued']);
    const failing = rowsOf(recordedView('0.1.1-struggling/achieved-after-errors'), new Map(), 0).find(
      ({ errors }) => errors.length > 0,
    ) as PathRow;
    expect(namesOf(open(failing, { nextAttemptAt: '2027-01-01T00:00:00Z' })).at(-1)).toBe('healed');
    expect(namesOf(open(failing, { nextAttemptAt: '2027-01-01T00:00:00Z' }))).toContain('pause');
    expect(namesOf(open(failing, { nextAttemptAt: '2027-01-01T00:00:00Z' }))).not.toContain('queued');
    // Of a call that travelled with others all but its own time was a wait for them.
    const ms = (job.to - job.from) / 4;
    expect(markedSpans({ ...job, step: { ...job.step, ms } })).toEqual([
      { mark: 'queued', from: job.from, to: job.to - ms },
      { mark: 'succeeded', from: job.to - ms, to: job.to },
    ]);
  });

  test('of a wait that ended the run are the wait, and that it ended it', () => {
    expect(namesOf(rowOf('0.1.4-approvals/failed-rejected', 'sign-off#1'))).toEqual(['answered', 'ended']);
    expect(namesOf(rowOf('0.1.9-waits/failed-timeout', 'history.settled#1'))).toEqual(['event', 'ended']);
    // It took all of the lane: the words stand beside its name.
    const { run } = recordedView('0.1.9-waits/failed-timeout');
    const rows = [rowOf('0.1.9-waits/failed-timeout', 'history.settled#1')];
    const told = { run, rows, never: [], asked: null, isFixed: false };
    const html = String(PathSection({ told, clock: { now: 0, zone: 'UTC' } }));
    expect(html).not.toContain('first true failure</text>');
    expect(html).toContain('<span class="failed"> first true failure</span>');
  });

  test('differ in more than their colour', () => {
    const hatched = (tone: string): string =>
      (new RegExp(`<pattern id="${tone.replace('d-', '')}"(.*?)</pattern>`).exec(SPRITE)?.[1] ?? '').replace(
        / class="[^"]*"/g,
        '',
      );
    const isHollow = (mark: PathMark): boolean => ['answered', 'event', 'rest'].includes(mark);
    const shapes = (Object.keys(PATH_MARKS) as PathMark[]).map((mark) =>
      [
        String(Mark({ mark, from: 10, to: 20 })).replace(/ class="[^"]*"/g, ''),
        hatched(PATH_MARKS[mark].tone),
        isHollow(mark),
      ].join(' '),
    );
    // A needed goal that was reached and one that was not: their icons, and the words beside them, tell.
    expect(new Set(shapes).size).toBe(shapes.length - 1);
  });

  const recorded = readdirSync(new URL('../../histories/', import.meta.url), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.view.json'))
    .map((name) => name.replace('.view.json', ''));

  test('are each in the legend of their path, and nothing else is', () => {
    expect(recorded.length).toBeGreaterThan(50);
    const clock = { now: Date.parse('2026-12-01T00:00:00Z'), zone: 'UTC' };
    const classesIn = (html: string): string[] =>
      [...html.matchAll(/ class="(d-[a-z-]+)"/g)]
        .map(([, name]) => name as string)
        .filter((name) => !['d-line', 'd-text', 'd-sunk', 'd-tick', 'd-end'].includes(name))
        .sort();
    const paths = [
      ...recorded.map((name) => [name, rowsOf(recordedView(name), new Map(), 0)] as const),
      ['open', [open(event), open(approval), open(sleep), open(job), ...needing]] as const,
      ['long', Array.from({ length: 90 }, (_, i) => (i % 2 === 0 ? job : sleep))] as const,
    ];
    const { run } = recordedView('0.1.0/achieved-clean');
    for (const [name, rows] of paths) {
      const html = String(
        PathSection({ told: { run, rows, never: [], asked: null, isFixed: false }, clock }),
      );
      const [drawn = '', legend = ''] = html.split('class="legend"');
      expect([name, [...new Set(classesIn(drawn))]]).toEqual([name, [...new Set(classesIn(legend))]]);
    }
    const [drawn = ''] = String(
      PathSection({ told: { run, rows: needing, never: [], asked: null, isFixed: false }, clock }),
    ).split('class="legend"');
    expect(classesIn(drawn).length).toBeGreaterThan(0);
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

describe('a time where people compare', () => {
  const minutes = (n: number, iso: string): number => Date.parse(iso) + n * 60_000;
  const textOf = (html: unknown): string => String(html).replace(/<[^>]*>/g, '');

  test('stands beside how long ago it was, on the page of a run', () => {
    const { run } = recordedView('0.1.1-struggling/failed-permanent');
    const clock = { now: minutes(9, run.startedAt), zone: 'UTC' };
    const page = textOf(Verdict({ run, goal: null, clock, acts: null }));
    expect(page).toContain(`began9 min ago · ${run.startedAt.slice(11, 19)} UTC`);
    const { cause } = run.failure ?? {};
    expect(page).toMatch(new RegExp(`\\d+ (s|min) ago · ${cause?.at.slice(11, 19)} UTC`));
    // What is far away is a date, and that is all there is to say of it.
    const later = textOf(
      Verdict({ run, goal: null, clock: { now: minutes(9_999, run.startedAt), zone: 'UTC' }, acts: null }),
    );
    expect(later).toContain(`began${run.startedAt.slice(0, 10)} ${run.startedAt.slice(11, 19)} UTC`);
  });

  test('stands beside how long ago it was, on the pages of errors', () => {
    const at = '2026-11-28T03:12:41Z';
    const clock = { now: minutes(34, at), zone: 'Europe/Paris' };
    const trouble: IncidentDetails = {
      ...{
        fingerprint: 'a'.repeat(16),
        kind: null,
        places: [],
        type: 'Error',
        code: 'away',
        class: 'transient',
        message: 'it is away',
      },
      ...{
        since: at,
        earlier: false,
        lastSeen: at,
        occurrences: 1,
        failedRuns: 1,
        healedRuns: 0,
        openRuns: 0,
      },
      ...{
        goals: ['fares'],
        teams: [],
        runs: ['fares:1'],
        from: at,
        hours: [],
        untimed: 0,
        truncated: false,
      },
      hurt: [
        {
          goal: 'fares',
          team: null,
          lastSeen: at,
          occurrences: 1,
          failedRuns: 1,
          healedRuns: 0,
          openRuns: 0,
        },
      ],
    };
    const page = textOf(errorPage(trouble, {}, clock).body);
    expect(page.match(/34 min ago · 04:12:41 Europe\/Paris/g)).toHaveLength(3);
    const list = { items: [trouble], since: at, truncated: false, next: null };
    expect(textOf(errorsPage(list, {}, clock, onlyReads).body)).toContain(
      '34 min ago · 04:12:41 Europe/Paris',
    );
  });

  test('can be had with the keyboard, in a table', () => {
    const at = '2026-11-28T03:12:41Z';
    expect(String(When({ at, clock: { now: minutes(34, at), zone: 'UTC' } }))).toBe(
      `<time class="at" datetime="${at}" title="2026-11-28 03:12:41 UTC" tabindex="0">34 min ago</time>`,
    );
  });
});
