// One outage is one line: the errors of many runs, grouped by what they have in common. So are outcomes that failed without an
// error of an attempt: by a criterion, a deadline, a decision or an input.

import type { Incident, IncidentDetails } from '../goals/wire/answers.ts';
import type { Failure, FailureKind } from '../goals/wire/failure.ts';
import type { ErrorClass } from '../goals/wire/ledger.ts';
import { parseRunId } from '../goals/wire/run-id.ts';
import type { Disposition, Run } from '../goals/wire/run-view.ts';
import { troubleOf } from '../goals/wire/trouble.ts';
import type { RunStory } from './run-view.ts';

/** What runs of a window tell of a trouble: not what was before. */
type OfWindow<Told> = Omit<Told, 'earlier'>;

type Place = Incident['places'][number];

/** What one fingerprint did to one run. */
export interface Hurt {
  fingerprint: string;
  /** Null where it was errors of attempts. */
  kind: FailureKind | null;
  /** The latest first. */
  places: readonly Place[];
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

const [RUNS_NAMED, PLACES_NAMED] = [10, 10];

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
  const inStep = (step: string, job: string | null) => ({
    kind: null,
    places: [{ goal: run.goal, job, step }],
  });
  for (const { fingerprint, type, code, message, class: of, at, disposition, step, job } of errors) {
    const told = { fingerprint, type, code, message, class: of, ...inStep(step, job) };
    add({ ...told, occurrences: 1, since: at, lastSeen: at }, disposition);
    const counts = hours.get(fingerprint) ?? new Map<string, HourCounts>();
    hours.set(fingerprint, counts);
    countIn(counts, at.slice(0, 13))[KINDS[disposition]]++;
  }
  // Beyond a ledger's bound of kinds there is no fingerprint, but many that have nothing in common.
  for (const {
    fingerprint,
    type,
    code,
    message,
    class: of,
    first,
    last,
    disposition,
    count,
    step,
  } of omitted)
    if (fingerprint !== 'other') {
      const told = { fingerprint, type, code, message, class: of, ...inStep(step, jobAt(run, step)) };
      add({ ...told, occurrences: count, since: first, lastSeen: last }, disposition);
    }
  const isEndedByError = [...seen.values()].some(({ dispositions }) => dispositions.has('fatal'));
  const ending = isEndedByError ? null : endingOf(run);
  if (ending !== null) {
    add(ending, 'fatal');
    if (ending.occurrences > 0)
      hours.set(
        ending.fingerprint,
        new Map([[ending.lastSeen.slice(0, 13), { failed: 1, healed: 0, open: 0 }]]),
      );
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

/**
 * What failed a run none of whose own errors did. A needed goal's trouble failed this run too; it is counted where it
 * occurred.
 */
function endingOf(run: Run): Omit<Seen, 'dispositions'> | null {
  const { failure, outcome } = run;
  if (failure === null || outcome !== 'failed') return null;
  const { cause } = failure;
  if (cause !== null) {
    const { fingerprint, type, code, message, class: of, at, attempt, job, step } = cause;
    const isOwn = cause.run === run.id;
    // The run's errors have it, or are too many to hold it.
    if (isOwn && attempt !== null) return null;
    return {
      ...{ fingerprint, type, code, message, class: of, since: at, lastSeen: at },
      kind: attempt === null ? failure.kind : null,
      places: [{ goal: goalOf(cause.run) ?? run.goal, job, step }],
      occurrences: isOwn ? 1 : 0,
    };
  }
  const [path, within] = failure.path;
  const step = run.steps.find((one) => one.path === path);
  const needed = neededIn(run, failure);
  const at = run.closedAt ?? run.startedAt;
  return {
    fingerprint: troubleOf(needed ?? run.goal, failure),
    ...{ kind: failure.kind, type: failure.code, code: failure.code, message: failure.message },
    class: failure.code === 'deadline_passed' ? 'transient' : 'infrastructure',
    places: [
      needed === undefined
        ? { goal: run.goal, job: step?.kind === 'job' ? step.name : null, step: path ?? null }
        : { goal: needed, job: null, step: within ?? null },
    ],
    ...{ occurrences: needed === undefined ? 1 : 0, since: at, lastSeen: at },
  };
}

/**
 * The needed goal at which a run failed without a cause, as far as that is known: such a failure does not say how far down it
 * lies.
 */
const neededIn = ({ steps }: Pick<Run, 'steps'>, { kind, path }: Failure): string | undefined =>
  kind === 'dependency' ? goalOf(steps.find((step) => step.path === path[0])?.run ?? '') : undefined;

/** The fingerprint of the trouble that failed a run; null where it did not fail. */
export const troubleOfRun = (run: Pick<Run, 'goal' | 'steps' | 'failure'>): string | null =>
  run.failure && troubleOf(neededIn(run, run.failure) ?? run.goal, run.failure);

const goalOf = (run: string): string | undefined => parseRunId(run)?.goal;

const jobAt = (run: Run, path: string): string | null =>
  run.steps.find((step) => step.path === path)?.name ?? null;

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
  const {
    fingerprint,
    type,
    code,
    message,
    class: of,
    occurrences,
    since,
    lastSeen,
    kind,
    places,
  } = hurts.reduce(merge);
  const countOf = (fate: Hurt['fate']): number => hurts.filter((hurt) => hurt.fate === fate).length;
  const runs = [...hurts].sort((a, b) => ORDER.indexOf(a.fate) - ORDER.indexOf(b.fate));
  return {
    ...{ fingerprint, kind, places: [...places], type, code, message, class: of, occurrences },
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
    kind: kindOf(a, b),
    places: distinctPlaces(isLater ? [...b.places, ...a.places] : [...a.places, ...b.places]),
    occurrences: a.occurrences + b.occurrences,
    since: [a.since, b.since].sort()[0] as string,
    lastSeen: isLater ? b.lastSeen : a.lastSeen,
  };
}

type Kinded = Pick<Hurt, 'kind' | 'occurrences'>;

/** An error of an attempt is one whatever else has its fingerprint; else it is as the run says in which it happened. */
const kindOf = (a: Kinded, b: Kinded): FailureKind | null =>
  a.kind === null || b.kind === null ? null : a.occurrences >= b.occurrences ? a.kind : b.kind;

/** Of a job each goal has one place, whichever of its steps that is. */
function distinctPlaces(places: readonly Place[]): Place[] {
  const byKey = new Map<string, Place>();
  for (const place of places) {
    const key = JSON.stringify([place.goal, place.job ?? place.step?.replace(/#\d+$/, '')]);
    const known = byKey.get(key);
    byKey.set(key, known === undefined ? place : { ...known, job: known.job ?? place.job });
  }
  return [...byKey.values()].slice(0, PLACES_NAMED);
}
