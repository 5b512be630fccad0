// A worker's part in keeping records: it polls for each sink that it has, and sees that the sink has its keeper.

import type { Client } from '@temporalio/client';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { activityNames, KEEP_RECORDS, recordsKeeperId, SYSTEM_TASK_QUEUE } from '../../goals/wire/names.ts';
import type { SweepState } from '../../goals/wire/record-sweep.ts';
import { redactedErrors } from '../redacted-errors.ts';
import type { RecordsOptions } from './record-sink.ts';
import { sweepRecords } from './sweep-records.ts';

const PERIOD_MS = 10_000;

const keeperOf = ({ name = null }: { name?: string | null }, kind: string): string =>
  recordsKeeperId(kind, name);

/** Workers that sweep for the sinks, one sink each: so one that is down does not delay another. */
export async function recordWorkers(
  shared: Pick<WorkerOptions, 'connection' | 'namespace'>,
  records: RecordsOptions,
  log: Logger,
): Promise<Worker[]> {
  const { sinks, periodMs = PERIOD_MS } = records;
  const workers: Worker[] = [];
  for (const sink of sinks) {
    await sink.open();
    workers.push(
      await Worker.create({
        ...shared,
        interceptors: { activity: [redactedErrors] },
        taskQueue: keeperOf(records, sink.kind),
        activities: { [activityNames.sweepRecords]: sweepRecords({ sink, periodMs, log }) },
        maxConcurrentActivityTaskExecutions: 1,
        maxHeartbeatThrottleInterval: '2s',
        shutdownForceTime: '10s',
      }),
    );
  }
  return workers;
}

/** Starts the keeper of each sink, unless it is there: one for all workers that have the sink. */
export async function startKeepers(client: Client, records: RecordsOptions): Promise<void> {
  const begin: SweepState = { watermark: records.since?.getTime() ?? 0, recent: [] };
  for (const { kind } of records.sinks)
    await client.workflow.start(KEEP_RECORDS, {
      workflowId: keeperOf(records, kind),
      taskQueue: SYSTEM_TASK_QUEUE,
      args: [begin],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `records of closed runs to a ${kind}`,
    });
}
