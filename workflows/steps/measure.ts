// What the worker's metrics count of a run. It leaves nothing in the history, so no replay can differ by it.

import { ApplicationFailure, isCancellation, proxySinks, workflowInfo } from '@temporalio/workflow';
import type { Goal } from '../../goals/index.ts';
import { type Criterion, runFailureSchema } from '../../goals/wire/failure.ts';
import type { ErrorClass, Ledger } from '../../goals/wire/ledger.ts';
import type { MeasuredRun, MeasureSinks } from '../../goals/wire/measures.ts';

const { gkMeasures } = proxySinks<MeasureSinks>();

/** The run closes: `error` is null when it is achieved. */
export function measureOutcome({ name: goal, team }: Goal, expected: number | null, error: unknown): void {
  const { unsafe, startTime } = workflowInfo();
  if (unsafe.isReplaying) return;
  const now = Date.now();
  const ms = Math.max(0, now - startTime.getTime());
  const outcome = error === null ? 'achieved' : isCancellation(error) ? 'cancelled' : 'failed';
  const details = error instanceof ApplicationFailure ? error.details?.[0] : undefined;
  const failure = runFailureSchema.safeParse(details).data?.failure;
  const { kind = outcome === 'failed' ? 'code' : '', code = null } = failure ?? {};
  gkMeasures.outcome({ goal, team, outcome, kind, code, ms, isLate: expected !== null && now > expected });
}

/** A light run of these times is achieved, in milliseconds since 1970. */
export function measureLight(
  { name: goal, team, expectedMs }: Goal,
  light: MeasuredRun,
  { begun, closed }: { begun: number; closed: number },
): void {
  if (workflowInfo().unsafe.isReplaying) return;
  const ms = Math.max(0, closed - begun);
  const isLate = expectedMs !== null && ms > expectedMs;
  gkMeasures.outcome({ goal, team, light, outcome: 'achieved', kind: '', code: null, ms, isLate });
}

/** The run is achieved, with these criteria. */
export function measureWarnings({ name: goal, team }: Goal, criteria: readonly Criterion[]): void {
  const { length: count } = criteria.filter(({ met, severity }) => !met && severity === 'warn');
  if (count > 0 && !workflowInfo().unsafe.isReplaying) gkMeasures.warned({ goal, team, count });
}

/** A step has succeeded, with the errors of its ledger before. */
export function measureRecovered(
  { name: goal, team }: Goal,
  step: string,
  ledger: Ledger | undefined,
  light?: MeasuredRun,
): void {
  if (ledger === undefined || ledger.total === 0 || workflowInfo().unsafe.isReplaying) return;
  const errors: { [kind in ErrorClass]?: number } = {};
  for (const { class: kind, n } of Object.values(ledger.tallies)) errors[kind] = (errors[kind] ?? 0) + n;
  gkMeasures.recovered({ goal, team, light, step, errors });
}
