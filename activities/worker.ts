// A worker: a team's goals in the sandbox, its jobs in this process, and its publications in the catalogue.

import { Client } from '@temporalio/client';
import type { ExternalStorage } from '@temporalio/common';
import {
  type BundlerPlugin,
  type WorkerOptions as TemporalWorkerOptions,
  Worker,
  type WorkerPlugin,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import type { DecisionKey } from '../goals/wire/decision-signature.ts';
import { buildIdOf, DEFAULT_TASK_QUEUE, SYSTEM_TASK_QUEUE } from '../goals/wire/names.ts';
import { type MetricsPort, type MetricsPortOptions, openMetricsPort } from '../process/metrics-port.ts';
import { dataConverterOf, isSealing, sealedCode } from '../process/sealing/data-converter.ts';
import { requireKeys } from '../process/sealing/require-keys.ts';
import { type Sealing, unsealed } from '../process/sealing/sealing.ts';
import { DEFAULT_ADDRESS, DEFAULT_NAMESPACE, type TemporalAccess } from '../process/temporal-settings.ts';
import { problemOfAnswer } from '../process/why-unreachable.ts';
import { alertActivities } from './alerts/alerts.ts';
import type { AlertOptions } from './alerts/sinks.ts';
import { requireSecrets } from './attempts/secrets.ts';
import { wholeLogs } from './attempts/whole-log.ts';
import type { Binding } from './bind.ts';
import type { Build } from './build.ts';
import { bundleGoals, codeDigest, NO_GOALS } from './bundle.ts';
import { BundleCache } from './bundle-cache.ts';
import { askingHosts, neededLightBefore } from './catalogue/needed-light.ts';
import { connect } from './connect.ts';
import { checkingDecisions } from './decision-keys.ts';
import { forgettingActivities, storageActivities } from './deletion/forget.ts';
import { countGoals, measuring, metricsText } from './metrics.ts';
import { poolWorkers } from './pool-workers.ts';
import { type PreflightMode, passPreflight } from './preflight/gate.ts';
import { publishTeam } from './publish-team.ts';
import { recordWorkers, startKeepers } from './records/keep-records.ts';
import type { RecordsOptions } from './records/record-sink.ts';
import { requireRedaction } from './redact.ts';
import { redactedErrors } from './redacted-errors.ts';
import { runWorkers, stopWorkers } from './run-workers.ts';
import { requireSameSchemas } from './same-schemas.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import { DEFAULT_SLOTS, type Slots, tunerOf } from './slots.ts';
import { DirectoryDriver } from './storage/directory-driver.ts';
import { defaultDirectory, storageOf } from './storage/storage.ts';
import { systemActivities } from './system-activities.ts';
import { validGoals } from './valid-goals.ts';
import { versionedCode, versionedQueues, versionOptions } from './versioning/as-version.ts';
import { publishVersion } from './versioning/publish-version.ts';
import { type Versioning, versionOf } from './versioning/versioning-from.ts';
import { workerActivities } from './worker-activities.ts';
import { prepareWorkflowThreads } from './workflow-threads.ts';

/** Options of `startWorker`. */
export interface WorkerOptions extends TemporalAccess {
  /** The absolute path of the module whose default export is the list of the team's goals. */
  goalsModule: string;
  /** The default export of that module. */
  goals: unknown;
  /** The code behind the goals' jobs. */
  jobs: readonly Binding[];
  /** The version of the goals, which only grows: an older one never overwrites a newer one in the catalogue. */
  version: number;
  /** Temporal's address, as `host:port`. @default '127.0.0.1:7233' */
  address?: string;
  /** Temporal's namespace. @default 'default' */
  namespace?: string;
  /** The task queue of the goals. @default 'goalkeeper' */
  taskQueue?: string;
  /** Whom alerts address, and how they are delivered. @default alerts are kept, and delivered to nobody */
  alerts?: Partial<AlertOptions>;
  /** What `goalkeeper build` wrote of these goals, as `readBuild` reads it. @default the worker bundles them itself */
  build?: Build;
  /** How many jobs may run at once. @default as many as the machine can bear */
  slots?: Slots;
  /** How long jobs may continue after `stop`, in milliseconds. @default 0 */
  drainMs?: number;
  /** Where payloads of more than 256 KiB go. @default a directory of the user's */
  storage?: ExternalStorage;
  /** How values are sealed on their way to Temporal, as `sealingFrom` reads it. @default they are not */
  sealing?: Sealing;
  /** Where records of closed runs are kept beyond Temporal's retention. @default nowhere */
  records?: RecordsOptions;
  /**
   * Whether open runs are replayed by this code before the worker takes its first task: `refuse` does not start where one
   * would break, `warn` logs it. The worker's process has GOALKEEPER_PREFLIGHT.
   * @default 'off'
   */
  preflight?: PreflightMode;
  /**
   * The worker is a version of one of Temporal's worker deployments: open runs finish on the version that began them. The worker's
   * process has TEMPORAL_DEPLOYMENT_NAME, TEMPORAL_WORKER_BUILD_ID and GOALKEEPER_VERSIONING.
   * @default no version: each worker takes up every run
   */
  versioning?: Versioning;
  /**
   * Public keys of gateways: runs take decisions only that are signed with one of them. The worker's process has
   * GOALKEEPER_DECISION_KEYS.
   * @default decisions need no signature
   */
  decisionKeys?: readonly DecisionKey[] | undefined;
  /** Temporal's own plugins, such as OpenTelemetry's. They may add to the workers and the bundle, and replace nothing. @default none */
  plugins?: readonly Plugin[];
  /** Where the worker serves its metrics. @default nowhere */
  metrics?: MetricsPortOptions;
  /** A logger of pino's. */
  log: Logger;
}

/** A plugin of Temporal's SDK, for worker and bundle. */
export type Plugin = WorkerPlugin & BundlerPlugin;

/** A worker that takes work, as `startWorker` returns it. */
export interface RunningWorker {
  /** Where it serves its metrics, such as `http://127.0.0.1:9464`; null where it does not. */
  readonly metricsUrl: string | null;
  /** Resolves when the worker has stopped, and rejects when it has died. */
  readonly stopped: Promise<void>;
  /** Aborts the signal of open jobs (after `drainMs`), waits for them, and disconnects. */
  stop(): Promise<void>;
}

/**
 * Starts a worker and publishes its goals. Resolves once it takes work and the catalogue knows its goals.
 *
 * @throws StartProblem with all mistakes in goals and jobs at once, when it cannot use Temporal, or when preflight refuses the code. Its `code` is one of
 * docs/reference/start-codes.md.
 * @example
 * ```ts
 * import { loadTeam, startWorker } from 'goalkeeper/worker';
 * import { pino } from 'pino';
 *
 * const { goalsModule, goals, jobs, version } = await loadTeam('teams/shop');
 * const worker = await startWorker({ goalsModule, goals, jobs, version, taskQueue: 'shop', log: pino() });
 * process.on('SIGTERM', () => void worker.stop());
 * await worker.stopped;
 * ```
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { log, namespace = DEFAULT_NAMESPACE, taskQueue = DEFAULT_TASK_QUEUE } = options;
  requireRedaction();
  const goals = validGoals(options);
  requireSecrets(options.jobs.map(({ job }) => job));

  prepareWorkflowThreads();
  const { plugins = [] } = options;
  const { address = DEFAULT_ADDRESS } = options;
  const { sealing = unsealed() } = options;
  const connection = await connect(address, options, sealing);
  try {
    await registerSearchAttributes(connection, namespace).catch((error: unknown) => {
      throw problemOfAnswer(error, { ...options, address, namespace }) ?? error;
    });
    const build = options.build ?? null;
    const bundle = build ?? (await bundleGoals(options.goalsModule, new BundleCache(), plugins));
    requireSameSchemas(bundle, goals, options.goalsModule);
    // Without the team's goals and plugins: whichever team's worker has the next task must do as the last one would.
    const systemBundle = build === null ? await bundleGoals(NO_GOALS) : { code: build.systemCode };
    const code = codeDigest(bundle);
    const storage = options.storage ?? storageOf(new DirectoryDriver(defaultDirectory()));
    const dataConverter = dataConverterOf(sealing, namespace, storage);
    const client = new Client({ connection, namespace });
    await requireKeys(client);
    const version = options.versioning === undefined ? null : versionOf(options.versioning, taskQueue, code);
    const shape = { dataConverter, plugins: [...plugins] };
    await passPreflight(
      options.preflight ?? 'off',
      client,
      {
        team: { ...shape, workflowBundle: bundle },
        system: { workflowBundle: systemBundle, dataConverter },
        taskQueue,
        code,
        goals: goals.map(({ name }) => name),
        which: version === null ? 'all' : 'unpinned',
      },
      log,
    );
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
      dataConverter,
      plugins: [...plugins],
      sinks: measuring(log),
      interceptors: { activity: [redactedErrors] },
      // A worker that dies is forgotten in a second, not in ten: what it held goes on elsewhere.
      stickyQueueScheduleToStartTimeout: '1s',
      ...lifetimes,
    } satisfies Partial<TemporalWorkerOptions>;
    const alerts = alertActivities(options.alerts ?? {}, taskQueue);
    const activities = {
      ...workerActivities(options.jobs, log),
      ...alerts.activities,
      ...storageActivities(storage, wholeLogs),
    };
    const checking = checkingDecisions(bundle.code, options.decisionKeys ?? null);
    const running = sealedCode(askingHosts(checking, await neededLightBefore(client, goals)), sealing);
    const asVersion =
      version === null
        ? // In every history, so that it can be told whether the code has changed since.
          { workflowBundle: { code: running }, buildId: buildIdOf(code) }
        : { workflowBundle: { code: versionedCode(running) }, ...versionOptions(version) };
    const pools = await poolWorkers(options.jobs, log, taskQueue, {
      ...{ connection, namespace, dataConverter, plugins: [...plugins], ...lifetimes },
      ...(version === null ? {} : versionOptions(version)),
      tuner: tunerOf(slots),
      interceptors: { activity: [redactedErrors] },
    });
    const workers = [
      await Worker.create({
        ...shared,
        ...asVersion,
        taskQueue,
        activities,
        tuner: tunerOf(slots),
      }),
      await Worker.create({
        ...shared,
        taskQueue: SYSTEM_TASK_QUEUE,
        workflowBundle: { code: sealedCode(systemBundle.code, sealing) },
        buildId: buildIdOf(codeDigest(systemBundle)),
        plugins: [],
        activities: { ...alerts.systemActivities, ...systemActivities(log), ...forgettingActivities },
        workflowThreadPoolSize: 1,
        maxCachedWorkflows: 100,
      }),
      ...pools,
      ...(options.records
        ? await recordWorkers({ connection, namespace, dataConverter }, options.records, log)
        : []),
    ];
    const ended = new AbortController();
    const stopped = runWorkers(workers).finally(() => {
      ended.abort();
      return connection.close();
    });
    stopped.catch(() => undefined);
    countGoals(goals);
    const sealed = isSealing(sealing);
    const deployment = { taskQueue, deployment: taskQueue, version: options.version, code, sealed };
    let metrics: MetricsPort | null;
    try {
      const published =
        version === null
          ? publishTeam(client, goals, deployment, log)
          : publishVersion(
              client,
              {
                version,
                mode: options.versioning?.mode ?? 'on',
                queues: versionedQueues(
                  taskQueue,
                  pools.map(({ options: { taskQueue: pool } }) => pool),
                ),
                goals,
                deployment,
              },
              log,
              ended.signal,
            );
      await Promise.race([published, stopped]);
      await Promise.race([alerts.announce(client, log), stopped]);
      if (options.records) await startKeepers(client, options.records);
      const isRunning = () => workers.every((worker) => worker.getState() === 'RUNNING');
      metrics = options.metrics ? await openMetricsPort(options.metrics, metricsText, isRunning) : null;
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
