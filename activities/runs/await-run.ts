// What started a run, and waits for its end: a trigger, a backfill.

import { Context, sleep } from '@temporalio/activity';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { SeenRun } from '../../goals/wire/backfill.ts';
import { parseLightExecution } from '../../goals/wire/light.ts';
import type { AwaitedEnd } from '../../goals/wire/schedules.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { closedAs, closeOf } from '../../views/closed-as.ts';
import { seenAsLight } from './find-light.ts';

const FIRST_WAITS_MS = [50, 100, 200, 400, 800];

/**
 * Ends with this execution of the run. As long as it is open each look fails, and Temporal times the next: so the
 * waiting takes no slot of a worker, and no room in a history.
 */
export async function awaitRun(id: string, execution: string): Promise<AwaitedEnd> {
  // A host answers with a light execution once that is achieved: any other run is an ordinary one by then.
  if (parseLightExecution(execution) !== null) return { outcome: 'achieved' };
  const { client, info } = Context.current();
  const handle = client.workflow.getHandle(id, execution);
  try {
    let { status, raw } = await handle.describe();
    // A quick run is not kept open for a second by what waits for it.
    for (const wait of info.attempt === 1 ? FIRST_WAITS_MS : []) {
      if (status.name !== 'RUNNING') break;
      await sleep(wait);
      ({ status, raw } = await handle.describe());
    }
    switch (status.name) {
      case 'RUNNING':
        throw ApplicationFailure.create({
          message: `the run ${id} is open`,
          category: ApplicationFailureCategory.BENIGN,
        });
      case 'COMPLETED':
        return { outcome: 'achieved' };
      case 'CANCELLED':
        return { outcome: 'cancelled', message: 'it was cancelled' };
      case 'FAILED':
        return { outcome: 'failed', message: await messageOf(handle.result()) };
      default:
        return await endOf(id, execution, raw.workflowExecutionInfo?.memo);
    }
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      return { outcome: 'failed', message: 'Temporal keeps it no longer' };
    throw error;
  }
}

/** Of one that has not ended itself. */
async function endOf(
  id: string,
  execution: string,
  memo: Parameters<typeof closedAs>[1],
): Promise<AwaitedEnd> {
  const { client } = Context.current();
  const answer = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    ...closeOf(id, execution),
  });
  const { outcome = 'failed', failure = null } = closedAs(answer, memo) ?? {};
  if (outcome === 'cancelled') return { outcome, message: 'it was cancelled' };
  return { outcome: 'failed', message: boundedText(failure?.message ?? 'it has ended', 300) };
}

async function messageOf(result: Promise<unknown>): Promise<string> {
  const error = await result.then(
    () => null,
    (reason: unknown) => reason,
  );
  const cause = error instanceof WorkflowFailedError ? error.cause : error;
  return boundedText(cause instanceof Error ? cause.message : String(cause), 300);
}

/** Asks for the cancellation of one execution of a run; one that is closed or gone is as good. */
export async function cancelRun(id: string, execution: string): Promise<void> {
  try {
    await Context.current().client.workflow.getHandle(id, execution).cancel();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

const LOOKS_AT_ONCE = 8;

/** How the latest execution of each of these runs stands. */
export async function lookAtRuns(ids: readonly string[]): Promise<SeenRun[]> {
  const { client } = Context.current();
  const seen: SeenRun[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < ids.length) {
      const i = next++;
      seen[i] = await client.workflow
        .getHandle(ids[i] as string)
        .describe()
        .then(({ status }) => {
          if (status.name === 'RUNNING') return 'running';
          return status.name === 'COMPLETED' ? 'achieved' : 'other';
        })
        .catch((error: unknown) => {
          if (error instanceof WorkflowNotFoundError) return 'none' as const;
          throw error;
        });
    }
  };
  await Promise.all(Array.from({ length: LOOKS_AT_ONCE }, lane));
  // One that is open, or achieved, is what a host answers with, too.
  const others = ids.flatMap((_, i) => (seen[i] === 'none' || seen[i] === 'other' ? [i] : []));
  const light = await seenAsLight(others.map((i) => ids[i] as string));
  for (const [j, i] of others.entries()) if (light[j] !== 'none') seen[i] = light[j] as SeenRun;
  return seen;
}
