// The text of visibility queries, made from allow-listed values only: text from outside in a query returns other
// people's rows, and escaping is unreliable.

import { searchAttributes } from '../goals/wire/names.ts';
import type { Publication } from '../goals/wire/publication.ts';
import type { Outcome } from '../goals/wire/run-view.ts';

/** Temporal's statuses of each outcome; they tell the same truth (DESIGN 1). */
export const statusesOf: Record<Outcome, readonly string[]> = {
  achieved: ['Completed'],
  cancelled: ['Canceled'],
  failed: ['Failed', 'Terminated', 'TimedOut'],
};

// temporal.api.enums.v1.WorkflowExecutionStatus: by number in answers, by name in queries.
const STATUSES = [
  '',
  'Running',
  'Completed',
  'Failed',
  'Canceled',
  'Terminated',
  'ContinuedAsNew',
  'TimedOut',
];

/** The outcome that a status of Temporal's stands for; null for one that is none. */
export function outcomeOf(status: number | null | undefined): Outcome | null {
  const name = STATUSES[status ?? 0] ?? '';
  const found = Object.entries(statusesOf).find(([, statuses]) => statuses.includes(name));
  return (found?.[0] as Outcome | undefined) ?? null;
}

const CLOSED = Object.values(statusesOf).flat();

export interface RunFilter {
  /** Must match the pattern of goals' names. */
  goal?: string | undefined;
  /** Any of them; as `goal`. */
  goals?: readonly string[] | undefined;
  /** Must be the owner of one of the goals in the catalogue. */
  owner?: string | undefined;
  outcome?: Outcome | undefined;
  state?: 'pursuing' | 'waiting' | 'struggling' | 'closed' | undefined;
  /** Must be one that `goals/wire/fingerprint.ts` makes. */
  fingerprint?: string | undefined;
  since?: Date | undefined;
}

/** Which errors are asked for. `team` must be that of one of the goals in the catalogue. */
export interface IncidentFilter extends Pick<RunFilter, 'goal'> {
  team?: string | undefined;
  since: Date;
}

const isPlain = (owner: string): boolean => /^[\p{L}\p{N} .,@+&/()_-]+$/u.test(owner);
const among = (field: string, values: readonly string[]): string =>
  `${field} IN (${values.map((value) => `'${value}'`).join(', ')})`;

export type ClosedFilter = Pick<RunFilter, 'goal' | 'outcome'>;

/** The query that finds every execution of runs that is closed, to be narrowed by when it closed. */
export const closedQuery = ({ goal, outcome }: ClosedFilter): string =>
  runQuery({ goal, outcome, state: 'closed' }, []);

/**
 * The query that finds a superset of the runs that a filter means: an owner with quotes or other odd characters is
 * not put into it, only which goals are that owner's. Who asks must look at the owner of what it finds.
 */
export function runQuery(filter: RunFilter, catalogue: readonly Publication[]): string {
  const { goal, goals, owner, outcome, state, fingerprint, since } = filter;
  // Only runs have an owner, so no other workflow of the namespace shows.
  const clauses = [`${searchAttributes.owner} IS NOT NULL`];
  if (goal !== undefined) clauses.push(`WorkflowType = '${goal}'`);
  if (goals !== undefined) clauses.push(among('WorkflowType', goals));
  if (owner !== undefined) {
    const owned = catalogue.filter((publication) => publication.owner === owner).map((found) => found.goal);
    clauses.push(isPlain(owner) ? `${searchAttributes.owner} = '${owner}'` : among('WorkflowType', owned));
  }
  if (outcome !== undefined) clauses.push(among('ExecutionStatus', statusesOf[outcome]));
  if (state !== undefined)
    clauses.push(state === 'closed' ? among('ExecutionStatus', CLOSED) : "ExecutionStatus = 'Running'");
  // A closed run may have been left as it was when it was terminated.
  if (state === 'struggling') clauses.push(`${searchAttributes.state} = 'struggling'`);
  if (state === 'waiting') clauses.push(among(searchAttributes.state, ['waiting', 'struggling']));
  if (fingerprint !== undefined)
    clauses.push(
      `(${searchAttributes.fingerprints} = '${fingerprint}' OR ${searchAttributes.cause} = '${fingerprint}')`,
    );
  if (since !== undefined) clauses.push(`StartTime >= '${since.toISOString()}'`);
  return clauses.join(' AND ');
}

/** The query that finds a superset of the executions with errors, open or closed since. Who asks must look at the team. */
export function incidentQuery(
  { goal, team, since }: IncidentFilter,
  catalogue: readonly Publication[],
): string {
  const clauses = [
    runQuery({ goal }, catalogue),
    `${searchAttributes.fingerprints} IS NOT NULL`,
    `(ExecutionStatus = 'Running' OR CloseTime >= '${since.toISOString()}')`,
  ];
  if (team !== undefined) {
    const ofTeam = catalogue.filter((publication) => publication.team === team).map((found) => found.goal);
    clauses.push(isPlain(team) ? `${searchAttributes.team} = '${team}'` : among('WorkflowType', ofTeam));
  }
  return clauses.join(' AND ');
}
