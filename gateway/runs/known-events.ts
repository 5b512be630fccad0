// Histories of open runs, kept as far as they were read: of one that has grown Temporal is asked only for what is new.
//
// known-events.1. An event is kept once its execution was described as having it: what a server adds to the end of an answer,
//     as it is not written yet, is not.
// known-events.2. The bytes that are kept of all executions together are bounded.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { temporal as proto } from '@temporalio/proto';
import { LRUCache } from 'lru-cache';
import { problemOfTemporal, type Temporal } from '../temporal/temporal.ts';

type Event = proto.api.history.v1.IHistoryEvent;

/** Bytes of histories as the server counts them; in memory they take several times as much. */
const KEPT_BYTES = 32 * 1024 * 1024;
const PAGE = 1_000;

interface Known {
  events: readonly Event[];
  /** Where Temporal goes on after them. */
  token: Uint8Array | null;
}

const NOTHING: Known = { events: [], token: null };

/** All events that the execution had when it was described. */
export type KnownEvents = (described: WorkflowExecutionDescription) => Promise<readonly Event[]>;

/** `keptBytes`: how much is kept of all executions together, as the server counts bytes of a history. */
export function knownEvents(temporal: Temporal, keptBytes = KEPT_BYTES): KnownEvents {
  // known-events.2
  const kept = new LRUCache<string, Known>({ maxSize: keptBytes });
  const underWay = new Map<string, Promise<unknown>>();

  async function goOn(described: WorkflowExecutionDescription): Promise<readonly Event[]> {
    const { runId, historyLength, historySize, status } = described;
    const known = kept.get(runId) ?? NOTHING;
    if (known.events.length < historyLength) {
      const { events, sure } = await readAfter(temporal, described, known).catch((error: unknown) => {
        kept.delete(runId);
        // A token may be refused that was good; that Temporal is away is no matter of the token.
        if (known === NOTHING || problemOfTemporal(error) !== null) throw error;
        return readAfter(temporal, described, NOTHING);
      });
      // Of a closed one the story is kept from now on, and no events.
      if (status.name !== 'RUNNING') kept.delete(runId);
      else kept.set(runId, sure, { size: Math.max(1, Number(historySize ?? 0)) });
      return events;
    }
    return known.events.slice(0, historyLength);
  }

  return async (described) => {
    const { runId } = described;
    // One after another: nobody asks for what somebody else is reading.
    const before = underWay.get(runId) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(() => goOn(described));
    underWay.set(runId, mine);
    try {
      return await mine;
    } finally {
      if (underWay.get(runId) === mine) underWay.delete(runId);
    }
  };
}

/** Reads on, as far as the execution was described to go. `sure`: what of it may be kept, to go on from. */
async function readAfter(
  temporal: Temporal,
  { workflowId, runId, historyLength }: WorkflowExecutionDescription,
  known: Known,
): Promise<{ events: Event[]; sure: Known }> {
  const events = [...known.events];
  let { token } = known;
  let sure = known;
  do {
    const page = await temporal.call((service) =>
      service.getWorkflowExecutionHistory({
        namespace: temporal.namespace,
        execution: { workflowId, runId },
        maximumPageSize: PAGE,
        // Only then the last page says where it goes on. It waits for nothing, as there are events that were not read.
        waitNewEvent: true,
        nextPageToken: token,
      }),
    );
    events.push(...(page.history?.events ?? []));
    token = page.nextPageToken?.length ? page.nextPageToken : null;
    // known-events.1
    if (token !== null && events.length <= historyLength) sure = { events: [...events], token };
  } while (token !== null && events.length < historyLength);
  return { events: events.slice(0, historyLength), sure };
}
