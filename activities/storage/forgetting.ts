// What a storage does to lose for good what was stored of a workflow.

import type { ExternalStorage } from '@temporalio/common';

/** A workflow whose payloads are meant. */
export interface StoredOf {
  namespace: string;
  /** ID and type of the workflow. */
  id: string;
  type: string;
}

/** A driver of a storage that can. */
export interface Forgetting {
  /** Deletes all that is stored of the workflow, and says how many payloads it were. Nothing, where there is nothing. */
  forget(of: StoredOf): Promise<number>;
}

/** Deletes what every driver of the storage has of these workflows. Throws where a driver cannot. */
export async function forgetStored(
  storage: ExternalStorage,
  workflows: readonly StoredOf[],
): Promise<number> {
  let deleted = 0;
  for (const driver of storage.drivers) {
    if (!canForget(driver))
      throw new Error(`the storage '${driver.name}' cannot delete what is stored in it`);
    for (const of of workflows) deleted += await driver.forget(of);
  }
  return deleted;
}

const canForget = (driver: object): driver is Forgetting =>
  typeof (driver as Partial<Forgetting>).forget === 'function';
