// Everything that is wrong with a project, at once: its config, whether its files load, what they declare and bind, and
// whether its goals run in Temporal's sandbox. It runs the project's modules, so that one process checks one state of them.

import { join, resolve } from 'node:path';
import { bundleGoals, bundleGoalsAlone } from '../../activities/bundle.ts';
import { BundleCache } from '../../activities/bundle-cache.ts';
import {
  configFile,
  type LoadedConfig,
  loadConfig,
  type TeamFolder,
  teamFolders,
} from '../../activities/config-file.ts';
import { loadModule } from '../../activities/load-module.ts';
import { requireOneZod } from '../../activities/one-zod.ts';
import { requireSameSchemas } from '../../activities/same-schemas.ts';
import { slowPatterns } from '../../activities/slow-patterns.ts';
import { pluginsOf, requireBindings } from '../../activities/team.ts';
import { teamFile } from '../../activities/team-files.ts';
import { check, NOT_BOUND } from '../../goals/check.ts';
import type { Goal, Job } from '../../goals/index.ts';
import { type CheckIssue, issueAt } from './check-issue.ts';
import { outsideSandbox } from './outside-sandbox.ts';
import { placesOfProblem } from './places-of-problem.ts';
import { placeOfDeclaration, type SourceFile, sourceFiles } from './source-files.ts';

export interface CheckedTeam extends TeamFolder {
  goals: string[];
  /** Those that are bound. */
  jobs: string[];
}

export interface CheckReport {
  issues: CheckIssue[];
  teams: CheckedTeam[];
  /** Every file of the project's own that was read: a change of one may change this report. */
  files: string[];
}

/**
 * Checks the project in a folder, or the team's folder that it is. It throws nothing: what is wrong is in the report. With
 * `isForWorker` it makes the bundles that the workers take from the cache; without, as little as finds the same mistakes.
 */
export async function checkProject(folder: string, isForWorker: boolean): Promise<CheckReport> {
  const root = resolve(folder);
  const config = configFile(root);
  const configFiles = sourceFiles(config === null ? [] : [config]);
  const issues: CheckIssue[] = [];
  let loaded: LoadedConfig | null = null;
  let teams: TeamFolder[] = [];
  try {
    loaded = await loadConfig(root);
    teams = teamFolders(root, loaded);
  } catch (error) {
    issues.push(...placesOfProblem(error, config ?? join(root, 'goals.ts'), configFiles));
  }
  const checked: CheckedTeam[] = [];
  const files = new Set(configFiles.map(({ path }) => path));
  for (const team of teams) {
    const result = await checkTeam(team, loaded, isForWorker);
    issues.push(...result.issues);
    checked.push(result.team);
    for (const path of result.files) files.add(path);
  }
  return { issues, teams: checked, files: [...files] };
}

interface TeamResult {
  issues: CheckIssue[];
  team: CheckedTeam;
  files: string[];
}

async function checkTeam(
  team: TeamFolder,
  loaded: LoadedConfig | null,
  isForWorker: boolean,
): Promise<TeamResult> {
  const [goalsModule, jobsModule] = (['goals', 'jobs'] as const).map(
    (name) => teamFile(team.folder, name) ?? join(team.folder, `${name}.ts`),
  ) as [string, string];
  const pluginsModule = teamFile(team.folder, 'plugins');
  const ofGoals = sourceFiles([goalsModule]);
  const files = sourceFiles([goalsModule, jobsModule, ...(pluginsModule === null ? [] : [pluginsModule])]);
  const issues: CheckIssue[] = [];
  /** Undefined where it failed: what went wrong is among the issues. */
  const attempt = async <T>(module: string, what: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await what();
    } catch (error) {
      issues.push(...placesOfProblem(error, module, files));
      return undefined;
    }
  };
  await attempt(goalsModule, () => requireOneZod(goalsModule));
  const goals = (await attempt(goalsModule, () => loadModule(goalsModule))) as
    | { default?: unknown }
    | undefined;
  const jobs = (
    await attempt(jobsModule, async () => {
      const module = (await loadModule(jobsModule)) as { jobs?: unknown };
      requireBindings(module.jobs, jobsModule);
      return module.jobs;
    })
  )?.map(({ job }) => job);
  const plugins = await attempt(jobsModule, () => loaded?.config.plugins ?? pluginsOf(team.folder));
  let names: string[] = [];
  if (goals !== undefined) {
    const declared = check(goals.default, jobs ?? []).filter(
      // Where jobs.ts does not load, none is bound.
      ({ what }) => jobs !== undefined || !what.includes(NOT_BOUND),
    );
    const isSound = declared.length === 0;
    if (isSound) declared.push(...slowPatterns(goals.default as readonly Goal[], jobs ?? []));
    issues.push(...declared.map(({ where, what }) => issueOfDeclaration(where, what, goalsModule, files)));
    issues.push(...unusedBindings(goals.default, jobs ?? [], jobsModule, files));
    if (Array.isArray(goals.default)) names = goals.default.map((goal: Goal | null) => String(goal?.name));
    await attempt(goalsModule, async () => {
      const bundle = await (isForWorker ? bundleGoals : bundleGoalsAlone)(
        goalsModule,
        new BundleCache(),
        plugins ?? [],
      );
      if (isSound) requireSameSchemas(bundle, goals.default as readonly Goal[], goalsModule);
    });
  }
  issues.push(...outsideSandbox(ofGoals));
  return {
    issues: withoutRepeated(issues),
    team: { ...team, goals: names, jobs: (jobs ?? []).map(({ name }) => name) },
    files: [...new Set([goalsModule, jobsModule, ...files.map(({ path }) => path)])],
  };
}

const KINDS = /^(goal|job|pool) '(.*)'$/;
/** What the sentence of an issue begins with, or speaks of, when that is a field of the declaration. */
const FIELD = /^(?:its )?([a-z]+)(?=[ .])/;

function issueOfDeclaration(
  where: string,
  what: string,
  goalsModule: string,
  files: readonly SourceFile[],
): CheckIssue {
  const [, kind, name] = KINDS.exec(where) ?? [];
  const field = FIELD.exec(what)?.[1] ?? null;
  const place =
    kind === undefined || name === undefined ? null : placeOfDeclaration(files, kind, name, field);
  return issueAt(place ?? goalsModule, 'error', 'goals_invalid', `${where}: ${what}`);
}

/** A warning: another team's goal may use the job, by this worker's task queue. */
function unusedBindings(
  goals: unknown,
  bound: readonly Job[],
  jobsModule: string,
  files: readonly SourceFile[],
): CheckIssue[] {
  if (!Array.isArray(goals)) return [];
  const used = new Set(goals.flatMap((goal: Goal | null) => (goal?.kind === 'goal' ? goal.jobs : [])));
  return [...new Set(bound)]
    .filter((job) => !used.has(job))
    .map(({ name }) =>
      issueAt(
        placeOfDeclaration(files, 'job', name, null) ?? jobsModule,
        'warning',
        'job_unused',
        `job '${name}' is bound, and no goal here uses it; add it to the \`jobs\` of a goal, or drop its \`bind\``,
      ),
    );
}

const withoutRepeated = (issues: readonly CheckIssue[]): CheckIssue[] => [
  ...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values(),
];
