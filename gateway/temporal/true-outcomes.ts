// How closed executions ended, of which a list has only Temporal's status. A run that could not end itself is terminated,
// also when it was cancelled: its last event tells. What is closed stays as it is, so each is read once.

import type { temporal as proto } from '@temporalio/proto';
import { LRUCache } from 'lru-cache';
import type { Failure } from '../../goals/wire/failure.ts';
import type { Outcome } from '../../goals/wire/run-view.ts';
import { workflowExecutionStatus } from '../../goals/wire/temporal-enums.ts';
import { isNotFound } from '../../process/is-not-found.ts';
import { closedAs, closeOf, hasDeadline } from '../../views/closed-as.ts';
import { isoOf } from '../../views/event-time.ts';
import { endingOf } from '../../views/run-view.ts';
import { concurrently } from '../http/concurrently.ts';
import type { Temporal } from './temporal.ts';
import { isTerminated, outcomeOf } from './visibility-query.ts';

const REMEMBERED = 20_000;
const READS_AT_ONCE = 8;

const GONE: TrueEnd = { outcome: 'failed', failure: null };

type Row = proto.api.workflow.v1.IWorkflowExecutionInfo;

/** How an execution ended. `failure`: of one that the server ended, so that it could not write itself why it failed. */
export interface TrueEnd {
  outcome: Outcome;
  failure: Failure | null;
}

/** The end of each of these rows, in order; null of one that is open, or no workflow's end. */
export type TrueEnds = (rows: readonly Row[]) => Promise<(TrueEnd | null)[]>;

/** The outcome of each of these rows, in order; null of one that is open, or no workflow's end. */
export type TrueOutcomes = (rows: readonly Row[]) => Promise<(Outcome | null)[]>;

export function trueOutcomes(ends: TrueEnds): TrueOutcomes {
  return async (rows) => (await ends(rows)).map((end) => end?.outcome ?? null);
}

export function trueEnds(temporal: Temporal): TrueEnds {
  const { namespace } = temporal;
  const known = new LRUCache<string, TrueEnd>({ max: REMEMBERED });
  const read = async ({ execution, memo }: Row): Promise<TrueEnd> => {
    const [run, id] = [execution?.workflowId ?? '', execution?.runId ?? ''];
    try {
      const answer = await temporal.call((service) =>
        service.getWorkflowExecutionHistory({ namespace, ...closeOf(run, id) }),
      );
      return closedAs(answer, memo) ?? GONE;
    } catch (error) {
      // Its retention has ended since it was listed.
      if (isNotFound(error)) return GONE;
      throw error;
    }
  };
  return async (rows) => {
    const unread = rows.filter(
      ({ status, execution }) => isTerminated(status) && !known.has(execution?.runId ?? ''),
    );
    await concurrently(READS_AT_ONCE, unread, async (row) => {
      known.set(row.execution?.runId ?? '', await read(row));
    });
    return rows.map(({ status, execution, closeTime, memo }) => {
      if (isTerminated(status)) return known.get(execution?.runId ?? '') ?? GONE;
      if (status === workflowExecutionStatus.TIMED_OUT)
        return endingOf({ status: 'timed-out', at: isoOf(closeTime) ?? '' }, undefined, hasDeadline(memo));
      const outcome = outcomeOf(status);
      return outcome && { outcome, failure: null };
    });
  };
}
