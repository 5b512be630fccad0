// What the worker's metrics count of a run. It leaves nothing in the history, so no replay can differ by it.

import { ApplicationFailure, isCancellation, proxySinks, workflowInfo } from '@temporalio/workflow';
import type { Goal } from '../../goals/index.ts';
import { runFailureSchema } from '../../goals/wire/failure.ts';
import type { ErrorClass, Ledger } from '../../goals/wire/ledger.ts';
import type { MeasureSinks } from '../../goals/wire/measures.ts';

const { gkMeasures } = proxySinks<MeasureSinks>();

/** The run closes: `error` is null when it is achieved. */
export function measureOutcome({ name: goal, team, expectedMs }: Goal, error: unknown): void {
  const { unsafe, startTime } = workflowInfo();
  if (unsafe.isReplaying) return;
  const ms = Math.max(0, Date.now() - startTime.getTime());
  const outcome = error === null ? 'achieved' : isCancellation(error) ? 'cancelled' : 'failed';
  const details = error instanceof ApplicationFailure ? error.details?.[0] : undefined;
  const failure = runFailureSchema.safeParse(details).data?.failure;
  const { kind = outcome === 'failed' ? 'code' : '', code = null } = failure ?? {};
  gkMeasures.outcome({ goal, team, outcome, kind, code, ms, isLate: expectedMs !== null && ms > expectedMs });
}

/** A step has succeeded, with the errors of its ledger before. */
export function measureRecovered({ name: goal, team }: Goal, step: string, ledger: Ledger | undefined): void {
  if (ledger === undefined || ledger.total === 0 || workflowInfo().unsafe.isReplaying) return;
  const errors: { [kind in ErrorClass]?: number } = {};
  for (const { class: kind, n } of Object.values(ledger.tallies)) errors[kind] = (errors[kind] ?? 0) + n;
  gkMeasures.recovered({ goal, team, step, errors });
}
