// Whether any worker serves a queue, and so the goals and runs of it: asked of Temporal, as nobody else would know.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import { LRUCache } from 'lru-cache';
import type { NoWorker } from '../../goals/wire/answers.ts';
import { untakenSince } from '../../views/failing-task.ts';
import type { RunStory } from '../../views/run-view.ts';
import { readQueue } from '../backlogs.ts';
import type { Temporal } from '../temporal/temporal.ts';

const FRESH_MS = 5_000;
const QUEUES_LIMIT = 1_000;

export interface Served {
  /**
   * Null when a worker has asked the queue for workflows within the last two minutes: a worker of this build, where one is
   * named.
   */
  noWorker(queue: string, build?: string | null): Promise<NoWorker | null>;
}

export function servedBy(temporal: Temporal): Served {
  const cache = new LRUCache<string, { told: NoWorker | null }>({
    max: QUEUES_LIMIT,
    ttl: FRESH_MS,
    fetchMethod: async (key) => {
      const [queue, build] = JSON.parse(key) as [string, string | null];
      const { pollers, lastPoll } = await readQueue(temporal, { queue, type: 'workflow', build });
      if (pollers > 0) return { told: null };
      return { told: { since: lastPoll === null ? null : new Date(lastPoll).toISOString() } };
    },
  });
  return {
    noWorker: async (queue, build = null) =>
      (await cache.fetch(JSON.stringify([queue, build])))?.told ?? null,
  };
}

const PINNED = 1;

/** The build that alone goes on with a run; null where any worker of its queue may. */
function pinnedBuild({ raw }: WorkflowExecutionDescription): string | null {
  const { behavior, deploymentVersion, versioningOverride } = raw.workflowExecutionInfo?.versioningInfo ?? {};
  const version = versioningOverride?.pinned?.version ?? (behavior === PINNED ? deploymentVersion : null);
  return version?.buildId || null;
}

type Told = (described: WorkflowExecutionDescription) => Promise<RunStory>;

/** Stories that say, of an open run, that no worker serves its queue. */
export const withNoWorker =
  (story: Told, served: Served, now: () => number): Told =>
  async (described) => {
    const told = await story(described);
    const queue = described.raw.executionConfig?.taskQueue?.name;
    if (told.run.state === 'closed' || !queue) return told;
    const noWorker = await served.noWorker(queue, pinnedBuild(described));
    if (noWorker === null) return told;
    // The task that waits tells better than what Temporal remembers of workers.
    const since = untakenSince(described.raw.pendingWorkflowTask, now()) ?? noWorker.since;
    return { ...told, run: { ...told.run, noWorker: { queue, since } } };
  };
