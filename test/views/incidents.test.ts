import { describe, expect, test } from 'vitest';
import type { Cause } from '../../goals/wire/failure.ts';
import type { Disposition, Run, RunError } from '../../goals/wire/run-view.ts';
import { hurtsOf, incidentDetails, incidentsOf } from '../../views/incidents.ts';
import type { RunStory } from '../../views/run-view.ts';

const minute = (n: number): string => new Date(Date.parse('2026-11-20T02:00:00Z') + n * 60_000).toISOString();

const down = { type: 'Error', code: 'down', message: 'it is down', class: 'transient' as const };

/** A run with errors: fingerprint, minute and what became of it. */
function story(
  id: string,
  outcome: Run['outcome'],
  errors: [fingerprint: string, at: number, disposition: Disposition][],
  extras: { cause?: Partial<Cause>; team?: string; omitted?: RunStory['omitted'] } = {},
): RunStory {
  const cause = extras.cause === undefined ? null : { ...down, at: minute(0), attempt: 1, ...extras.cause };
  return {
    run: {
      id,
      goal: id.split(':')[0],
      team: extras.team ?? 'data',
      outcome,
      failure: cause && { cause },
    } as Run,
    errors: errors.map(([fingerprint, at, disposition]) => ({
      ...down,
      ...{ fingerprint, disposition, at: minute(at), step: 's#1' },
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

  test('what failed a run without an error, as an unmet criterion, is no incident', () => {
    const cause = { run: 'a:1', fingerprint: 'aa', attempt: null };
    expect(told(story('a:1', 'failed', [], { cause }))).toEqual([]);
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
