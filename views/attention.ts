// Failed runs in, troubles out: what needs a person, by what stopped it.

import type { Alert } from '../goals/wire/alerts.ts';
import type { SharedTrouble } from '../goals/wire/attention.ts';
import type { RunRow } from '../goals/wire/run-row.ts';

const RUNS_NAMED = 20;

export interface MendedBy {
  /** When the goal was reached last, where any run of it heals those before; null of any other. */
  reachedAt(goal: string): string | null;
  alerts: readonly Pick<Alert, 'id' | 'fingerprint' | 'acknowledged'>[];
}

/**
 * Groups failed runs by what stopped them, from the latest. One that was accepted, or whose goal was reached by a later run
 * that heals any, needs nobody.
 */
export function troublesOf(failed: readonly RunRow[], { reachedAt, alerts }: MendedBy): SharedTrouble[] {
  const byCause = new Map<string, RunRow[]>();
  for (const run of failed) {
    const isMended = (reachedAt(run.goal) ?? '') > (run.closedAt ?? '');
    if (run.accepted || isMended) continue;
    const { failure } = run;
    const cause =
      failure?.fingerprint ?? `${run.goal}:${failure?.code ?? ''}:${failure?.message ?? ''}`.slice(0, 200);
    byCause.set(cause, [...(byCause.get(cause) ?? []), run]);
  }
  return [...byCause].map(([cause, runs]) => {
    const alert = alerts.find(({ fingerprint }) => fingerprint === cause);
    return {
      cause,
      count: runs.length,
      runs: [...runs].sort((a, b) => depthOf(a) - depthOf(b)).slice(0, RUNS_NAMED),
      alert: alert === undefined ? null : { id: alert.id, acknowledged: alert.acknowledged },
    };
  });
}

/** How far below the run its cause lies. */
const depthOf = ({ failure }: RunRow): number => failure?.path.length ?? 0;

/** Whether the outcome of an open run is about to slip. */
export const slips = ({ state, atRisk, late }: RunRow): boolean =>
  state === 'struggling' || state === 'stuck' || atRisk === true || late;
