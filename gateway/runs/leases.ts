// Leases: what runs have created and is still to be torn down, and what could not be. Read from Temporal alone.

import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
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
import { concurrently } from '../http/concurrently.ts';
import { badCursor, cursorOf, tokenOf } from '../http/cursor.ts';
import { Problem } from '../http/problems.ts';
import type { Page, Pages } from '../temporal/pages.ts';
import { isInvalidArgument, type Temporal } from '../temporal/temporal.ts';
import type { Runs } from './runs.ts';

/** A lease as people see it. */
export interface LeaseView extends Omit<LeaseMemo, 'execution'> {
  id: string;
  /** Temporal's run ID of the lease. */
  execution: string;
  /** That of the run which began it. */
  runExecution: string;
  state: LeaseState;
  startedAt: string;
  closedAt: string | null;
  /** When the job is tried again, while an attempt is waited for. */
  nextAttemptAt: string | null;
  /** Attempts to tear down that failed: how many, and the latest of them. */
  failed: number;
  errors: Omit<RunError, 'disposition'>[];
  /** Who had it tried again, and why. */
  retries: Pick<OperatorAction, 'at' | 'by' | 'reason'>[];
}

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

export interface Leases {
  list(
    filter: LeaseFilter,
    limit: number,
    cursor: string | undefined,
  ): Promise<{ items: LeaseView[]; next: string | null }>;
  find(id: string): Promise<LeaseView>;
  /** Has a stuck lease tried again now. */
  retry(id: string, by: string, reason: string): Promise<LeaseView>;
  /** The run with what has become of its leases since it closed. */
  withLeases(run: Run): Promise<Run>;
}

export function leasesOf(temporal: Temporal, pages: Pages, runs: Runs): Leases {
  const describe = async (id: string, execution?: string): Promise<WorkflowExecutionDescription | null> => {
    try {
      const described = await runs.describe(id, execution);
      return described.type === LEASE && memoOf(described) !== null ? described : null;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  };

  const view = async (described: WorkflowExecutionDescription): Promise<LeaseView> => {
    const { workflowId: id, runId, startTime, closeTime } = described;
    const told = memoOf(described) as LeaseMemo;
    const state = stateOf(described);
    const { run, errors, actions } = await runs.story(described);
    const latest = errors.slice(-ERRORS_SHOWN).map(({ disposition: _, cutOff: __, ...error }) => error);
    const { cutOff: ___, ...counts } = run.errors;
    return {
      ...{ ...told, id, execution: runId, runExecution: told.execution, state },
      startedAt: startTime.toISOString(),
      closedAt: closeTime?.toISOString() ?? null,
      nextAttemptAt: run.steps.find(({ nextAttemptAt }) => nextAttemptAt !== null)?.nextAttemptAt ?? null,
      failed: Object.values(counts).reduce((sum, n) => sum + n, 0),
      errors: latest,
      retries: actions
        .filter(({ name }) => name === signalNames.retryLease)
        .map(({ at, by, reason }) => ({ at, by, reason })),
    };
  };

  const found = async (id: string): Promise<WorkflowExecutionDescription> => {
    const described = isLeaseId(id) ? await describe(id) : null;
    if (described !== null) return described;
    throw new Problem(
      'lease_unknown',
      `There is no lease ${id.slice(0, 200)}, or Temporal keeps it no longer.`,
    );
  };

  return {
    async list(filter, limit, cursor) {
      const query = leaseQuery(filter);
      const token = cursor === undefined ? null : tokenOf(cursor, query);
      const page = await pageOf(pages, query, filter, limit, token);
      const items = await concurrently(READS_AT_ONCE, page.executions ?? [], async ({ execution }) => {
        const described = await describe(execution?.workflowId ?? '', execution?.runId ?? '');
        if (described === null) return [];
        const lease = await view(described);
        // Lists lag behind by some milliseconds.
        const isMeant = filter.state === undefined ? lease.closedAt === null : filter.state === lease.state;
        return isMeant ? [lease] : [];
      });
      const after = page.nextPageToken;
      return { items: items.flat(), next: after?.length ? cursorOf(after, query) : null };
    },
    find: async (id) => view(await found(id)),
    async retry(id, by, reason) {
      const described = await found(id);
      const state = stateOf(described);
      if (state !== 'stuck')
        throw new Problem(
          'lease_not_stuck',
          `The lease ${id} is ${state}; only one that is stuck can be tried again.`,
        );
      await temporal.call(() =>
        temporal.client.workflow
          .getHandle(id, described.runId)
          .signal(signalNames.retryLease, { by, reason }),
      );
      return view(await found(id));
    },
    async withLeases(run) {
      const unsure = run.steps.filter(({ lease }) => lease?.state === 'cleaning').slice(0, LEASES_OF_RUN);
      if (unsure.length === 0) return run;
      const states = new Map(
        await concurrently(READS_AT_ONCE, unsure, async ({ path, lease }) => {
          const described = await describe(lease?.id ?? '', lease?.execution);
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
    },
  };
}

/** Null when it is none that this gateway can read. */
const memoOf = ({ memo }: WorkflowExecutionDescription): LeaseMemo | null =>
  leaseMemoSchema.safeParse(memo?.[memoNames.lease]).data ?? null;

function leaseQuery({ state, goal }: LeaseFilter): string {
  const clauses = [`WorkflowType = '${LEASE}'`];
  if (state === 'cleaned') clauses.push("ExecutionStatus = 'Completed'");
  else if (state === 'gone')
    clauses.push("ExecutionStatus IN ('Failed', 'Canceled', 'Terminated', 'TimedOut')");
  else {
    clauses.push("ExecutionStatus = 'Running'");
    if (state !== undefined) clauses.push(`${searchAttributes.state} = '${state}'`);
  }
  // The colon ends the goal's name, as no name has one.
  if (goal !== undefined) clauses.push(`WorkflowId STARTS_WITH '${LEASE}:${goal}:'`);
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
