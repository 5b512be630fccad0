// What a config adds to a worker's environment, where that says nothing.

import type { ExternalStorage } from '@temporalio/common';
import type { LoadedConfig } from './config-file.ts';

/** The environment with what the config says in place of what is not set. */
export function configured(environment: NodeJS.ProcessEnv, loaded: LoadedConfig | null): NodeJS.ProcessEnv {
  const { namespace, storage, logs } = loaded?.config ?? {};
  return {
    ...environment,
    ...(namespace === undefined || environment.TEMPORAL_NAMESPACE ? {} : { TEMPORAL_NAMESPACE: namespace }),
    ...(typeof storage !== 'string' || environment.GOALKEEPER_STORAGE ? {} : { GOALKEEPER_STORAGE: storage }),
    ...(logs === undefined || environment.GOALKEEPER_LOGS ? {} : { GOALKEEPER_LOGS: logs }),
  };
}

/** A storage of Temporal's SDK that the config brings, unless the environment names another. */
export function storageOfConfig(
  environment: NodeJS.ProcessEnv,
  loaded: LoadedConfig | null,
): ExternalStorage | undefined {
  const storage = loaded?.config.storage;
  return typeof storage === 'string' || environment.GOALKEEPER_STORAGE ? undefined : storage;
}
