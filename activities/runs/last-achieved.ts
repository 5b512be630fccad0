// When an outcome was achieved last, for the watcher of a standing one, and whether that still counts. One that was retracted does not; one in
// doubt does, as nobody has approved that it be pursued again, and is not sound.

import { Context } from '@temporalio/activity';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { datasetBookId } from '../../goals/wire/names.ts';
import type { ExecutionOfRun } from '../../goals/wire/recovery.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import type { Doubted, LastAchieved, LookedFor } from '../../goals/wire/standing.ts';
import { markedBeside } from '../../process/marks-beside.ts';
import { isAchieved, readBook } from '../catalogue/dataset-books.ts';
import { lastLights } from './find-light.ts';

/** A host remembers whole seconds: by then it was achieved, and after whatever had asked for it. */
const WITHIN_MS = 999;

/** An execution that was achieved, and when, in milliseconds since 1970. */
interface Achieved extends ExecutionOfRun {
  at: number;
}

/** When one of the runs was achieved last, whatever became of it since but a retraction. */
export async function lastAchieved({ ids, made, dataset }: LookedFor): Promise<LastAchieved> {
  const { client } = Context.current();
  const caller = {
    client,
    call: <T>(make: (service: Client['workflowService']) => Promise<T>) => make(client.workflowService),
  };
  const latest = dataset === undefined ? achieved(client, ids) : producers(client, dataset);
  let doubted: Doubted | undefined;
  for await (const { at, run, execution } of latest) {
    const { marks, at: markedAt } = await markedBeside(caller, run, execution);
    const [mark] = marks;
    // It may have been marked before it was achieved.
    if (mark !== undefined) doubted ??= { mark, run, execution, at: Math.max(at, markedAt) };
    if (!marks.includes('retracted')) return { at, run, execution, made, ...(doubted && { doubted }) };
  }
  return { at: null, run: null, made, ...(doubted && { doubted }) };
}

/** The last execution of each run that was achieved, the latest first. */
async function* achieved(client: Client, ids: readonly string[]): AsyncGenerator<Achieved> {
  const asLight = await lastLights(ids);
  const found: Achieved[] = [];
  for (const [i, run] of ids.entries()) {
    const ordinary = await lastOrdinary(client, run);
    if (ordinary !== null) found.push({ run, ...ordinary });
    const light = asLight[i] ?? null;
    if (light !== null) found.push({ run, execution: light.execution, at: light.at + WITHIN_MS });
  }
  yield* found.sort((a, b) => b.at - a.at);
}

/** What has produced any partition of the dataset, the latest first. */
async function* producers(
  client: Client,
  { name, team }: NonNullable<LookedFor['dataset']>,
): AsyncGenerator<Achieved> {
  const { versions } = await readBook(client, datasetBookId(name));
  for (const version of [...versions].reverse()) {
    const { run, execution } = version.by;
    if (version.team === team && (await isAchieved(client, version)))
      yield { run, execution, at: Date.parse(version.at) };
  }
}

/** As an ordinary run. */
async function lastOrdinary(client: Client, id: string): Promise<Omit<Achieved, 'run'> | null> {
  try {
    const { status, closeTime, runId } = await client.workflow.getHandle(id).describe();
    if (status.name === 'COMPLETED' && closeTime !== undefined)
      return { execution: runId, at: closeTime.getTime() };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
  if (parseRunId(id) === null) return null;
  // Pursued again since: the last execution that was achieved still counts.
  const query = `WorkflowId = '${id}' AND ExecutionStatus = 'Completed'`;
  for await (const { closeTime, runId } of client.workflow.list({ query, pageSize: 1 }))
    return closeTime === undefined ? null : { execution: runId, at: closeTime.getTime() };
  return null;
}
