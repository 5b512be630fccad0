// No image can be built without a container engine, so each step of the Dockerfile is done in a clean folder instead, and
// what comes of it is started there.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../../deploy/local/free-port.ts';
import { temporalAddress } from '../../temporal-address.ts';

const text = readFileSync('Dockerfile', 'utf8')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n/g, ' ');

interface Stage {
  base: string;
  steps: [instruction: string, rest: string][];
}

const stages = new Map<string, Stage>();
for (const [instruction, rest] of text
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => line.trim().split(/\s+(.*)/s) as [string, string])) {
  const from = instruction === 'FROM' ? (/^(\S+) AS (\S+)$/.exec(rest) as RegExpExecArray) : null;
  if (from) stages.set(from[2] as string, { base: from[1] as string, steps: [] });
  else [...stages.values()].at(-1)?.steps.push([instruction, rest]);
}

let root: string;
const built = new Map<string, Promise<string>>();

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'goalkeeper-images-'));
});

afterAll(() => rm(root, { recursive: true, force: true }));

/** The stage's file system, in a folder. */
function build(name: string): Promise<string> {
  const known = built.get(name);
  if (known !== undefined) return known;
  const building = (async () => {
    const { base, steps } = stages.get(name) as Stage;
    const folder = join(root, name);
    if (stages.has(base)) execFileSync('cp', ['-al', await build(base), folder]);
    else await mkdir(folder);
    let at = stages.has(base) ? '/app' : '/';
    for (const [instruction, rest] of steps) {
      const here = join(folder, at);
      if (instruction === 'WORKDIR') {
        at = rest;
        await mkdir(join(folder, at), { recursive: true });
      } else if (instruction === 'RUN') run(rest, folder, here);
      else if (instruction === 'COPY') {
        const words = rest.split(' ');
        const stage = words[0]?.startsWith('--from=') ? (words.shift() as string).slice(7) : null;
        const source = stage === null ? resolve('.') : await build(stage);
        const target = words.pop() as string;
        const into = target.endsWith('/') ? join(here, target) : dirname(join(here, target));
        // As an engine does, which makes what leads to it.
        await mkdir(into, { recursive: true });
        for (const word of words) {
          const end = join(into, target.endsWith('/') ? basename(word) : basename(target));
          execFileSync('cp', [stage === null ? '-a' : '-al', join(source, word), end]);
        }
      }
    }
    return folder;
  })();
  built.set(name, building);
  return building;
}

function run(command: string, folder: string, cwd: string): void {
  let here = command.replaceAll('/var/lib', `${folder}/var/lib`);
  // Only root may give a folder away.
  if (process.getuid?.() !== 0) here = here.replace(/-o \d+ -g \d+/, '');
  const env = { ...process.env, npm_config_prefer_offline: 'true', NODE_ENV: '' };
  execFileSync('sh', ['-c', here], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

const commandOf = (name: string): string[] => {
  const cmd = (stages.get(name) as Stage).steps.filter(([instruction]) => instruction === 'CMD').at(-1);
  return JSON.parse(cmd?.[1] as string) as string[];
};

/** Starts a stage's command in its folder; it ends within seconds of SIGTERM, with exit code 0. */
async function start(name: string, environment: Record<string, string>) {
  const [program, ...args] = commandOf(name) as [string, ...string[]];
  expect(program).toBe('node');
  const child = spawn(process.execPath, args, {
    cwd: join(await build(name), 'app'),
    env: { PATH: process.env.PATH, HOME: root, TEMPORAL_ADDRESS: temporalAddress, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data: Buffer) => {
      output += data.toString();
    });
  const exited = once(child, 'exit').then(([code]) => code as number);
  const said = once(child, 'message').then(([message]) => message as { ready?: boolean });
  const ready = async () => {
    const first = await Promise.race([said, exited]);
    expect(first, output).toMatchObject({ ready: true });
  };
  const stop = () => {
    child.kill('SIGTERM');
    return exited;
  };
  return { ready, stop, exited, output: () => output };
}

test('the steps leave what a service needs, of one platform, and nothing of development', async () => {
  const app = join(await build('dependencies'), 'app');
  expect(await readdir(join(app, 'node_modules/@temporalio/core-bridge/releases'))).toHaveLength(1);
  for (const one of ['typescript', 'vitest', '@biomejs'])
    expect(existsSync(join(app, 'node_modules', one))).toBe(false);
  for (const name of ['gateway', 'worker', 'setup']) {
    const files = await readdir(join(await build(name), 'app'));
    for (const one of ['test', 'docs', 'secrets', '.git']) expect(files).not.toContain(one);
  }
  expect(await readdir(join(await build('gateway'), 'app'))).not.toContain('activities');
}, 300_000);

test('every stage that is run has a user of its own, a command in exec form and a health check', () => {
  expect(stages.get('base')?.steps).toContainEqual(['USER', '1000:1000']);
  for (const name of ['gateway', 'worker', 'setup']) {
    expect(commandOf(name).length).toBeGreaterThan(1);
    expect(stages.get(name)?.steps.map(([instruction]) => instruction)).toContain('HEALTHCHECK');
  }
});

test('what comes of them runs: the one-shot, then a worker and a gateway, which end when they are told to', async () => {
  const namespace = `images-${process.pid}-${Date.now().toString(36)}`;
  const here = { TEMPORAL_NAMESPACE: namespace };
  const setup = await start('setup', { ...here, NAMESPACE_RETENTION: '1d' });
  expect(await setup.exited, setup.output()).toBe(0);
  const port = String(await freePort());
  const [worker, gateway] = await Promise.all([
    start('worker', { ...here, GOALKEEPER_DRAIN: '0s' }),
    start('gateway', { ...here, PORT: port }),
  ]);
  await Promise.all([worker.ready(), gateway.ready()]);
  const check = /HEALTHCHECK .*CMD (\[.*\])/.exec(text.slice(text.indexOf(' AS gateway')))?.[1] as string;
  const [, ...args] = JSON.parse(check.replace(':3000', `:${port}`)) as [string, ...string[]];
  execFileSync(process.execPath, args);
  const goals = (await (await fetch(`http://127.0.0.1:${port}/goals`)).json()) as {
    items: { goal: string }[];
  };
  expect(JSON.stringify(goals)).toContain('flights-in-warehouse');
  expect(await Promise.all([worker.stop(), gateway.stop()])).toEqual([0, 0]);
}, 180_000);
