// Descriptions of executions as lists show them: asked for once for all who look within the same second.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import { LRUCache } from 'lru-cache';

/** What Temporal said of an execution within the last second; throws `WorkflowNotFoundError`. */
export type DescribeListed = (id: string, execution: string) => Promise<WorkflowExecutionDescription>;

/** They lag no more than the lists that name them. */
const FRESH_MS = 1_000;

export function describeListedBy(describe: DescribeListed): DescribeListed {
  const cache = new LRUCache<string, WorkflowExecutionDescription, Parameters<DescribeListed>>({
    ...{ max: 1_000, ttl: FRESH_MS },
    // Whoever waits for one that is forgotten meanwhile gets it all the same.
    ignoreFetchAbort: true,
    fetchMethod: (_key, _stale, { context }) => describe(...context),
  });
  return (...asked) => cache.forceFetch(asked.join(' '), { context: asked });
}
