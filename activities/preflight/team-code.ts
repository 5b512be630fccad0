// The code in a team's folder, ready to replay histories by: with the plugins, the storage and the build of the team's worker.

import { dataConverterOf } from '../../process/sealing/data-converter.ts';
import { sealingFrom } from '../../process/sealing/watched-keys.ts';
import { temporalSettings } from '../../process/temporal-settings.ts';
import { buildFor } from '../build.ts';
import { bundleGoals, codeDigest, NO_GOALS } from '../bundle.ts';
import { BundleCache } from '../bundle-cache.ts';
import { loadConfig, onlyTeam } from '../config-file.ts';
import { configured, storageOfConfig } from '../configured.ts';
import { storageFrom } from '../storage/storage.ts';
import { loadTeam } from '../team.ts';
import { validGoals } from '../valid-goals.ts';
import type { ReplayBy } from './replay-runs.ts';

export interface TeamCode {
  /** What the team's goals are replayed by. */
  team: ReplayBy;
  /** The same of goalkeeper's own workflows. */
  system: ReplayBy;
  /** Digest of the team's code. */
  code: string;
  /** Of the team's worker. */
  taskQueue: string;
  environment: NodeJS.ProcessEnv;
}

/** @throws StartProblem */
export async function teamCode(folder: string, given: NodeJS.ProcessEnv): Promise<TeamCode> {
  const loaded = await loadConfig(folder);
  const environment = configured(given, loaded);
  const { name, folder: root } = onlyTeam(folder, loaded);
  const team = await loadTeam(root, environment, loaded?.config.plugins);
  validGoals(team);
  const storage = storageOfConfig(environment, loaded) ?? (await storageFrom(environment));
  // Histories come opened; what lies in storage does not.
  const sealing = await sealingFrom(environment, { info: () => undefined, error: () => undefined });
  sealing.stop();
  const dataConverter = dataConverterOf(sealing, temporalSettings(environment).namespace, storage);
  const build = await buildFor(name, environment);
  const own = build ?? (await bundleGoals(team.goalsModule, new BundleCache(), team.plugins));
  const system = build === null ? await bundleGoals(NO_GOALS) : { code: build.systemCode };
  return {
    team: { workflowBundle: { code: own.code }, dataConverter, plugins: [...team.plugins] },
    system: { workflowBundle: system, dataConverter },
    code: codeDigest(own),
    taskQueue: environment.GOALKEEPER_TASK_QUEUE || name,
    environment,
  };
}
