// A pause, or its end, that somebody has asked for and that no worker has taken: Temporal keeps the signal in the history
// of the catalogue entry, whose memo does not tell of it yet.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import { signalNames } from '../../goals/wire/names.ts';
import { type PauseChange, pauseChangeSchema } from '../../goals/wire/pause.ts';
import { value } from '../../views/payload.ts';
import type { Temporal } from '../temporal/temporal.ts';

const PAGE_EVENTS = 200;

/** What was asked for last and waits for a worker; `taken` when a worker has been at it since it was described. */
export type AskedPause = PauseChange | 'taken' | null;

export async function askedPause(
  temporal: Temporal,
  { workflowId, runId, historyLength, raw }: WorkflowExecutionDescription,
): Promise<AskedPause> {
  // What is signalled waits as a task.
  if (!raw.pendingWorkflowTask) return null;
  let last: PauseChange | undefined;
  let nextPageToken: Uint8Array | null | undefined;
  do {
    const page = await temporal.call((service) =>
      service.getWorkflowExecutionHistoryReverse({
        namespace: temporal.namespace,
        execution: { workflowId, runId },
        maximumPageSize: PAGE_EVENTS,
        ...(nextPageToken && { nextPageToken }),
      }),
    );
    for (const event of page.history?.events ?? []) {
      // What came before that, it has had.
      if (event.workflowTaskCompletedEventAttributes)
        return Number(event.eventId) > historyLength ? 'taken' : (last ?? null);
      const signal = event.workflowExecutionSignaledEventAttributes;
      if (signal?.signalName === signalNames.pause)
        last ??= pauseChangeSchema.safeParse(value(signal.input?.payloads?.[0])).data;
    }
    nextPageToken = page.nextPageToken;
  } while (nextPageToken?.length);
  return last ?? null;
}
