// A worker as a process: it takes the signals, writes the log, and tells its parent when it takes work.

import { Runtime } from '@temporalio/worker';
import { metricsPortFrom } from '../process/metrics-port.ts';
import { sealingFrom } from '../process/sealing/watched-keys.ts';
import { StartProblem } from '../process/start-problem.ts';
import { temporalSettings } from '../process/temporal-settings.ts';
import { unknownVariables, VARIABLE_UNKNOWN } from '../process/variables.ts';
import { alertOptions } from './alerts/sinks.ts';
import { attemptScope } from './attempts/attempt-scope.ts';
import { captureWrites } from './attempts/captured-writes.ts';
import { outliveStrays } from './attempts/stray-errors.ts';
import { keepWholeLogs } from './attempts/whole-log.ts';
import { buildFor } from './build.ts';
import { loadConfig, onlyTeam } from './config-file.ts';
import { configured, storageOfConfig } from './configured.ts';
import { decisionKeysFrom } from './decision-keys.ts';
import { knowSecret } from './hidden-values.ts';
import { FORWARDED_LOGGING, processLog, temporalLogger } from './log.ts';
import { knowOwnSecrets } from './own-secrets.ts';
import { preflightFrom } from './preflight/gate.ts';
import { recordsFrom } from './records/records-from.ts';
import { requireRedaction } from './redact.ts';
import { drainFrom, slotsFrom } from './slots.ts';
import { keptLogs } from './storage/kept-logs.ts';
import { storageFrom } from './storage/storage.ts';
import { loadTeam } from './team.ts';
import { versioningFrom } from './versioning/versioning-from.ts';
import { type RunningWorker, startWorker } from './worker.ts';

/** A worker that is told to stop while it starts has this long to be there; it then stops in order. */
const STARTING_MS = 2_000;

const SUFFIXES = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };

/**
 * Runs the worker of a team's folder until it is told to stop, and ends the process: with 0 then, else with 1 and a log line that
 * says why.
 */
export async function runWorkerProcess(folder: string | undefined): Promise<never> {
  const log = processLog('worker');
  outliveStrays(log);
  captureWrites(() => attemptScope.getStore()?.log() ?? log);
  const { TEMPORAL_METRICS } = process.env;
  Runtime.install({
    logger: temporalLogger(log),
    shutdownSignals: [],
    telemetryOptions: {
      logging: FORWARDED_LOGGING,
      // Those of the SDK itself: slots, polls, latencies.
      ...(TEMPORAL_METRICS
        ? { metrics: { prometheus: { bindAddress: TEMPORAL_METRICS, ...SUFFIXES } } }
        : {}),
    },
  });

  try {
    for (const warning of unknownVariables(process.env)) log.warn({ code: VARIABLE_UNKNOWN }, warning);
    requireRedaction();
    knowOwnSecrets();
    if (folder === undefined) throw new StartProblem('team_missing', 'give the folder of a team');
    const loaded = await loadConfig(folder);
    const environment = configured(process.env, loaded);
    const { name, folder: root } = onlyTeam(folder, loaded);
    const build = await buildFor(name, environment);
    const { name: _, ...team } = await loadTeam(root, environment, loaded?.config.plugins);
    const temporal = temporalSettings(environment);
    if (temporal.apiKey !== undefined) knowSecret('TEMPORAL_API_KEY', temporal.apiKey);
    const { TEMPORAL_TLS_CLIENT_KEY_DATA: clientKey } = process.env;
    if (clientKey) knowSecret('TEMPORAL_TLS_CLIENT_KEY_DATA', clientKey);
    const records = recordsFrom(process.env);
    const versioning = versioningFrom(process.env);
    const metrics = metricsPortFrom(process.env);
    keepWholeLogs(await keptLogs(environment, log));
    const decisionKeys = await decisionKeysFrom(environment);
    const sealing = await sealingFrom(environment, log);
    // Before the worker says that it is ready, as whoever reads that may tell it to stop.
    let worker: RunningWorker | null = null;
    let isToldToStop = false;
    const stop = (): void => {
      isToldToStop = true;
      if (worker === null) setTimeout(() => process.exit(0), STARTING_MS).unref();
      else worker.stop().catch(() => undefined);
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
    // Whoever started this process as its child is gone.
    process.on('disconnect', stop);
    worker = await startWorker({
      sealing,
      ...team,
      ...(build === null ? {} : { build }),
      ...(build === null || environment.GOALKEEPER_VERSION ? {} : { version: build.manifest.version }),
      ...temporal,
      taskQueue: process.env.GOALKEEPER_TASK_QUEUE || name,
      alerts: await alertOptions(process.env),
      ...(records ? { records } : {}),
      ...(metrics ? { metrics } : {}),
      slots: slotsFrom(process.env),
      preflight: preflightFrom(process.env),
      ...(versioning === null ? {} : { versioning }),
      ...(decisionKeys === null ? {} : { decisionKeys }),
      drainMs: drainFrom(process.env),
      storage: storageOfConfig(environment, loaded) ?? (await storageFrom(environment)),
      log,
    });
    if (isToldToStop) stop();
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
}
