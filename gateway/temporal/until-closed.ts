// Waits for executions to close: one long poll an execution, however many wait for it, as Temporal lets a namespace
// have about a thousand of them.

import type { temporal as proto } from '@temporalio/proto';
import { historyEventFilterType } from '../../goals/wire/temporal-enums.ts';
import { isDeadline, isOurEnd, isTooMany, type Temporal } from './temporal.ts';

/** Well over any wait: near the end of a call's time Temporal answers at once, with nothing, again and again. */
const CALL_MS = 120_000;
/** A quarter of what Temporal allows a namespace, for several gateways to share. */
const MOST_EXECUTIONS = 300;

type History = proto.api.workflowservice.v1.IGetWorkflowExecutionHistoryResponse;

export interface Awaited {
  workflowId: string;
  runId: string;
}

/**
 * Resolves when the execution has closed, `ms` have passed, or one of the signals says so, whichever comes first; at
 * once with `false` where so many executions are waited for that this one is not.
 */
export type UntilClosed = (
  workflow: Awaited,
  ms: number,
  signals: readonly AbortSignal[],
) => Promise<boolean>;

interface Poll {
  waiters: number;
  end: AbortController;
  /** Never rejects unheard. */
  closed: Promise<boolean>;
}

export function untilClosedBy(temporal: Temporal, most = MOST_EXECUTIONS): UntilClosed {
  const polls = new Map<string, Poll>();

  function begin(workflow: Awaited): Poll {
    const end = new AbortController();
    const closed = poll(temporal, workflow, end.signal);
    const begun: Poll = { waiters: 0, end, closed };
    const forget = (): void => {
      if (polls.get(workflow.runId) === begun) polls.delete(workflow.runId);
    };
    closed.then(forget, forget);
    polls.set(workflow.runId, begun);
    return begun;
  }

  return async (workflow, ms, signals) => {
    if (signals.some(({ aborted }) => aborted)) return true;
    const known = polls.get(workflow.runId);
    if (known === undefined && polls.size >= most) return false;
    const shared = known ?? begin(workflow);
    shared.waiters++;
    let timer: NodeJS.Timeout | undefined;
    let onEnd = (): void => undefined;
    // Not AbortSignal.any of a timeout: nothing holds that one, and a garbage collection would drop it (Node 20).
    const over = new Promise<true>((resolve) => {
      onEnd = () => resolve(true);
      timer = setTimeout(onEnd, ms);
      for (const signal of signals) signal.addEventListener('abort', onEnd);
    });
    try {
      return await Promise.race([shared.closed, over]);
    } finally {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', onEnd);
      shared.waiters--;
      if (shared.waiters === 0) {
        // Whoever comes now begins another: this one is ending.
        if (polls.get(workflow.runId) === shared) polls.delete(workflow.runId);
        shared.end.abort();
      }
    }
  };
}

/** True once it has closed, or when nobody waits any more; false where Temporal holds no more polls. */
async function poll(temporal: Temporal, workflow: Awaited, end: AbortSignal): Promise<boolean> {
  const { client, namespace } = temporal;
  let nextPageToken: Uint8Array | null = null;
  const next = (token: Uint8Array | null): Promise<History> =>
    temporal.call(
      (service) =>
        service.getWorkflowExecutionHistory({
          namespace,
          execution: workflow,
          waitNewEvent: true,
          historyEventFilterType: historyEventFilterType.CLOSE_EVENT,
          nextPageToken: token,
        }),
      CALL_MS,
    );
  // A signal that has come already is not heard by a call that begins.
  while (!end.aborted) {
    try {
      const { history, nextPageToken: token } = await client.withAbortSignal(end, () => next(nextPageToken));
      // Without an event it says, each 20 seconds or so, that one should go on waiting.
      if (history?.events?.length || !token?.length) return true;
      nextPageToken = token;
    } catch (error) {
      if (isTooMany(error)) return false;
      // No waiter's time is so long; but others may have come since.
      if (isDeadline(error)) continue;
      if (isOurEnd(error)) return true;
      throw error;
    }
  }
  return true;
}
