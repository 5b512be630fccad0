// How a run stands, for a workflow that asks: an activity, which reads Temporal.

import { Context } from '@temporalio/activity';
import {
  type WorkflowExecutionDescription,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { FoundRun } from '../../goals/wire/call.ts';
import { parseLightExecution } from '../../goals/wire/light.ts';
import { memoNames } from '../../goals/wire/names.ts';
import type { ExecutionOfRun } from '../../goals/wire/recovery.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { closedAs, closeOf } from '../../views/closed-as.ts';
import { findLastLight, findLight } from './find-light.ts';
import { isRetractedFor } from './spread-doubt.ts';

/**
 * How the run stands that another run wants to join. Its latest execution counts, where none is named. `waitMs`: it is
 * about to close, and so long may it take.
 */
export async function findRun(id: string, waitMs = 0, its?: string): Promise<FoundRun> {
  if (its !== undefined && parseLightExecution(its) !== null) {
    const found = await findLight(id, its);
    // Who was given that very execution takes it, whatever became of it in the moment since.
    if (found?.state === 'achieved')
      await isRetractedFor({ run: id, execution: found.execution ?? its }, whoAsks(), 'any');
    return found ?? { id, state: 'gone', status: 'not found' };
  }
  const found = await findOrdinary(id, waitMs, its);
  // One that is open, or achieved, is what its host answers with, too.
  if (its !== undefined || ['running', 'achieved', 'retracted'].includes(found.state)) return found;
  return (await soundLight(id)) ?? found;
}

async function soundLight(id: string): Promise<FoundRun | null> {
  const found = await findLastLight(id);
  if (found?.state !== 'achieved' || found.execution === undefined) return found;
  const { achievement: _, execution, ...run } = found;
  const isRetracted = await isRetractedFor({ run: id, execution }, whoAsks());
  return isRetracted ? { ...run, state: 'retracted', execution } : found;
}

async function findOrdinary(id: string, waitMs: number, its: string | undefined): Promise<FoundRun> {
  const handle = Context.current().client.workflow.getHandle(id, its);
  try {
    if (waitMs > 0) await untilClosed(handle, waitMs);
    const { status, runId: execution, memo, raw } = await handle.describe();
    const input = memo?.[memoNames.input] as string | undefined;
    const run = { id, ...(input === undefined ? {} : { input }) };
    switch (status.name) {
      case 'RUNNING':
      case 'CONTINUED_AS_NEW':
        return { ...run, state: 'running' };
      case 'COMPLETED':
        if (its === undefined && (await isRetractedFor({ run: id, execution }, whoAsks())))
          return { ...run, state: 'retracted', execution };
        return { ...run, state: 'achieved', achievement: await resultOf(id, execution), execution };
      case 'FAILED':
        return {
          ...run,
          ...failureOf(await handle.result().catch((error: unknown) => error)),
          execution,
        };
      case 'CANCELLED':
        return { ...run, state: 'cancelled', execution };
      default:
        return { ...run, ...(await endedBy(raw, status.name)), execution };
    }
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { id, state: 'gone', status: 'not found' };
    throw error;
  }
}

/** The run that wants to join it; no workflow of goalkeeper's own is in doubt. */
function whoAsks(): ExecutionOfRun | undefined {
  const { workflowExecution, workflowType } = Context.current().info;
  if (workflowExecution === undefined) return undefined;
  const { workflowId: run, runId: execution } = workflowExecution;
  return parseRunId(run)?.goal === workflowType ? { run, execution } : undefined;
}

/** Of one that has not ended itself: goalkeeper did, or Temporal at its last resort, or somebody in Temporal. */
async function endedBy(
  { workflowExecutionInfo: info }: WorkflowExecutionDescription['raw'],
  status: string,
): Promise<
  | { state: 'failed'; details: unknown; message: string }
  | { state: 'cancelled' }
  | { state: 'gone'; status: string }
> {
  const { client } = Context.current();
  const { workflowId = '', runId = '' } = (info?.execution ?? {}) as { workflowId?: string; runId?: string };
  const answer = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    ...closeOf(workflowId, runId),
  });
  const { outcome, failure = null } = closedAs(answer, info?.memo) ?? {};
  if (outcome === 'cancelled') return { state: 'cancelled' };
  if (failure === null || failure.kind === 'engine') return { state: 'gone', status: status.toLowerCase() };
  return { state: 'failed', details: { failure, criteria: [] }, message: failure.message };
}

/** Temporal answers when it closes, whatever its end. */
async function untilClosed(handle: WorkflowHandle, waitMs: number): Promise<void> {
  const { client } = Context.current();
  await client.withDeadline(Date.now() + waitMs, () => handle.result()).catch(() => undefined);
}

/** Of that very execution: another may have begun since. */
const resultOf = (id: string, execution: string): Promise<unknown> =>
  Context.current().client.workflow.getHandle(id, execution).result();

function failureOf(error: unknown): { state: 'failed'; details: unknown; message: string } {
  const cause = error instanceof WorkflowFailedError ? error.cause : error;
  const details = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
  const message = cause instanceof Error ? cause.message : String(cause);
  return { state: 'failed', details, message };
}
