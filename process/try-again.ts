// Has the task of a run that failed tried again now. After some failures the server waits for up to ten minutes until the
// next attempt, and takes no request to be quicker; but it takes the word of whoever holds the attempt that it has failed,
// and then gives it to a worker at once. The token of the attempt is made of what the server tells of it.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import { pendingWorkflowTaskState, workflowTaskFailedCause } from '../goals/wire/temporal-enums.ts';
import type { TemporalCaller } from './start-execution.ts';

/** True when it is tried again now; false when the server will do so in its own time, whatever the reason. */
export async function tryAgain(
  caller: TemporalCaller,
  described: WorkflowExecutionDescription,
): Promise<boolean> {
  const { client, call } = caller;
  const { workflowId, runId, historyLength, raw } = described;
  const { state, attempt = 1 } = raw.pendingWorkflowTask ?? {};
  // The events of a first attempt are in the history, and its token is another.
  if (state !== pendingWorkflowTaskState.STARTED || attempt === null || attempt < 2) return false;
  const { namespace } = client.options;
  try {
    const { namespaceInfo } = await call((service) => service.describeNamespace({ namespace }));
    await call((service) =>
      service.respondWorkflowTaskFailed({
        namespace,
        identity: client.options.identity,
        // Says nothing against the code.
        cause: workflowTaskFailedCause.RESET_STICKY_TASK_QUEUE,
        taskToken: new Uint8Array([
          ...text(1, namespaceInfo?.id ?? ''),
          ...text(2, workflowId),
          ...text(3, runId),
          // Its events are not written: it would be the next one's.
          ...number(4, historyLength + 1),
          ...number(5, attempt),
        ]),
      }),
    );
    return true;
  } catch {
    return false;
  }
}

// The protobuf of temporal.server.api.token.v1.Task, which no package of Temporal's has: texts and numbers are enough.
const text = (field: number, value: string): number[] => {
  const bytes = [...new TextEncoder().encode(value)];
  return [(field << 3) | 2, ...varint(bytes.length), ...bytes];
};
const number = (field: number, value: number): number[] => [field << 3, ...varint(value)];

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}
