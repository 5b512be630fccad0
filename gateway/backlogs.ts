// How much work waits in each task queue, and for whom, for whoever scales workers and whoever watches them. Told by the
// gateway, as where no worker is up there is none that could tell.

import { poolQueue, SYSTEM_TASK_QUEUE } from '../goals/wire/names.ts';
import type { Publication } from '../goals/wire/publication.ts';
import { taskQueueType } from '../goals/wire/temporal-enums.ts';
import { millisecondsOf } from '../views/event-time.ts';
import { concurrently } from './http/concurrently.ts';
import type { Temporal } from './temporal/temporal.ts';

const QUEUES_LIMIT = 500;
const AT_ONCE = 8;

/** A worker asks again each minute; Temporal remembers one for five. */
const POLLS_WITHIN_MS = 120_000;

const TYPES = { workflow: taskQueueType.WORKFLOW, activity: taskQueueType.ACTIVITY } as const;
type TaskType = keyof typeof TYPES;

export interface Backlog {
  queue: string;
  type: TaskType;
  tasks: number;
  /** How long the oldest of them has waited. */
  seconds: number;
  /** Workers that asked for tasks lately. */
  pollers: number;
}

/** Reads what waits in the queues of these goals, and, `withOwn`, in goalkeeper's own. */
export async function readBacklogs(
  temporal: Temporal,
  goals: readonly Publication[],
  withOwn: boolean,
): Promise<Backlog[]> {
  const queues = new Map<string, Set<TaskType>>();
  const add = (queue: string, ...types: TaskType[]): void => {
    queues.set(queue, new Set([...(queues.get(queue) ?? []), ...types]));
  };
  if (withOwn) add(SYSTEM_TASK_QUEUE, 'workflow', 'activity');
  for (const { taskQueue, jobs } of goals) {
    add(taskQueue, 'workflow', 'activity');
    for (const { queue, pool } of jobs) {
      if (queue !== null) add(queue, 'activity');
      else if (pool?.perSecond != null) add(poolQueue(taskQueue, pool.name), 'activity');
    }
  }
  const asked = [...queues].flatMap(([queue, types]) => [...types].map((type) => ({ queue, type })));
  return concurrently(AT_ONCE, asked.slice(0, QUEUES_LIMIT), (one) => readQueue(temporal, one));
}

/** One queue, by default whatever the version of the workers; `lastPoll` is when a worker asked last that Temporal remembers, in milliseconds. */
export async function readQueue(
  temporal: Temporal,
  { queue, type, build = null }: { queue: string; type: TaskType; build?: string | null },
): Promise<Backlog & { lastPoll: number | null }> {
  const { stats, pollers } = await temporal.call((service) =>
    service.describeTaskQueue({
      namespace: temporal.namespace,
      taskQueue: { name: queue },
      taskQueueType: TYPES[type],
      reportStats: true,
    }),
  );
  const { seconds = 0, nanos = 0 } = stats?.approximateBacklogAge ?? {};
  const since = Date.now() - POLLS_WITHIN_MS;
  const meant = (pollers ?? []).filter(
    ({ deploymentOptions }) => build === null || deploymentOptions?.buildId === build,
  );
  const polls = meant.map((one) => millisecondsOf(one.lastAccessTime) ?? 0);
  return {
    queue,
    type,
    tasks: Number(stats?.approximateBacklogCount ?? 0),
    seconds: Number(seconds) + Number(nanos) / 1e9,
    pollers: polls.filter((at) => at > since).length,
    lastPoll: polls.length === 0 ? null : Math.max(...polls),
  };
}
