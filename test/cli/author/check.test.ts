// `goalkeeper check` as an author, an editor and a pipeline call it: a process, its lines and its exit code.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { bundled } from '../../bundled.ts';
import { GOALKEEPER, goals, jobs, projectOf, REPO } from './project.ts';

async function project(files: Record<string, string>): Promise<string> {
  const folder = await projectOf(files);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function begin(cwd: string, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [GOALKEEPER, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

async function goalkeeper(cwd: string, ...args: string[]): Promise<{ lines: string[]; code: number }> {
  const child = begin(cwd, ...args);
  const [out, err, [code]] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { lines: `${out}${err}`.trimEnd().split('\n'), code };
}

/** Each line without its message. */
const heads = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replace(/^(\S+ \w+ \w+):.*/, '$1'));

test('a sound project has no mistakes, wherever the command is given', async () => {
  const folder = await project({ 'shop/goals.ts': goals(), 'shop/jobs.ts': jobs() });
  const sound = { lines: ['checked shop (1 goal, 1 job): 0 errors, 0 warnings'], code: 0 };
  expect(await goalkeeper(folder, 'check')).toEqual(sound);
  expect(await goalkeeper(REPO, 'check', join(folder, 'shop'))).toEqual(sound);
});

test('says all mistakes at once, each with its place', async () => {
  const { code, lines } = await goalkeeper(
    await project({
      'goalkeeper.config.ts':
        "import { defineConfig } from 'goalkeeper/config';\nexport default defineConfig({ teams: { shop: './shop', late: './late', pure: './pure' } });\n",
      'shop/goals.ts': goals(
        'Greeted',
        'export const late = job({ name: "late", timeout: "soon", input: z.object({}), output: z.object({}) });',
      )
        .replace("owner: 'ada'", "owner: ''")
        .replace("'1m'", "'yesterday'"),
      'shop/jobs.ts': jobs()
        .replace('greet }', 'greet, late }')
        .replace('];', ', bind(late, async () => ({})), bind(late, async () => ({}))];'),
      'late/goals.ts': goals('late-greeted'),
      'late/node_modules/zod/package.json': '{"version":"4.0.0","type":"module","main":"index.js"}',
      'late/node_modules/zod/index.js': `export * from '${REPO}node_modules/zod/index.js';`,
      'late/jobs.ts': 'export const jobs = [];\n\nconst x = ;\n',
      'pure/goals.ts': goals(
        'pure-greeted',
        "import { readFileSync } from 'node:fs';\nimport { home } from './home.ts';\nexport const used = [readFileSync, home];",
      ),
      'pure/home.ts':
        "import os from 'node:os';\n\n// fetch('not this')\nexport const home = () => [os, fetch('http://x'), 'fetch()'];\n",
      'pure/jobs.ts': jobs(),
    }),
    ...['check'],
  );
  expect(heads(lines.filter((line) => /: (error|warning) /.test(line))).sort()).toEqual(
    [
      // `late` is bound twice, and by no goal used; its timeout is no duration.
      'shop/goals.ts:23:27: error goals_invalid',
      'shop/goals.ts:23:41: error goals_invalid',
      'shop/goals.ts:23:27: warning job_unused',
      // Its name is no kebab-case, it has no owner, its deadline is none.
      'shop/goals.ts:11:3: error goals_invalid',
      'shop/goals.ts:11:3: error goals_invalid',
      'shop/goals.ts:18:3: error goals_invalid',
      'late/goals.ts:2:20: error zod_twice',
      'late/jobs.ts:3:11: error module_broken',
      'pure/goals.ts:23:31: error goals_impure',
      'pure/home.ts:1:17: error goals_impure',
      'pure/home.ts:4:32: warning outside_sandbox',
    ].sort(),
  );
  expect(lines).toContain('late/jobs.ts:3:11: error module_broken: Unexpected ";"');
  expect(lines.at(-1)).toMatch(/^checked shop .*: 9 errors, 2 warnings$/);
  expect(code).toBe(1);
});

test('says what is wrong with a config, in JSON as well', async () => {
  const folder = await project({
    'goals.ts': goals(),
    'goalkeeper.config.js': "export default {\n  plugin: [],\n  'storage': 3,\n};\n",
  });
  const { lines, code } = await goalkeeper(folder, 'check', '--json');
  expect(JSON.parse(lines.join(''))).toEqual({
    ok: false,
    teams: [],
    issues: [
      ...[
        { line: 2, column: 3, message: "'plugin' is not a key of a config; did you mean 'plugins'?" },
        { line: 3, column: 4, message: expect.stringContaining("'storage' is not a storage") },
      ].map((one) => ({
        ...{ file: join(folder, 'goalkeeper.config.js'), severity: 'error', code: 'config_invalid' },
        ...one,
      })),
    ],
  });
  expect(code).toBe(1);
});

test('with --watch it checks again after a save, and Ctrl-C leaves nothing behind', async () => {
  const folder = await project({ 'goals.ts': goals(), 'jobs.ts': jobs() });
  await bundled(join(folder, 'goals.ts'));
  const child = begin(folder, 'check', '--watch');
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => (await lines.next()).value as string;
  expect(await next()).toMatch(/^checked .*: 0 errors/);
  await writeFile(join(folder, 'jobs.ts'), `${jobs()}\nconst x = ;\n`);
  expect(await next()).toBe('jobs.ts:6:11: error module_broken: Unexpected ";"');
  expect(await next()).toMatch(/: 1 error,/);
  await writeFile(join(folder, 'jobs.ts'), jobs('hi'));
  expect(await next()).toMatch(/: 0 errors/);
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('the guide shows the commands that tests run', async () => {
  const page = await readFile(join(REPO, 'docs/guide/developing.md'), 'utf8');
  const commands = [...page.matchAll(/^npx goalkeeper (.*)$/gm)].map(([, command]) => command);
  // The others are run above, in dev.test.ts and in build.test.ts.
  expect(commands).toEqual([
    ...['dev', 'check', 'check --json', 'check --watch'],
    ...['build', 'worker --bundle dist', 'gateway --port 3000'],
  ]);
});

test('what is not there is refused with the nearest name', async () => {
  const [command, option] = await Promise.all([
    goalkeeper(REPO, 'chek'),
    goalkeeper(REPO, 'check', '--wach'),
  ]);
  expect(command.lines.join()).toContain('Did you mean check?');
  expect(option.lines.join()).toContain('Did you mean --watch?');
  expect([command.code, option.code]).toEqual([1, 1]);
});
