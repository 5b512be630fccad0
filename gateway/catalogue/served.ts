// Whether any worker serves a queue, and so the goals and runs of it: asked of Temporal, as nobody else would know.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import { LRUCache } from 'lru-cache';
import { untakenSince } from '../../views/failing-task.ts';
import type { RunStory } from '../../views/run-view.ts';
import { readQueue } from '../backlogs.ts';
import type { Temporal } from '../temporal/temporal.ts';

const FRESH_MS = 5_000;
const QUEUES_LIMIT = 1_000;

/** That no worker serves a queue; since when, as far as Temporal remembers. */
export interface NoWorker {
  since: string | null;
}

export interface Served {
  /** Null when a worker has asked the queue for workflows within the last two minutes. */
  noWorker(queue: string): Promise<NoWorker | null>;
}

export function servedBy(temporal: Temporal): Served {
  const cache = new LRUCache<string, { told: NoWorker | null }>({
    max: QUEUES_LIMIT,
    ttl: FRESH_MS,
    fetchMethod: async (queue) => {
      const { pollers, lastPoll } = await readQueue(temporal, { queue, type: 'workflow' });
      if (pollers > 0) return { told: null };
      return { told: { since: lastPoll === null ? null : new Date(lastPoll).toISOString() } };
    },
  });
  return { noWorker: async (queue) => (await cache.fetch(queue))?.told ?? null };
}

type Told = (described: WorkflowExecutionDescription) => Promise<RunStory>;

/** Stories that say, of an open run, that no worker serves its queue. */
export const withNoWorker =
  (story: Told, served: Served, now: () => number): Told =>
  async (described) => {
    const told = await story(described);
    const queue = described.raw.executionConfig?.taskQueue?.name;
    if (told.run.state === 'closed' || !queue) return told;
    const noWorker = await served.noWorker(queue);
    if (noWorker === null) return told;
    // The task that waits tells better than what Temporal remembers of workers.
    const since = untakenSince(described.raw.pendingWorkflowTask, now()) ?? noWorker.since;
    return { ...told, run: { ...told.run, noWorker: { queue, since } } };
  };
