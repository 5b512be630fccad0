// Whether a worker is a version of one of Temporal's worker deployments, by Temporal's own variables or ours.

import { createRequire } from 'node:module';
import { versionBuildId } from '../../goals/wire/names.ts';
import { StartProblem } from '../../process/start-problem.ts';

const { version: RELEASE } = createRequire(import.meta.url)('goalkeeper/package.json') as { version: string };

/** How a worker takes part in a deployment. */
export interface Versioning {
  /** Name of the deployment. @default the task queue */
  deployment?: string;
  /** Its version. @default the release of goalkeeper and the digest of the goals' code */
  build?: string;
  /**
   * Whether the worker makes its version current: `on`, unless something other than goalkeeper has decided before which version
   * is. `follow`: it waits until somebody does.
   */
  mode: 'on' | 'follow';
}

/** A version of a deployment. */
export interface DeploymentVersion {
  readonly deploymentName: string;
  readonly buildId: string;
}

/**
 * What GOALKEEPER_VERSIONING says, and TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID, which Temporal's controller for
 * Kubernetes sets. Null: the worker belongs to no deployment.
 * @throws StartProblem `versioning_invalid`
 */
export function versioningFrom(environment: NodeJS.ProcessEnv): Versioning | null {
  const { GOALKEEPER_VERSIONING, TEMPORAL_DEPLOYMENT_NAME, TEMPORAL_WORKER_BUILD_ID } = environment;
  const [deployment, build] = [TEMPORAL_DEPLOYMENT_NAME, TEMPORAL_WORKER_BUILD_ID];
  const named = { ...(deployment ? { deployment } : {}), ...(build ? { build } : {}) };
  switch (GOALKEEPER_VERSIONING || null) {
    case 'off':
      return null;
    case 'on':
    case 'follow':
      return { ...named, mode: GOALKEEPER_VERSIONING as Versioning['mode'] };
    case null:
      if (!deployment && !build) return null;
      if (!deployment || !build)
        throw invalid(
          `${deployment ? 'TEMPORAL_WORKER_BUILD_ID' : 'TEMPORAL_DEPLOYMENT_NAME'} is missing beside ${deployment ? 'TEMPORAL_DEPLOYMENT_NAME' : 'TEMPORAL_WORKER_BUILD_ID'}; set both, or GOALKEEPER_VERSIONING=on`,
        );
      // The controller names a deployment `namespace/name`, and takes no deployment over that somebody else has changed.
      return { ...named, mode: deployment.includes('/') ? 'follow' : 'on' };
    default:
      throw invalid(`GOALKEEPER_VERSIONING is '${GOALKEEPER_VERSIONING}'; give one of on, follow, off`);
  }
}

/**
 * The version that a worker is.
 * @throws StartProblem `versioning_invalid` where Temporal would not take its name.
 */
export function versionOf(
  { deployment, build }: Versioning,
  taskQueue: string,
  code: string,
): DeploymentVersion {
  const deploymentName = deployment ?? taskQueue;
  if (/[.:]/.test(deploymentName))
    throw invalid(
      `the deployment would be called '${deploymentName}', and Temporal allows neither '.' nor ':' there; set TEMPORAL_DEPLOYMENT_NAME`,
    );
  return { deploymentName, buildId: build ?? versionBuildId(RELEASE, code) };
}

const invalid = (message: string): StartProblem => new StartProblem('versioning_invalid', message);
