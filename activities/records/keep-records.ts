// A worker's part in keeping records: it polls for each sink that it has, and sees that the sink has its keeper.

import type { Client } from '@temporalio/client';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { RecordActivities } from '../../goals/wire/engine-activities.ts';
import { activityNames, KEEP_RECORDS, recordsKeeperId, SYSTEM_TASK_QUEUE } from '../../goals/wire/names.ts';
import type { SweepState } from '../../goals/wire/record-sweep.ts';
import { redactedErrors } from '../redacted-errors.ts';
import { forgetRecords } from './forget-records.ts';
import type { RecordSink, RecordsOptions } from './record-sink.ts';
import { sweepRecords } from './sweep-records.ts';

const PERIOD_MS = 10_000;

const keeperOf = (records: RecordsOptions, { kind, name }: RecordSink): string =>
  recordsKeeperId(kind, name ?? records.name ?? null);

/** Workers that sweep for the sinks, one sink each: so one that is down does not delay another. */
export async function recordWorkers(
  shared: Pick<WorkerOptions, 'connection' | 'namespace' | 'dataConverter'>,
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
        taskQueue: keeperOf(records, sink),
        activities: {
          [activityNames.sweepRecords]: sweepRecords({ sink, periodMs, log }),
          [activityNames.forgetRecords]: forgetRecords(sink),
        } satisfies RecordActivities,
        // A sweep, and beside it what is to be forgotten.
        maxConcurrentActivityTaskExecutions: 2,
        maxHeartbeatThrottleInterval: '2s',
        shutdownForceTime: '10s',
      }),
    );
  }
  return workers;
}

/** Starts the keeper of each sink, unless it is there: one for all workers that have the sink. */
export async function startKeepers(client: Client, records: RecordsOptions): Promise<void> {
  for (const sink of records.sinks) {
    const { kind } = sink;
    // Nobody who subscribes today asked to hear of last month.
    const since = records.since?.getTime() ?? (kind === 'outcomes' ? Date.now() : 0);
    const begin: SweepState = { watermark: since, recent: [], marks: { watermark: since, recent: [] } };
    await client.workflow.start(KEEP_RECORDS, {
      workflowId: keeperOf(records, sink),
      taskQueue: SYSTEM_TASK_QUEUE,
      args: [begin],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: kind === 'outcomes' ? `outcomes to ${sink.name}` : `records of closed runs to a ${kind}`,
    });
  }
}
