// The worker's process: `node --import tsx activities/main.ts <team folder>`.
// TEMPORAL_… and Temporal's configuration file say where Temporal is (process/temporal-settings.ts);
// GOALKEEPER_TASK_QUEUE, GOALKEEPER_VERSION and LOG_LEVEL where and how it works;
// alerts/sinks.ts reads GOALKEEPER_ALERT_….
// GOALKEEPER_SLOTS_… and GOALKEEPER_DRAIN how much it does at once, and how it ends,
// GOALKEEPER_STORAGE where payloads of more than 256 KiB go (docs/guide/large-data.md),
// GOALKEEPER_RECORDS_DIR and _URL where the records of closed runs are kept (docs/reference/run-record.md),
// METRICS_PORT, METRICS_HOST and TEMPORAL_METRICS where metrics are told (docs/guide/operations.md).

import { Runtime } from '@temporalio/worker';
import { metricsPortFrom } from '../process/metrics-port.ts';
import { StartProblem } from '../process/start-problem.ts';
import { temporalSettings } from '../process/temporal-settings.ts';
import { alertOptions } from './alerts/sinks.ts';
import { attemptScope } from './attempts/attempt-scope.ts';
import { captureWrites } from './attempts/captured-writes.ts';
import { outliveStrays } from './attempts/stray-errors.ts';
import { knowSecret } from './hidden-values.ts';
import { FORWARDED_LOGGING, processLog, temporalLogger } from './log.ts';
import { knowOwnSecrets } from './own-secrets.ts';
import { recordsFrom } from './records/record-sink.ts';
import { requireRedaction } from './redact.ts';
import { drainFrom, slotsFrom } from './slots.ts';
import { storageFrom } from './storage/storage.ts';
import { loadTeam } from './team.ts';
import { startWorker } from './worker.ts';

const log = processLog('worker');
outliveStrays(log);
captureWrites(() => attemptScope.getStore()?.log() ?? log);
const SUFFIXES = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };
const { TEMPORAL_METRICS } = process.env;
Runtime.install({
  logger: temporalLogger(log),
  shutdownSignals: [],
  telemetryOptions: {
    logging: FORWARDED_LOGGING,
    // Those of the SDK itself: slots, polls, latencies.
    ...(TEMPORAL_METRICS ? { metrics: { prometheus: { bindAddress: TEMPORAL_METRICS, ...SUFFIXES } } } : {}),
  },
});

try {
  requireRedaction();
  knowOwnSecrets();
  const folder = process.argv[2];
  if (folder === undefined)
    throw new StartProblem('team_missing', 'give the folder of a team: activities/main.ts <folder>');
  const { name, ...team } = await loadTeam(folder);
  const temporal = temporalSettings(process.env);
  if (temporal.apiKey !== undefined) knowSecret('TEMPORAL_API_KEY', temporal.apiKey);
  const { TEMPORAL_TLS_CLIENT_KEY_DATA: clientKey } = process.env;
  if (clientKey) knowSecret('TEMPORAL_TLS_CLIENT_KEY_DATA', clientKey);
  const records = recordsFrom(process.env);
  const metrics = metricsPortFrom(process.env);
  const worker = await startWorker({
    ...team,
    ...temporal,
    taskQueue: process.env.GOALKEEPER_TASK_QUEUE || name,
    alerts: await alertOptions(process.env),
    ...(records ? { records } : {}),
    ...(metrics ? { metrics } : {}),
    slots: slotsFrom(process.env),
    drainMs: drainFrom(process.env),
    storage: await storageFrom(process.env),
    log,
  });
  const stop = (): void => {
    worker.stop().catch(() => undefined);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  // Whoever started this process as its child is gone.
  process.on('disconnect', stop);
  process.send?.({ ready: true, metricsUrl: worker.metricsUrl });
  await worker.stopped;
  process.exit(0);
} catch (error) {
  const problem = error instanceof StartProblem ? { code: error.code, message: error.message } : null;
  process.send?.({ problem: problem ?? { code: 'worker_died', message: (error as Error).message } });
  if (problem === null) log.fatal({ err: error }, 'the worker died');
  else log.fatal({ code: problem.code }, problem.message);
  process.exit(1);
}
