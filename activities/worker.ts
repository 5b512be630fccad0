// A worker: a team's goals in the sandbox, its jobs in this process, and its publications in the catalogue.

import { Client } from '@temporalio/client';
import type { ExternalStorage } from '@temporalio/common';
import {
  type BundlerPlugin,
  NativeConnection,
  type WorkerOptions as TemporalWorkerOptions,
  Worker,
  type WorkerPlugin,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import { check, describeProblems } from '../goals/check.ts';
import type { Goal } from '../goals/index.ts';
import { publish } from '../goals/publish.ts';
import {
  activityNames,
  buildIdOf,
  DEFAULT_TASK_QUEUE,
  poolQueue,
  SYSTEM_TASK_QUEUE,
} from '../goals/wire/names.ts';
import { type MetricsPort, type MetricsPortOptions, openMetricsPort } from '../process/metrics-port.ts';
import { StartProblem } from '../process/start-problem.ts';
import { DEFAULT_ADDRESS, DEFAULT_NAMESPACE, type TemporalAccess } from '../process/temporal-settings.ts';
import { problemOfAnswer, whyUnreachable } from '../process/why-unreachable.ts';
import { alertsOf } from './alerts/alerts.ts';
import type { AlertOptions } from './alerts/sinks.ts';
import { requireSecrets } from './attempts/secrets.ts';
import type { Binding } from './bind.ts';
import { bundleGoals, codeDigest, NO_GOALS } from './bundle.ts';
import { BundleCache } from './bundle-cache.ts';
import { holdRuns } from './catalogue/hold-runs.ts';
import { publishGoals } from './catalogue/publish.ts';
import { publishSchedules } from './catalogue/publish-schedules.ts';
import { watchStanding } from './catalogue/standing.ts';
import { countGoals, measuring, tellMetrics } from './metrics.ts';
import { outliveLoops } from './outlive-loops.ts';
import { recordWorkers, startKeepers } from './records/keep-records.ts';
import type { RecordsOptions } from './records/record-sink.ts';
import { requireRedaction } from './redact.ts';
import { redactedErrors } from './redacted-errors.ts';
import { runWorkers, stopWorkers } from './run-workers.ts';
import { hearingActivities, listenToOutcomes } from './runs/hear-outcomes.ts';
import { endedRuns } from './runs/pools.ts';
import { startRun } from './runs/start-run.ts';
import { requireSameSchemas } from './same-schemas.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import { DEFAULT_SLOTS, type Slots, tunerOf } from './slots.ts';
import { slowPatterns } from './slow-patterns.ts';
import { DirectoryDriver } from './storage/directory-driver.ts';
import { defaultDirectory, storageOf } from './storage/storage.ts';
import { workerActivities } from './worker-activities.ts';

export interface WorkerOptions extends TemporalAccess {
  /** Absolute path of the module whose default export is the list of the team's goals. */
  goalsModule: string;
  /** The same module's default export, imported. */
  goals: unknown;
  /** The code behind the goals' jobs. */
  jobs: readonly Binding[];
  /** Version of the goals, only ever growing: an older one never overwrites a newer one in the catalogue. */
  version: number;
  /** Default `127.0.0.1:7233`. */
  address?: string;
  /** Default `default`. */
  namespace?: string;
  /** Default `goalkeeper`. */
  taskQueue?: string;
  /** Who is told, and how; by default alerts are kept, and delivered to nobody. */
  alerts?: Partial<AlertOptions>;
  /** How many jobs at once; by default what the machine can bear. */
  slots?: Slots;
  /** How long jobs may work on once the worker is told to stop, in milliseconds. Default: 0. */
  drainMs?: number;
  /** Where payloads of more than 256 KiB go. Default: a directory of the user's. */
  storage?: ExternalStorage;
  /** Where records of closed runs are kept beyond Temporal's retention. Default: nowhere. */
  records?: RecordsOptions;
  /** Temporal's own plugins, such as that of OpenTelemetry. They may add to what workers and bundle are, and replace nothing. */
  plugins?: readonly Plugin[];
  /** Where metrics are told. Default: nowhere. */
  metrics?: MetricsPortOptions;
  log: Logger;
}

export type Plugin = WorkerPlugin & BundlerPlugin;

export interface RunningWorker {
  /** Like `http://127.0.0.1:9464`; null where metrics are told nowhere. */
  readonly metricsUrl: string | null;
  /** Resolves when the worker has stopped, rejects when it died. */
  readonly stopped: Promise<void>;
  /** Tells jobs to stop, waits for them, and disconnects. */
  stop(): Promise<void>;
}

/**
 * Starts a worker and publishes its goals. Resolves once it takes work and the catalogue knows its goals. Throws a
 * `StartProblem` when the goals are broken (all problems at once) or Temporal cannot be had.
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { log, namespace = DEFAULT_NAMESPACE, taskQueue = DEFAULT_TASK_QUEUE } = options;
  requireRedaction();
  const bound = options.jobs.map(({ job }) => job);
  const problems = check(options.goals, bound);
  if (problems.length === 0) problems.push(...slowPatterns(options.goals as readonly Goal[], bound));
  if (problems.length > 0)
    throw new StartProblem(
      'goals_invalid',
      `the goals in ${options.goalsModule} cannot be pursued:\n${describeProblems(problems)}`,
    );
  requireSecrets(options.jobs.map(({ job }) => job));
  const goals = options.goals as readonly Goal[];

  outliveLoops();
  const { plugins = [] } = options;
  const { address = DEFAULT_ADDRESS } = options;
  const connection = await connect(address, options);
  try {
    await registerSearchAttributes(connection, namespace).catch((error: unknown) => {
      throw problemOfAnswer(error, { ...options, address, namespace }) ?? error;
    });
    const bundle = await bundleGoals(options.goalsModule, new BundleCache(), plugins);
    requireSameSchemas(bundle, goals, options.goalsModule);
    // Without the team's goals and plugins: whichever team's worker has the next task must do as the last one would.
    const systemBundle = await bundleGoals(NO_GOALS);
    const code = codeDigest(bundle);
    const storage = options.storage ?? storageOf(new DirectoryDriver(defaultDirectory()));
    const dataConverter = { externalStorage: storage };
    const { drainMs = 0, slots = DEFAULT_SLOTS } = options;
    const lifetimes = {
      maxHeartbeatThrottleInterval: '2s',
      // Then jobs are told to stop.
      shutdownGraceTime: drainMs,
      shutdownForceTime: drainMs + 10_000,
    } as const;
    const shared = {
      connection,
      namespace,
      workflowBundle: bundle,
      dataConverter,
      plugins: [...plugins],
      sinks: measuring(log),
      interceptors: { activity: [redactedErrors] },
      // In every history, so that it can be told whether the code has changed since.
      buildId: buildIdOf(code),
      // A worker that dies is forgotten in a second, not in ten: what it held goes on elsewhere.
      stickyQueueScheduleToStartTimeout: '1s',
      ...lifetimes,
    } satisfies Partial<TemporalWorkerOptions>;
    const alerts = alertsOf(options.alerts ?? {}, taskQueue);
    const activities = { ...workerActivities(options.jobs, log), ...alerts.activities };
    const workers = [
      await Worker.create({ ...shared, taskQueue, activities, tuner: tunerOf(slots) }),
      await Worker.create({
        ...shared,
        taskQueue: SYSTEM_TASK_QUEUE,
        workflowBundle: systemBundle,
        buildId: buildIdOf(codeDigest(systemBundle)),
        plugins: [],
        activities: {
          ...alerts.systemActivities,
          [activityNames.endedRuns]: endedRuns,
          [activityNames.startRun]: startRun,
          [activityNames.holdRuns]: holdRuns,
          ...hearingActivities(log),
        },
        workflowThreadPoolSize: 1,
        maxCachedWorkflows: 100,
      }),
      ...(await poolWorkers(options, taskQueue, {
        ...{ connection, namespace, dataConverter, plugins: [...plugins], ...lifetimes },
        tuner: tunerOf(slots),
        interceptors: { activity: [redactedErrors] },
      })),
      ...(options.records ? await recordWorkers({ connection, namespace }, options.records, log) : []),
    ];
    const stopped = runWorkers(workers).finally(() => connection.close());
    stopped.catch(() => undefined);
    countGoals(goals);
    const client = new Client({ connection, namespace });
    const publications = goals.map((goal) =>
      publish(goal, { taskQueue, deployment: taskQueue, version: options.version, code }),
    );
    let metrics: MetricsPort | null;
    try {
      await Promise.race([publishGoals(client, publications, log), stopped]);
      await Promise.race([publishSchedules(client, publications, log), stopped]);
      await Promise.race([watchStanding(client, publications), stopped]);
      await Promise.race([listenToOutcomes(client, publications), stopped]);
      await Promise.race([alerts.announce(client, log), stopped]);
      if (options.records) await startKeepers(client, options.records);
      const isRunning = () => workers.every((worker) => worker.getState() === 'RUNNING');
      metrics = options.metrics ? await openMetricsPort(options.metrics, tellMetrics, isRunning) : null;
    } catch (error) {
      await stopWorkers(workers, stopped);
      throw error;
    }
    const metricsUrl = metrics?.url ?? null;
    log.info({ taskQueue, namespace, goals: goals.map(({ name }) => name), metricsUrl }, 'worker is ready');
    stopped
      .catch(() => undefined)
      .finally(() => {
        alerts.end();
        return metrics?.stop();
      });
    return { metricsUrl, stopped, stop: () => stopWorkers(workers, stopped) };
  } catch (error) {
    await connection.close().catch(() => undefined);
    throw error;
  }
}

/** For each pool with a rate the worker of its queue, on which Temporal keeps the rate over all workers of the team. */
async function poolWorkers(
  { jobs, log }: WorkerOptions,
  taskQueue: string,
  shared: Omit<TemporalWorkerOptions, 'taskQueue'>,
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

async function connect(
  address: string,
  { namespace = DEFAULT_NAMESPACE, tls, apiKey, metadata }: WorkerOptions,
): Promise<NativeConnection> {
  const access = {
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata }),
  };
  try {
    return await NativeConnection.connect({ address, ...access });
  } catch (error) {
    const known = problemOfAnswer(error, { address, namespace, ...access });
    throw known ?? (await whyUnreachable({ address, namespace, ...access })) ?? unreachable(address, error);
  }
}

const unreachable = (address: string, error: unknown): StartProblem =>
  new StartProblem(
    'temporal_unreachable',
    `no Temporal server answers at ${address} (${(error as Error).message}). Start one, or set TEMPORAL_ADDRESS to where it is.`,
  );
