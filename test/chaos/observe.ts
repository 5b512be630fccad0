// What became of the runs, as the gateway tells it and as Temporal's own history does.

import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { parseLightExecution } from '../../goals/wire/light.ts';
import { runErrorSchema, runSchema } from '../../goals/wire/run-view.ts';
import type { Asking } from './asking.ts';
import type { HostedRun } from './hosts.ts';
import type { Gateway } from './topology.ts';

const { HistoryEventFilterType } = proto.temporal.api.enums.v1;

export interface ObservedRun {
  id: string;
  execution: string;
  outcome: string | null;
  code: string | null;
  output: unknown;
  errors: { recovered: number; handled: number; pending: number; fatal: number };
  steps: { path: string; state: string; attempts: number }[];
  /** The raw errors, and how many more a step had than are kept. */
  ledger: { step: string; attempt: number; code: string }[];
  omitted: { step: string; count: number }[];
  /** The event that closes the history, by Temporal. */
  closedBy: string;
  /** Milliseconds from its start to its outcome. */
  ms: number;
}

/** The names of what may close a history. */
const CLOSING: readonly [keyof proto.temporal.api.history.v1.IHistoryEvent, string][] = [
  ['workflowExecutionCompletedEventAttributes', 'completed'],
  ['workflowExecutionFailedEventAttributes', 'failed'],
  ['workflowExecutionCanceledEventAttributes', 'canceled'],
  ['workflowExecutionTerminatedEventAttributes', 'terminated'],
  ['workflowExecutionTimedOutEventAttributes', 'timed out'],
];

/** A run of which there is one execution. Null when the gateway does not know it. */
export async function observe(
  asking: Asking,
  gateway: Gateway,
  client: Client,
  id: string,
  hosted: HostedRun | undefined,
): Promise<ObservedRun | null> {
  const told = await asking.ask(gateway, `/runs/${id}`);
  if (told?.status !== 200) return null;
  const { execution, outcome, failure, output, errors, steps, startedAt, closedAt } = runSchema.parse(
    told.body,
  );
  const raw = await asking.ask(gateway, `/runs/${id}/errors`);
  return {
    id,
    execution,
    outcome,
    code: failure?.code ?? null,
    output,
    errors,
    steps: steps.map(({ path, state, attempts }) => ({ path, state, attempts })),
    ledger: (raw?.body.items ?? []).map((item: unknown) => {
      const { step, attempt, code } = runErrorSchema.parse(item);
      return { step, attempt, code };
    }),
    omitted: raw?.body.omitted ?? [],
    closedBy:
      parseLightExecution(execution) === null
        ? await closing(client, id, execution)
        : hosted?.achieved.includes(execution)
          ? 'completed'
          : 'nothing',
    ms: closedAt === null ? 0 : Date.parse(closedAt) - Date.parse(startedAt),
  };
}

/** Of an ordinary run: of a light one its host's history tells, as `hosted`. */
async function closing(client: Client, workflowId: string, runId: string): Promise<string> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    historyEventFilterType: HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
  });
  const last = history?.events?.at(-1);
  return CLOSING.find(([attributes]) => last?.[attributes])?.[1] ?? 'nothing';
}

/** All executions of the suite's goals, by run, as Temporal lists them, and as the hosts of light runs have them. */
export async function executionsOf(
  client: Client,
  taskQueue: string,
  hosted: ReadonlyMap<string, HostedRun>,
): Promise<Map<string, string[]>> {
  const found = new Map([...hosted].map(([id, { achieved }]) => [id, [...achieved]]));
  for await (const { workflowId, runId, type } of client.workflow.list({
    query: `TaskQueue = '${taskQueue}'`,
    pageSize: 1000,
  }))
    if (!type.startsWith('gk-')) found.set(workflowId, [...(found.get(workflowId) ?? []), runId]);
  return found;
}
