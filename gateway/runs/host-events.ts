// What the history of a host has of one light run. Many ask about runs of the same few hosts, as requests that are sent again do: each
// history is read once, and of an open one only what has come since.
//
// host-events.1. An update that is answered is read no second time; the bytes that are kept of all hosts together are bounded.

import type { temporal as proto } from '@temporalio/proto';
import { LRUCache } from 'lru-cache';
import type { LightAddress } from '../../goals/wire/light.ts';
import { lightHostId } from '../../goals/wire/names.ts';
import { firstValue } from '../../views/payload.ts';
import type { Temporal } from '../temporal/temporal.ts';

type Event = proto.api.history.v1.IHistoryEvent;

/** As the server counts bytes of a history; in memory they take several times as much. */
const KEPT_BYTES = 32 * 1024 * 1024;
const PAGE = 500;

class HostEvents {
  bytes = 1;
  #first: Event | undefined;
  readonly #updates = new Map<string, Event[]>();
  #read = 0;
  #token: Uint8Array | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  readonly #temporal: Temporal;
  readonly #execution: { workflowId: string; runId: string };

  constructor(temporal: Temporal, execution: { workflowId: string; runId: string }) {
    this.#temporal = temporal;
    this.#execution = execution;
  }

  async of(update: string): Promise<Event[]> {
    if (!this.#isAnswered(update)) {
      // One after another: nobody asks for what somebody else is reading.
      const mine = this.#turn.then(() => (this.#isAnswered(update) ? undefined : this.#readOn()));
      this.#turn = mine.catch(() => undefined);
      await mine;
    }
    const events = this.#updates.get(update) ?? [];
    return this.#first === undefined ? [] : [this.#first, ...events];
  }

  // host-events.1
  #isAnswered(update: string): boolean {
    return (
      this.#updates.get(update)?.some((event) => event.workflowExecutionUpdateCompletedEventAttributes) ??
      false
    );
  }

  async #readOn(): Promise<void> {
    const { workflowId, runId } = this.#execution;
    const { client, namespace } = this.#temporal;
    const handle = client.workflow.getHandle(workflowId, runId);
    const { historyLength, historySize } = await this.#temporal.call(() => handle.describe());
    this.bytes = Math.max(1, Number(historySize ?? 0));
    let token = this.#token;
    while (this.#read < historyLength) {
      const asked = { namespace, execution: this.#execution, maximumPageSize: PAGE, nextPageToken: token };
      // Only then the last page says where it goes on. It waits for nothing, as there are events that were not read.
      const page = await this.#temporal.call((service) =>
        service.getWorkflowExecutionHistory({ ...asked, waitNewEvent: true }),
      );
      const events = page.history?.events ?? [];
      // What a server adds to the end of an answer, as it is not written yet, is not taken.
      for (const event of events) if (Number(event.eventId) <= historyLength) this.#take(event);
      token = page.nextPageToken?.length ? page.nextPageToken : null;
      if (token === null) return;
      if (Number(events.at(-1)?.eventId ?? 0) <= historyLength) this.#token = token;
    }
  }

  #take(event: Event): void {
    const id = Number(event.eventId);
    if (id <= this.#read) return;
    this.#read = id;
    const { acceptedRequest } = event.workflowExecutionUpdateAcceptedEventAttributes ?? {};
    const { meta } = event.workflowExecutionUpdateCompletedEventAttributes ?? {};
    const update = acceptedRequest?.meta?.updateId ?? meta?.updateId;
    if (id === 1) this.#first = withoutIndex(event);
    else if (update) this.#updates.set(update, [...(this.#updates.get(update) ?? []), event]);
  }
}

/** The start of a host, but for what it knows of executions before: that is long, and tells nothing of a run. */
function withoutIndex(event: Event): Event {
  const start = event.workflowExecutionStartedEventAttributes;
  const host = firstValue(start?.input);
  const [payload] = start?.input?.payloads ?? [];
  if (typeof host !== 'object' || host === null || !payload) return event;
  const data = new TextEncoder().encode(JSON.stringify({ ...host, earlier: null }));
  return {
    ...event,
    workflowExecutionStartedEventAttributes: { ...start, input: { payloads: [{ ...payload, data }] } },
  };
}

const kept = new WeakMap<Temporal, LRUCache<string, { known: HostEvents }>>();

/** The start of the host, and the events of one update. Rejects as Temporal does where it keeps the host no longer. */
export async function hostEvents(
  temporal: Temporal,
  goal: string,
  { n, host, update }: LightAddress,
): Promise<Event[]> {
  const cache =
    kept.get(temporal) ??
    new LRUCache<string, { known: HostEvents }>({
      maxSize: KEPT_BYTES,
      sizeCalculation: ({ known }) => known.bytes,
    });
  kept.set(temporal, cache);
  const workflowId = lightHostId(goal, n);
  const key = `${workflowId}\n${host}`;
  const known = cache.get(key)?.known ?? new HostEvents(temporal, { workflowId, runId: host });
  cache.set(key, { known });
  try {
    return await known.of(update);
  } finally {
    // It is weighed again, as it has grown.
    cache.set(key, { known });
  }
}
