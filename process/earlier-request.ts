// What an earlier sending of the same request had got: the execution whose memo has its identity, as it was started for
// it, or to which Temporal has attached its ID, as it was joined.

import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { memoNames } from '../goals/wire/names.ts';
import { whySchema } from '../goals/wire/run-view.ts';
import { sha256 } from '../goals/wire/text/sha256.ts';
import type { TemporalCaller } from './start-execution.ts';

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
 * Among the executions before the latest, which is known. Each tells which one was before it, but for those that another
 * run or somebody on Temporal's own has started: from there on visibility lists them, where one that began in the last
 * moments may be missing.
 */
export async function earlierRequest(
  caller: TemporalCaller,
  latest: WorkflowExecutionDescription,
  isIts: (one: WorkflowExecutionDescription) => boolean,
): Promise<WorkflowExecutionDescription | null> {
  let at = latest;
  for (let seen = 0; seen < EXECUTIONS_LIMIT; seen++) {
    const before = executionBefore(at);
    if (before === 'unknown') return listed(caller, at, isIts);
    if (before === null) return null;
    const found = await describe(caller, latest.workflowId, before);
    if (found === null) return null;
    if (isIts(found)) return found;
    at = found;
  }
  return null;
}

/** The execution before; null when there was none that Temporal still kept. */
function executionBefore({ memo }: WorkflowExecutionDescription): string | null | 'unknown' {
  const { kind, ref } = whySchema.safeParse(memo?.[memoNames.why]).data ?? { kind: 'engine', ref: null };
  if (kind === 'resume') return ref;
  if (kind === 'goal' || kind === 'engine') return 'unknown';
  return (memo?.[memoNames.before] as string | undefined) ?? null;
}

/** Whether there may have been an execution before, or this one was reset. */
export const mayBeLater = (described: WorkflowExecutionDescription): boolean =>
  executionBefore(described) !== null || described.raw.workflowExecutionInfo?.firstRunId !== described.runId;

async function listed(
  caller: TemporalCaller,
  { workflowId, startTime, type }: WorkflowExecutionDescription,
  isIts: (one: WorkflowExecutionDescription) => boolean,
): Promise<WorkflowExecutionDescription | null> {
  const { client, call } = caller;
  const query = `WorkflowId = '${workflowId}' AND StartTime < '${startTime.toISOString()}'`;
  const pages = client.workflow.list({ query, pageSize: EXECUTIONS_LIMIT })[Symbol.asyncIterator]();
  for (let seen = 0; seen < EXECUTIONS_LIMIT; seen++) {
    const { done, value } = await call(() => pages.next());
    if (done) break;
    const found = value.type === type ? await describe(caller, workflowId, value.runId) : null;
    if (found !== null && isIts(found)) return found;
  }
  return null;
}

/** Null when Temporal keeps it no longer. */
const describe = ({ client, call }: TemporalCaller, id: string, execution: string) =>
  call(() => client.workflow.getHandle(id, execution).describe()).catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  });
