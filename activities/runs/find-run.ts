import { Context } from '@temporalio/activity';
import { WorkflowFailedError, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { FoundRun } from '../../goals/wire/call.ts';
import { memoNames } from '../../goals/wire/names.ts';

/**
 * How the run stands that another run wants to join. Its latest execution counts. `waitMs`: it is about to close, and
 * so long may it take.
 */
export async function findRun(id: string, waitMs = 0): Promise<FoundRun> {
  const handle = Context.current().client.workflow.getHandle(id);
  try {
    if (waitMs > 0) await untilClosed(handle, waitMs);
    const { status, runId: execution, memo } = await handle.describe();
    const input = memo?.[memoNames.input] as string | undefined;
    const run = { id, ...(input === undefined ? {} : { input }) };
    switch (status.name) {
      case 'RUNNING':
      case 'CONTINUED_AS_NEW':
        return { ...run, state: 'running' };
      case 'COMPLETED':
        return { ...run, state: 'achieved', achievement: await handle.result() };
      case 'FAILED':
        return {
          ...run,
          ...failureOf(await handle.result().catch((error: unknown) => error)),
          execution,
        };
      case 'CANCELLED':
        return { ...run, state: 'cancelled', execution };
      default:
        return { ...run, state: 'gone', status: status.name.toLowerCase(), execution };
    }
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { id, state: 'gone', status: 'not found' };
    throw error;
  }
}

/** Temporal answers when it closes, whatever its end. */
async function untilClosed(handle: WorkflowHandle, waitMs: number): Promise<void> {
  const { client } = Context.current();
  await client.withDeadline(Date.now() + waitMs, () => handle.result()).catch(() => undefined);
}

function failureOf(error: unknown): { state: 'failed'; details: unknown; message: string } {
  const cause = error instanceof WorkflowFailedError ? error.cause : error;
  const details = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
  const message = cause instanceof Error ? cause.message : String(cause);
  return { state: 'failed', details, message };
}
