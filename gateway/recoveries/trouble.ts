// The runs that one trouble ended: which of them are pursued once more, and what that does.

import { namesOf } from '../../goals/wire/former-names.ts';
import { searchAttributes } from '../../goals/wire/names.ts';
import type { RecoveredRun } from '../../goals/wire/recovery.ts';
import { RECOVERY_RUNS } from '../../goals/wire/recovery.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { isEndedByTemporal } from '../../goals/wire/trouble.ts';
import { Problem } from '../http/problems.ts';
import { windowMs } from '../http/window.ts';
import type { RouteDeps } from '../route-deps.ts';
import { isInvalidArgument } from '../temporal/temporal.ts';
import { troubleQuery } from '../temporal/trouble-query.ts';
import { attribute, type ListedExecution, latestOf } from './latest-executions.ts';

export interface TroubleAsked {
  fingerprint: string;
  window: string;
  goal?: string | undefined;
  team?: string | undefined;
}

/** A set of runs to be pursued once more. */
export interface MeantRecovery {
  runs: RecoveredRun[];
  /** That of all runs; null where they are of several. */
  team: string | null;
  /** Left out, as they were achieved since, or are under way. */
  achieved: string[];
  open: string[];
  /** More that are to be pursued once more than one recovery takes: they are left for the next. */
  left: number;
}

const tooMany = (): Problem =>
  new Problem(
    'recovery_impossible',
    `More than ${RECOVERY_RUNS} runs are meant; narrow it by a goal, a team or a window.`,
  );

/** Those that failed of it in the window, by their latest execution; of each goal one after the other. */
export async function troubledRuns(
  deps: Pick<RouteDeps, 'pages' | 'light' | 'catalogue' | 'scope' | 'clock'>,
  { fingerprint, window, goal, team }: TroubleAsked,
): Promise<MeantRecovery> {
  const goals = await deps.catalogue.all();
  const nothing = { runs: [], team: null, achieved: [], open: [], left: 0 };
  if (goals.length === 0 || (team !== undefined && goals.every((one) => one.team !== team))) return nothing;
  if (goals.flatMap(namesOf).some((name) => isEndedByTemporal(name, fingerprint)))
    throw new Problem(
      'recovery_impossible',
      'Temporal ended these runs, so that no list finds them by their trouble. Resume each of them.',
    );
  const since = new Date(deps.clock.now() - windowMs(window));
  const query = troubleQuery({ goal, team, teams: deps.scope.teams, since, fingerprint }, goals);
  const rows = await rowsOf(deps, query);
  const ids = [...new Set(rows.map(({ execution }) => execution?.workflowId ?? ''))];
  const latest = await latestOf(deps, ids);
  const failed = rows.filter(
    (row) =>
      parseRunId(row.execution?.workflowId ?? '')?.goal === row.type?.name &&
      (team === undefined || attribute(row, searchAttributes.team) === team),
  );
  const isLatest = ({ execution }: ListedExecution): boolean =>
    latest.get(execution?.workflowId ?? '')?.execution === execution?.runId;
  const meant = failed.filter(isLatest);
  const earlier = failed.filter((row) => !isLatest(row));
  const laterIs = (outcome: 'achieved' | null): string[] => [
    ...new Set(
      earlier.flatMap(({ execution }) => {
        const later = latest.get(execution?.workflowId ?? '');
        return later?.outcome === outcome ? (execution?.workflowId ?? []) : [];
      }),
    ),
  ];
  const teams = new Set(meant.map((row) => attribute(row, searchAttributes.team)));
  const [only = null] = teams;
  return {
    runs: inTurn(meant).map(({ execution }) => ({
      ...{ run: execution?.workflowId ?? '', execution: execution?.runId ?? '' },
      how: 'resume' as const,
    })),
    team: teams.size === 1 ? only : null,
    ...{ achieved: laterIs('achieved'), open: laterIs(null), left: 0 },
  };
}

async function rowsOf({ pages }: Pick<RouteDeps, 'pages'>, query: string): Promise<ListedExecution[]> {
  try {
    const { executions, nextPageToken } = await pages(query, RECOVERY_RUNS, null);
    if (nextPageToken?.length && (executions ?? []).length >= RECOVERY_RUNS) throw tooMany();
    return executions ?? [];
  } catch (error) {
    // No worker has registered the search attributes of errors yet, so no run can have any.
    if (isInvalidArgument(error)) return [];
    throw error;
  }
}

/** A goal's next, then the next goal's: so that the trial has runs of several goals. */
function inTurn(rows: readonly ListedExecution[]): ListedExecution[] {
  const byGoal = new Map<string, ListedExecution[]>();
  for (const row of rows) {
    const goal = row.type?.name ?? '';
    byGoal.set(goal, [...(byGoal.get(goal) ?? []), row]);
  }
  const most = Math.max(0, ...[...byGoal.values()].map(({ length }) => length));
  return Array.from({ length: most }, (_, i) => [...byGoal.values()].flatMap((of) => of[i] ?? [])).flat();
}
