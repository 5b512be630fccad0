// What an earlier sending of the same request had got: the execution whose memo has its identity, as it was started for
// it, or to which Temporal has attached its ID, as it was joined.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import { memoNames } from '../goals/wire/names.ts';
import { sha256 } from '../goals/wire/sha256.ts';
import type { Door } from './start-execution.ts';

/** So many executions of a run are looked through, the newest first. */
const EXECUTIONS_LIMIT = 50;

const IDENTITY_LENGTH = 200;

/** The identity of a request for a run, as the memo and Temporal have it. */
export interface RequestMark {
  memo: string;
  requestId: string;
}

export const requestMark = (id: string, identity: string): RequestMark => ({
  memo: identity.length <= IDENTITY_LENGTH ? identity : `sha256:${sha256(identity)}`,
  requestId: sha256(`request\n${id}\n${identity}`),
});

export const isStartedBy = (
  { memo }: Pick<WorkflowExecutionDescription, 'memo'>,
  mark: RequestMark,
): boolean => memo?.[memoNames.request] === mark.memo;

export const isMarkedBy = (described: WorkflowExecutionDescription, mark: RequestMark): boolean =>
  isStartedBy(described, mark) ||
  Object.hasOwn(described.raw.workflowExtendedInfo?.requestIdInfos ?? {}, mark.requestId);

/**
 * Among the executions of the run, but for the latest, which is known. Visibility lists them: one that began in the
 * last moments may be missing, and of a run that was pursued more than EXECUTIONS_LIMIT times the oldest are.
 */
export async function earlierRequest(
  { client, call }: Door,
  { workflowId, runId: latest, type }: WorkflowExecutionDescription,
  mark: RequestMark,
): Promise<WorkflowExecutionDescription | null> {
  const pages = client.workflow
    .list({ query: `WorkflowId = '${workflowId}'`, pageSize: EXECUTIONS_LIMIT })
    [Symbol.asyncIterator]();
  for (let seen = 0; seen < EXECUTIONS_LIMIT; seen++) {
    const { done, value } = await call(() => pages.next());
    if (done) break;
    if (value.runId === latest || value.type !== type) continue;
    const described = await call(() => client.workflow.getHandle(workflowId, value.runId).describe());
    if (isMarkedBy(described, mark)) return described;
  }
  return null;
}
