// Temporal's calls about worker deployments, as data of ours. Null: Temporal does not know it.

import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowService } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { temporal as proto } from '@temporalio/proto';
import { versionMetadata } from '../../goals/wire/names.ts';
import { workerDeploymentVersionStatus } from '../../goals/wire/temporal-enums.ts';
import { grpcCode, grpcCodes } from '../../process/grpc-codes.ts';
import type { DeploymentVersion } from './versioning-from.ts';

const LOOKS = 3;
const BETWEEN_LOOKS_MS = 150;

/** Who changes deployments, as Temporal keeps it: what begins so was no person and no controller. */
const OURS = 'goalkeeper ';

/** Of the names that Temporal has, in words. */
export type VersionStatus = 'inactive' | 'current' | 'ramping' | 'draining' | 'drained';

export interface WorkerDeployment {
  name: string;
  /** Build ID of the version that takes new runs; null where there is none. */
  current: string | null;
  /** Who alone may change that, such as a controller. */
  manager: string | null;
  /** Who changed it last; null where that was goalkeeper, or nobody. */
  changedBy: string | null;
  /** The newest first. */
  versions: readonly { buildId: string; status: VersionStatus; createdAt: number }[];
  /** Of what was read: a change by it fails where another came before. */
  token: Uint8Array | null;
}

export interface VersionedQueue {
  name: string;
  /** Of Temporal's `TaskQueueType`. */
  kind: number;
}

export interface VersionDetails {
  /** What its workers have polled. */
  queues: readonly VersionedQueue[];
  /** What goalkeeper noted of it; null for another's. */
  number: number | null;
  code: string | null;
}

/** A client of Temporal for deployments: the calls are made under a name by which they are known as ours. */
export class Deployments {
  readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }

  get #service(): WorkflowService {
    return this.client.workflowService;
  }

  get #base(): { namespace: string; identity: string } {
    const { namespace, identity } = this.client.options;
    return { namespace, identity: `${OURS}${identity}` };
  }

  /** Names of all of the namespace, in order. */
  async names(): Promise<string[]> {
    const names = new Set<string>();
    // Temporal lists a deployment's own workflow, which is missing for a moment whenever it begins a fresh history.
    for (let looks = 0; looks < LOOKS; looks++) {
      if (looks > 0) await delay(BETWEEN_LOOKS_MS);
      for (const name of await this.#listed()) names.add(name);
    }
    return [...names].sort();
  }

  async #listed(): Promise<string[]> {
    const names: string[] = [];
    let nextPageToken: Uint8Array | null = null;
    do {
      const { namespace } = this.#base;
      const page: proto.api.workflowservice.v1.IListWorkerDeploymentsResponse =
        await this.#service.listWorkerDeployments({ namespace, nextPageToken });
      names.push(...(page.workerDeployments ?? []).flatMap(({ name }) => name ?? []));
      nextPageToken = page.nextPageToken?.length ? page.nextPageToken : null;
    } while (nextPageToken !== null);
    return names;
  }

  async describe(deploymentName: string): Promise<WorkerDeployment | null> {
    const { namespace } = this.#base;
    const told = await known(this.#service.describeWorkerDeployment({ namespace, deploymentName }));
    if (told === null) return null;
    const info = told.workerDeploymentInfo ?? {};
    return {
      name: deploymentName,
      current: info.routingConfig?.currentDeploymentVersion?.buildId || null,
      manager: info.managerIdentity || null,
      changedBy: isOurs(info.lastModifierIdentity) ? null : (info.lastModifierIdentity ?? null),
      versions: (info.versionSummaries ?? [])
        .map(({ deploymentVersion, status, createTime }) => ({
          buildId: deploymentVersion?.buildId ?? '',
          status: STATUSES.get(status) ?? 'inactive',
          createdAt: Number(createTime?.seconds ?? 0) * 1_000,
        }))
        .sort((a, b) => b.createdAt - a.createdAt),
      token: told.conflictToken ?? null,
    };
  }

  async details(deploymentVersion: DeploymentVersion): Promise<VersionDetails | null> {
    const { namespace } = this.#base;
    const told = await known(this.#service.describeWorkerDeploymentVersion({ namespace, deploymentVersion }));
    if (told === null) return null;
    const { taskQueueInfos, metadata } = told.workerDeploymentVersionInfo ?? {};
    const noted = (name: string): unknown => {
      const payload = metadata?.entries?.[name];
      return payload ? defaultPayloadConverter.fromPayload(payload as Payload) : null;
    };
    const [number, code] = [noted(versionMetadata.number), noted(versionMetadata.code)];
    return {
      queues: (taskQueueInfos ?? []).map(({ name, type }) => ({ name: name ?? '', kind: type ?? 0 })),
      number: typeof number === 'number' ? number : null,
      code: typeof code === 'string' ? code : null,
    };
  }

  /** Notes what is asked later: how new its goals are, and its code. */
  async note(
    deploymentVersion: DeploymentVersion,
    { number, code }: { number: number; code?: string },
  ): Promise<void> {
    await this.#service.updateWorkerDeploymentVersionMetadata({
      ...this.#base,
      deploymentVersion,
      upsertEntries: {
        [versionMetadata.number]: defaultPayloadConverter.toPayload(number) as Payload,
        ...(code === undefined
          ? {}
          : { [versionMetadata.code]: defaultPayloadConverter.toPayload(code) as Payload }),
      },
    });
  }

  /** Whether it has been made current: not, where the deployment has changed since it was read. */
  async makeCurrent(
    { deploymentName, buildId }: DeploymentVersion,
    read: WorkerDeployment,
  ): Promise<boolean> {
    try {
      await this.#service.setWorkerDeploymentCurrentVersion({
        ...this.#base,
        ...{ deploymentName, buildId, version: `${deploymentName}.${buildId}` },
        conflictToken: read.token,
        // What a version no longer has, such as the queue of a pool, its new runs do not need.
        ignoreMissingTaskQueues: true,
      });
      return true;
    } catch (error) {
      if ([grpcCodes.FAILED_PRECONDITION, grpcCodes.ABORTED].includes(grpcCode(error) ?? 0)) return false;
      throw error;
    }
  }

  /** Null when it is removed, else why Temporal does not: it may be in use. */
  async remove(deploymentVersion: DeploymentVersion): Promise<string | null> {
    const { deploymentName, buildId } = deploymentVersion;
    try {
      await this.#service.deleteWorkerDeploymentVersion({
        ...this.#base,
        ...{ deploymentVersion, version: `${deploymentName}.${buildId}` },
      });
      return null;
    } catch (error) {
      if (grpcCode(error) === grpcCodes.FAILED_PRECONDITION)
        return (error as { details?: string }).details ?? 'it is in use';
      throw error;
    }
  }
}

const isOurs = (identity: string | null | undefined): boolean => !identity || identity.startsWith(OURS);

const STATUSES: ReadonlyMap<unknown, VersionStatus> = new Map<unknown, VersionStatus>(
  Object.entries(workerDeploymentVersionStatus).map(([name, value]) => [
    value,
    name.toLowerCase() as VersionStatus,
  ]),
);

async function known<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (grpcCode(error) === grpcCodes.NOT_FOUND) return null;
    throw error;
  }
}
