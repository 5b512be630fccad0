// Executions of hosts, each read from its end back, as far as anybody has asked: what was read is kept, and of one that is open
// only what has come since is asked for.

import { WorkflowNotFoundError } from '@temporalio/client';
import type { temporal as proto } from '@temporalio/proto';
import { LRUCache } from 'lru-cache';
import { type LightHost, lightHostSchema, runsIndexed } from '../../goals/wire/light.ts';
import { millisecondsOf } from '../../views/event-time.ts';
import { type AchievedRun, LightUpdates } from '../../views/light-updates.ts';
import { firstValue } from '../../views/payload.ts';
import { isNotFound, type Temporal } from '../temporal/temporal.ts';

type Event = proto.api.history.v1.IHistoryEvent;

/** Events of one call. */
const PAGE = 500;
/** Of values, as they travel; in memory they take several times as much. */
const KEPT_BYTES = 48 * 1024 * 1024;
/** Of what an execution was begun with, as it is kept. */
const START_BYTES = 32 * 1024;
/** What came within so long may be missing of what is told. */
const FRESH_MS = 500;

/** An execution of a host, as visibility lists it. */
export interface ListedHost {
  workflowId: string;
  runId: string;
  goal: string;
  n: number;
  /** In milliseconds since 1970; null while it is open. */
  closed: number | null;
}

/** What an execution was begun with. */
export interface HostStart {
  about: LightHost['about'];
  taskQueue: string;
  /** The one before: how many runs it achieved, by when, in milliseconds since 1970 to the second. */
  earlier: { execution: string; achieved: readonly (readonly [at: number, runs: number])[] } | null;
}

/** One that is read back as far as it was needed. */
export class HostHistory {
  /** What it has achieved, from the latest. */
  runs: AchievedRun[] = [];
  readonly #temporal: Temporal;
  readonly #listed: ListedHost;
  readonly #updates = new LightUpdates();
  #newest = 0;
  #oldest = Number.POSITIVE_INFINITY;
  #token: Uint8Array | null | undefined;
  #isFinal = false;
  #checked = Number.NEGATIVE_INFINITY;
  #turn: Promise<unknown> = Promise.resolve();
  #start: Promise<HostStart | null> | undefined;

  constructor(temporal: Temporal, listed: ListedHost) {
    this.#temporal = temporal;
    this.#listed = listed;
  }

  get bytes(): number {
    return this.#updates.bytes + START_BYTES;
  }

  /** All that closed after that is known, in milliseconds since 1970; infinity where nothing was read. */
  get knownSince(): number {
    if (this.#isWhole) return Number.NEGATIVE_INFINITY;
    return Math.max(this.#oldest, this.#updates.latestUnpaired ?? Number.NEGATIVE_INFINITY);
  }

  get #isWhole(): boolean {
    return this.#token === null;
  }

  /** Reads what has come since it was read last. */
  refresh(isClosed: boolean): Promise<void> {
    return this.#alone(async () => {
      if (this.#newest === 0 || this.#isFinal || performance.now() - this.#checked < FRESH_MS) return;
      const now = performance.now();
      const { workflowId, runId } = this.#listed;
      const handle = this.#temporal.client.workflow.getHandle(workflowId, runId);
      const { historyLength } = await this.#temporal
        .call(() => handle.describe())
        .catch((error: unknown) => {
          if (error instanceof WorkflowNotFoundError) return { historyLength: 0 };
          throw error;
        });
      for (let token: Uint8Array | null | undefined, left = historyLength - this.#newest; left > 0; ) {
        const page = await this.#page(token ?? null, Math.min(PAGE, left));
        const fresh = page.events.filter(({ eventId }) => Number(eventId) > this.#newest);
        this.#take(fresh);
        left = fresh.length < page.events.length || page.token === null ? 0 : left - fresh.length;
        token = page.token;
      }
      this.#newest = Math.max(this.#newest, historyLength);
      this.#checked = now;
      this.#isFinal = isClosed;
    });
  }

  /** Reads a page further back. */
  back(): Promise<void> {
    return this.#alone(async () => {
      if (this.#isWhole) return;
      const page = await this.#page(this.#token ?? null, PAGE);
      if (this.#newest === 0) {
        this.#newest = Number(page.events[0]?.eventId ?? 0);
        this.#isFinal = this.#listed.closed !== null;
        this.#checked = performance.now();
      }
      this.#take(page.events);
      this.#oldest = millisecondsOf(page.events.at(-1)?.eventTime) ?? this.#oldest;
      this.#token = page.token;
    });
  }

  async whole(isClosed: boolean): Promise<readonly AchievedRun[]> {
    await this.refresh(isClosed);
    while (!this.#isWhole) await this.back();
    return this.runs;
  }

  /** Null where Temporal keeps it no longer. */
  start(): Promise<HostStart | null> {
    this.#start ??= this.#readStart();
    this.#start.catch(() => {
      this.#start = undefined;
    });
    return this.#start;
  }

  async #readStart(): Promise<HostStart | null> {
    const { workflowId, runId } = this.#listed;
    try {
      const { history } = await this.#temporal.call((service) =>
        service.getWorkflowExecutionHistory({
          namespace: this.#temporal.namespace,
          execution: { workflowId, runId },
          maximumPageSize: 1,
        }),
      );
      const start = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
      const host = lightHostSchema.safeParse(firstValue(start?.input)).data;
      if (host === undefined) return null;
      const { about, earlier } = host;
      const achieved = (earlier?.updates ?? []).map(
        (update) => [update.at * 1000, runsIndexed(update).filter(({ end }) => end === 'a').length] as const,
      );
      return {
        ...{ about, taskQueue: start?.taskQueue?.name ?? '' },
        earlier: earlier && { execution: earlier.execution, achieved },
      };
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  async #page(nextPageToken: Uint8Array | null, maximumPageSize: number) {
    const { workflowId, runId } = this.#listed;
    const { namespace } = this.#temporal;
    const asked = { namespace, execution: { workflowId, runId }, maximumPageSize, nextPageToken };
    try {
      const page = await this.#temporal.call((service) => service.getWorkflowExecutionHistoryReverse(asked));
      const events: Event[] = page.history?.events ?? [];
      return { events, token: page.nextPageToken?.length ? page.nextPageToken : null };
    } catch (error) {
      // Its retention has ended since it was listed.
      if (isNotFound(error)) return { events: [], token: null };
      throw error;
    }
  }

  #take(events: readonly Event[]): void {
    const found = this.#updates.add(events);
    if (found.length > 0)
      this.runs = [...this.runs, ...found].sort((a, b) => latestFirst(a.answer, b.answer));
  }

  /** One after another: nobody asks for what somebody else is reading. */
  #alone(work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

/** From the latest; of the same moment, by their executions. */
export const latestFirst = (a: LightPlace, b: LightPlace): number =>
  b.closed - a.closed || (a.execution > b.execution ? -1 : a.execution < b.execution ? 1 : 0);

/** Where a light run stands among others. */
export interface LightPlace {
  closed: number;
  execution: string;
}

export type HostHistories = (listed: ListedHost) => HostHistory;

export function hostHistories(temporal: Temporal): HostHistories {
  // Each is weighed again when it is asked for.
  const known = new LRUCache<string, { one: HostHistory }>({
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ one }) => one.bytes,
  });
  return (listed) => {
    const one = known.get(listed.runId)?.one ?? new HostHistory(temporal, listed);
    known.set(listed.runId, { one });
    return one;
  };
}
