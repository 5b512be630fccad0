import type { temporal as proto } from '@temporalio/proto';
import { isOurEnd, type Temporal } from './temporal.ts';

// temporal.api.enums.v1.HistoryEventFilterType: of Temporal's protocol only the types are taken.
const CLOSE_EVENT = 2;
/** Well over any wait: near the end of a call's time Temporal answers at once, with nothing, again and again. */
const CALL_MS = 120_000;

type History = proto.api.workflowservice.v1.IGetWorkflowExecutionHistoryResponse;

/**
 * Resolves when the execution has closed, `ms` have passed, or the signal says so, whichever comes first. Temporal
 * holds the call until then, so waiting costs it nothing.
 */
export async function untilClosed(
  temporal: Temporal,
  workflow: { workflowId: string; runId: string },
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  const { client, namespace } = temporal;
  const end = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  let nextPageToken: Uint8Array | null = null;
  const next = (token: Uint8Array | null): Promise<History> =>
    temporal.call(
      (service) =>
        service.getWorkflowExecutionHistory({
          namespace,
          execution: workflow,
          waitNewEvent: true,
          historyEventFilterType: CLOSE_EVENT,
          nextPageToken: token,
        }),
      CALL_MS,
    );
  try {
    // A signal that has come already is not heard by a call that begins.
    while (!end.aborted) {
      const { history, nextPageToken: token } = await client.withAbortSignal(end, () => next(nextPageToken));
      // Without an event it says, each 20 seconds or so, that one should go on waiting.
      if (history?.events?.length || !token?.length) return;
      nextPageToken = token;
    }
  } catch (error) {
    if (!isOurEnd(error)) throw error;
  }
}
