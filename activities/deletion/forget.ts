// The activities of a deletion. Each may be repeated: what is gone is gone.

import { Context } from '@temporalio/activity';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { ExternalStorage } from '@temporalio/common';
import type { ForgetRuns } from '../../goals/wire/alerts.ts';
import { booksOf, type DeletionTerms } from '../../goals/wire/deletion.ts';
import type { ForgettingActivities, StorageActivities } from '../../goals/wire/engine-activities.ts';
import { activityNames, alertSignals, datasetSignals } from '../../goals/wire/names.ts';
import { deleteExecutions } from '../../process/delete-executions.ts';
import type { LogStore } from '../../process/log-store.ts';
import type { TemporalCaller } from '../../process/start-execution.ts';
import { forgetStored } from '../storage/forgetting.ts';

const CALL_MS = 10_000;
/** A worker that stops waits no longer than this: the activity is retried. */
const WITHIN_MS = 5_000;
const LOOK_MS = 100;

const callerOf = (client: Client): TemporalCaller => ({
  client,
  call: (make) => client.withDeadline(Date.now() + CALL_MS, () => make(client.workflowService)),
});

export const forgettingActivities: ForgettingActivities = {
  async [activityNames.forgetHistories]({ runs }) {
    const caller = callerOf(Context.current().client);
    const { deleted, left } = await deleteExecutions(
      caller,
      runs.flatMap(({ workflows }) => workflows),
      WITHIN_MS,
    );
    if (left.length > 0) throw new Error(`${left.length} executions are still to be found`);
    return { deleted };
  },

  /** What the alerts workflow was told stands in its history, too: so it begins another, and the one before is deleted. */
  async [activityNames.forgetAlerts](terms) {
    const caller = callerOf(Context.current().client);
    return { deleted: await afresh(caller, terms.alerts, alertSignals.forget, forgotten(terms)) };
  },

  async [activityNames.forgetBooks](terms) {
    const caller = callerOf(Context.current().client);
    const { executions } = forgotten(terms);
    let deleted = 0;
    for (const book of booksOf(terms)) {
      deleted += await afresh(caller, book, datasetSignals.forget, { executions });
      Context.current().heartbeat();
    }
    return { deleted };
  },
};

/** Has a long-lived workflow forget: it begins another history, or ends, and those before are deleted. How many were. */
async function afresh(caller: TemporalCaller, id: string, signal: string, told: unknown): Promise<number> {
  const { client, call } = caller;
  const handle = client.workflow.getHandle(id);
  const open = async (): Promise<string | null> => {
    const described = await call(() => handle.describe()).catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    });
    return described?.status.name === 'RUNNING' ? described.runId : null;
  };
  const before = await open();
  if (before !== null) await call(() => handle.signal(signal, told));
  for (const until = Date.now() + WITHIN_MS; before !== null && (await open()) === before; ) {
    if (Date.now() > until) throw new Error(`${id} has not begun another history yet`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  const closed = [];
  const query = `WorkflowId = '${id}' AND ExecutionStatus != 'Running'`;
  for await (const { workflowId, type, runId: execution } of client.workflow.list({ query }))
    closed.push({ id: workflowId, type, execution });
  if (before !== null && closed.every(({ execution }) => execution !== before))
    closed.push({ id, type: '', execution: before });
  const { deleted, left } = await deleteExecutions(caller, closed, WITHIN_MS);
  if (left.length > 0) throw new Error(`a history of ${id} is still to be found`);
  return deleted;
}

const forgotten = ({ runs }: DeletionTerms): ForgetRuns => ({
  runs: [...new Set(runs.flatMap(({ run, workflows }) => [run, ...workflows.map(({ id }) => id)]))],
  executions: runs.flatMap(({ workflows }) => workflows.map(({ execution }) => execution)),
});

/** `logs`: where whole logs are kept, if anywhere. */
export const storageActivities = (
  storage: ExternalStorage,
  logs: () => LogStore | null,
): StorageActivities => ({
  async [activityNames.forgetStored]({ runs }) {
    const { info } = Context.current();
    const namespace = info.namespace;
    const workflows = runs
      .filter(({ taskQueue }) => taskQueue === info.taskQueue)
      .flatMap(({ workflows: all }) => [
        ...new Map(all.map((one) => [`${one.type} ${one.id}`, one])).values(),
      ])
      .map(({ id, type }) => ({ namespace, id, type }));
    let deleted = await forgetStored(storage, workflows);
    const mine = runs.filter(({ taskQueue }) => taskQueue === info.taskQueue);
    for (const { run } of mine) deleted += (await logs()?.forget({ namespace, run })) ?? 0;
    return { deleted };
  },
});
