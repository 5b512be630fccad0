// Light runs as the histories of their hosts have them.

import { type Client, defaultPayloadConverter } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { lightHostSchema } from '../../goals/wire/light.ts';
import { type LightAnswer, lightRequestSchema, lightResultSchema } from '../../goals/wire/light-update.ts';
import { LIGHT_HOST } from '../../goals/wire/names.ts';
import { runId } from '../../goals/wire/run-id.ts';

/** Light runs by run: when a host first had each in its history, in milliseconds, and the executions that achieved it. */
export interface HostedRun {
  acceptedAt: number;
  achieved: string[];
}

/** An update that a host has taken. */
export interface HostUpdate {
  keys: string[];
  acceptedAt: number;
  /** Null while it is under way. */
  answers: LightAnswer[] | null;
}

/** In the order in which they were taken. */
export function updatesIn(events: readonly temporal.api.history.v1.IHistoryEvent[]): HostUpdate[] {
  const found = new Map<string, HostUpdate>();
  for (const event of events) {
    const accepted = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
    if (accepted) {
      const { runs } = lightRequestSchema.parse(valueIn(accepted.input?.args));
      const update = { keys: runs.map(({ key }) => key), acceptedAt: timeOf(event), answers: null };
      found.set(accepted.meta?.updateId ?? '', update);
    }
    const { meta, outcome } = event.workflowExecutionUpdateCompletedEventAttributes ?? {};
    const update = found.get(meta?.updateId ?? '');
    if (update && outcome?.success)
      update.answers = lightResultSchema.parse(valueIn(outcome.success)).answers;
  }
  return [...found.values()];
}

/** Of all hosts of a task queue, whichever execution of a host had them. */
export async function hostedRuns(client: Client, taskQueue: string): Promise<Map<string, HostedRun>> {
  const found = new Map<string, HostedRun>();
  const query = `TaskQueue = '${taskQueue}' AND WorkflowType = '${LIGHT_HOST}'`;
  for await (const { workflowId, runId: execution } of client.workflow.list({ query })) {
    const { events } = await client.workflow.getHandle(workflowId, execution).fetchHistory();
    const started = events?.[0]?.workflowExecutionStartedEventAttributes;
    const { goal } = lightHostSchema.parse(valueIn(started?.input));
    for (const { keys, acceptedAt, answers } of updatesIn(events ?? []))
      keys.forEach((key, i) => {
        const id = runId(goal, key);
        const run = found.get(id) ?? { acceptedAt: Number.POSITIVE_INFINITY, achieved: [] };
        found.set(id, run);
        run.acceptedAt = Math.min(run.acceptedAt, acceptedAt);
        const answer = answers?.[i];
        if (answer?.end === 'achieved') run.achieved.push(answer.execution);
      });
  }
  return found;
}

const valueIn = (payloads: temporal.api.common.v1.IPayloads | null | undefined): unknown => {
  const payload = payloads?.payloads?.[0];
  return payload ? defaultPayloadConverter.fromPayload(payload) : undefined;
};

const timeOf = ({ eventTime }: temporal.api.history.v1.IHistoryEvent): number =>
  Number(eventTime?.seconds ?? 0) * 1000 + Math.floor((eventTime?.nanos ?? 0) / 1e6);
