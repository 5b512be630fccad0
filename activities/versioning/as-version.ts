// What makes a worker of Temporal's a version of a deployment.

import { VERSIONED_GLOBAL } from '../../goals/wire/names.ts';
import { taskQueueType } from '../../goals/wire/temporal-enums.ts';
import type { VersionedQueue } from './deployments.ts';
import type { DeploymentVersion } from './versioning-from.ts';

/** Options of each of its workers. A behavior that a workflow does not name is `PINNED`; our workflows all name theirs. */
export const versionOptions = (version: DeploymentVersion) =>
  ({
    workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' },
  }) as const;

/** The code as it runs there. Its first line is made longer, so that stacks name the same lines; no digest is of it. */
export const versionedCode = (code: string): string => `globalThis.${VERSIONED_GLOBAL} = true; ${code}`;

/** What a worker of this queue polls, beside its pools. */
export const versionedQueues = (taskQueue: string, pools: readonly string[]): VersionedQueue[] => [
  { name: taskQueue, kind: taskQueueType.WORKFLOW },
  ...[taskQueue, ...pools].map((name) => ({ name, kind: taskQueueType.ACTIVITY })),
];
