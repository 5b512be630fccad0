// The commands on versions, each with a connection of its own and the environment of the team's worker.

import { StartProblem } from '../../process/start-problem.ts';
import { teamCode } from '../preflight/team-code.ts';
import { withClient } from '../with-client.ts';
import { drain, type Pruned, promote, prune } from './change-versions.ts';
import { Deployments } from './deployments.ts';
import { type ListedVersion, listVersions } from './list-versions.ts';
import { type Move, moveRun } from './move-run.ts';

type Environment = NodeJS.ProcessEnv;

/** Versions of the deployment, or of all in the namespace. */
export const listedVersions = (
  deployment: string | null,
  environment: Environment,
): Promise<ListedVersion[]> =>
  withClient(environment, (client) => listVersions(client, deployment, Date.now()));

/** Makes a version current; null means the only deployment that there is. */
export const promotedVersion = (
  deployment: string | null,
  buildId: string,
  environment: Environment,
): Promise<void> =>
  withClient(environment, async (client) =>
    promote(client, { deploymentName: deployment ?? (await onlyOne(new Deployments(client))), buildId }),
  );

/** How many open workflows are pinned to a version after at most so long. */
export const drainedVersion = (
  deployment: string | null,
  buildId: string,
  waitMs: number,
  environment: Environment,
): Promise<number> =>
  withClient(environment, async (client) =>
    drain(
      client,
      { deploymentName: deployment ?? (await onlyOne(new Deployments(client))), buildId },
      waitMs,
    ),
  );

/** Removes what nothing needs. */
export const prunedVersions = (
  deployment: string | null,
  dryRun: boolean,
  environment: Environment,
): Promise<Pruned> =>
  withClient(environment, async (client) =>
    prune(client, deployment ?? (await onlyOne(new Deployments(client))), dryRun),
  );

/** Moves a run onto a version, the current one where none is named, if the code in the folder can go on with it. */
export async function movedRun(
  run: string,
  folder: string,
  build: string | null,
  given: Environment,
): Promise<Move> {
  const { environment, ...code } = await teamCode(folder, given);
  return withClient(environment, (client) => moveRun(client, run, code, build));
}

async function onlyOne(deployments: Deployments): Promise<string> {
  const [name, ...others] = await deployments.names();
  if (name !== undefined && others.length === 0) return name;
  throw new StartProblem(
    'version_unknown',
    name === undefined
      ? 'this namespace has no deployment'
      : `this namespace has the deployments ${[name, ...others].join(', ')}; name one with --deployment`,
  );
}
