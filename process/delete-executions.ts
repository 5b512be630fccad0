// Closed executions are deleted, and it is seen that they are gone: Temporal takes the request at once, and does it in a moment.

import { WorkflowNotFoundError } from '@temporalio/client';
import { isNotFound } from './is-not-found.ts';
import type { TemporalCaller } from './start-execution.ts';

interface ClosedExecution {
  id: string;
  execution: string;
}

const AT_ONCE = 8;
const LOOK_MS = 50;

/**
 * Deletes them. `deleted` counts those that there were, `left` names those that could still be found after `withinMs`. Whoever asks
 * knows that they are closed: one that is open vanishes without an outcome.
 */
export async function deleteExecutions<One extends ClosedExecution>(
  { client, call }: TemporalCaller,
  executions: readonly One[],
  withinMs: number,
): Promise<{ deleted: number; left: One[] }> {
  const { namespace } = client.options;
  const until = Date.now() + withinMs;
  const waiting = [...executions];
  const left: One[] = [];
  let deleted = 0;
  const isThere = async ({ id, execution }: One): Promise<boolean> => {
    try {
      await call(() => client.workflow.getHandle(id, execution).describe());
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || isNotFound(error)) return false;
      throw error;
    }
  };
  const one = async (): Promise<void> => {
    for (let doomed = waiting.shift(); doomed !== undefined; doomed = waiting.shift()) {
      const workflowExecution = { workflowId: doomed.id, runId: doomed.execution };
      try {
        await call((service) => service.deleteWorkflowExecution({ namespace, workflowExecution }));
        deleted++;
      } catch (error) {
        if (!isNotFound(error)) throw error;
        continue;
      }
      while (await isThere(doomed)) {
        if (Date.now() > until) {
          left.push(doomed);
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return { deleted, left };
}
