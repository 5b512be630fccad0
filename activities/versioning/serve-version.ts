// A worker that is a version of a deployment: it makes its version current, and publishes its goals while it is.
//
// serve-version.1. A version publishes nothing before it is current: requests and schedules would start runs that no version takes.
// serve-version.2. A version never takes over from a newer one, nor where something other than goalkeeper has decided.

import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StartProblem } from '../../process/start-problem.ts';
import type { Deployments, VersionedQueue } from './deployments.ts';
import type { DeploymentVersion, Versioning } from './versioning-from.ts';

/** How long Temporal may take to know the version by the polls of its worker. */
const REGISTERED_WITHIN_MS = 60_000;
const BETWEEN_LOOKS_MS = 100;
/** Between two looks at which version is current. */
const FOLLOW_MS = 3_000;
/** How long it is tried to take over, where others change what Temporal knows of the deployment, or it is slow to know all of it. */
const TAKEOVER_MS = 60_000;

export interface ServedVersion {
  version: DeploymentVersion;
  mode: Versioning['mode'];
  /** Of the goals, only ever growing. */
  number: number;
  /** Digest of their code. */
  code: string;
  /** What the worker polls. */
  queues: readonly VersionedQueue[];
  /** Publishes the goals under a number at least as high as this one, and returns the number it took. */
  publish(number: number): Promise<number>;
}

/**
 * Resolves when the version is current and has published, or when it is known that it has to wait for that. Goes on looking until
 * the signal is aborted.
 * @throws StartProblem `version_unregistered`
 */
export async function serveVersion(
  deployments: Deployments,
  served: ServedVersion,
  log: Logger,
  signal: AbortSignal,
  patienceMs = REGISTERED_WITHIN_MS,
): Promise<void> {
  const { version, code } = served;
  const { number: noted, code: notedCode } = await registered(deployments, served, patienceMs, signal);
  const service = new Service(deployments, served, Math.max(served.number, noted ?? 0), log);
  if (noted !== service.number || notedCode !== code)
    await deployments.note(version, { number: service.number, code });
  await service.takeOver();
  await service.look();
  if (!service.isCurrent)
    log.info(
      { ...version },
      'the version serves what is pinned to it; it publishes its goals once it is current',
    );
  void service.follow(signal);
}

/** What Temporal knows of the version once it knows all of its queues. */
async function registered(
  deployments: Deployments,
  { version, queues }: ServedVersion,
  patienceMs: number,
  signal: AbortSignal,
) {
  const until = performance.now() + patienceMs;
  while (performance.now() < until && !signal.aborted) {
    const details = await deployments.details(version);
    if (
      details !== null &&
      queues.every((queue) =>
        details.queues.some(({ name, kind }) => name === queue.name && kind === queue.kind),
      )
    )
      return details;
    await delay(BETWEEN_LOOKS_MS);
  }
  throw new StartProblem(
    'version_unregistered',
    `Temporal does not take the version ${version.buildId} of the deployment '${version.deploymentName}'. Does the server have worker deployments, and the deployment fewer versions than it may have (100 by default)? \`goalkeeper versions prune\` removes those that nothing needs`,
  );
}

class Service {
  isCurrent = false;
  number: number;
  readonly #deployments: Deployments;
  readonly #served: ServedVersion;
  readonly #log: Logger;

  constructor(deployments: Deployments, served: ServedVersion, number: number, log: Logger) {
    this.#deployments = deployments;
    this.#served = served;
    this.#log = log;
    this.number = number;
  }

  async takeOver(): Promise<void> {
    const { version, mode } = this.#served;
    if (mode === 'follow') return;
    for (
      const until = performance.now() + TAKEOVER_MS;
      performance.now() < until;
      await delay(BETWEEN_LOOKS_MS)
    ) {
      const deployment = await this.#deployments.describe(version.deploymentName);
      if (deployment === null || deployment.current === version.buildId) return;
      const { current, manager, changedBy } = deployment;
      // serve-version.2
      const managedBy = manager ?? changedBy;
      if (managedBy !== null) {
        this.#log.info({ ...version, managedBy }, 'another decides which version is current');
        return;
      }
      const other =
        current === null ? null : await this.#deployments.details({ ...version, buildId: current });
      if ((other?.number ?? 0) > this.number) {
        this.#log.warn(
          { ...version, current },
          'a newer version is current; this one is older and takes nothing over (`goalkeeper versions promote` does)',
        );
        return;
      }
      if (await this.#deployments.makeCurrent(version, deployment)) {
        this.#log.info({ ...version, before: current }, 'the version is current');
        return;
      }
    }
    this.#log.warn(
      { ...version },
      'Temporal did not make this version current (`goalkeeper versions promote` does)',
    );
  }

  async look(): Promise<void> {
    const { version, publish } = this.#served;
    const deployment = await this.#deployments.describe(version.deploymentName);
    const isCurrent = deployment?.current === version.buildId;
    // serve-version.1
    if (isCurrent && !this.isCurrent) {
      const noted = (await this.#deployments.details(version))?.number ?? 0;
      const number = await publish(Math.max(this.number, noted));
      if (number > noted) await this.#deployments.note(version, { number });
      this.number = number;
      this.#log.info({ ...version, number }, 'the current version has published its goals');
    }
    this.isCurrent = isCurrent;
  }

  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(FOLLOW_MS, null, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      await this.look().catch((error: unknown) => {
        if (!signal.aborted)
          this.#log.warn(
            { err: error },
            'which version is current cannot be seen, or its goals not be published; trying again',
          );
      });
    }
  }
}
