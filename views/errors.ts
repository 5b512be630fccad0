// Every error of a run with what became of it, apart from the outcome.

import type { Failure } from '../goals/wire/failure.ts';
import { keptEntries } from '../goals/wire/ledger.ts';
import type {
  Disposition,
  ErrorCounts,
  HourlyErrors,
  OmittedErrors,
  RunError,
} from '../goals/wire/run-view.ts';
import type { StepState } from './step-state.ts';

export interface RunErrors {
  errors: RunError[];
  omitted: OmittedErrors[];
  /** Of the steps whose errors are not all kept: those that are tell their time themselves. */
  hourly: HourlyErrors[];
}

interface RunEnd {
  closed: boolean;
  /** Whether it ended by a cancellation. */
  cancelled?: boolean;
  failure: Failure | null;
}

export function errorsOf(steps: readonly StepState[], end: RunEnd): RunErrors {
  const told: RunErrors = { errors: [], omitted: [], hourly: [] };
  for (const known of steps) {
    const { step, ledger, plain } = known;
    const fate = fateOf(known, end);
    const kept = [...keptEntries(ledger), ...(plain === null ? [] : [plain])];
    for (const { n, server: _, local: __, cutShort: ___, stack, ...entry } of kept)
      told.errors.push({
        id: `${step.path}@${n}`,
        step: step.path,
        job: step.name,
        attempt: n,
        ...entry,
        ...fate,
        stack: stack ?? null,
      });
    const omitted = omittedOf(known, fate);
    told.omitted.push(...omitted);
    if (omitted.length > 0 && ledger.hours !== undefined)
      told.hourly.push({ step: step.path, hours: ledger.hours });
  }
  // Sorting keeps what is of the same moment as it is: in the order of steps and of their attempts.
  told.errors.sort((a, b) => a.at.localeCompare(b.at));
  return told;
}

type Fate = Pick<RunError, 'disposition' | 'cutOff'>;

function fateOf({ step }: StepState, end: RunEnd): Fate {
  const disposition = dispositionOf(step, end);
  // A step that had failed for good before was coped with, or the run would have ended by it.
  const isCutOff = end.cancelled === true && disposition === 'handled' && step.state !== 'failed';
  return isCutOff ? { disposition, cutOff: true } : { disposition };
}

/** All errors of a step share their fate, as they are tries of one thing. */
function dispositionOf(step: StepState['step'], { closed, failure }: RunEnd): Disposition {
  if (step.state === 'succeeded') return 'recovered';
  if (failure !== null && failure.path[0] === step.path) return 'fatal';
  // Failed, and the run went on or ended for another reason; or torn down with the run.
  if (closed || step.state === 'failed' || step.state === 'cancelled') return 'handled';
  return 'pending';
}

/** Per fingerprint, how many entries the bounded ledger no longer holds. */
function omittedOf({ step: { path }, ledger }: StepState, fate: Fate): OmittedErrors[] {
  const kept = keptEntries(ledger);
  return Object.entries(ledger.tallies).flatMap(([fingerprint, { n, ...tally }]) => {
    const held = kept.filter((entry) => keyOf(entry.fingerprint, ledger.tallies) === fingerprint).length;
    return n > held ? [{ step: path, fingerprint, ...tally, ...fate, count: n - held }] : [];
  });
}

const keyOf = (fingerprint: string, tallies: object): string =>
  fingerprint in tallies ? fingerprint : 'other';

export const noErrors = (): ErrorCounts => ({ pending: 0, recovered: 0, handled: 0, fatal: 0 });

function add(counts: ErrorCounts, { disposition, cutOff }: Fate, count: number): void {
  counts[disposition] += count;
  if (cutOff) counts.cutOff = (counts.cutOff ?? 0) + count;
}

/** How many errors there are of each disposition, kept or omitted, in the steps that `among` picks. */
export function countErrors(
  { errors, omitted }: Pick<RunErrors, 'errors' | 'omitted'>,
  among: (step: string) => boolean,
): ErrorCounts {
  const counts = noErrors();
  for (const error of errors) if (among(error.step)) add(counts, error, 1);
  for (const error of omitted) if (among(error.step)) add(counts, error, error.count);
  return counts;
}

/** The same for each step that has errors, by its path; `stepOf` tells the step of what is no step itself. */
export function countsByStep(
  { errors, omitted }: Pick<RunErrors, 'errors' | 'omitted'>,
  stepOf: (path: string) => string = (path) => path,
): Map<string, ErrorCounts> {
  const counts = new Map<string, ErrorCounts>();
  for (const error of [...errors.map((one) => ({ ...one, count: 1 })), ...omitted]) {
    const step = stepOf(error.step);
    const of = counts.get(step) ?? noErrors();
    add(of, error, error.count);
    counts.set(step, of);
  }
  return counts;
}
