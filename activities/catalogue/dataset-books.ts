// The books of datasets as a worker reads them: with all that was reported before, and of runs that were truly achieved.

import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { type DatasetBook, emptyBook, type PartitionVersion } from '../../goals/wire/datasets.ts';
import { pendingWorkflowTaskState } from '../../goals/wire/temporal-enums.ts';
import { isNotFound } from '../../process/is-not-found.ts';
import { marksBeside } from '../../process/marks-beside.ts';
import { bookIn } from '../../views/dataset-book.ts';

const CALL_MS = 10_000;
/** The longest that Temporal waits for a workflow task, and a little more. */
const TASK_MS = 12_000;
/** A run that has reported what it produced is about to close. */
const CLOSING_MS = 5_000;

/** With all that was reported before it is read. */
export async function readBook(client: Client, id: string): Promise<DatasetBook> {
  try {
    await untilShown(client, id);
    const { events } = await client.withDeadline(Date.now() + CALL_MS, () =>
      client.workflow.getHandle(id).fetchHistory(),
    );
    return bookIn(events ?? []);
  } catch (error) {
    if (isNotFound(error)) return emptyBook();
    throw error;
  }
}

/** Temporal shows a signal that comes during a workflow task once that task has ended: the one that is under way is waited for. */
async function untilShown(client: Client, id: string): Promise<void> {
  const underWay = async (): Promise<string | null> => {
    const { raw, runId } = await client.withDeadline(Date.now() + CALL_MS, () =>
      client.workflow.getHandle(id).describe(),
    );
    const { state, startedTime } = raw.pendingWorkflowTask ?? {};
    return state === pendingWorkflowTaskState.STARTED ? `${runId} ${JSON.stringify(startedTime)}` : null;
  };
  const first = await underWay();
  for (const until = Date.now() + TASK_MS; first !== null && Date.now() < until; ) {
    if ((await underWay()) !== first) return;
    await Context.current().sleep(50);
  }
}

/** A run may have been ended by force after it had reported what it produced: then it was not achieved. One may have been retracted since. */
export async function latestAchieved(
  client: Client,
  versions: readonly PartitionVersion[],
): Promise<PartitionVersion | null> {
  for (const version of [...versions].reverse())
    if ((await isAchieved(client, version)) && !(await isRetracted(client, version))) return version;
  return null;
}

const isRetracted = async (client: Client, { by }: PartitionVersion): Promise<boolean> =>
  (
    await client.withDeadline(Date.now() + CALL_MS, () =>
      marksBeside({ client, call: (make) => make(client.workflowService) }, by.run, by.execution),
    )
  ).includes('retracted');

export async function isAchieved(client: Client, { by }: PartitionVersion): Promise<boolean> {
  const handle = client.workflow.getHandle(by.run, by.execution, { followRuns: false });
  const status = async (): Promise<string> => (await handle.describe()).status.name;
  try {
    if ((await status()) === 'RUNNING')
      await client.withDeadline(Date.now() + CLOSING_MS, () => handle.result()).catch(() => undefined);
    return (await status()) === 'COMPLETED';
  } catch (error) {
    // Temporal no longer keeps it: it was about to be achieved when it reported.
    if (isNotFound(error)) return true;
    throw error;
  }
}
