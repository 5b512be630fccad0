// A project's `goalkeeper.config.ts`, and the teams' folders that it names or that are found by their files.

import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type Config, issuesOfConfig } from '../config/define-config.ts';
import { StartProblem } from '../process/start-problem.ts';
import { loadModule } from './load-module.ts';
import { TEAM_EXTENSIONS, teamFile } from './team-files.ts';

export interface LoadedConfig {
  /** Absolute path of the config. */
  file: string;
  config: Config;
}

/** A team of a project. */
export interface TeamFolder {
  /** Its task queue's name, where the environment names no other. */
  name: string;
  /** Absolute path. */
  folder: string;
}

/** The config that holds for a folder: its own, else that of the folder where the command was given; null where neither has one. */
export function configFile(folder: string, beside = process.cwd()): string | null {
  const files = [folder, beside].flatMap((place) =>
    TEAM_EXTENSIONS.map((extension) => join(resolve(place), `goalkeeper.config.${extension}`)),
  );
  return files.find((file) => existsSync(file)) ?? null;
}

/**
 * Loads the config that holds for a folder; null where there is none.
 * @throws StartProblem `config_invalid` with all that is wrong with it, or `module_broken`.
 */
export async function loadConfig(folder: string, beside = process.cwd()): Promise<LoadedConfig | null> {
  const file = configFile(folder, beside);
  if (file === null) return null;
  const exported = ((await loadModule(file)) as { default?: unknown }).default;
  const issues = issuesOfConfig(exported);
  if (issues.length > 0)
    throw new StartProblem('config_invalid', `${file}:\n${issues.map((issue) => `  ${issue}`).join('\n')}`);
  return { file, config: exported as Config };
}

/**
 * The teams of a folder: those that its own config names, else itself where it has goals, else each folder in it that has.
 * @throws StartProblem `team_missing` where there is none.
 */
export function teamFolders(folder: string, loaded: LoadedConfig | null): TeamFolder[] {
  const root = resolve(folder);
  const named = loaded === null ? [] : namedTeams(loaded);
  if (loaded !== null && dirname(loaded.file) === root && named.length > 0) return named;
  const asNamed = named.find((team) => team.folder === root);
  if (asNamed !== undefined) return [asNamed];
  if (teamFile(root, 'goals') !== null) return [{ name: basename(root), folder: root }];
  const found = foldersIn(root).filter((path) => teamFile(path, 'goals') !== null);
  if (found.length === 0)
    throw new StartProblem(
      'team_missing',
      `there is no goals.ts in ${root}, nor in a folder of it; a team's folder holds goals.ts and jobs.ts`,
    );
  return found.map((path) => ({ name: basename(path), folder: path }));
}

/**
 * The one team of a folder.
 * @throws StartProblem `team_missing` where there is none, or several.
 */
export function onlyTeam(folder: string, loaded: LoadedConfig | null): TeamFolder {
  const teams = teamFolders(folder, loaded);
  const [team] = teams;
  if (team !== undefined && teams.length === 1) return team;
  throw new StartProblem(
    'team_missing',
    `${resolve(folder)} has ${teams.length} teams; give the folder of one: ${teams.map((one) => relative(process.cwd(), one.folder)).join(', ')}`,
  );
}

function namedTeams({ file, config: { teams } }: LoadedConfig): TeamFolder[] {
  if (teams === undefined) return [];
  const root = dirname(file);
  const entries =
    typeof teams === 'string' ? [[basename(resolve(root, teams)), teams] as const] : Object.entries(teams);
  return entries.map(([name, path]) => {
    const folder = resolve(root, path);
    if (teamFile(folder, 'goals') === null)
      throw new StartProblem(
        'team_missing',
        `${file}: the team '${name}' has no goals.ts in ${relative(root, folder) || '.'}; put it there, or name another folder`,
      );
    return { name, folder };
  });
}

const foldersIn = (root: string): string[] => {
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(\.|node_modules$)/.test(entry.name))
    .map((entry) => join(root, entry.name))
    .sort();
};
