// What is asked of the installation, made from the seed alone, with the outcome that each run must have: whoever checks
// never asks the system what it should have done.

import { runId } from '../../goals/wire/run-id.ts';
import { between, type Chance, pick } from './chance.ts';

export interface Work {
  value: number;
  fails: number;
  ms: number;
}

/** A step that a run must have, by its path, and what its job was told to do. */
export interface ExpectedStep {
  path: string;
  work: Work;
  /**
   * How far its attempts are held against the ledger. `each`: one by one. `repeats`: it may be done again from the first
   * attempt, when its worker is lost. `outside`: it does not write of them.
   */
  told: 'each' | 'repeats' | 'outside';
}

export type ExpectedOutcome = { outcome: 'achieved'; sum: number } | { outcome: 'failed'; code: string };

export interface ExpectedRun {
  id: string;
  goal: string;
  ends: ExpectedOutcome;
  steps: ExpectedStep[];
}

export type Decision = 'approve' | 'reject';

/** One thing to ask for, by one or several requests. */
export interface Case {
  kind: string;
  runs: ExpectedRun[];
  /** Requests that all start at once. */
  triggers: (
    | { goal: string; input: unknown; run: string }
    | { event: { id: string; type: string; data: unknown }; run: string }
  )[];
  /** What a person decides, of the one run. */
  decides?: Decision;
}

const KINDS = [
  ['plain', 6],
  ['parallel', 6],
  ['inline', 4],
  ['batched', 3],
  ['needs', 2],
  ['keyed', 3],
  ['told', 4],
  ['approved', 3],
  ['failing', 2],
  ['program', 1],
  ['upstream', 3],
  ['light', 8],
  ['light-keyed', 4],
  ['light-told', 3],
  ['light-failing', 2],
] as const;

const idOf = (goal: string, key: string): string => runId(goal, key);
const sumOf = (work: readonly Work[]): number => work.reduce((sum, { value }) => sum + value, 0);

/** The cases of a seed, one after the other, without end: first one of each kind. */
export function* casesOf(random: Chance, name: string): Generator<Case> {
  for (let n = 0; ; n++) yield caseOf(random, KINDS[n]?.[0] ?? pick(random, KINDS), `${name}-${n}`);
}

/** One that is open for `ms` milliseconds at least. */
export function openFor(ms: number, key: string): Case {
  const work: Work[] = [{ value: 1, fails: 0, ms }];
  const id = idOf('chaos-parallel', key);
  const steps: ExpectedStep[] = [{ path: 'work#1', work: work[0] as Work, told: 'each' }];
  return {
    kind: 'parallel',
    runs: [{ id, goal: 'chaos-parallel', ends: { outcome: 'achieved', sum: 1 }, steps }],
    triggers: [{ goal: 'chaos-parallel', input: { key, work }, run: id }],
  };
}

function caseOf(random: Chance, kind: (typeof KINDS)[number][0], key: string): Case {
  const works = (least: number, most: number, fails: number, ms: number): Work[] =>
    Array.from({ length: between(random, least, most) }, () => ({
      value: between(random, 1, 99),
      fails: between(random, 0, fails),
      ms: between(random, 0, ms),
    }));
  const all = (job: string, work: readonly Work[], told: ExpectedStep['told'] = 'each'): ExpectedStep[] =>
    work.map((one, i) => ({ path: `${job}#${i + 1}`, work: one, told }));
  const run = (goal: string, work: readonly Work[], steps: ExpectedStep[], at = key): ExpectedRun => ({
    id: idOf(goal, at),
    goal,
    ends: { outcome: 'achieved', sum: sumOf(work) },
    steps,
  });
  const asked = (only: ExpectedRun, work: readonly Work[], times = 1): Case => ({
    kind,
    runs: [only],
    triggers: Array.from({ length: times }, () => ({ goal: only.goal, input: { key, work }, run: only.id })),
  });

  switch (kind) {
    case 'plain':
    case 'keyed': {
      const work = works(2, 4, kind === 'plain' ? 2 : 0, 300);
      return asked(run('chaos-plain', work, inTurn(work)), work, kind === 'keyed' ? 8 : 1);
    }
    case 'parallel': {
      const work = works(2, 4, 1, 3000);
      return asked(run('chaos-parallel', work, all('work', work)), work);
    }
    case 'inline': {
      const work = works(2, 5, 1, 20);
      return asked(run('chaos-inline', work, all('work-inline', work, 'repeats')), work);
    }
    case 'batched': {
      const work = works(5, 30, 1, 20);
      return asked(run('chaos-batched', work, all('work-quickly', work, 'repeats')), work);
    }
    case 'program': {
      const work = works(1, 1, 1, 1000);
      return asked(run('chaos-by-program', work, all('work-by-program', work)), work);
    }
    case 'upstream': {
      const work = works(1, 3, 0, 0);
      return asked(run('chaos-upstream', work, all('work-upstream', work, 'outside')), work);
    }
    case 'needs': {
      const work = works(1, 2, 1, 500);
      const needed = run('chaos-needed', work, all('work', work), `of-${key}`);
      const both = ['chaos-needs', 'chaos-needs-too'].map((goal): ExpectedRun => {
        const one = run(goal, work, []);
        return { ...one, ends: { outcome: 'achieved', sum: sumOf(work) + 1 } };
      });
      const input = { key, work, needed: `of-${key}` };
      return {
        kind,
        runs: [needed, ...both],
        triggers: both.map(({ goal, id }) => ({ goal, input, run: id })),
      };
    }
    case 'told': {
      const [work] = works(1, 1, 0, 500) as [Work];
      const only = run('chaos-told', [work], all('work', [work]));
      const event = { id: key, type: 'chaos.told', data: { key, value: work.value, ms: work.ms } };
      return {
        kind,
        runs: [only],
        triggers: Array.from({ length: between(random, 2, 3) }, () => ({ event, run: only.id })),
      };
    }
    case 'failing': {
      const work = works(2, 2, 1, 200);
      const [first, last] = work as [Work, Work];
      const only: ExpectedRun = {
        ...run('chaos-failing', work, [...all('work', [first]), ...all('refuse', [last])]),
        ends: { outcome: 'failed', code: 'refused' },
      };
      return asked(only, work);
    }
    case 'light':
    case 'light-keyed': {
      // One in five is slow, and so becomes an ordinary run.
      const work = works(1, 3, kind === 'light' ? 1 : 0, random() < 0.2 ? 600 : 10);
      return asked(run('chaos-light', work, byTurns(work)), work, kind === 'light' ? 1 : 8);
    }
    case 'light-told': {
      const work = works(1, 3, 1, 10);
      const only = run('chaos-light', work, byTurns(work));
      const event = { id: key, type: 'chaos.light', data: { key, work } };
      return {
        kind,
        runs: [only],
        triggers: Array.from({ length: between(random, 2, 3) }, () => ({ event, run: only.id })),
      };
    }
    case 'light-failing': {
      const work = works(2, 2, 1, 20);
      const [first, last] = work as [Work, Work];
      const steps = [...all('work-quickly', [first], 'repeats'), ...all('refuse-quickly', [last], 'repeats')];
      const only: ExpectedRun = {
        ...run('chaos-light-failing', work, steps),
        ends: { outcome: 'failed', code: 'refused' },
      };
      return asked(only, work);
    }
    case 'approved': {
      const work = works(1, 2, 1, 300);
      const decides: Decision = random() < 0.8 ? 'approve' : 'reject';
      const only = run('chaos-approved', work, decides === 'approve' ? all('work', work) : []);
      if (decides === 'reject') only.ends = { outcome: 'failed', code: 'rejected' };
      return { ...asked(only, work), decides };
    }
  }
}

/** The steps of chaos-plain: every third one is timed by the server. */
function inTurn(work: readonly Work[]): ExpectedStep[] {
  const counts: Record<string, number> = {};
  return work.map((one, i) => {
    const job = i % 3 === 1 ? 'work-slowly' : 'work';
    counts[job] = (counts[job] ?? 0) + 1;
    return { path: `${job}#${counts[job]}`, work: one, told: 'each' };
  });
}

/** The steps of chaos-light: every second one is inline. */
const byTurns = (work: readonly Work[]): ExpectedStep[] =>
  work.map((one, i) => ({
    path: `${i % 2 === 0 ? 'work-quickly' : 'work-inline'}#${Math.floor(i / 2) + 1}`,
    work: one,
    told: 'repeats',
  }));
