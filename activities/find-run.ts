import { Context } from '@temporalio/activity';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { FoundRun } from '../goals/wire/call.ts';

/** How the run stands that another run wants to join. Its latest execution counts. */
export async function findRun(id: string): Promise<FoundRun> {
  const handle = Context.current().client.workflow.getHandle(id);
  try {
    const { status, runId: execution } = await handle.describe();
    switch (status.name) {
      case 'RUNNING':
      case 'CONTINUED_AS_NEW':
        return { id, state: 'running' };
      case 'COMPLETED':
        return { id, state: 'achieved', achievement: await handle.result() };
      case 'FAILED':
        return failureOf(id, execution, await handle.result().catch((error: unknown) => error));
      case 'CANCELLED':
        return { id, state: 'cancelled', execution };
      default:
        return { id, state: 'gone', status: status.name.toLowerCase(), execution };
    }
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { id, state: 'gone', status: 'not found' };
    throw error;
  }
}

function failureOf(id: string, execution: string, error: unknown): FoundRun {
  const cause = error instanceof WorkflowFailedError ? error.cause : error;
  const details = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
  const message = cause instanceof Error ? cause.message : String(cause);
  return { id, state: 'failed', details, message, execution };
}
