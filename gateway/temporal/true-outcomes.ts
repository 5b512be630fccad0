// How closed executions ended, of which a list has only Temporal's status. A run that could not end itself is terminated,
// also when it was cancelled: its last event tells. What is closed stays as it is, so each is read once.

import type { temporal as proto } from '@temporalio/proto';
import { LRUCache } from 'lru-cache';
import type { Outcome } from '../../goals/wire/run-view.ts';
import { isGone } from '../../process/is-not-found.ts';
import { closedAs, closeOf } from '../../views/closed-as.ts';
import { concurrently } from '../http/concurrently.ts';
import type { Temporal } from './temporal.ts';
import { isTerminated, outcomeOf } from './visibility-query.ts';

const REMEMBERED = 20_000;
const READS_AT_ONCE = 8;

type Row = proto.api.workflow.v1.IWorkflowExecutionInfo;

/** The outcome of each of these rows, in order; null of one that is open, or no workflow's end. */
export type TrueOutcomes = (rows: readonly Row[]) => Promise<(Outcome | null)[]>;

export function trueOutcomes(temporal: Temporal): TrueOutcomes {
  const { namespace } = temporal;
  const known = new LRUCache<string, Outcome>({ max: REMEMBERED });
  const read = async ({ execution, memo }: Row): Promise<Outcome> => {
    const [run, id] = [execution?.workflowId ?? '', execution?.runId ?? ''];
    try {
      const answer = await temporal.call((service) =>
        service.getWorkflowExecutionHistory({ namespace, ...closeOf(run, id) }),
      );
      return closedAs(answer, memo)?.outcome ?? 'failed';
    } catch (error) {
      // Its retention has ended since it was listed.
      if (isGone(error)) return 'failed';
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
    return rows.map(({ status, execution }) =>
      isTerminated(status) ? (known.get(execution?.runId ?? '') ?? 'failed') : outcomeOf(status),
    );
  };
}
