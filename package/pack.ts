// `npm run pack`: builds the packages into package/stage, packs them, and prints the path of each tarball.

import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createManifest, type RootManifest, SHIPPED_BESIDE, stagedManifest } from './manifest.ts';

const run = promisify(execFile);

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Packs into `stage` and returns the paths of the tarballs: of `goalkeeper`, then of `create-goalkeeper`. */
export async function pack(stage = join(ROOT, 'package', 'stage')): Promise<string[]> {
  await rm(stage, { recursive: true, force: true });
  const folder = join(stage, 'goalkeeper');
  await mkdir(folder, { recursive: true });
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  await command(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist')], ROOT);
  for (const name of SHIPPED_BESIDE)
    await cp(join(ROOT, name), join(folder, name), {
      recursive: true,
      filter: (path) => !path.includes('__pycache__'),
    });
  const root = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as RootManifest;
  const manifest = stagedManifest(root);
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  // `goalkeeper init` reads the template as well.
  await cp(join(ROOT, 'create', 'template'), join(folder, 'dist', 'create', 'template'), { recursive: true });
  const create = await stageCreate(root, folder, stage);
  return Promise.all([tarballOf(folder, stage), tarballOf(create, stage)]);
}

/** The package that makes projects: the files of `goalkeeper init` that need nothing but Node, and the template. */
async function stageCreate(root: RootManifest, built: string, stage: string): Promise<string> {
  const folder = join(stage, 'create-goalkeeper');
  const from = (name: string): string => join(built, 'dist', name);
  for (const name of ['create-goalkeeper', 'create-project', 'template'])
    await cp(from(`cli/create/${name}.js`), join(folder, 'cli', 'create', `${name}.js`));
  await cp(from('create/template'), join(folder, 'create', 'template'), { recursive: true });
  await cp(join(ROOT, 'create', 'README.md'), join(folder, 'README.md'));
  await cp(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(createManifest(root), null, 2)}\n`);
  return folder;
}

async function tarballOf(folder: string, stage: string): Promise<string> {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', stage];
  const [packed] = JSON.parse(await command('npm', args, folder)) as { filename: string }[];
  if (packed === undefined) throw new Error(`npm packed nothing of ${folder}`);
  return join(stage, packed.filename.replace('@', '').replace('/', '-'));
}

async function command(file: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await run(file, args, { cwd, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error([message, stdout, stderr].filter(Boolean).join('\n'));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const tarball of await pack(process.argv[2])) process.stdout.write(`${tarball}\n`);
