// What `goalkeeper build` writes: the bundles of a team's goals and of goalkeeper's own workflows, and what they are. A worker that
// is given it bundles nothing, and runs the very code that was built, whatever machine it is on.

import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BundlerPlugin } from '@temporalio/worker';
import { z } from 'zod';
import type { Goal } from '../goals/index.ts';
import { OWN_VERSION } from '../process/own-version.ts';
import { StartProblem } from '../process/start-problem.ts';
import type { Binding } from './bind.ts';
import { bundleGoals, bundlerVersions, codeDigest, NO_GOALS } from './bundle.ts';
import { BundleCache } from './bundle-cache.ts';
import { requireSameSchemas } from './same-schemas.ts';

const MANIFEST = 'manifest.json';
const GOALS_BUNDLE = 'goals.bundle.js';
const SYSTEM_BUNDLE = 'system.bundle.js';

const manifestSchema = z.object({
  format: z.literal(1),
  team: z.string(),
  /** Digest of the goals' code, as runs name it. */
  code: z.string(),
  systemCode: z.string(),
  /** Of the goals, only ever growing: the worker's, where GOALKEEPER_VERSION names no other. */
  version: z.number(),
  goals: z.array(z.string()),
  jobs: z.array(z.string()),
  /** What built it: goalkeeper, Node, and what bundles. */
  builtWith: z.object({ goalkeeper: z.string(), node: z.string(), bundlers: z.array(z.string()) }),
});

/** `manifest.json` of a build. */
export type BuildManifest = z.infer<typeof manifestSchema>;

/** A build, read and proven whole. */
export interface Build {
  manifest: BuildManifest;
  /** Code of the goals' bundle, and of that of goalkeeper's own workflows. */
  code: string;
  systemCode: string;
}

/** Of a team, what a build is made of. */
interface Ingredients {
  goalsModule: string;
  goals: unknown;
  jobs: readonly Binding[];
  plugins: readonly BundlerPlugin[];
  version: number;
}

/** Builds a team that was loaded, whose goals are known to be sound, into a folder. Each file appears whole. */
export async function writeBuild(folder: string, name: string, team: Ingredients): Promise<BuildManifest> {
  const goals = team.goals as readonly Goal[];
  const bundle = await bundleGoals(team.goalsModule, new BundleCache(), team.plugins);
  requireSameSchemas(bundle, goals, team.goalsModule);
  const system = await bundleGoals(NO_GOALS);
  const manifest: BuildManifest = {
    format: 1,
    team: name,
    code: codeDigest(bundle),
    systemCode: codeDigest(system),
    version: team.version,
    goals: goals.map((goal) => goal.name),
    jobs: team.jobs.map(({ job }) => job.name),
    builtWith: { goalkeeper: OWN_VERSION, node: process.version, bundlers: bundlerVersions() },
  };
  await mkdir(folder, { recursive: true });
  await writeWhole(join(folder, GOALS_BUNDLE), bundle.code);
  await writeWhole(join(folder, SYSTEM_BUNDLE), system.code);
  await writeWhole(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.part`, text);
  await rename(`${file}.part`, file);
}

/**
 * Reads the build of a team.
 * @throws StartProblem `build_unusable` where it is missing, not whole, or of another goalkeeper.
 *
 * @example
 * ```ts
 * import { readBuild } from 'goalkeeper/worker';
 *
 * const build = await readBuild('dist/shop');
 * console.log(build);
 * ```
 */
export async function readBuild(folder: string): Promise<Build> {
  const root = resolve(folder);
  const unusable = (why: string): StartProblem =>
    new StartProblem(
      'build_unusable',
      `the build in ${root} ${why}; write it again with \`goalkeeper build\``,
    );
  const read = (name: string): Promise<string> =>
    readFile(join(root, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw unusable(error.code === 'ENOENT' ? `has no ${name}` : `cannot be read: ${error.message}`);
    });
  const parsed = manifestSchema.safeParse(jsonOf(await read(MANIFEST)));
  if (!parsed.success) throw unusable(`has a ${MANIFEST} that is none`);
  const manifest = parsed.data;
  if (manifest.builtWith.goalkeeper !== OWN_VERSION)
    throw unusable(`is by goalkeeper ${manifest.builtWith.goalkeeper}, and this is ${OWN_VERSION}`);
  const build = { manifest, code: await read(GOALS_BUNDLE), systemCode: await read(SYSTEM_BUNDLE) };
  for (const part of ['code', 'systemCode'] as const)
    if (codeDigest({ code: build[part] }) !== manifest[part])
      throw unusable(`has a bundle that is not the one of its ${MANIFEST}`);
  return build;
}

/** The build that GOALKEEPER_BUNDLE names, its own or that of this team in it. Null: the worker bundles. */
export async function buildFor(
  name: string,
  { GOALKEEPER_BUNDLE }: NodeJS.ProcessEnv,
): Promise<Build | null> {
  if (!GOALKEEPER_BUNDLE) return null;
  const ofTeam = join(GOALKEEPER_BUNDLE, name);
  return readBuild(existsSync(ofTeam) ? ofTeam : GOALKEEPER_BUNDLE);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
