// What pages draw over time, and of many goals: errors by hour and day, progress of a backfill, a map by its teams.

import { describe, expect, test } from 'vitest';
import {
  BackfillCalendar,
  calendarPaths,
  daysOfKeys,
  type KeptKey,
} from '../../../gateway/dashboard/backfill-calendar.tsx';
import { doneWords, progressParts, rangeWords } from '../../../gateway/dashboard/backfill-page.tsx';
import { errorPage, overTime } from '../../../gateway/dashboard/error-page.tsx';
import { errorsPage } from '../../../gateway/dashboard/errors-page.tsx';
import { healedOverTime } from '../../../gateway/dashboard/healed-chart.tsx';
import { barPaths } from '../../../gateway/dashboard/hour-chart.tsx';
import { teamPaths, teamsOnMap, teamWords } from '../../../gateway/dashboard/map-of-teams.tsx';
import { MOST_DRAWN, mapPage } from '../../../gateway/dashboard/map-page.tsx';
import { onlyReads } from '../../../gateway/dashboard/reader.ts';
import { recordPage } from '../../../gateway/dashboard/record-page.tsx';
import type { BackfillView, GoalSummary, IncidentDetails } from '../../../goals/wire/answers.ts';
import { NOTHING_BACKFILLED } from '../../../goals/wire/backfill.ts';
import type { GoalState } from '../../../goals/wire/goal-state.ts';
import type { RunRecord } from '../../../goals/wire/run-record.ts';
import type { RunRow } from '../../../goals/wire/run-row.ts';

const clock = { now: Date.parse('2026-11-28T12:30:00Z'), zone: 'UTC' };
const html = async (body: unknown): Promise<string> =>
  String(await (body as { toString(): string | Promise<string> }).toString());

describe('the calendar of a backfill', () => {
  const at = (key: string, outcome: KeptKey['outcome'], state = 'closed'): KeptKey => ({
    key,
    outcome,
    state,
  });

  test('has of each day the worst of its keys', () => {
    const days = daysOfKeys([
      at('2026-11-02', null, 'missing'),
      at('2026-11-01T03:00:00Z', 'achieved'),
      at('2026-11-01T04:00:00Z', 'failed'),
      at('2026-11-01T05:00:00Z', 'achieved'),
      { ...at('a digest', 'achieved'), parts: { region: 'eu', day: '2026-10-31' } },
      { ...at('another', null, 'pursuing'), at: '2026-11-03T00:00:00.000Z' },
      at('eu', 'failed'),
      at('2026-99-99', 'failed'),
    ]);
    expect([...days]).toEqual([
      ['2026-10-31', 'achieved'],
      ['2026-11-01', 'failed'],
      ['2026-11-02', 'missing'],
      ['2026-11-03', 'open'],
    ]);
  });

  test('has a row a month, and no more than two years of them', () => {
    const one = calendarPaths(daysOfKeys([at('2026-10-31', 'achieved'), at('2026-11-01', 'failed')]));
    expect(one.months).toEqual(['2026-10', '2026-11']);
    expect([...one.paths.keys()]).toEqual(['achieved', 'failed']);
    const years = Array.from({ length: 1500 }, (_, i) =>
      at(new Date(Date.parse('2020-01-01') + i * 86_400_000).toISOString().slice(0, 10), 'achieved'),
    );
    const { months, paths } = calendarPaths(daysOfKeys(years));
    expect([months.length, months.at(-1)]).toEqual([24, '2024-02']);
    expect(paths.get('achieved')?.length).toBeLessThan(30_000);
  });

  test('says its days in words, and is not drawn of keys that are of no days', async () => {
    const keys = [at('2026-11-01', 'achieved'), at('2026-11-02', null, 'missing')];
    const drawn = await html(BackfillCalendar({ keys, isCut: false }));
    expect(drawn).toContain('aria-label="2 days: 1 missing, 1 reached"');
    expect(BackfillCalendar({ keys: [at('eu', 'achieved'), at('us', 'failed')], isCut: false })).toBeNull();
  });
});

describe('bars', () => {
  test('of what ended runs stand on the line, and those of what healed hang below it', () => {
    const { paths, line } = barPaths([
      { at: 'a', failed: 2, healed: 0, open: 0 },
      { at: 'b', failed: 0, healed: 9, open: 0 },
    ]);
    const yOf = (tone: string): number => Number(/M[\d.]+ ([\d.]+)h/.exec(paths.get(tone) ?? '')?.[1]);
    expect(yOf('d-failed')).toBeLessThan(line);
    expect(yOf('d-healed')).toBeGreaterThan(line);
    expect([...paths.keys()]).toEqual(['d-failed', 'd-healed']);
  });

  test('show one error beside a thousand', () => {
    const { paths } = barPaths([
      { at: 'a', failed: 0, healed: 1000, open: 0 },
      { at: 'b', failed: 0, healed: 1, open: 0 },
    ]);
    const heights = [...(paths.get('d-healed') ?? '').matchAll(/v([\d.]+)h/g)].map(([, height]) =>
      Number(height),
    );
    expect(heights).toHaveLength(2);
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(3);
  });
});

describe('the hours of a trouble', () => {
  const hours = [
    { hour: '2026-11-28T03', failed: 1, healed: 2, open: 0 },
    { hour: '2026-11-28T11', failed: 0, healed: 4, open: 0 },
  ];

  test('are those of the window, also where there was nothing', () => {
    const counted = overTime(hours, '2026-11-28T00:10:00Z', clock);
    expect(counted).toHaveLength(13);
    expect(counted[3]).toEqual({ at: '11-28 03:00', failed: 1, healed: 2, open: 0 });
    expect(counted.filter(({ healed }) => healed > 0)).toHaveLength(2);
  });

  test('are days where they are many', () => {
    const counted = overTime(hours, '2026-11-01T00:00:00Z', clock);
    expect(counted).toHaveLength(28);
    expect(counted.at(-1)).toEqual({ at: '2026-11-28', failed: 1, healed: 6, open: 0 });
  });

  test("are days of the reader's zone", () => {
    const counted = overTime(hours, '2026-11-01T00:00:00Z', { ...clock, zone: 'Pacific/Auckland' });
    expect(counted.at(-2)).toMatchObject({ at: '2026-11-28', healed: 2 });
    expect(counted.at(-1)).toMatchObject({ at: '2026-11-29', healed: 4 });
  });
});

const trouble: IncidentDetails = {
  ...{
    fingerprint: 'aaaaaaaaaaaaaaaa',
    kind: null,
    places: [{ goal: 'load', job: 'load', step: 'load#2' }],
    type: 'Error',
    code: 'down',
    message: '<b>down</b>',
    class: 'transient',
  },
  ...{
    occurrences: 12,
    since: '2026-11-28T03:00:00Z',
    earlier: false,
    lastSeen: '2026-11-28T11:00:00Z',
    untimed: 5,
  },
  ...{ goals: ['load'], teams: ['data'], failedRuns: 0, healedRuns: 3, openRuns: 0, runs: ['load:1'] },
  ...{ from: '2026-11-27T12:30:00Z', truncated: false, hours: [] },
  hurt: [
    {
      ...{ goal: 'load', team: 'data', occurrences: 12, failedRuns: 0, healedRuns: 3, openRuns: 0 },
      lastSeen: '2026-11-28T11:00:00Z',
    },
  ],
};

test('the page of a trouble that healed has nothing red, and its message is text', async () => {
  const { body, sentence } = errorPage(trouble, {}, clock);
  const text = await html(body);
  expect(sentence).toBe('down: It healed every time, in 3 runs.');
  expect(text).toContain('&lt;b&gt;down&lt;/b&gt;');
  expect(text).not.toMatch(/class="failed"|d-failed/);
  expect(text).toContain('5 errors more, of which no time of their own is kept.');
});

test('a trouble that began before the window has at least since when, on its page and in the list', async () => {
  const since = `<time datetime="${trouble.since}"`;
  for (const [earlier, words] of [
    [false, 'since '],
    [true, 'at least since '],
  ] as const) {
    const one = { ...trouble, earlier };
    const page = { items: [one], next: null, since: trouble.from, truncated: false };
    for (const { body } of [errorPage(one, {}, clock), errorsPage(page, {}, clock, onlyReads)])
      expect(await html(body)).toContain(`>${words}${since}`);
  }
});

const row = (closedAt: string | null, healed: number | null): RunRow => ({
  ...{ id: 'fares:1', goal: 'fares', key: '1', execution: 'e1', state: 'closed', outcome: 'achieved' },
  ...{
    startedAt: '2026-11-20T03:00:00Z',
    closedAt,
    deadline: null,
    expected: null,
    late: false,
    atRisk: false,
  },
  ...{
    owner: 'ada',
    team: 'shop',
    why: null,
    healed,
    struggling: null,
    waiting: [],
    accepted: null,
    failure: null,
  },
});

describe('errors that healed', () => {
  test('are counted by day, with the runs in which they did, among those that closed', () => {
    const { days, ...sums } = healedOverTime(
      [
        row(null, null),
        row('2026-11-28T09:00:00Z', 2),
        row('2026-11-28T08:00:00Z', null),
        row('2026-11-26T23:30:00Z', 3),
      ],
      clock,
    );
    expect(sums).toEqual({ errors: 5, runs: 2, among: 3, since: '2026-11-26T23:30:00Z' });
    expect(days.map(({ at, healed, more }) => [at, healed, ...(more ?? [])])).toEqual([
      ['2026-11-26', 3, '1 of 1'],
      ['2026-11-27', 0, '0 of 0'],
      ['2026-11-28', 2, '1 of 2'],
    ]);
  });

  test('have each day once, also where a day has 25 hours', () => {
    const { days } = healedOverTime([row('2026-10-20T00:30:00Z', 1)], {
      now: Date.parse('2026-11-02T00:00:00Z'),
      zone: 'Europe/Paris',
    });
    const names = days.map(({ at }) => at);
    expect(names).toEqual([...new Set(names)]);
    expect([names[0], names.at(-1), names.length]).toEqual(['2026-10-20', '2026-11-02', 14]);
  });
});

const backfill: BackfillView = {
  team: null,
  ...NOTHING_BACKFILLED,
  ...{ goal: 'fares', schedule: 'nightly', stepMs: null, input: null, atOnce: 4, by: 'ada', reason: null },
  ...{ from: '2026-10-01T00:00:00.000Z', to: '2026-10-20T06:30:00.000Z', id: 'gk-backfill:fares:1' },
  ...{ execution: 'e', state: 'pursuing', outcome: null, startedAt: '2026-11-28T12:00:00Z', closedAt: null },
  ...{ total: 20, achieved: 10, skipped: 2, failed: 3, open: 1 },
};

test('the progress of a backfill is what is done of all of it, from left to right', () => {
  expect(progressParts(backfill).map(({ from, width }) => [from, width])).toEqual([
    [0, 10],
    [10, 50],
    [60, 15],
    [75, 5],
  ]);
  expect(doneWords(backfill)).toBe('12 of 20 reached, 3 not, 1 under way');
  expect(progressParts({ ...backfill, total: null })).toEqual([]);
  expect(rangeWords(backfill)).toBe('2026-10-01 to 2026-10-20T06:30Z, nightly');
});

const goal = (name: string, team: string, state: GoalState, needs: string[] = []): GoalSummary =>
  ({
    ...{ goal: name, team, state, needs, outcome: `The outcome of ${name}`, owner: 'ada', retired: false },
  }) as never;

describe('a map of many goals', () => {
  const states: GoalState[] = ['holds', 'not_reached', 'pursuing', 'stale'];
  const many = Array.from({ length: 1500 }, (_, i) =>
    goal(
      `goal-${i}`,
      `team-${i % 12}`,
      states[i % 4] ?? 'holds',
      i < 12 ? [] : [`goal-${i % 12}`, `goal-${(i + 1) % 12}`],
    ),
  );

  test('is a row a team, those first of which most do not hold, with what teams need of each other', () => {
    const parts = teamsOnMap([
      goal('a', 'calm', 'holds', ['b']),
      goal('b', 'busy', 'not_reached'),
      goal('c', 'busy', 'holds'),
    ]);
    expect(parts.map(({ team, needs, neededBy }) => [team, needs, neededBy])).toEqual([
      ['busy', [], ['calm']],
      ['calm', ['busy'], []],
    ]);
    expect(teamWords(parts[0]?.goals ?? [])).toBe('1 not reached, 1 holds');
  });

  test('has a strip with the worst first, of up to a hundred cells', () => {
    const { paths, cells } = teamPaths(many);
    expect(cells).toBe(100);
    expect(paths.get('d-failed')?.startsWith('M0 0h5v18')).toBe(true);
  });

  test('is a page of less than 100 KB, and so is that of a team', async () => {
    const all = mapPage(many, {});
    expect(all.sentence).toBe('1500 goals: 375 not reached.');
    for (const page of [all, mapPage(many, { team: 'team-1' }), mapPage(many, { goal: 'goal-1' })])
      expect(Buffer.byteLength(await html(page.body))).toBeLessThan(90_000);
    expect(await html(all.body)).toContain('href="/map?team=team-3"');
  });

  test('of few goals is drawn, each a link that says how it stands', async () => {
    const few = many.slice(0, MOST_DRAWN);
    const text = await html(mapPage(few, {}).body);
    expect(text.match(/<title>goal-\d+: /g)).toHaveLength(MOST_DRAWN);
    expect(Buffer.byteLength(text)).toBeLessThan(95_000);
  });
});

test('the page of a record has what was wanted, done and decided, by whom, as text', async () => {
  const record: RunRecord = {
    ...{ version: 1, run: 'fares:1', execution: 'e1' },
    intention: {
      ...{
        goal: 'fares',
        outcome: 'All fares are <here>',
        owner: 'ada',
        team: 'shop',
        key: '1',
        deadline: null,
      },
      ...{ startedAt: '2026-11-28T03:00:00Z', input: {}, resumes: null },
      why: { kind: 'request', at: '2026-11-28T03:00:00Z', by: 'tess', reason: 'the month closes', ref: null },
    },
    path: [],
    decisions: [{ kind: 'gave-up', at: '2026-11-28T03:01:00Z', step: 'load#1', reason: 'permanent' }],
    actions: [
      {
        ...{ kind: 'accept', at: '2026-11-28T04:00:00Z', by: 'vic', verified: true },
        ...{ reason: 'known', name: null },
      },
    ],
    errors: { counts: { fatal: 1, recovered: 2, handled: 0, pending: 0 }, entries: [], omitted: [] },
    outcome: {
      ...{ outcome: 'failed', closedAt: '2026-11-28T03:02:00Z', criteria: [], failure: null, output: null },
    },
  };
  const text = await html(recordPage(record, undefined, clock).body);
  expect(text).toContain('All fares are &lt;here&gt;');
  expect(text).toContain('tess');
  expect(text).toContain('the month closes');
  expect(text.indexOf('gave up load#1')).toBeLessThan(text.indexOf('vic'));
  expect(text).toContain('1 error ended it, 2 healed');
});
