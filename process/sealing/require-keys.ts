// Whether a process has the keys of what is open in its namespace: a worker without them could go on with nothing, and would fail
// the task of every run that it takes.

import type { Client } from '@temporalio/client';
import { StartProblem } from '../start-problem.ts';
import { KeyProblem } from './key-problem.ts';

/** Open workflows that are looked at; each has a memo or none. */
const LOOKED_AT = 200;

/**
 * Opens what the memos of open workflows hold.
 * @throws StartProblem `key_missing`, `key_wrong` or `key_service_unavailable`
 */
export async function requireKeys(client: Client): Promise<void> {
  try {
    await client.workflowService.listWorkflowExecutions({
      namespace: client.options.namespace,
      query: "ExecutionStatus = 'Running'",
      pageSize: LOOKED_AT,
    });
  } catch (error) {
    if (!(error instanceof KeyProblem)) throw error;
    throw new StartProblem(
      error.code,
      `an open workflow cannot be read: ${error.message}. See docs/guide/sealed.md.`,
      {
        cause: error,
      },
    );
  }
}
