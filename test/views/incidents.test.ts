import { describe, expect, test } from 'vitest';
import type { Cause, Failure } from '../../goals/wire/failure.ts';
import type { Disposition, Run, RunError, Step } from '../../goals/wire/run-view.ts';
import { causelessTrouble } from '../../goals/wire/trouble.ts';
import { hurtsOf, incidentDetails, incidentsOf } from '../../views/incidents.ts';
import type { RunStory } from '../../views/run-view.ts';

const minute = (n: number): string => new Date(Date.parse('2026-11-20T02:00:00Z') + n * 60_000).toISOString();

const down = { type: 'Error', code: 'down', message: 'it is down', class: 'transient' as const };

/** A run with errors: fingerprint, minute and what became of it. */
function story(
  id: string,
  outcome: Run['outcome'],
  errors: [fingerprint: string, at: number, disposition: Disposition][],
  extras: {
    cause?: Partial<Cause>;
    team?: string;
    omitted?: RunStory['omitted'];
    failure?: Partial<Failure>;
    steps?: Partial<Step>[];
  } = {},
): RunStory {
  const cause =
    extras.cause === undefined
      ? null
      : { ...down, ...{ at: minute(0), attempt: 1, job: null, step: null }, ...extras.cause };
  const { failure = cause && { kind: 'job', cause } } = extras;
  return {
    run: {
      id,
      goal: id.split(':')[0],
      team: extras.team ?? 'data',
      outcome,
      failure,
      ...{ startedAt: minute(0), closedAt: outcome && minute(60), steps: extras.steps ?? [] },
    } as Run,
    errors: errors.map(([fingerprint, at, disposition]) => ({
      ...down,
      ...{ fingerprint, disposition, at: minute(at), step: 's#1', job: 's' },
    })) as RunError[],
    omitted: extras.omitted ?? [],
    hourly: [],
    sentence: null,
    actions: [],
    artifacts: null,
    gaveUp: new Map(),
    ...{ failing: null, attempts: new Map(), maps: new Map() },
  };
}

const told = (...stories: RunStory[]) => incidentsOf(stories.flatMap(hurtsOf));

describe('incidents', () => {
  test('the warehouse was down from 2:10 to 2:31: 3 failed, 41 healed, is one line', () => {
    const failed = [1, 2, 3].map((n) => story(`load:${n}`, 'failed', [['aa', 10 + n, 'fatal']]));
    const healed = Array.from({ length: 41 }, (_, n) =>
      story(`sum-${n}:1`, 'achieved', [
        ['aa', 10, 'recovered'],
        ['aa', 31, 'recovered'],
      ]),
    );
    const lines = told(...healed, ...failed);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      ...{ ...down, fingerprint: 'aa', failedRuns: 3, healedRuns: 41, openRuns: 0, occurrences: 85 },
      ...{ since: minute(10), lastSeen: minute(31), teams: ['data'] },
    });
    expect(lines[0]?.goals).toHaveLength(42);
    expect(lines[0]?.runs).toHaveLength(10);
    expect(lines[0]?.runs.slice(0, 3)).toEqual(['load:1', 'load:2', 'load:3']);
  });

  test('come by harm: what failed most runs, then what still lasts, then the latest', () => {
    const lines = told(
      story('a:1', 'achieved', [['late', 50, 'recovered']]),
      story('a:2', 'achieved', [['early', 5, 'recovered']]),
      story('a:3', null, [['lasting', 2, 'pending']]),
      story('a:4', 'failed', [['fatal', 1, 'fatal']]),
    );
    expect(lines.map(({ fingerprint }) => fingerprint)).toEqual(['fatal', 'lasting', 'late', 'early']);
  });

  test('a run that failed for another reason was healed of this one', () => {
    const [worse, lesser] = told(
      story('a:1', 'failed', [
        ['aa', 1, 'recovered'],
        ['bb', 2, 'fatal'],
      ]),
    );
    expect(worse).toMatchObject({ fingerprint: 'bb', failedRuns: 1, healedRuns: 0 });
    expect(lesser).toMatchObject({ fingerprint: 'aa', failedRuns: 0, healedRuns: 1 });
  });

  test('a run that was cancelled while it was being retried was neither healed nor failed', () => {
    expect(told(story('a:1', 'cancelled', [['aa', 1, 'handled']]))).toMatchObject([
      { failedRuns: 0, healedRuns: 0, openRuns: 0, occurrences: 1, runs: ['a:1'] },
    ]);
  });

  test('a goal whose needed goal failed was hurt as well, by an error that is counted where it occurred', () => {
    const cause = { run: 'child:1', fingerprint: 'aa', at: minute(1) };
    const lines = told(
      story('child:1', 'failed', [['aa', 1, 'fatal']]),
      story('parent:1', 'failed', [], { cause, team: 'board' }),
    );
    expect(lines).toMatchObject([
      { goals: ['child', 'parent'], teams: ['board', 'data'], failedRuns: 2, occurrences: 1 },
    ]);
  });

  test('a job has one place of each goal, the latest of its steps', () => {
    const lines = told(
      story('a:1', 'failed', [['aa', 1, 'fatal']]),
      story('b:1', 'achieved', [['aa', 9, 'recovered']]),
      story('a:2', 'failed', [['aa', 5, 'fatal']]),
    );
    expect(lines).toMatchObject([
      {
        kind: null,
        places: [
          { goal: 'b', job: 's', step: 's#1' },
          { goal: 'a', job: 's', step: 's#1' },
        ],
      },
    ]);
    expect(lines[0]?.places).toHaveLength(2);
  });

  test('errors that a bounded ledger no longer holds count, with the time of the first and the last', () => {
    const omitted = [
      { step: 's#1', fingerprint: 'aa', ...down, n: 900, disposition: 'pending' as const, count: 892 },
      { step: 's#1', fingerprint: 'other', ...down, n: 9, disposition: 'pending' as const, count: 9 },
    ].map((entry) => ({ ...entry, first: minute(1), last: minute(99) }));
    expect(told(story('a:1', null, [['aa', 50, 'pending']], { omitted }))).toMatchObject([
      { occurrences: 893, openRuns: 1, since: minute(1), lastSeen: minute(99) },
    ]);
  });
});

describe('outcomes that failed without an error of an attempt', () => {
  const unmet = (run: string): Cause => ({
    ...{ run, step: null, job: null, attempt: null, at: minute(30), type: 'CriterionNotMet' },
    ...{ code: 'criterion_not_met', message: 'all: 3 missing', fingerprint: 'cc', class: 'data' },
  });
  const failing = (id: string, kind: Failure['kind'], cause: Cause | null, more: Partial<Failure> = {}) =>
    story(id, 'failed', [], { failure: { kind, code: cause?.code ?? '', path: [], cause, ...more } });

  test('are a trouble of their own, beside the errors that healed in the same runs', () => {
    const [ended, healed] = told(
      story('a:1', 'failed', [['aa', 5, 'recovered']], {
        failure: { kind: 'criteria', cause: unmet('a:1') },
      }),
      failing('a:2', 'criteria', unmet('a:2')),
    );
    expect(ended).toMatchObject({
      ...{ fingerprint: 'cc', kind: 'criteria', code: 'criterion_not_met', message: 'all: 3 missing' },
      ...{ failedRuns: 2, healedRuns: 0, occurrences: 2, since: minute(30), goals: ['a'] },
      places: [{ goal: 'a', job: null, step: null }],
    });
    expect(healed).toMatchObject({ fingerprint: 'aa', kind: null, failedRuns: 0, healedRuns: 1 });
  });

  test('hurt the goals that need them too, and are counted where they happened', () => {
    const [line, ...others] = told(
      failing('board:1', 'dependency', unmet('a:1'), { path: ['a#1'] }),
      failing('a:1', 'criteria', unmet('a:1')),
    );
    expect(others).toEqual([]);
    expect(line).toMatchObject({ kind: 'criteria', goals: ['a', 'board'], failedRuns: 2, occurrences: 1 });
  });

  test('by a deadline that just ran out are one trouble of their goal, with the step that was under way', () => {
    const code = 'deadline_passed';
    const late = { code, message: 'the deadline passed' };
    const lines = told(
      story('a:1', 'failed', [], {
        failure: { kind: 'deadline', ...late, path: ['load#2'], cause: null },
        steps: [{ path: 'load#2', kind: 'job', name: 'load' }],
      }),
      story('board:1', 'failed', [], {
        failure: { kind: 'dependency', ...late, path: ['a#1', 'load#2'], cause: null },
        steps: [{ path: 'a#1', kind: 'goal', name: 'a', run: 'a:1' }],
      }),
      failing('b:1', 'deadline', null, late),
    );
    expect(lines).toMatchObject([
      {
        ...{ fingerprint: causelessTrouble('a', code), kind: 'deadline', goals: ['a', 'board'] },
        ...{ failedRuns: 2, occurrences: 1, code, class: 'transient' },
        places: [{ goal: 'a', job: 'load', step: 'load#2' }],
      },
      { fingerprint: causelessTrouble('b', code), goals: ['b'], failedRuns: 1 },
    ]);
  });

  test('are none where an error ended the run, or the run was cancelled', () => {
    const failure = { kind: 'deadline' as const, code: 'deadline_passed', path: ['s#1'], cause: null };
    expect(told(story('a:1', 'failed', [['aa', 1, 'fatal']], { failure }))).toMatchObject([
      { fingerprint: 'aa', kind: null, failedRuns: 1 },
    ]);
    expect(told(story('a:1', 'cancelled', [], { failure }))).toEqual([]);
  });

  test('are in the hour in which they happened', () => {
    const hurts = [failing('a:1', 'criteria', unmet('a:1')), failing('a:2', 'criteria', unmet('a:2'))];
    expect(incidentDetails(hurts.flatMap(hurtsOf), 'cc')).toMatchObject({
      hours: [{ hour: '2026-11-20T02', failed: 2, healed: 0, open: 0 }],
      untimed: 0,
      hurt: [{ goal: 'a', failedRuns: 2, occurrences: 2 }],
    });
  });
});

describe('one trouble', () => {
  const hurts = [
    story('load:1', 'failed', [
      ['aa', 10, 'recovered'],
      ['aa', 70, 'fatal'],
    ]),
    story('sum:1', 'achieved', [
      ['aa', 20, 'recovered'],
      ['bb', 20, 'recovered'],
    ]),
    story('sum:2', 'achieved', [['aa', 130, 'handled']], {
      omitted: [
        {
          ...down,
          ...{ fingerprint: 'aa', step: 's#1', count: 5, first: minute(1), last: minute(9) },
          disposition: 'recovered',
        },
      ],
    }),
  ].flatMap(hurtsOf);

  test('has its errors by hour and by what became of them; those without a time of their own are in none', () => {
    const details = incidentDetails(hurts, 'aa');
    expect(details?.hours).toEqual([
      { hour: '2026-11-20T02', failed: 0, healed: 2, open: 0 },
      { hour: '2026-11-20T03', failed: 1, healed: 0, open: 0 },
      { hour: '2026-11-20T04', failed: 0, healed: 1, open: 0 },
    ]);
    expect(details).toMatchObject({ occurrences: 9, untimed: 5, failedRuns: 1, healedRuns: 2 });
  });

  test('has what it did to each goal, those first of which it failed most', () => {
    expect(incidentDetails(hurts, 'aa')?.hurt).toEqual([
      expect.objectContaining({ goal: 'load', failedRuns: 1, healedRuns: 0, occurrences: 2 }),
      expect.objectContaining({ goal: 'sum', failedRuns: 0, healedRuns: 2, occurrences: 7 }),
    ]);
  });

  test('is none where no run was hurt by it', () => {
    expect(incidentDetails(hurts, 'cc')).toBe(null);
  });
});
