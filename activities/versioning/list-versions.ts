// The versions of deployments, how many runs are pinned to each, and which of them wait for a worker that is gone.

import type { Client } from '@temporalio/client';
import { taskQueueType } from '../../goals/wire/temporal-enums.ts';
import { untakenSince } from '../../views/failing-task.ts';
import { Deployments, type VersionStatus, type WorkerDeployment } from './deployments.ts';
import type { DeploymentVersion } from './versioning-from.ts';

/** A worker asks for work at least once a minute; one that has not for so long is gone. Temporal lists it for five minutes. */
const GONE_AFTER_MS = 75_000;

/** Pinned runs of a version that are looked at, and that a list names. */
export const NAMED_LIMIT = 50;

export interface ListedVersion {
  deployment: string;
  build: string;
  /** `gone`: Temporal no longer has it, and runs are pinned to it all the same. */
  status: VersionStatus | 'gone';
  /** Number of its goals; null for another program's. */
  number: number | null;
  /** Digest of their code. */
  code: string | null;
  /** Whether workers of it ask for work. */
  served: boolean;
  /** How many open runs and other workflows are pinned to it. */
  pinned: number;
  /** Those that wait for a worker which is not there, up to 50. */
  stranded: readonly string[];
}

/** Versions of the deployment, or of all. `now` is in milliseconds. */
export async function listVersions(
  client: Client,
  deployment: string | null,
  now: number = Date.now(),
): Promise<ListedVersion[]> {
  const deployments = new Deployments(client);
  const names = deployment === null ? await deployments.names() : [deployment];
  const found: ListedVersion[] = [];
  for (const name of names) {
    const described = await deployments.describe(name);
    if (described === null) continue;
    for (const { buildId, status } of described.versions) {
      const version = { deploymentName: name, buildId };
      const details = await deployments.details(version);
      const served = await isServed(client, version, details?.queues ?? [], now);
      found.push({
        ...{ deployment: name, build: buildId, status, served },
        ...{ number: details?.number ?? null, code: details?.code ?? null },
        ...(await pinnedTo(client, version, served, now)),
      });
    }
    found.push(...(await goneVersions(client, described)));
  }
  return found;
}

/** Whether a worker of the version has asked for work of late, on each of its queues for workflows. */
export async function isServed(
  client: Client,
  { deploymentName, buildId }: DeploymentVersion,
  queues: readonly { name: string; kind: number }[],
  now: number,
): Promise<boolean> {
  const { namespace } = client.options;
  const ofWorkflows = queues.filter(({ kind }) => kind === taskQueueType.WORKFLOW);
  for (const { name, kind } of ofWorkflows) {
    const { pollers } = await client.workflowService.describeTaskQueue({
      ...{ namespace, taskQueue: { name }, taskQueueType: kind },
    });
    const asked = (pollers ?? []).some(
      ({ deploymentOptions, lastAccessTime }) =>
        deploymentOptions?.deploymentName === deploymentName &&
        deploymentOptions.buildId === buildId &&
        Number(lastAccessTime?.seconds ?? 0) * 1_000 > now - GONE_AFTER_MS,
    );
    if (!asked) return false;
  }
  return ofWorkflows.length > 0;
}

/** How many open workflows are pinned to the version. */
export const countPinned = async (client: Client, version: DeploymentVersion): Promise<number> =>
  (await client.workflow.count(pinnedQuery(version))).count;

async function pinnedTo(client: Client, version: DeploymentVersion, served: boolean, now: number) {
  const pinned = await countPinned(client, version);
  const stranded: string[] = [];
  if (pinned > 0)
    for (const run of await listed(client, pinnedQuery(version)))
      if (!served || (await isUntaken(client, run, now))) stranded.push(run.workflowId);
  return { pinned, stranded };
}

async function listed(client: Client, query: string) {
  const found: { workflowId: string; runId: string; version: unknown }[] = [];
  for await (const { workflowId, runId, searchAttributes } of client.workflow.list({
    query,
    pageSize: NAMED_LIMIT,
  })) {
    found.push({ workflowId, runId, version: searchAttributes.TemporalWorkerDeploymentVersion?.[0] });
    if (found.length === NAMED_LIMIT) break;
  }
  return found;
}

async function isUntaken(
  client: Client,
  run: { workflowId: string; runId: string },
  now: number,
): Promise<boolean> {
  const { raw } = await client.workflow.getHandle(run.workflowId, run.runId).describe();
  return untakenSince(raw.pendingWorkflowTask, now) !== null;
}

/** Of versions that were deleted while something was pinned to them. */
async function goneVersions(client: Client, { name, versions }: WorkerDeployment): Promise<ListedVersion[]> {
  const known = versions.map(
    ({ buildId }) => `TemporalWorkerDeploymentVersion != '${quoted(`${name}:${buildId}`)}'`,
  );
  const query = [`TemporalWorkerDeployment = '${quoted(name)}'`, PINNED, ...known].join(' AND ');
  const byBuild = new Map<string, string[]>();
  for (const { workflowId, version } of await listed(client, query)) {
    const build = String(version ?? '').slice(name.length + 1);
    byBuild.set(build, [...(byBuild.get(build) ?? []), workflowId]);
  }
  return [...byBuild].map(([build, stranded]) => ({
    ...{ deployment: name, build, status: 'gone', number: null, code: null, served: false },
    ...{ pinned: stranded.length, stranded },
  }));
}

const PINNED = "TemporalWorkflowVersioningBehavior = 'Pinned' AND ExecutionStatus = 'Running'";

const pinnedQuery = ({ deploymentName, buildId }: DeploymentVersion): string =>
  `TemporalWorkerDeploymentVersion = '${quoted(`${deploymentName}:${buildId}`)}' AND ${PINNED}`;

const quoted = (text: string): string => text.replaceAll("'", "''");
