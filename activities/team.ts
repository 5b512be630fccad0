import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StartProblem } from '../process/start-problem.ts';
import type { Binding } from './bind.ts';
import type { Plugin } from './worker.ts';

/**
 * A team's folder, loaded: `goals.ts` default-exports its goals, `jobs.ts` exports `jobs`, what is bound to them;
 * `plugins.ts`, where there is one, exports `plugins`, of Temporal's SDK.
 */
export interface Team {
  /** The folder's name. Teams that name no task queue have one each by it: no worker gets another team's runs. */
  name: string;
  goalsModule: string;
  goals: unknown;
  jobs: readonly Binding[];
  plugins: readonly Plugin[];
  version: number;
}

/**
 * Loads a team's folder. `version` is GOALKEEPER_VERSION (a whole number that grows with each deploy), else the time
 * of the newest file in the folder, which is right on a developer's machine. Throws a `StartProblem`.
 */
export async function loadTeam(folder: string, environment: NodeJS.ProcessEnv = process.env): Promise<Team> {
  const root = resolve(folder);
  const goalsModule = join(root, 'goals.ts');
  const goals = ((await load(goalsModule)) as { default?: unknown }).default;
  const { jobs } = (await load(join(root, 'jobs.ts'))) as { jobs?: unknown };
  if (!Array.isArray(jobs))
    throw new StartProblem(
      'jobs_invalid',
      `${join(root, 'jobs.ts')} exports no list \`jobs\`; write \`export const jobs = [bind(myJob, …)]\``,
    );
  const stray = jobs.findIndex((item) => item?.job?.kind !== 'job' || typeof item.run !== 'function');
  if (stray !== -1)
    throw new StartProblem(
      'jobs_invalid',
      `item ${stray} of \`jobs\` in ${join(root, 'jobs.ts')} is bound to no code; make it with \`bind(myJob, …)\``,
    );
  return {
    name: basename(root),
    goalsModule,
    goals,
    jobs,
    plugins: await pluginsOf(root),
    version: versionFrom(environment) ?? (await newestFile(root)),
  };
}

async function pluginsOf(root: string): Promise<readonly Plugin[]> {
  const path = join(root, 'plugins.ts');
  if (!existsSync(path)) return [];
  const { plugins } = (await load(path)) as { plugins?: unknown };
  if (Array.isArray(plugins) && plugins.every((plugin) => typeof plugin?.name === 'string'))
    return plugins as Plugin[];
  throw new StartProblem(
    'plugins_invalid',
    `${path} exports no list \`plugins\`; write \`export const plugins = [new OpenTelemetryPlugin(…)]\``,
  );
}

async function load(path: string): Promise<unknown> {
  try {
    await stat(path);
  } catch {
    throw new StartProblem('team_missing', `there is no ${path}; a team's folder holds goals.ts and jobs.ts`);
  }
  try {
    return await import(/* @vite-ignore */ pathToFileURL(path).href);
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(`it threw ${String(error)}`);
    const where = stack
      ?.split('\n')
      .find((line) => /file:|\.ts:/.test(line) && !line.includes('node_modules'))
      ?.trim();
    throw new StartProblem(
      'module_broken',
      `${path} cannot be loaded: ${message}${where === undefined || message.includes(where) ? '' : `\n  ${where}`}`,
    );
  }
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
