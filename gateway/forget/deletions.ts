// Closed runs are forgotten: the gateway deletes what Temporal has of them, and what only workers reach is the work of a workflow
// that Temporal keeps until they have done it. All of it may be asked for again, at any gateway.
//
// deletions.1. The workflow of a deletion is begun before anything is deleted: a gateway that dies meanwhile leaves nothing undone.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import {
  begunDeletion,
  type Deletion,
  type DeletionMemo,
  type DeletionTerms,
  deletionMemoSchema,
  HISTORIES,
} from '../../goals/wire/deletion.ts';
import {
  ANNOTATIONS,
  DELETION,
  deletionId,
  KEEP_RECORDS,
  LEASE,
  MAP_SHARD,
  memoNames,
  REQUEST,
  SYSTEM_TASK_QUEUE,
  signalNames,
  TAGGED,
} from '../../goals/wire/names.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { deleteExecutions } from '../../process/delete-executions.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { describe, type Found } from './doomed.ts';

/** So long an answer waits for Temporal, which deletes nothing that closed within the last half minute. */
const GONE_MS = 3_000;
/** So long an answer waits to say that workers have done their part. */
const DONE_MS = 1_500;
const LOOK_MS = 100;
const SINKS_LIMIT = 50;

export interface Deletions {
  /** Deletes these closed runs. `name`: by what it is asked for again; by default by the runs. */
  begin(found: readonly Found[], name?: readonly string[]): Promise<Deletion>;
  /** How an earlier deletion of these runs, or of this name, stands; null where there is none. `mine`: whether the caller may know of runs of a team. */
  earlier(runs: readonly string[], mine: (team: string | null) => boolean): Promise<Deletion | null>;
}

export function deletionsOf(temporal: Temporal, alertsId: string): Deletions {
  const idOf = (runs: readonly string[]): string =>
    deletionId(sha256([...runs].sort().join('\n')).slice(0, 32));

  const sinks = async (): Promise<string[]> => {
    const query = `WorkflowType = '${KEEP_RECORDS}' AND ExecutionStatus = 'Running'`;
    const page = await temporal.call((service) =>
      service.listWorkflowExecutions({ namespace: temporal.namespace, query, pageSize: SINKS_LIMIT }),
    );
    return (page.executions ?? []).map(({ execution }) => execution?.workflowId ?? '');
  };

  const stands = async (runs: readonly string[]): Promise<DeletionMemo | null> => {
    let described = await describe(temporal, idOf(runs));
    for (const until = Date.now() + DONE_MS; isUnderWay(described) && Date.now() < until; ) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      described = await describe(temporal, idOf(runs));
    }
    const memo = deletionMemoSchema.safeParse(described?.memo?.[memoNames.deletion]).data ?? null;
    // It has done its work, and names the runs.
    if (described !== null && memo !== null && !isUnderWay(described) && memo.unreached.length === 0)
      await deleteExecutions(temporal, [{ id: described.workflowId, execution: described.runId }], GONE_MS);
    return memo;
  };

  return {
    async begin(found, name) {
      const runs = found.map(({ doomed }) => doomed.run);
      const names = name ?? runs;
      const terms: DeletionTerms = {
        runs: found.map(({ doomed }) => doomed),
        alerts: alertsId,
        sinks: await sinks(),
      };
      // deletions.1
      await temporal.call(() =>
        temporal.client.workflow.signalWithStart(DELETION, {
          workflowId: idOf(names),
          taskQueue: SYSTEM_TASK_QUEUE,
          args: [terms],
          signal: signalNames.deleteMore,
          signalArgs: [terms],
          memo: { [memoNames.deletion]: begunDeletion(terms) },
          staticSummary: `${runs.length} closed ${runs.length === 1 ? 'run is' : 'runs are'} forgotten`,
        }),
      );
      const workflows = terms.runs.flatMap((run) => run.workflows);
      const { left } = await deleteExecutions(temporal, workflows, GONE_MS);
      const count = (type: string): number => workflows.filter((one) => one.type === type).length;
      const [shards, leases, requests] = [count(MAP_SHARD), count(LEASE), count(REQUEST)];
      const beside = count(ANNOTATIONS) + count(TAGGED);
      const memo = (await stands(names)) ?? begunDeletion(terms);
      return answerOf(runs, left.length === 0 ? without(HISTORIES, memo) : memo, {
        deleted: {
          executions: workflows.length - shards - leases - requests - beside,
          shards,
          leases,
          requests,
        },
        unreached: found.flatMap((one) => [
          ...one.left,
          ...(one.more ? [{ place: one.doomed.run, why: 'it has more executions; delete it again' }] : []),
        ]),
        elsewhere: found.flatMap((one) => one.elsewhere),
      });
    },

    async earlier(runs, mine) {
      const memo = await stands(runs);
      return memo === null || !memo.teams.every(mine) ? null : answerOf(runs, memo);
    },
  };
}

const isUnderWay = (described: WorkflowExecutionDescription | null): boolean =>
  described?.status.name === 'RUNNING';

const without = (place: string, memo: DeletionMemo): DeletionMemo => ({
  ...memo,
  waiting: memo.waiting.filter((other) => other !== place),
});

const NOTHING = { executions: 0, shards: 0, leases: 0, requests: 0 };

function answerOf(
  runs: readonly string[],
  { waiting, unreached, deleted: places }: DeletionMemo,
  told: Partial<Pick<Deletion, 'deleted' | 'unreached' | 'elsewhere'>> = {},
): Deletion {
  const all = [...unreached, ...(told.unreached ?? [])];
  return {
    runs: [...runs],
    deleted: told.deleted ?? NOTHING,
    complete: waiting.length === 0 && all.length === 0,
    waiting,
    unreached: all,
    places,
    elsewhere: told.elsewhere ?? [],
    key: 'counts as never pursued',
  };
}
