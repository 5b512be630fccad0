import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { poolQueue } from '../goals/wire/names.ts';
import type { Binding } from './bind.ts';
import { workerActivities } from './worker-activities.ts';

/** For each pool with a rate the worker of its queue, on which Temporal keeps the rate over all workers of the team. */
export async function poolWorkers(
  jobs: readonly Binding[],
  log: Logger,
  taskQueue: string,
  shared: Omit<WorkerOptions, 'taskQueue'>,
): Promise<Worker[]> {
  const rates = new Map(
    jobs.flatMap(({ job: { pool } }) => (pool?.perSecond ? [[pool.name, pool.perSecond]] : [])),
  );
  return Promise.all(
    [...rates].map(([name, maxTaskQueueActivitiesPerSecond]) =>
      Worker.create({
        ...shared,
        taskQueue: poolQueue(taskQueue, name),
        activities: workerActivities(
          jobs.filter(({ job }) => job.pool?.name === name),
          log,
        ),
        maxTaskQueueActivitiesPerSecond,
      }),
    ),
  );
}
