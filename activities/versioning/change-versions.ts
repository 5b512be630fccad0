// What an operator does with versions: makes one current, waits until nothing needs one, and removes those that nothing needs.

import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { StartProblem } from '../../process/start-problem.ts';
import { Deployments, type WorkerDeployment } from './deployments.ts';
import { countPinned, isServed } from './list-versions.ts';
import type { DeploymentVersion } from './versioning-from.ts';

const TRIES = 5;
const BETWEEN_LOOKS_MS = 2_000;

/**
 * Makes a version current. It counts as the newest from then on, so that workers of the one before, started again, leave it so.
 * @throws StartProblem `version_unknown`, `version_unserved`; `version_in_use` where a controller alone may change it
 */
export async function promote(client: Client, version: DeploymentVersion): Promise<void> {
  const deployments = new Deployments(client);
  for (let i = 0; i < TRIES; i++) {
    const deployment = await described(deployments, version);
    const details = await deployments.details(version);
    if (!(await isServed(client, version, details?.queues ?? [], Date.now())))
      throw new StartProblem(
        'version_unserved',
        `no worker of the version ${version.buildId} asks for work, so new runs would wait; start its workers first`,
      );
    const { current, manager } = deployment;
    if (manager !== null)
      throw new StartProblem(
        'version_in_use',
        `${manager} alone may say which version of '${version.deploymentName}' is current; make it so there`,
      );
    const other =
      current === null || current === version.buildId
        ? null
        : await deployments.details({ ...version, buildId: current });
    const number = Math.max(details?.number ?? 0, (other?.number ?? -1) + 1);
    if (number !== details?.number) await deployments.note(version, { number });
    if (await deployments.makeCurrent(version, deployment)) return;
  }
  throw new StartProblem(
    'version_in_use',
    `the deployment '${version.deploymentName}' was changed by somebody else each time; look at it with \`goalkeeper versions list\``,
  );
}

/**
 * How many open workflows are still pinned to a version, at most so long after: 0 says that its workers can be stopped.
 * @throws StartProblem `version_unknown`; `version_in_use` where it is current, and so takes new runs
 */
export async function drain(client: Client, version: DeploymentVersion, waitMs: number): Promise<number> {
  const deployments = new Deployments(client);
  const until = performance.now() + waitMs;
  for (;;) {
    const { current } = await described(deployments, version);
    if (current === version.buildId)
      throw new StartProblem(
        'version_in_use',
        `the version ${current} is current and takes every new run; make another current first`,
      );
    const pinned = await countPinned(client, version);
    if (pinned === 0 || performance.now() >= until) return pinned;
    await delay(Math.min(BETWEEN_LOOKS_MS, Math.max(0, until - performance.now())));
  }
}

export interface Pruned {
  removed: string[];
  /** Those that are not current and stay, with the reason. */
  kept: { build: string; because: string }[];
}

/** Removes the versions of a deployment that no open run is pinned to, and whose workers are gone; `dryRun` says which. */
export async function prune(client: Client, deploymentName: string, dryRun: boolean): Promise<Pruned> {
  const deployments = new Deployments(client);
  const deployment = await deployments.describe(deploymentName);
  if (deployment === null) throw unknown(`Temporal has no deployment '${deploymentName}'`);
  const pruned: Pruned = { removed: [], kept: [] };
  for (const { buildId: build, status } of deployment.versions) {
    if (status === 'current' || status === 'ramping') continue;
    const version = { deploymentName, buildId: build };
    const keep = (because: string): number => pruned.kept.push({ build, because });
    const pinned = await countPinned(client, version);
    const queues = (await deployments.details(version))?.queues ?? [];
    if (pinned > 0) keep(`${pinned} open workflows are pinned to it`);
    else if (await isServed(client, version, queues, Date.now())) keep('workers of it ask for work');
    else if (status === 'draining') keep('Temporal still takes it for draining, and looks every few minutes');
    else if (dryRun) pruned.removed.push(build);
    else {
      const refusal = await deployments.remove(version);
      if (refusal === null) pruned.removed.push(build);
      else keep(refusal);
    }
  }
  return pruned;
}

/** @throws StartProblem `version_unknown` */
async function described(
  deployments: Deployments,
  { deploymentName, buildId }: DeploymentVersion,
): Promise<WorkerDeployment> {
  const deployment = await deployments.describe(deploymentName);
  if (deployment === null) throw unknown(`Temporal has no deployment '${deploymentName}'`);
  if (!deployment.versions.some((version) => version.buildId === buildId))
    throw unknown(
      `the deployment '${deploymentName}' has no version ${buildId}; it has ${deployment.versions.map((version) => version.buildId).join(', ')}`,
    );
  return deployment;
}

export const unknown = (message: string): StartProblem => new StartProblem('version_unknown', message);
