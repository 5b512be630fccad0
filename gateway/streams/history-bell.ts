// Hears of every event of a history as it comes, by one long poll. What leaves no event, such as a retry, it does not hear.

import type { temporal as proto } from '@temporalio/proto';
import type { Temporal } from '../temporal/temporal.ts';
import { rest } from './rest.ts';

/** Well over the 20 seconds or so after which Temporal answers with nothing. */
const CALL_MS = 120_000;
const AFTER_TROUBLE_MS = 1_000;

type History = proto.api.workflowservice.v1.IGetWorkflowExecutionHistoryResponse;

export interface HistoryBell {
  /**
   * Resolves with true once there is an event after `known`, or nothing can be heard just now; with false when `ms` have
   * passed, or nobody listens any more.
   */
  rings(known: number, ms: number): Promise<boolean>;
}

/** Listens until the signal is aborted, or the execution has closed. */
export function historyBell(
  temporal: Temporal,
  execution: { workflowId: string; runId: string },
  signal: AbortSignal,
): HistoryBell {
  let last = 0;
  let isTroubled = false;
  let wake = (): void => undefined;

  void listen(temporal, execution, signal, (heard) => {
    if (heard === null) isTroubled = true;
    else last = heard;
    wake();
  });

  return {
    async rings(known, ms) {
      const isDue = (): boolean => isTroubled || last > known;
      if (!isDue()) {
        const waiting = new AbortController();
        wake = () => {
          if (isDue()) waiting.abort();
        };
        await rest(ms, [signal, waiting.signal]);
        wake = () => undefined;
      }
      const rung = isDue() && !signal.aborted;
      isTroubled = false;
      return rung;
    },
  };
}

/** `heard` gets the ID of the last event, or null when it was not told. */
async function listen(
  { client, namespace, call }: Temporal,
  execution: { workflowId: string; runId: string },
  signal: AbortSignal,
  heard: (last: number | null) => void,
): Promise<void> {
  let nextPageToken: Uint8Array | null = null;
  const poll = (token: Uint8Array | null): Promise<History> =>
    call(
      (service) =>
        service.getWorkflowExecutionHistory({
          namespace,
          execution,
          waitNewEvent: true,
          nextPageToken: token,
        }),
      CALL_MS,
    );
  const next = async (token: Uint8Array | null): Promise<History> => {
    // Of this call alone: the SDK takes no listener of it away, and some runs have ten thousand events.
    const given = new AbortController();
    const giveUp = (): void => given.abort();
    signal.addEventListener('abort', giveUp);
    try {
      return await client.withAbortSignal(given.signal, () => poll(token));
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  };
  // A signal that has come already is not heard by a call that begins.
  while (!signal.aborted) {
    try {
      const { history, nextPageToken: token } = await next(nextPageToken);
      const last = history?.events?.at(-1);
      if (last) heard(Number(last.eventId));
      if (!token?.length) return;
      nextPageToken = token;
    } catch {
      // Whoever follows the execution finds out what it is.
      heard(null);
      // The token may be of a server that is no more.
      nextPageToken = null;
      await rest(AFTER_TROUBLE_MS, [signal]);
    }
  }
}
