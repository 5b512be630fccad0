// When an outcome was achieved last, for the watcher of a standing one.

import { Context } from '@temporalio/activity';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { datasetBookId } from '../../goals/wire/names.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import type { LastAchieved, LookedFor } from '../../goals/wire/standing.ts';
import { latestAchieved, readBook } from '../catalogue/dataset-books.ts';
import { achievedAsLight } from './find-light.ts';

/** When one of the runs was achieved last, whatever became of it since. */
export async function lastAchieved({ ids, made, dataset }: LookedFor): Promise<LastAchieved> {
  const { client } = Context.current();
  if (dataset !== undefined) return { ...(await lastProduced(client, dataset)), made };
  const found: LastAchieved = { at: null, run: null, made };
  const asLight = await achievedAsLight(ids);
  for (const [i, id] of ids.entries()) {
    const [ordinary, light] = [await achievedAt(client, id), asLight[i] ?? null];
    const at = ordinary === null || (light ?? 0) > ordinary ? light : ordinary;
    if (at !== null && at > (found.at ?? 0)) [found.at, found.run] = [at, id];
  }
  return found;
}

/** When any partition of the dataset was produced last, and by which run. */
async function lastProduced(
  client: Client,
  { name, team }: NonNullable<LookedFor['dataset']>,
): Promise<Pick<LastAchieved, 'at' | 'run'>> {
  const { versions } = await readBook(client, datasetBookId(name));
  const last = await latestAchieved(
    client,
    versions.filter((one) => one.team === team),
  );
  return last === null ? { at: null, run: null } : { at: Date.parse(last.at), run: last.by.run };
}

/** As an ordinary run. */
async function achievedAt(client: Client, id: string): Promise<number | null> {
  try {
    const { status, closeTime } = await client.workflow.getHandle(id).describe();
    if (status.name === 'COMPLETED') return closeTime?.getTime() ?? null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
  if (parseRunId(id) === null) return null;
  // Pursued again since: the last execution that was achieved still counts.
  const query = `WorkflowId = '${id}' AND ExecutionStatus = 'Completed'`;
  for await (const { closeTime } of client.workflow.list({ query, pageSize: 1 }))
    return closeTime?.getTime() ?? null;
  return null;
}
