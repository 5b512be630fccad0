// Moves an open run from the version that it is pinned to onto another, once the code there is known to be able to go on with it.

import type { Client } from '@temporalio/client';
import { LEASE, MAP_SHARD } from '../../goals/wire/names.ts';
import { StartProblem } from '../../process/start-problem.ts';
import { recorded } from '../preflight/open-runs.ts';
import { type ReplayedRun, replayRuns } from '../preflight/replay-runs.ts';
import type { TeamCode } from '../preflight/team-code.ts';
import { quietly } from '../quiet-replays.ts';
import { unknown } from './change-versions.ts';
import { Deployments } from './deployments.ts';
import { isServed } from './list-versions.ts';
import type { DeploymentVersion } from './versioning-from.ts';

// Of `VersioningBehavior` and `VersioningOverride.PinnedOverrideBehavior` in Temporal's protocol.
const PINNED = 1;
const PINNED_OVERRIDE = 1;

/** Shards and leases of a run that move with it. */
const CHILDREN_LIMIT = 1_000;

export interface Move {
  from: DeploymentVersion;
  to: DeploymentVersion;
  /** Workflow IDs of the run, and of its shards and leases that were pinned where it was. */
  moved: readonly string[];
  /** Those that the code of the folder could not go on with, and how it differs: nothing is moved then. */
  broken: readonly ReplayedRun[];
}

interface Pinned {
  goal: string;
  run: string;
  execution: string;
  startedAt: number;
}

/**
 * Replays the run by the team's code, and pins it to `build`, or to the current version, if it can go on there. What it began and
 * that is pinned with it, its shards and leases, moves too.
 * @throws StartProblem `version_unknown`, `version_unserved`; `version_differs` where the folder has other code than the version
 */
export async function moveRun(
  client: Client,
  run: string,
  { team, code }: Pick<TeamCode, 'team' | 'code'>,
  build: string | null,
): Promise<Move> {
  const from = await versionOfRun(client, run);
  const deployments = new Deployments(client);
  const buildId = build ?? (await deployments.describe(from.deploymentName))?.current;
  if (!buildId)
    throw unknown(`the deployment '${from.deploymentName}' has no current version; name one with --to`);
  const to = { ...from, buildId };
  const details = await deployments.details(to);
  if (details === null) throw unknown(`the deployment '${from.deploymentName}' has no version ${buildId}`);
  if (details.code !== null && details.code !== code)
    throw new StartProblem(
      'version_differs',
      `the version ${buildId} has the code ${details.code}, and this folder ${code}; give the folder of that version`,
    );
  if (!(await isServed(client, to, details.queues, Date.now())))
    throw new StartProblem(
      'version_unserved',
      `no worker of the version ${buildId} asks for work; start one first`,
    );
  const pinned = await pinnedWith(client, run, from);
  const waiting = [...pinned];
  const next = async () => {
    const one = waiting.shift();
    return one === undefined ? null : recorded(client, one);
  };
  const replayed = await quietly(() => replayRuns(team, next, pinned.length));
  const broken = replayed.filter(({ difference }) => difference !== null);
  if (broken.length > 0) return { from, to, moved: [], broken };
  // The run last: where this is cut short, asking again moves the rest.
  for (const one of pinned.reverse()) await pin(client, one, to);
  return { from, to, moved: pinned.map(({ run: id }) => id).reverse(), broken };
}

/** Where an open run is pinned. */
async function versionOfRun(client: Client, run: string): Promise<DeploymentVersion> {
  const { status, raw } = await client.workflow
    .getHandle(run)
    .describe()
    .catch(() => {
      throw unknown(`there is no run ${run}`);
    });
  if (status.name !== 'RUNNING') throw unknown(`the run ${run} is not open`);
  const { behavior, deploymentVersion, versioningOverride } = raw.workflowExecutionInfo?.versioningInfo ?? {};
  const pinnedTo = versioningOverride?.pinned?.version ?? (behavior === PINNED ? deploymentVersion : null);
  const { deploymentName, buildId } = pinnedTo ?? {};
  if (!deploymentName || !buildId)
    throw unknown(
      `the run ${run} is pinned to no version: it goes on by whichever is current, and need not be moved`,
    );
  return { deploymentName, buildId };
}

/** The run, then its open shards and leases that are pinned to the same version. */
async function pinnedWith(client: Client, run: string, from: DeploymentVersion): Promise<Pinned[]> {
  const { type, runId, startTime } = await client.workflow.getHandle(run).describe();
  const found: Pinned[] = [{ goal: type, run, execution: runId, startedAt: startTime.getTime() }];
  const version = `${from.deploymentName}:${from.buildId}`.replaceAll("'", "''");
  const query = `ParentWorkflowId = '${run.replaceAll("'", "''")}' AND ExecutionStatus = 'Running' AND WorkflowType IN ('${LEASE}', '${MAP_SHARD}') AND TemporalWorkerDeploymentVersion = '${version}'`;
  for await (const child of client.workflow.list({ query })) {
    const { type: goal, workflowId, runId: execution, startTime: began } = child;
    found.push({ goal, run: workflowId, execution, startedAt: began.getTime() });
    if (found.length > CHILDREN_LIMIT) break;
  }
  return found;
}

/** By the service itself: the SDK's own option is refused by servers from 1.28 on. */
async function pin(client: Client, { run, execution }: Pinned, version: DeploymentVersion): Promise<void> {
  await client.workflowService.updateWorkflowExecutionOptions({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: run, runId: execution },
    workflowExecutionOptions: { versioningOverride: { pinned: { behavior: PINNED_OVERRIDE, version } } },
    updateMask: { paths: ['versioning_override'] },
  });
}
