// `goalkeeper build`, and the production processes that run what it wrote, as a team's image has them.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readBuild } from '../../../activities/build.ts';
import { bundleGoals, codeDigest } from '../../../activities/bundle.ts';
import { bundled } from '../../bundled.ts';
import { fresh } from '../../engine/workbench.ts';
import { answered, askingAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { GOALKEEPER, goals, jobs, projectOf } from './project.ts';

const NAME = 'built-greeted';

/** Ends whatever loads a bundler. */
const NO_BUNDLER = `const Module = require('node:module');
const load = Module._load;
Module._load = function (request, parent, isMain) {
  const file = Module._resolveFilename(request, parent, isMain);
  if (/node_modules.(webpack.lib.webpack\\.js|@swc.core.)/.test(file)) throw new Error('here is no bundler');
  return load.call(this, request, parent, isMain);
};
`;

let folder: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await projectOf({ 'goals.ts': goals(NAME), 'jobs.ts': jobs(), 'no-bundler.cjs': NO_BUNDLER });
  environment = {
    ...process.env,
    TEMPORAL_ADDRESS: temporalAddress,
    NODE_OPTIONS: `--require ${join(folder, 'no-bundler.cjs')}`,
    XDG_CACHE_HOME: join(folder, 'cache'),
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const begin = (env: NodeJS.ProcessEnv, ...args: string[]): ChildProcess =>
  spawn(process.execPath, [GOALKEEPER, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });

async function ended(child: ChildProcess): Promise<{ out: string; code: number }> {
  const [out, err, [code]] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { out: `${out}${err}`, code };
}

/** Starts a process that goes on, and waits for the line of its log. */
async function started(message: string, ...args: string[]): Promise<Record<string, unknown>> {
  const child = begin(environment, ...args);
  onTestFinished(async () => {
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });
  const seen: string[] = [];
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    seen.push(line);
    const told = line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {};
    if (told.msg === message) {
      child.stdout?.resume();
      return told;
    }
  }
  throw new Error(`${args[0]} ended:\n${seen.join('\n')}`);
}

test('a worker runs what was built without a bundler, and the goal is achieved', async () => {
  // Who has to bundle is noticed.
  expect(await ended(begin(environment, 'build'))).toEqual({
    out: expect.stringContaining('here is no bundler'),
    code: 1,
  });
  await bundled(join(folder, 'goals.ts'));
  const { out, code } = await ended(begin(process.env, 'build', '--out', 'built'));
  expect(code).toBe(0);
  const { manifest } = await readBuild(join(folder, 'built'));
  expect(out).toContain(`into built: code ${manifest.code}`);
  expect(manifest).toMatchObject({ goals: [NAME], jobs: ['greet'], builtWith: { node: process.version } });

  const [, { url }] = await Promise.all([
    started('worker is ready', 'worker', '--bundle', 'built'),
    started('the gateway listens', 'gateway', '--port', '0'),
  ]);
  const gateway = askingAt(url as string);
  const body = { input: { who: fresh('ada') } };
  const pursued = await answered(() => gateway.post(`/goals/${NAME}/runs`, body, { prefer: 'wait=60' }));
  expect(pursued.body).toMatchObject({ outcome: 'achieved' });
  const listed = await answered(() => gateway.get(`/goals/${NAME}`));
  expect(listed.body.code).toBe(manifest.code);
});

test('the digest is that of the same code elsewhere', async () => {
  const other = await projectOf({ 'deep/er/goals.ts': goals(NAME), 'deep/er/jobs.ts': jobs() });
  await bundled(join(other, 'deep/er/goals.ts'));
  onTestFinished(() => rm(other, { recursive: true, force: true }));
  const { manifest } = await readBuild(join(folder, 'built'));
  expect(codeDigest(await bundleGoals(join(other, 'deep/er/goals.ts')))).toBe(manifest.code);
});

test('a build that is missing, changed or of another version is refused', async () => {
  const built = join(folder, 'built');
  const refused = (why: string) =>
    expect(readBuild(built)).rejects.toMatchObject({
      code: 'build_unusable',
      message: expect.stringContaining(why),
    });
  await expect(readBuild(folder)).rejects.toMatchObject({ code: 'build_unusable' });
  const [bundle, manifest] = [join(built, 'goals.bundle.js'), join(built, 'manifest.json')];
  const [code, told] = [await readFile(bundle, 'utf8'), await readFile(manifest, 'utf8')];
  await writeFile(bundle, `${code.slice(0, 200)} ${code.slice(200)}`);
  await refused('is not the one of its manifest.json');
  await writeFile(bundle, code);
  await writeFile(manifest, told.replace(/"goalkeeper": ".*?"/, '"goalkeeper": "0.0.1"'));
  await refused('is by goalkeeper 0.0.1');
  await writeFile(manifest, '{');
  await refused('has a manifest.json that is none');
  await rm(bundle);
  await writeFile(manifest, told);
  await refused('has no goals.bundle.js');
});
