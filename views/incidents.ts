// One outage is one line: the errors of many runs, grouped by what they have in common.

import type { Incident, IncidentDetails } from '../goals/wire/answers.ts';
import type { ErrorClass } from '../goals/wire/ledger.ts';
import type { Disposition, Run } from '../goals/wire/run-view.ts';
import type { RunStory } from './run-view.ts';

/** What runs of a window tell of a trouble: not what was before. */
type OfWindow<Told> = Omit<Told, 'earlier'>;

/** What one fingerprint did to one run. */
export interface Hurt {
  fingerprint: string;
  type: string;
  code: string;
  message: string;
  class: ErrorClass;
  occurrences: number;
  since: string;
  lastSeen: string;
  /** `failed` because of it, `open` while it is being retried, `healed` of it; `ended` by a cancellation before that. */
  fate: 'failed' | 'open' | 'healed' | 'ended';
  run: string;
  goal: string;
  team: string | null;
  /** Its errors by hour, those whose time is kept. */
  hours: ReadonlyMap<string, HourCounts>;
}

type HourCounts = Record<'failed' | 'healed' | 'open', number>;

const RUNS_NAMED = 10;

type Seen = Omit<Hurt, 'fate' | 'run' | 'goal' | 'team' | 'hours'> & { dispositions: Set<Disposition> };

const KINDS: Record<Disposition, keyof HourCounts> = {
  ...{ fatal: 'failed', pending: 'open', recovered: 'healed', handled: 'healed' },
};

/** What each fingerprint did to a run, one entry each. */
export function hurtsOf({ run, errors, omitted }: RunStory): Hurt[] {
  const seen = new Map<string, Seen>();
  const hours = new Map<string, Map<string, HourCounts>>();
  const add = (one: Omit<Seen, 'dispositions'>, disposition: Disposition): void => {
    const before = seen.get(one.fingerprint);
    const merged = before === undefined ? one : merge(before, one);
    const dispositions = (before?.dispositions ?? new Set()).add(disposition);
    seen.set(one.fingerprint, { ...merged, dispositions });
  };
  for (const { fingerprint, type, code, message, class: kind, at, disposition } of errors) {
    add(
      { fingerprint, type, code, message, class: kind, occurrences: 1, since: at, lastSeen: at },
      disposition,
    );
    const counts = hours.get(fingerprint) ?? new Map<string, HourCounts>();
    hours.set(fingerprint, counts);
    countIn(counts, at.slice(0, 13))[KINDS[disposition]]++;
  }
  // Beyond a ledger's bound of kinds there is no fingerprint, but many that have nothing in common.
  for (const { fingerprint, type, code, message, class: kind, first, last, disposition, count } of omitted)
    if (fingerprint !== 'other')
      add(
        { fingerprint, type, code, message, class: kind, occurrences: count, since: first, lastSeen: last },
        disposition,
      );
  // A needed goal's error failed this run too; it is counted where it occurred.
  const cause = run.failure?.cause ?? null;
  if (cause !== null && cause.attempt !== null && cause.run !== run.id) {
    const { fingerprint, type, code, message, class: kind, at } = cause;
    const told = { fingerprint, type, code, message, class: kind, occurrences: 0, since: at, lastSeen: at };
    add(told, 'fatal');
  }
  return [...seen.values()].map(({ dispositions, ...one }) => ({
    ...one,
    fate: fateOf(dispositions, run),
    run: run.id,
    goal: run.goal,
    team: run.team,
    hours: hours.get(one.fingerprint) ?? new Map(),
  }));
}

function countIn(counts: Map<string, HourCounts>, hour: string): HourCounts {
  const found = counts.get(hour) ?? { failed: 0, healed: 0, open: 0 };
  counts.set(hour, found);
  return found;
}

function fateOf(dispositions: ReadonlySet<Disposition>, { outcome }: Run): Hurt['fate'] {
  if (dispositions.has('fatal')) return 'failed';
  if (dispositions.has('pending')) return 'open';
  return outcome === 'cancelled' && dispositions.has('handled') ? 'ended' : 'healed';
}

/** The incidents that runs were hurt by: most failed runs first, then those that still last, then the latest. */
export function incidentsOf(hurts: readonly Hurt[]): OfWindow<Incident>[] {
  const byFingerprint = new Map<string, Hurt[]>();
  for (const hurt of hurts)
    byFingerprint.set(hurt.fingerprint, [...(byFingerprint.get(hurt.fingerprint) ?? []), hurt]);
  return [...byFingerprint.values()]
    .map(incidentOf)
    .sort(
      (a, b) =>
        b.failedRuns - a.failedRuns || b.openRuns - a.openRuns || b.lastSeen.localeCompare(a.lastSeen),
    );
}

function incidentOf(hurts: readonly Hurt[]): OfWindow<Incident> {
  const { fingerprint, type, code, message, class: kind, occurrences, since, lastSeen } = hurts.reduce(merge);
  const countOf = (fate: Hurt['fate']): number => hurts.filter((hurt) => hurt.fate === fate).length;
  const runs = [...hurts].sort((a, b) => ORDER.indexOf(a.fate) - ORDER.indexOf(b.fate));
  return {
    ...{ fingerprint, type, code, message, class: kind, occurrences },
    goals: distinct(hurts.map(({ goal }) => goal)).sort(),
    teams: distinct(hurts.flatMap(({ team }) => team ?? [])).sort(),
    failedRuns: countOf('failed'),
    healedRuns: countOf('healed'),
    openRuns: countOf('open'),
    since,
    lastSeen,
    runs: distinct(runs.map(({ run }) => run)).slice(0, RUNS_NAMED),
  };
}

/** One trouble among what runs were hurt by: by hour, and by goal. Null where none of them was hurt by it. */
export function incidentDetails(
  hurts: readonly Hurt[],
  fingerprint: string,
): Omit<OfWindow<IncidentDetails>, 'from' | 'truncated'> | null {
  const own = hurts.filter((hurt) => hurt.fingerprint === fingerprint);
  if (own.length === 0) return null;
  const hours = new Map<string, HourCounts>();
  for (const hurt of own)
    for (const [hour, { failed, healed, open }] of hurt.hours) {
      const counts = countIn(hours, hour);
      counts.failed += failed;
      counts.healed += healed;
      counts.open += open;
    }
  const timed = [...hours.values()].reduce(
    (sum, { failed, healed, open }) => sum + failed + healed + open,
    0,
  );
  const incident = incidentOf(own);
  return {
    ...incident,
    hours: [...hours]
      .map(([hour, counts]) => ({ hour, ...counts }))
      .sort((a, b) => (a.hour < b.hour ? -1 : 1)),
    untimed: Math.max(0, incident.occurrences - timed),
    hurt: distinct(own.map(({ goal }) => goal))
      .map((goal) => {
        const of = own.filter((hurt) => hurt.goal === goal);
        const { occurrences, failedRuns, healedRuns, openRuns, lastSeen } = incidentOf(of);
        return {
          ...{ goal, team: of[0]?.team ?? null },
          ...{ occurrences, failedRuns, healedRuns, openRuns, lastSeen },
        };
      })
      .sort((a, b) => b.failedRuns - a.failedRuns || b.openRuns - a.openRuns || a.goal.localeCompare(b.goal)),
  };
}

const ORDER: readonly Hurt['fate'][] = ['failed', 'open', 'healed', 'ended'];

const distinct = <T>(items: readonly T[]): T[] => [...new Set(items)];

/** Both counted together, in the words of the later. */
function merge<T extends Omit<Seen, 'dispositions'>>(a: T, b: Omit<Seen, 'dispositions'> & Partial<T>): T {
  const isLater = b.lastSeen >= a.lastSeen;
  return {
    ...a,
    ...(isLater ? { type: b.type, code: b.code, message: b.message, class: b.class } : {}),
    occurrences: a.occurrences + b.occurrences,
    since: [a.since, b.since].sort()[0] as string,
    lastSeen: isLater ? b.lastSeen : a.lastSeen,
  };
}
