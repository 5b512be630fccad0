// What became of the runs, as the gateway tells it and as Temporal's own history does.

import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { parseLightExecution } from '../../goals/wire/light.ts';
import { runErrorSchema, runSchema } from '../../goals/wire/run-view.ts';
import type { Acknowledged, Asking } from './asking.ts';
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
  /** `isKept`: of a light run that became this one, whose attempts it did not make itself. */
  steps: { path: string; state: string; attempts: number; isKept?: boolean }[];
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

const PATIENCE_MS = 120_000;

/** What a gateway answers in the end: one whose Temporal is slow for a moment, on a busy machine, is asked again. */
async function answered(asking: Asking, gateway: Gateway, path: string): Promise<Acknowledged> {
  for (const until = Date.now() + PATIENCE_MS; ; await delay(250)) {
    const answer = await asking.ask(gateway, path);
    if (answer !== null && answer.status !== 503) return answer;
    if (Date.now() > until) throw new Error(`${gateway.name} has no answer for ${path}: ${answer?.status}`);
  }
}

/** A run of which there is one execution. Null when the gateway does not know it. */
export async function observe(
  asking: Asking,
  gateway: Gateway,
  client: Client,
  id: string,
  hosted: HostedRun | undefined,
): Promise<ObservedRun | null> {
  const told = await answered(asking, gateway, `/runs/${id}`);
  if (told.status !== 200) return null;
  const { execution, outcome, failure, output, errors, steps, startedAt, closedAt } = runSchema.parse(
    told.body,
  );
  const raw = await answered(asking, gateway, `/runs/${id}/errors`);
  return {
    id,
    execution,
    outcome,
    code: failure?.code ?? null,
    output,
    errors,
    steps: steps.map(({ path, state, attempts, kept }) => ({ path, state, attempts, isKept: kept !== null })),
    ledger: (raw.body.items ?? []).map((item: unknown) => {
      const { step, attempt, code } = runErrorSchema.parse(item);
      return { step, attempt, code };
    }),
    omitted: raw.body.omitted ?? [],
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
