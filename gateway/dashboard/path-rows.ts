// The path of a run as rows to be drawn: each step with its attempts, needed goals unfolded by one level.

import type { Run, RunError, Step } from '../../goals/wire/run-view.ts';
import type { DrawnSpan } from './axis.ts';

/** A run with its errors, as the API has them. */
export interface RunWithErrors {
  run: Run;
  errors: readonly RunError[];
}

export interface PathRow {
  step: Step;
  run: string;
  depth: 0 | 1;
  errors: readonly RunError[];
  /** It decided the outcome. */
  isHit: boolean;
  from: number;
  to: number;
}

export function rowsOf(
  { run, errors }: RunWithErrors,
  children: ReadonlyMap<string, RunWithErrors>,
  now: number,
): PathRow[] {
  const { cause } = run.failure ?? { cause: null };
  const rowsIn = (told: RunWithErrors, depth: 0 | 1): PathRow[] => {
    const errorsOf = new Map<string, RunError[]>();
    for (const error of told.errors) errorsOf.set(error.step, [...(errorsOf.get(error.step) ?? []), error]);
    return [...told.run.steps]
      .sort((a, b) => (a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : 0))
      .flatMap((step) => {
        const row: PathRow = {
          ...{
            step,
            depth,
            run: told.run.id,
            errors: errorsOf.get(step.path) ?? [],
          },
          isHit: cause !== null && cause.run === told.run.id && cause.step === step.path,
          from: Date.parse(step.startedAt),
          to: step.closedAt === null ? endOf(told.run, now) : Date.parse(step.closedAt),
        };
        const child = depth === 0 && step.run !== null ? children.get(step.run) : undefined;
        // What was over before the run needed it is no part of this path.
        const isOver = child?.run.closedAt != null && child.run.closedAt < step.startedAt;
        return child === undefined || isOver ? [row] : [row, ...rowsIn(child, 1)];
      });
  };
  return rowsIn({ run, errors }, 0);
}

const endOf = (run: Run, now: number): number => (run.closedAt === null ? now : Date.parse(run.closedAt));

export interface DrawnAttempts {
  /** DrawnAttempts that failed. */
  failed: DrawnSpan[];
  /** The pauses after them. */
  pauses: DrawnSpan[];
  /** The one that succeeded, failed for good or is under way. */
  last: DrawnSpan | null;
}

/** When the attempts of a step ran, as far as it is known: an error tells its own time. */
export function attemptsOf({ step, errors, from, to }: PathRow): DrawnAttempts {
  const ended = errors.map(({ at, ms }): DrawnSpan => {
    const end = Math.min(to, Date.parse(at));
    return [Math.max(from, end - ms), end];
  });
  const isOver = step.state === 'failed' && ended.length > 0;
  const failed = isOver ? ended.slice(0, -1) : ended;
  const final = isOver ? ended.at(-1) : undefined;
  const settled = failed.at(-1)?.[1] ?? from;
  const last: DrawnSpan | null =
    final ??
    (step.state === 'waiting'
      ? null
      : [step.ms === undefined ? settled : Math.max(settled, to - step.ms), to]);
  const starts = [...failed.slice(1), ...(last === null ? [[to, to] as DrawnSpan] : [last])];
  const pauses = failed.flatMap(([, end], i): DrawnSpan[] => {
    const next = starts[i]?.[0] ?? end;
    return next > end ? [[end, next]] : [];
  });
  return { failed, pauses, last };
}

/** When something ran: people who are waited for, sleeps, and goals whose own steps are rows leave the axis free to fold. */
export function busyOf(rows: readonly PathRow[]): DrawnSpan[] {
  const unfolded = new Set(rows.filter(({ depth }) => depth === 1).map(({ run }) => run));
  return rows.flatMap((row): DrawnSpan[] => {
    const { kind, run } = row.step;
    if (kind === 'approval' || kind === 'ask' || kind === 'event' || kind === 'sleep' || kind === 'lease')
      return [];
    if (kind === 'goal') return run !== null && unfolded.has(run) ? [] : [[row.from, row.to]];
    const { failed, last } = attemptsOf(row);
    return [...failed, ...(last === null ? [] : [last])];
  });
}
