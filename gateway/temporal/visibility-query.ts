// The text of visibility queries, made from allow-listed values only: text from outside in a query returns other
// people's rows, and escaping is unreliable.

import type { FailureKind } from '../../goals/wire/failure.ts';
import { familyOf, namesOf } from '../../goals/wire/former-names.ts';
import { searchAttributes } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import type { RunMark } from '../../goals/wire/retraction.ts';
import { failureKeyword, failureKeywords } from '../../goals/wire/row-memo.ts';
import { parseRunId, runId, runKey } from '../../goals/wire/run-id.ts';
import type { Outcome, Why } from '../../goals/wire/run-view.ts';
import { workflowExecutionStatus } from '../../goals/wire/temporal-enums.ts';
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

/** Names of Temporal's statuses in queries, by number as answers have them. */
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
  status === workflowExecutionStatus.TERMINATED;

/** The outcome that a status of Temporal's stands for, unless it is terminated; null for one that is none. */
export function outcomeOf(status: number | null | undefined): Outcome | null {
  const name = STATUSES[status ?? 0] ?? '';
  const found = Object.entries(statusesOf).find(([, statuses]) => statuses.includes(name));
  return (found?.[0] as Outcome | undefined) ?? null;
}

/** Goals that are named in one query: its text has a bound. */
const GOALS_AT_ONCE = 100;

/** Prefixes in one query: databases bound how deep an `OR` nests. */
const PREFIXES = 400;

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
  /** Those of a scope, whose names stand in queries as they are; null: every team. */
  teams?: readonly string[] | null | undefined;
  key?: string | undefined;
  /** Of the keys of `goal`. */
  keyFrom?: string | undefined;
  keyTo?: string | undefined;
  /** Any of these keys of `goal`, as the IDs of runs have them. */
  keys?: readonly string[] | undefined;
  /** With what the keys of `goal` begin. */
  keyPrefix?: string | undefined;
  /** A range of the first part of the keys of `goal`. */
  firstPart?: { from?: string | undefined; to?: string | undefined } | undefined;
  outcome?: Outcome | undefined;
  /** `asking`: of `waiting` those that ask a person something, which no query tells. */
  state?: 'delayed' | 'pursuing' | 'waiting' | 'asking' | 'struggling' | 'stuck' | 'closed' | undefined;
  /** Any of these executions, which Temporal has named. */
  executions?: readonly string[] | undefined;
  /** Must be one that `goals/wire/fingerprint.ts` makes. */
  fingerprint?: string | undefined;
  /** By what they were triggered, which no query tells: who asks must look at what it finds. */
  why?: Why['kind'] | undefined;
  /** All of them; each must be a `tagSchema`. No query has them: `tag-index.ts` finds by them. */
  tag?: readonly string[] | undefined;
  /** The same of what it is marked as. */
  mark?: RunMark | undefined;
  since?: Since | undefined;
  /** Started before then. */
  until?: Since | undefined;
  /** With what the ID of a run begins: characters of IDs only. */
  idPrefix?: string | undefined;
  /** Of a failure: characters of codes only. */
  code?: string | undefined;
  kind?: FailureKind | undefined;
  late?: boolean | undefined;
  /** None of these executions, which Temporal has named. */
  notExecutions?: readonly string[] | undefined;
}

const isPlain = (owner: string): boolean => /^[\p{L}\p{N} .,@+&/()_-]+$/u.test(owner);
const isExecution = (id: string): boolean => /^[0-9a-f-]{36}$/.test(id);
export const among = (field: string, values: readonly string[]): string =>
  `${field} IN (${values.map((value) => `'${value}'`).join(', ')})`;

/** What finds what has all these tags, which are `tagSchema`'s. */
export const tagClauses = (tags: readonly string[]): string[] =>
  tags.map((tag) => `${searchAttributes.tags} = '${tag}'`);

export type ClosedFilter = Pick<RunFilter, 'goal' | 'outcome' | 'teams'>;

/**
 * The query that finds a superset of the executions of runs that are closed, to be narrowed by when they closed. Who asks
 * must look at the outcome of what it finds.
 */
export const closedQuery = (
  { goal, outcome, teams }: ClosedFilter,
  catalogue: readonly Publication[] = [],
): string => visibilityQuery({ goal, outcome, teams, state: 'closed' }, catalogue);

/**
 * The query that finds a superset of the runs that a filter means: an owner with quotes or other odd characters is
 * not put into it, only which goals are that owner's. Who asks must look at the owner of what it finds.
 */
export function visibilityQuery(filter: RunFilter, catalogue: readonly Publication[]): string {
  const { goal, goals, owner, team, outcome, state, executions, fingerprint, since } = filter;
  // Only runs have an owner, so no other workflow of the namespace shows.
  const clauses = [`${searchAttributes.owner} IS NOT NULL`];
  if (goal !== undefined) clauses.push(among('WorkflowType', familyOf(goal, catalogue)));
  if (filter.teams != null) clauses.push(among(searchAttributes.team, filter.teams));
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
  if (state === 'delayed') clauses.push(`${searchAttributes.state} = 'delayed'`);
  if (state === 'waiting' || state === 'asking')
    clauses.push(among(searchAttributes.state, ['waiting', 'struggling']));
  if (fingerprint !== undefined)
    clauses.push(
      `(${searchAttributes.fingerprints} = '${fingerprint}' OR ${searchAttributes.cause} = '${fingerprint}')`,
    );
  if (since !== undefined) clauses.push(`StartTime >= '${since.at.toISOString()}'`);
  clauses.push(...rowClauses(filter));
  return clauses.join(' AND ');
}

/** What only rows are asked for by. */
function rowClauses(filter: RunFilter): string[] {
  const { until, idPrefix, code, kind, late, notExecutions = [] } = filter;
  const clauses: string[] = [];
  if (until !== undefined) clauses.push(`StartTime < '${until.at.toISOString()}'`);
  if (idPrefix !== undefined) clauses.push(`WorkflowId STARTS_WITH '${idPrefix}'`);
  if (code !== undefined)
    clauses.push(
      kind === undefined
        ? among(searchAttributes.failure, failureKeywords(code))
        : `${searchAttributes.failure} = '${failureKeyword({ kind, code })}'`,
    );
  else if (kind !== undefined) clauses.push(`${searchAttributes.failure} STARTS_WITH '${kind}/'`);
  if (late === true) clauses.push(`${searchAttributes.pace} = 'late'`);
  if (late === false)
    clauses.push(`(${searchAttributes.pace} IS NULL OR ${searchAttributes.pace} != 'late')`);
  const others = notExecutions.filter(isExecution);
  if (others.length > 0) clauses.push(`RunId NOT IN (${others.map((id) => `'${id}'`).join(', ')})`);
  return clauses;
}

/** The query that finds the executions of goals, by their names in the catalogue, that began within a span. */
export const dueQuery = ({
  goals,
  teams,
  from,
  to,
}: Pick<RunFilter, 'teams'> & Record<'from' | 'to', Date> & { goals: readonly string[] }): string =>
  [
    visibilityQuery({ goals, teams }, []),
    `StartTime >= '${from.toISOString()}'`,
    `StartTime < '${to.toISOString()}'`,
  ].join(' AND ');

/** The query that finds workflows by their IDs, which are made of names in the catalogue. */
export const workflowsQuery = (ids: readonly string[]): string => among('WorkflowId', ids);

/** What belongs to somebody. A name with odd characters is not put into a query, only which goals are theirs. */
function belongingTo(field: 'owner' | 'team', name: string, catalogue: readonly Publication[]): string {
  const theirs = catalogue.filter((publication) => publication[field] === name).map(({ goal }) => goal);
  return isPlain(name) ? `${searchAttributes[field]} = '${name}'` : among('WorkflowType', theirs);
}

/** The part of a run's ID that a key has become: a key that cannot be one is taken for a text of an input. */
export const keyId = (key: string): string =>
  parseRunId(runId('a', key)) === null ? runKey({ key }, ['key']).id : key;

/** What finds the workflows of these goals whose IDs begin with the goal; null when there is none to look for. */
export function prefixedBy(prefixOf: (goal: string) => string, goals: readonly string[]): string | null {
  if (goals.length === 0) return null;
  if (goals.length > PREFIXES)
    throw invalid('goal', `is missing: there are more than ${PREFIXES} goals to look for`);
  return `(${goals.map((goal) => `WorkflowId STARTS_WITH '${prefixOf(goal)}'`).join(' OR ')})`;
}

function keyClauses(filter: RunFilter, catalogue: readonly Publication[]): string[] {
  const { goal, key, keyFrom, keyTo, keys, keyPrefix, firstPart } = filter;
  const family = familyOf(goal ?? '', catalogue);
  const goals = goal === undefined ? catalogue.flatMap(namesOf) : family;
  if (goals.length > GOALS_AT_ONCE && key !== undefined)
    throw invalid('goal', 'is missing: there are too many goals to look for a key in all of them');
  if (key !== undefined)
    return [
      among(
        'WorkflowId',
        goals.map((name) => runId(name, keyId(key))),
      ),
    ];
  const anyName = (clause: (name: string) => string): string =>
    family.length === 1
      ? clause(family[0] as string)
      : `(${family.map((name) => `(${clause(name)})`).join(' OR ')})`;
  if (keys !== undefined)
    return [
      among(
        'WorkflowId',
        family.flatMap((name) => keys.map((one) => runId(name, one))),
      ),
    ];
  const { from, to } = firstPart ?? {};
  const narrowed = [
    ...(keyPrefix === undefined
      ? []
      : [anyName((name) => `WorkflowId STARTS_WITH '${runId(name, keyPrefix)}'`)]),
    ...(from === undefined
      ? []
      : [anyName((name) => `WorkflowId STARTS_WITH '${name}:' AND WorkflowId >= '${runId(name, from)}'`)]),
    // Databases sort what stands between the parts each in its own way.
    ...(to === undefined
      ? []
      : [
          anyName(
            (name) =>
              `WorkflowId STARTS_WITH '${name}:' AND (WorkflowId <= '${runId(name, to)}' OR WorkflowId STARTS_WITH '${runId(name, to)}~')`,
          ),
        ]),
  ];
  if (narrowed.length > 0) return narrowed;
  if (keyFrom === undefined && keyTo === undefined) return [];
  const ranges = family.map((name) => {
    const bounds = [`WorkflowId STARTS_WITH '${name}:'`];
    if (keyFrom !== undefined) bounds.push(`WorkflowId >= '${runId(name, keyFrom)}'`);
    if (keyTo !== undefined) bounds.push(`WorkflowId <= '${runId(name, keyTo)}'`);
    return (family.length === 1 ? bounds.slice(1) : bounds).join(' AND ');
  });
  return [ranges.length === 1 ? (ranges[0] as string) : `(${ranges.map((one) => `(${one})`).join(' OR ')})`];
}
