// Every error of a run with what became of it, apart from the outcome (DESIGN 1, P3).

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

export interface ToldErrors {
  errors: RunError[];
  omitted: OmittedErrors[];
  /** Of the steps whose errors are not all kept: those that are tell their time themselves. */
  hourly: HourlyErrors[];
}

interface RunEnd {
  closed: boolean;
  failure: Failure | null;
}

export function errorsOf(steps: readonly StepState[], end: RunEnd): ToldErrors {
  const told: ToldErrors = { errors: [], omitted: [], hourly: [] };
  for (const step of steps) {
    const disposition = dispositionOf(step, end);
    const kept = [...keptEntries(step.ledger), ...(step.plain === null ? [] : [step.plain])];
    for (const { n, server: _, local: __, stack, ...entry } of kept)
      told.errors.push({
        id: `${step.path}@${n}`,
        step: step.path,
        job: step.name,
        attempt: n,
        ...entry,
        disposition,
        stack: stack ?? null,
      });
    const omitted = omittedOf(step, disposition);
    told.omitted.push(...omitted);
    if (omitted.length > 0 && step.ledger.hours !== undefined)
      told.hourly.push({ step: step.path, hours: step.ledger.hours });
  }
  // Sorting keeps what is of the same moment as it is: in the order of steps and of their attempts.
  told.errors.sort((a, b) => a.at.localeCompare(b.at));
  return told;
}

/** All errors of a step share their fate, as they are tries of one thing. */
function dispositionOf(step: StepState, { closed, failure }: RunEnd): Disposition {
  if (step.state === 'succeeded') return 'recovered';
  if (failure !== null && failure.path[0] === step.path) return 'fatal';
  // Failed, and the run went on or ended for another reason; or torn down with the run.
  if (closed || step.state === 'failed' || step.state === 'cancelled') return 'handled';
  return 'pending';
}

/** Per fingerprint, how many entries the bounded ledger no longer holds. */
function omittedOf({ path, ledger }: StepState, disposition: Disposition): OmittedErrors[] {
  const kept = keptEntries(ledger);
  return Object.entries(ledger.tallies).flatMap(([fingerprint, { n, ...tally }]) => {
    const held = kept.filter((entry) => keyOf(entry.fingerprint, ledger.tallies) === fingerprint).length;
    return n > held ? [{ step: path, fingerprint, ...tally, disposition, count: n - held }] : [];
  });
}

const keyOf = (fingerprint: string, tallies: object): string =>
  fingerprint in tallies ? fingerprint : 'other';

export const noErrors = (): ErrorCounts => ({ pending: 0, recovered: 0, handled: 0, fatal: 0 });

/** How many errors there are of each disposition, kept or omitted, in the steps that `among` picks. */
export function countErrors(
  { errors, omitted }: Pick<ToldErrors, 'errors' | 'omitted'>,
  among: (step: string) => boolean,
): ErrorCounts {
  const counts = noErrors();
  for (const { step, disposition } of errors) if (among(step)) counts[disposition]++;
  for (const { step, disposition, count } of omitted) if (among(step)) counts[disposition] += count;
  return counts;
}

/** The same for each step that has errors, by its path; `stepOf` tells the step of what is no step itself. */
export function countsByStep(
  { errors, omitted }: Pick<ToldErrors, 'errors' | 'omitted'>,
  stepOf: (path: string) => string = (path) => path,
): Map<string, ErrorCounts> {
  const counts = new Map<string, ErrorCounts>();
  for (const { step: path, disposition, count } of [
    ...errors.map((error) => ({ ...error, count: 1 })),
    ...omitted,
  ]) {
    const step = stepOf(path);
    const of = counts.get(step) ?? noErrors();
    of[disposition] += count;
    counts.set(step, of);
  }
  return counts;
}
