// With no worker up, events wait in the histories of the workflows that take them. Temporal ends one of 50 MB, and takes
// 10,000 signals.

import { WorkflowNotFoundError } from '@temporalio/client';
import { LRUCache } from 'lru-cache';
import type { Temporal } from '../temporal/temporal.ts';

const HISTORY_BYTES = 25 * 1024 * 1024;
const HISTORY_EVENTS = 8_000;
const LOOK_MS = 1_000;

/** What takes events takes no more until workers have caught up. */
export class EventsFull extends Error {
  override readonly name = 'EventsFull';
}

/** Throws an `EventsFull` when the workflow of that ID has as many events as it can carry. */
export function refusingFull(temporal: Temporal): (id: string) => Promise<void> {
  const isFull = new LRUCache<string, boolean>({
    max: 2_000,
    ttl: LOOK_MS,
    fetchMethod: async (id) => {
      try {
        const handle = temporal.client.workflow.getHandle(id);
        const { status, raw, historyLength } = await temporal.call(() => handle.describe());
        // The next event begins another.
        if (status.name !== 'RUNNING') return false;
        const bytes = Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
        return bytes > HISTORY_BYTES || historyLength > HISTORY_EVENTS;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
  });
  return async (id) => {
    if (await isFull.fetch(id))
      throw new EventsFull(`${id} has more events than it can carry; is a worker up?`);
  };
}
