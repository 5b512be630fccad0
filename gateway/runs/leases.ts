// Leases: what runs have created and is still to be torn down, and what could not be. Read from Temporal alone.

import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { verifiedMark } from '../../goals/wire/actor.ts';
import type { LeaseView } from '../../goals/wire/answers.ts';
import {
  isLeaseId,
  type LeaseMemo,
  type LeaseState,
  leaseMemoSchema,
  leaseStates,
} from '../../goals/wire/lease.ts';
import { LEASE, memoNames, searchAttributes, signalNames } from '../../goals/wire/names.ts';
import type { OperatorAction } from '../../goals/wire/run-record.ts';
import type { Run, RunError } from '../../goals/wire/run-view.ts';
import type { TeamScope } from '../access/scope.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { goalsLookedFor } from '../catalogue/goals.ts';
import { concurrently } from '../http/concurrently.ts';
import { badCursor, cursorOf, tokenOf } from '../http/cursor.ts';
import { Problem } from '../http/problems.ts';
import type { DescribeListed } from '../temporal/describe-listed.ts';
import type { Page, Pages } from '../temporal/pages.ts';
import { isInvalidArgument, type Temporal } from '../temporal/temporal.ts';
import { prefixedBy } from '../temporal/visibility-query.ts';
import type { Runs } from './runs.ts';

export interface LeaseFilter {
  /** Default: every state that is not over. */
  state?: LeaseState | undefined;
  /** Must match the pattern of goals' names. */
  goal?: string | undefined;
}

const ERRORS_SHOWN = 10;
const READS_AT_ONCE = 8;
/** Of one run; what it says of the others is what its own history tells. */
const LEASES_OF_RUN = 20;

export interface LeaseDeps {
  scope: TeamScope;
  catalogue: Catalogue;
  temporal: Temporal;
  pages: Pages;
  runs: Runs;
}

export async function pageOfLeases(
  deps: LeaseDeps & { describeListed: DescribeListed },
  filter: LeaseFilter,
  limit: number,
  cursor: string | undefined,
): Promise<{ items: LeaseView[]; next: string | null }> {
  const goals = await goalsLookedFor(deps, filter.goal);
  const prefixes = goals && prefixedBy((goal) => `${LEASE}:${goal}:`, goals);
  // Nobody's goals have no leases.
  if (goals !== null && prefixes === null) return { items: [], next: null };
  const query = leaseQuery(filter, prefixes);
  const token = cursor === undefined ? null : tokenOf(cursor, query);
  const page = await pageOf(deps.pages, query, filter, limit, token);
  const items = await concurrently(READS_AT_ONCE, page.executions ?? [], async ({ execution }) => {
    const described = await readable(() =>
      deps.describeListed(execution?.workflowId ?? '', execution?.runId ?? ''),
    );
    if (described === null) return [];
    const lease = await view(deps, described);
    // Lists lag behind by some milliseconds.
    const isMeant = filter.state === undefined ? lease.closedAt === null : filter.state === lease.state;
    return isMeant && deps.scope.holds(lease.team) ? [lease] : [];
  });
  const after = page.nextPageToken;
  return { items: items.flat(), next: after?.length ? cursorOf(after, query) : null };
}

/** One lease; a `Problem` when there is none. */
export const findLease = async (deps: LeaseDeps, id: string): Promise<LeaseView> =>
  view(deps, await find(deps, id));

/** Has a stuck lease tried again now. */
export async function tryLeaseAgain(
  deps: LeaseDeps,
  id: string,
  asked: Pick<OperatorAction, 'by' | 'verified' | 'reason'>,
): Promise<LeaseView> {
  const described = await find(deps, id);
  const state = stateOf(described);
  if (state !== 'stuck')
    throw new Problem(
      'lease_not_stuck',
      `The lease ${id} is ${state}; only one that is stuck can be tried again.`,
    );
  const { call, client } = deps.temporal;
  const handle = client.workflow.getHandle(id, described.runId);
  await call(() => handle.signal(signalNames.retryLease, asked));
  return findLease(deps, id);
}

/** The run with what has become of its leases since it closed. */
export async function withLeases(deps: LeaseDeps, run: Run): Promise<Run> {
  const unsure = run.steps.filter(({ lease }) => lease?.state === 'cleaning').slice(0, LEASES_OF_RUN);
  if (unsure.length === 0) return run;
  const states = new Map(
    await concurrently(READS_AT_ONCE, unsure, async ({ path, lease }) => {
      const described = await describe(deps, lease?.id ?? '', lease?.execution);
      const state = described === null ? 'gone' : stateOf(described);
      // No worker has told it of the run's end yet.
      return [path, state === 'held' ? ('cleaning' as const) : state] as const;
    }),
  );
  const steps = run.steps.map((step) => {
    const state = states.get(step.path);
    return step.lease === undefined || state === undefined
      ? step
      : { ...step, lease: { ...step.lease, state } };
  });
  return { ...run, steps };
}

/** Null when there is no lease of that ID that this gateway can read. */
const describe = ({ runs }: LeaseDeps, id: string, execution?: string) =>
  readable(() => runs.describe(id, execution));

async function readable(
  asked: () => Promise<WorkflowExecutionDescription>,
): Promise<WorkflowExecutionDescription | null> {
  try {
    const described = await asked();
    return described.type === LEASE && memoOf(described) !== null ? described : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

async function find(deps: LeaseDeps, id: string): Promise<WorkflowExecutionDescription> {
  const described = isLeaseId(id) ? await describe(deps, id) : null;
  if (described !== null && deps.scope.admits(memoOf(described)?.team ?? null)) return described;
  throw new Problem(
    'lease_unknown',
    `There is no lease ${id.slice(0, 200)}, or Temporal keeps it no longer.`,
  );
}

async function view({ runs }: LeaseDeps, described: WorkflowExecutionDescription): Promise<LeaseView> {
  const { workflowId: id, runId, startTime, closeTime } = described;
  const told = memoOf(described) as LeaseMemo;
  const { run, errors, actions } = await runs.story(described);
  const { pending, recovered, handled, fatal } = run.errors;
  return {
    ...told,
    id,
    execution: runId,
    runExecution: told.execution,
    state: stateOf(described),
    startedAt: startTime.toISOString(),
    closedAt: closeTime?.toISOString() ?? null,
    nextAttemptAt: run.steps.find(({ nextAttemptAt }) => nextAttemptAt !== null)?.nextAttemptAt ?? null,
    failed: pending + recovered + handled + fatal,
    errors: errors.slice(-ERRORS_SHOWN).map(shownError),
    retries: actions
      .filter(({ name }) => name === signalNames.retryLease)
      .map(({ at, by, reason, ...action }) => ({ at, by, ...verifiedMark(action), reason })),
  };
}

/** What became of it is nothing that a lease knows. */
const shownError = ({ disposition: _, cutOff: __, ...error }: RunError): LeaseView['errors'][number] => error;

/** Null when it is none that this gateway can read. */
const memoOf = ({ memo }: WorkflowExecutionDescription): LeaseMemo | null =>
  leaseMemoSchema.safeParse(memo?.[memoNames.lease]).data ?? null;

function leaseQuery({ state }: LeaseFilter, prefixes: string | null): string {
  const clauses = [`WorkflowType = '${LEASE}'`];
  if (state === 'cleaned') clauses.push("ExecutionStatus = 'Completed'");
  else if (state === 'gone')
    clauses.push("ExecutionStatus IN ('Failed', 'Canceled', 'Terminated', 'TimedOut')");
  else {
    clauses.push("ExecutionStatus = 'Running'");
    if (state !== undefined) clauses.push(`${searchAttributes.state} = '${state}'`);
  }
  // A colon ends the goal's name, as no name has one.
  if (prefixes !== null) clauses.push(prefixes);
  return clauses.join(' AND ');
}

async function pageOf(
  pages: Pages,
  query: string,
  filter: LeaseFilter,
  limit: number,
  token: Uint8Array | null,
): Promise<Page> {
  try {
    return await pages(query, limit, token);
  } catch (error) {
    if (token !== null && isInvalidArgument(error)) throw badCursor();
    // No worker has registered the search attributes yet, so there is no lease.
    if (filter.state !== undefined && isInvalidArgument(error)) return {};
    throw error;
  }
}

function stateOf({ status, searchAttributes: found }: WorkflowExecutionDescription): LeaseState {
  if (status.name === 'COMPLETED') return 'cleaned';
  if (status.name !== 'RUNNING') return 'gone';
  const told = (found[searchAttributes.state] as string[] | undefined)?.[0];
  return leaseStates.find((state) => state === told) ?? 'held';
}
