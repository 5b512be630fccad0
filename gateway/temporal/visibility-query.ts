// The text of visibility queries, made from allow-listed values only: text from outside in a query returns other
// people's rows, and escaping is unreliable.

import { searchAttributes } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { parseRunId, runId, runKey } from '../../goals/wire/run-id.ts';
import type { Outcome } from '../../goals/wire/run-view.ts';
import { invalid } from '../http/read-query.ts';
import type { Since } from '../http/window.ts';

/**
 * Temporal's statuses of each outcome. One that was terminated may have been cancelled all the same, as it could not end
 * itself: who tells outcomes must look at its end.
 */
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

/** Whether the status does not tell the outcome. */
export const isTerminated = (status: number | null | undefined): boolean =>
  STATUSES[status ?? 0] === 'Terminated';

/** The outcome that a status of Temporal's stands for, unless it is terminated; null for one that is none. */
export function outcomeOf(status: number | null | undefined): Outcome | null {
  const name = STATUSES[status ?? 0] ?? '';
  const found = Object.entries(statusesOf).find(([, statuses]) => statuses.includes(name));
  return (found?.[0] as Outcome | undefined) ?? null;
}

/** Goals that are named in one query: its text has a bound. */
const GOALS_AT_ONCE = 100;

const CLOSED = Object.values(statusesOf).flat();

export interface RunFilter {
  /** Must match the pattern of goals' names. */
  goal?: string | undefined;
  /** Any of them; as `goal`. */
  goals?: readonly string[] | undefined;
  /** Must be the owner of one of the goals in the catalogue. */
  owner?: string | undefined;
  /** Must be the team of one of the goals in the catalogue. */
  team?: string | undefined;
  key?: string | undefined;
  /** Of the keys of `goal`. */
  keyFrom?: string | undefined;
  keyTo?: string | undefined;
  outcome?: Outcome | undefined;
  state?: 'pursuing' | 'waiting' | 'struggling' | 'stuck' | 'closed' | undefined;
  /** Any of these executions, which Temporal has named. */
  executions?: readonly string[] | undefined;
  /** Must be one that `goals/wire/fingerprint.ts` makes. */
  fingerprint?: string | undefined;
  since?: Since | undefined;
}

/** Which errors are asked for. */
export interface IncidentFilter extends Pick<RunFilter, 'goal' | 'team'> {
  since: Date;
}

const isPlain = (owner: string): boolean => /^[\p{L}\p{N} .,@+&/()_-]+$/u.test(owner);
const isExecution = (id: string): boolean => /^[0-9a-f-]{36}$/.test(id);
const among = (field: string, values: readonly string[]): string =>
  `${field} IN (${values.map((value) => `'${value}'`).join(', ')})`;

export type ClosedFilter = Pick<RunFilter, 'goal' | 'outcome'>;

/**
 * The query that finds a superset of the executions of runs that are closed, to be narrowed by when they closed. Who asks
 * must look at the outcome of what it finds.
 */
export const closedQuery = ({ goal, outcome }: ClosedFilter): string =>
  runQuery({ goal, outcome, state: 'closed' }, []);

/**
 * The query that finds a superset of the runs that a filter means: an owner with quotes or other odd characters is
 * not put into it, only which goals are that owner's. Who asks must look at the owner of what it finds.
 */
export function runQuery(filter: RunFilter, catalogue: readonly Publication[]): string {
  const { goal, goals, owner, team, outcome, state, executions, fingerprint, since } = filter;
  // Only runs have an owner, so no other workflow of the namespace shows.
  const clauses = [`${searchAttributes.owner} IS NOT NULL`];
  if (goal !== undefined) clauses.push(`WorkflowType = '${goal}'`);
  if (goals !== undefined) clauses.push(among('WorkflowType', goals));
  if (owner !== undefined) clauses.push(belongingTo('owner', owner, catalogue));
  if (team !== undefined) clauses.push(belongingTo('team', team, catalogue));
  clauses.push(...keyClauses(filter, catalogue));
  // One that could not end itself was terminated, also when it was cancelled: who asks must look at the outcome.
  if (outcome !== undefined)
    clauses.push(
      among('ExecutionStatus', [...statusesOf[outcome], ...(outcome === 'cancelled' ? ['Terminated'] : [])]),
    );
  if (executions !== undefined) clauses.push(among('RunId', executions.filter(isExecution)));
  if (state !== undefined)
    clauses.push(state === 'closed' ? among('ExecutionStatus', CLOSED) : "ExecutionStatus = 'Running'");
  // A closed run may have been left as it was when it was terminated.
  if (state === 'struggling') clauses.push(`${searchAttributes.state} = 'struggling'`);
  if (state === 'waiting') clauses.push(among(searchAttributes.state, ['waiting', 'struggling']));
  if (fingerprint !== undefined)
    clauses.push(
      `(${searchAttributes.fingerprints} = '${fingerprint}' OR ${searchAttributes.cause} = '${fingerprint}')`,
    );
  if (since !== undefined) clauses.push(`StartTime >= '${since.at.toISOString()}'`);
  return clauses.join(' AND ');
}

/** The query that finds a superset of the executions with errors, open or closed since. Who asks must look at the team. */
export function incidentQuery(
  { goal, team, since }: IncidentFilter,
  catalogue: readonly Publication[],
): string {
  return [
    runQuery({ goal, team }, catalogue),
    `${searchAttributes.fingerprints} IS NOT NULL`,
    `(ExecutionStatus = 'Running' OR CloseTime >= '${since.toISOString()}')`,
  ].join(' AND ');
}

/** What belongs to somebody. A name with odd characters is not put into a query, only which goals are theirs. */
function belongingTo(field: 'owner' | 'team', name: string, catalogue: readonly Publication[]): string {
  const theirs = catalogue.filter((publication) => publication[field] === name).map(({ goal }) => goal);
  return isPlain(name) ? `${searchAttributes[field]} = '${name}'` : among('WorkflowType', theirs);
}

/** The part of a run's ID that a key has become: a key that cannot be one is taken for a text of an input. */
export const keyId = (key: string): string =>
  parseRunId(runId('a', key)) === null ? runKey({ key }, ['key']).id : key;

function keyClauses({ goal, key, keyFrom, keyTo }: RunFilter, catalogue: readonly Publication[]): string[] {
  const goals = goal === undefined ? catalogue.map((publication) => publication.goal) : [goal];
  if (goals.length > GOALS_AT_ONCE && key !== undefined)
    throw invalid('goal', 'is missing: there are too many goals to look for a key in all of them');
  if (key !== undefined)
    return [
      among(
        'WorkflowId',
        goals.map((name) => runId(name, keyId(key))),
      ),
    ];
  const bounds = [];
  if (keyFrom !== undefined) bounds.push(`WorkflowId >= '${runId(goal ?? '', keyFrom)}'`);
  if (keyTo !== undefined) bounds.push(`WorkflowId <= '${runId(goal ?? '', keyTo)}'`);
  return bounds;
}
