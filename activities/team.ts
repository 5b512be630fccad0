// A team's goals and jobs, loaded from their modules and checked, before the worker starts.

import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { StartProblem } from '../process/start-problem.ts';
import type { Binding } from './bind.ts';
import { loadModule } from './load-module.ts';
import { requireOneZod } from './one-zod.ts';
import { teamFile } from './team-files.ts';
import type { Plugin } from './worker.ts';

/**
 * A team's folder, loaded. `goals.ts` default-exports the goals, and `jobs.ts` exports the bound jobs as `jobs`. `plugins.ts`,
 * which is optional, exports plugins of Temporal's SDK as `plugins`. Each may end in `.mts`, `.js` or `.mjs` instead,
 * or be the `index` of a folder of its name.
 */
export interface Team {
  /** The folder's name. It is the task queue of a team that names none, so no worker gets another team's runs. */
  name: string;
  /** Absolute path of the goals module. */
  goalsModule: string;
  /** The default export of the goals module, not checked yet: `startWorker` does. */
  goals: unknown;
  /** The jobs with their code. */
  jobs: readonly Binding[];
  /** Plugins of Temporal's SDK; empty where the folder has none. */
  plugins: readonly Plugin[];
  /** The version of the folder, which only grows. */
  version: number;
}

/**
 * Loads a team's folder, for `startWorker`. `version` is GOALKEEPER_VERSION (a whole number that grows with each deploy), else
 * the time of the newest file in the folder, which is right on a developer's machine. `plugins` are those of a config, which go before
 * `plugins.ts`.
 *
 * @throws StartProblem when a module is missing, fails to load or exports the wrong thing.
 * @example
 * ```ts
 * import { loadTeam } from 'goalkeeper/worker';
 *
 * const team = await loadTeam('teams/shop');
 * console.log(`${team.name} has ${team.jobs.length} jobs`);
 * ```
 */
export async function loadTeam(
  folder: string,
  environment: NodeJS.ProcessEnv = process.env,
  plugins?: readonly Plugin[],
): Promise<Team> {
  const root = resolve(folder);
  const goalsModule = teamFile(root, 'goals') ?? join(root, 'goals.ts');
  const jobsModule = teamFile(root, 'jobs') ?? join(root, 'jobs.ts');
  requireOneZod(goalsModule);
  const goals = ((await loadModule(goalsModule)) as { default?: unknown }).default;
  const { jobs } = (await loadModule(jobsModule)) as { jobs?: unknown };
  requireBindings(jobs, jobsModule);
  return {
    name: basename(root),
    goalsModule,
    goals,
    jobs,
    plugins: plugins ?? (await pluginsOf(root)),
    version: versionFrom(environment) ?? (await newestFile(root)),
  };
}

/**
 * What a team's jobs module exports is a list of what `bind` makes.
 * @throws StartProblem `jobs_invalid`.
 */
export function requireBindings(jobs: unknown, jobsModule: string): asserts jobs is readonly Binding[] {
  if (!Array.isArray(jobs))
    throw new StartProblem(
      'jobs_invalid',
      `${jobsModule} does not export a list \`jobs\`; write \`export const jobs = [bind(myJob, …)]\``,
    );
  const stray = jobs.findIndex((item) => item?.job?.kind !== 'job' || typeof item.run !== 'function');
  if (stray !== -1)
    throw new StartProblem(
      'jobs_invalid',
      `item ${stray} of \`jobs\` in ${jobsModule} is not bound to code; make it with \`bind(myJob, …)\``,
    );
}

/** What the folder's `plugins.ts` exports; none where it has no such file. */
export async function pluginsOf(root: string): Promise<readonly Plugin[]> {
  const path = teamFile(root, 'plugins');
  if (path === null) return [];
  const { plugins } = (await loadModule(path)) as { plugins?: unknown };
  if (Array.isArray(plugins) && plugins.every((plugin) => typeof plugin?.name === 'string'))
    return plugins as Plugin[];
  throw new StartProblem(
    'plugins_invalid',
    `${path} does not export a list \`plugins\`; write \`export const plugins = [new OpenTelemetryPlugin(…)]\``,
  );
}

function versionFrom(environment: NodeJS.ProcessEnv): number | null {
  const given = environment.GOALKEEPER_VERSION;
  if (given === undefined || given === '') return null;
  if (!/^\d{1,15}$/.test(given))
    throw new StartProblem(
      'version_invalid',
      `GOALKEEPER_VERSION is '${given}'; give a whole number that grows with each deploy`,
    );
  return Number(given);
}

async function newestFile(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((file) => join(file.parentPath, file.name));
  const times = await Promise.all(files.map(async (file) => (await stat(file)).mtimeMs));
  return Math.floor(Math.max(0, ...times));
}
