// How much work waits in each task queue, for whoever scales workers. Told by the gateway, as where no worker is up there
// is none that could tell.

import { LRUCache } from 'lru-cache';
import { Gauge, Registry } from 'prom-client';
import { poolQueue, SYSTEM_TASK_QUEUE } from '../goals/wire/names.ts';
import type { Catalogue } from './catalogue.ts';
import { concurrently } from './concurrently.ts';
import type { Temporal } from './temporal.ts';

const FRESH_MS = 5_000;
const QUEUES_LIMIT = 500;
const AT_ONCE = 8;

// temporal.api.enums.v1.TaskQueueType
const TYPES = { workflow: 1, activity: 2 } as const;
type TaskType = keyof typeof TYPES;

interface Backlog {
  queue: string;
  type: TaskType;
  tasks: number;
  /** How long the oldest of them has waited. */
  seconds: number;
}

/** The backlogs as Prometheus reads them, each at most five seconds old. */
export function backlogsOf(
  temporal: Temporal,
  catalogue: Catalogue,
): () => Promise<{ type: string; text: string }> {
  const read = async (): Promise<Backlog[]> => {
    const queues = new Map<string, Set<TaskType>>([[SYSTEM_TASK_QUEUE, new Set(['workflow', 'activity'])]]);
    const add = (queue: string, ...types: TaskType[]): void => {
      queues.set(queue, new Set([...(queues.get(queue) ?? []), ...types]));
    };
    for (const { taskQueue, jobs } of await catalogue.all()) {
      add(taskQueue, 'workflow', 'activity');
      for (const { queue, pool } of jobs) {
        if (queue !== null) add(queue, 'activity');
        else if (pool?.perSecond != null) add(poolQueue(taskQueue, pool.name), 'activity');
      }
    }
    const asked = [...queues].flatMap(([queue, types]) => [...types].map((type) => ({ queue, type })));
    return concurrently(AT_ONCE, asked.slice(0, QUEUES_LIMIT), backlogOf);
  };

  const backlogOf = async ({ queue, type }: { queue: string; type: TaskType }): Promise<Backlog> => {
    const { stats } = await temporal.call((service) =>
      service.describeTaskQueue({
        namespace: temporal.namespace,
        taskQueue: { name: queue },
        taskQueueType: TYPES[type],
        reportStats: true,
      }),
    );
    const { seconds = 0, nanos = 0 } = stats?.approximateBacklogAge ?? {};
    return {
      queue,
      type,
      tasks: Number(stats?.approximateBacklogCount ?? 0),
      seconds: Number(seconds) + Number(nanos) / 1e9,
    };
  };

  const cache = new LRUCache<string, Backlog[]>({ max: 1, ttl: FRESH_MS, fetchMethod: read });

  return async () => {
    const registry = new Registry();
    const gauge = (name: string, help: string) =>
      new Gauge({ name, help, labelNames: ['task_queue', 'type'] as const, registers: [registry] });
    const tasks = gauge(
      'goalkeeper_task_queue_backlog',
      'Tasks that wait for a worker, as Temporal estimates them.',
    );
    const age = gauge(
      'goalkeeper_task_queue_backlog_age_seconds',
      'How long the oldest task has waited for a worker.',
    );
    for (const { queue: task_queue, type, ...backlog } of (await cache.fetch('all')) ?? []) {
      tasks.set({ task_queue, type }, backlog.tasks);
      age.set({ task_queue, type }, backlog.seconds);
    }
    return { type: registry.contentType, text: await registry.metrics() };
  };
}
