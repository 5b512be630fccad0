// The package as a team has it: packed, installed without a lockfile into an empty folder, in npm's layout and in pnpm's,
// and its processes run on every Node that is supported.

import { type ChildProcess, execFile, fork, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type ProjectManifest, readTemplate } from '../../cli/create/template.ts';
import { freePort } from '../../deploy/local/free-port.ts';
import { type RootManifest, stagedManifest } from '../../package/manifest.ts';
import { pack } from '../../package/pack.ts';
import { temporalAddress } from '../temporal-address.ts';
import { NODES, nodeBinary } from './nodes.ts';

const run = promisify(execFile);

const rootManifest = JSON.parse(readFileSync('package.json', 'utf8')) as RootManifest;

const PNPM = 'pnpm@10.34.5';
const PUBLINT = 'publint@0.3.25';
const ATTW = '@arethetypeswrong/cli@0.18.5';

const GOALS = `import { goal, job } from 'goalkeeper';
import { z } from 'zod';

export const countOrders = job({
  name: 'count-orders',
  input: z.object({ day: z.iso.date() }),
  output: z.object({ orders: z.int() }),
});

export default [
  goal({
    name: 'packed-orders-counted',
    outcome: 'The orders of the day are counted',
    owner: 'ada',
    team: 'shop',
    input: z.object({ day: z.iso.date(), node: z.string() }),
    output: countOrders.output,
    key: ['day', 'node'],
    jobs: [countOrders],
    criteria: { some: ({ orders }) => orders > 0 },
    pursue: ({ day }, { run }) => run(countOrders, { day }),
  }),
];
`;

const JOBS = `import { bind } from 'goalkeeper/worker';
import { countOrders } from './goals.ts';

export const jobs = [bind(countOrders, ({ day }) => ({ orders: day.length }))];
`;

/** Prints what the folder's bundle comes to, and how the parts of the package that it does not export are refused. */
const LOOK = `import { bundleGoals, codeDigest, loadTeam } from 'goalkeeper/worker';

const team = await loadTeam('.');
const unkept = { read: async () => null, write: async () => undefined };
const refused = await Promise.all(
  ['goalkeeper/dist/goals/index.js', 'goalkeeper/goals', 'goalkeeper/activities/team.ts'].map((path) =>
    import(path).then(() => 'imported', ({ code }) => code),
  ),
);
const digest = codeDigest(await bundleGoals(team.goalsModule, unkept));
process.stdout.write(JSON.stringify({ digest, goals: team.goals.map(({ name }) => name), refused }));
`;

let folder: string;
let tarball: string;
let created: string;
let npm: string;
let pnpm: string;

async function team(place: string, dependencies: Record<string, string>): Promise<string> {
  await mkdir(place, { recursive: true });
  const manifest = { name: 'orders', private: true, type: 'module', dependencies };
  await writeFile(join(place, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(place, 'goals.ts'), GOALS);
  await writeFile(join(place, 'jobs.ts'), JOBS);
  await writeFile(join(place, 'look.js'), LOOK);
  return place;
}

/** Where a folder's goalkeeper lies, and the loader that it brings. */
function installed(place: string): { root: string; loader: string } {
  const manifest = createRequire(join(place, 'x.js')).resolve('goalkeeper/package.json');
  return { root: join(manifest, '..'), loader: createRequire(manifest).resolve('tsx/esm') };
}

async function look(place: string): Promise<{ digest: string; goals: string[]; refused: string[] }> {
  const { stdout } = await run(process.execPath, ['--import', installed(place).loader, 'look.js'], {
    cwd: place,
  });
  return JSON.parse(stdout) as { digest: string; goals: string[]; refused: string[] };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gk-consumer-'));
  const [ofGoalkeeper = '', ofCreate = ''] = await pack(join(folder, 'stage'));
  tarball = ofGoalkeeper;
  const dependencies = { goalkeeper: `file:${tarball}`, zod: '^4.6.0' };
  const { devDependencies } = readTemplate('orders', rootManifest.version).manifest;
  [npm, pnpm] = await Promise.all([
    team(join(folder, 'npm'), { ...dependencies, ...devDependencies }),
    team(join(folder, 'pnpm'), dependencies),
  ]);
  // Below what is installed, so that its packages need not be installed again.
  await run('npx', ['--yes', `file:${ofCreate}`, 'shop-goals', '--yes'], { cwd: npm });
  created = join(npm, 'shop-goals');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--no-package-lock'];
  await run('npm', ['install', ...quiet], { cwd: npm });
  await run('npx', ['--yes', PNPM, 'install', '--ignore-scripts', '--prefer-offline', '--no-lockfile'], {
    cwd: pnpm,
  });
}, 900_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the package in a folder of its own', () => {
  test('is one, and its bundle the same, however packages lie: npm, pnpm, a workspace', async () => {
    const [byNpm, byPnpm] = await Promise.all([look(npm), look(pnpm)]);
    expect(byNpm.goals).toEqual(['packed-orders-counted']);
    expect(byPnpm).toEqual(byNpm);
    // As npm lays out a workspace: packages above the folder of the team.
    const workspace = await team(join(npm, 'packages', 'orders'), {});
    expect(await look(workspace)).toEqual(byNpm);
  });

  test('gives what it exports, and nothing else', async () => {
    const { refused } = await look(npm);
    expect(new Set(refused)).toEqual(new Set(['ERR_PACKAGE_PATH_NOT_EXPORTED']));
  });

  test('brings nothing of the examples, nor what is optional', async () => {
    const packages = await readdir(join(npm, 'node_modules'));
    expect(packages).toContain('goalkeeper');
    expect(packages.filter((name) => /^(?:@duckdb|vega|@aws-sdk|@smithy|yaml$)/.test(name))).toEqual([]);
    const own = await readdir(join(npm, 'node_modules', 'goalkeeper'), { recursive: true });
    for (const name of ['AGENTS.md', 'docs/guide/jobs.md', 'LICENSE', 'program/python/goalkeeper/job.py'])
      expect(own).toContain(name);
    // What `goalkeeper init` writes is TypeScript, as a team's files are.
    const shipped = own.filter((name) => !/^(?:dist\/)?create\/template\//.test(name));
    expect(shipped.filter((name) => /(?<!\.d)\.ts$|(?:^|\/)(?:test|examples)\/|\.map$/.test(name))).toEqual(
      [],
    );
  });

  test('names the npm line where S3 is asked for and its driver is missing', async () => {
    const { root } = installed(npm);
    const code = `import(${JSON.stringify(join(root, 'dist/activities/storage/storage.js'))})
      .then(({ storageFrom }) => storageFrom({ GOALKEEPER_STORAGE: 's3://orders' }))
      .catch(({ code, message }) => console.log(code + ' ' + message));`;
    const { stdout } = await run(process.execPath, ['-e', code], { cwd: npm });
    expect(stdout).toMatch(/^storage_driver_missing .*npm install @temporalio\/external-storage-s3 /);
  });

  test('refuses two copies of zod in one line', async () => {
    const place = await team(join(npm, 'packages', 'other-zod'), {});
    await cp(join(npm, 'node_modules', 'zod'), join(place, 'node_modules', 'zod'), { recursive: true });
    const failure = await look(place).catch((error: Error & { stderr?: string }) => error.stderr ?? '');
    expect(failure).toMatch(
      /there are two copies of zod: goalkeeper has 4\.\S+ \(.*\), .*goals\.ts has 4\..*npm dedupe/,
    );
  });
});

/** Writes into a created project what the guide says: above, below and at the lines that it names. */
async function followGuide(project: string, guide: string): Promise<void> {
  const blocks = [...guide.matchAll(/<!-- ([a-z ]+): (\S+\.ts) -->\n```ts\n([\s\S]*?)```/g)];
  const texts = new Map<string, string>();
  for (const [, how, file = '', block = ''] of blocks) {
    const text = texts.get(file) ?? (await readFile(join(project, file), 'utf8'));
    const last = /^export default .*\n$/m.exec(text)?.[0] ?? 'nothing';
    const edited = {
      into: () => text.replace(last, () => `${block}\n${last}`),
      'last line of': () => text.replace(last, () => block),
      'top of': () => `${block}${text}`,
      'end of': () => `${text}\n${block}`,
      'into the list of': () => text.replace('export const jobs = [\n', (line) => `${line}${block}`),
    }[how ?? ''];
    if (edited === undefined || edited() === text)
      throw new Error(`the guide cannot be followed: ${how} ${file}`);
    texts.set(file, edited());
  }
  expect(blocks).toHaveLength(6);
  await Promise.all([...texts].map(([file, text]) => writeFile(join(project, file), text)));
}

/** What the first stage of a project's Dockerfile leaves, in a folder: its steps in order, by this machine's Node. */
async function built(project: string): Promise<string> {
  const context = join(folder, 'context');
  const image = join(folder, 'image');
  const left = (await readFile(join(project, '.dockerignore'), 'utf8')).trim().split('\n');
  await cp(project, context, {
    recursive: true,
    filter: (path) => !left.includes(relative(project, path)),
  });
  // The registry has no goalkeeper of this version.
  const manifest = JSON.parse(await readFile(join(context, 'package.json'), 'utf8')) as ProjectManifest;
  const dependencies = { ...manifest.dependencies, goalkeeper: `file:${tarball}` };
  await writeFile(join(context, 'package.json'), JSON.stringify({ ...manifest, dependencies }));
  const env = { ...process.env, npm_config_prefer_offline: 'true' };
  await run('npm', ['install', '--package-lock-only', '--no-audit', '--no-fund'], { cwd: context, env });
  await mkdir(image);
  const [, first = ''] = (await readFile(join(project, 'Dockerfile'), 'utf8')).split(/^FROM .*$/m);
  const steps = first.replace(/^#.*\n/gm, '').replaceAll('\\\n', '');
  for (const [, instruction, rest = ''] of steps.matchAll(/^(WORKDIR|COPY|RUN) (.*)$/gm)) {
    const words = rest.split(' ').slice(0, -1);
    if (instruction === 'COPY')
      for (const word of words) await cp(join(context, word), join(image, word), { recursive: true });
    else if (instruction === 'RUN') await run('sh', ['-c', rest], { cwd: image, env });
  }
  return image;
}

describe('a project that npm create makes', () => {
  const running: ChildProcess[] = [];
  afterAll(() => {
    for (const child of running)
      if (child.exitCode === null && child.signalCode === null)
        process.kill(-(child.pid as number), 'SIGTERM');
  });

  /** Starts a command of the project that goes on; it is told to stop as a terminal does. */
  function begun([file = '', ...args]: string[], environment: NodeJS.ProcessEnv, cwd = created) {
    const { NODE_OPTIONS: _, VITEST: __, ...env } = { ...process.env, ...environment };
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    running.push(child);
    let output = '';
    const heard = new EventEmitter();
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => {
        output += data.toString();
        heard.emit('more');
      });
    const exited = once(child, 'exit').then(([code]) => {
      heard.emit('more');
      return code as number | null;
    });
    return {
      output: () => output,
      async says(text: string): Promise<void> {
        while (!output.includes(text)) {
          if (child.exitCode !== null) throw new Error(`${file} ${args.join(' ')} ended:\n${output}`);
          await once(heard, 'more');
        }
      },
      stop(): Promise<number | null> {
        process.kill(-(child.pid as number), 'SIGINT');
        return exited;
      },
    };
  }

  const said = (...command: [string, ...string[]]): Promise<string> => {
    const [file, ...args] = command;
    const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env;
    return run(file, args, { cwd: created, env }).then(
      ({ stdout }) => stdout,
      ({ stdout, stderr }: { stdout: string; stderr: string }) => `failed: ${stdout}${stderr}`,
    );
  };

  test('has what it asks for in what is installed, and its tests pass', async () => {
    const manifest = JSON.parse(await readFile(join(created, 'package.json'), 'utf8')) as ProjectManifest;
    const require = createRequire(join(created, 'x.js'));
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
      expect(require(`${name}/package.json`)).toMatchObject({ name, version });
    expect(await said('npm', 'test')).toMatch(/^(?:#|ℹ) pass 3$/m);
  }, 300_000);

  test('serves by `npm run dev`; the guide leads to an own goal; what its Dockerfile runs is built and starts', {
    timeout: 600_000,
  }, async () => {
    const port = await freePort();
    const dev = begun(['npm', 'run', 'dev'], { PORT: String(port), TEMPORAL_ADDRESS: '' });
    const guide = await readFile('docs/guide/first-goal.md', 'utf8');
    const outcomes = [...guide.matchAll(/<!-- run: (\w+) -->\n```sh\n(.*)\n```/g)];
    expect(outcomes).toHaveLength(3);
    const pursue = async ([, outcome, command = '']: RegExpExecArray): Promise<void> =>
      expect(JSON.parse(await said('sh', '-c', command.replace(':3000', `:${port}`)))).toMatchObject({
        outcome,
      });
    await dev.says('serving orders-counted');
    await pursue(outcomes[0] as RegExpExecArray);

    await followGuide(created, guide);
    await dev.says('serving orders-counted, disk-has-room');
    await pursue(outcomes[1] as RegExpExecArray);
    await pursue(outcomes[2] as RegExpExecArray);
    expect(await said('npm', 'test')).toMatch(/^(?:#|ℹ) pass 4$/m);

    const image = await built(created);
    const command = /^CMD (\[.*\])$/m.exec(await readFile(join(image, 'Dockerfile'), 'utf8'))?.[1] ?? '';
    const compose = parse(await readFile(join(created, 'compose.yaml'), 'utf8')) as {
      services: { gateway: { command: string[] } };
    };
    expect(await readdir(join(image, 'dist'))).toContain('manifest.json');
    expect(await readdir(join(image, 'node_modules/@temporalio/core-bridge/releases'))).toHaveLength(1);
    expect(await readdir(join(image, 'node_modules'))).not.toContain('typescript');
    const [, temporal = ''] = /Temporal +(127\.0\.0\.1:\d+)/.exec(dev.output()) ?? [];
    const here = { TEMPORAL_ADDRESS: temporal, PORT: '0' };
    const [worker, gateway] = [
      begun(JSON.parse(command) as string[], here, image),
      begun(compose.services.gateway.command, here, image),
    ];
    await Promise.all([worker.says('worker is ready'), gateway.says('the gateway listens')]);
    expect(await Promise.all([worker.stop(), gateway.stop()])).toEqual([0, 0]);
    // npm, which has the same signal, may end by it.
    expect([0, null]).toContain(await dev.stop());
  });

  test('knows a clock, the network and Node in jobs.ts, and in goals.ts refuses them', async () => {
    const world = '\nsetTimeout(() => 1, 1); process.exit(); await fetch("x");\n';
    const [goals, jobs] = await Promise.all(
      ['goals.ts', 'jobs.ts'].map((name) => readFile(join(created, name))),
    );
    await appendFile(join(created, 'jobs.ts'), world);
    await appendFile(join(created, 'goals.ts'), world);
    const wrong = await said('npx', 'tsc', '-b', '--pretty', 'false');
    await Promise.all([
      writeFile(join(created, 'goals.ts'), goals ?? ''),
      writeFile(join(created, 'jobs.ts'), jobs ?? ''),
    ]);
    expect(wrong).toMatch(/^failed: .*setTimeout.*process.*fetch/s);
    expect(wrong).not.toContain('jobs.ts(');
    expect(await said('npx', 'tsc', '-b')).toBe('');
  });
});

describe('the types', () => {
  const compile = async (files: Record<string, string>, options: object): Promise<string> => {
    const place = await mkdtemp(join(npm, 'types-'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(place, name), text);
    const config = { extends: 'goalkeeper/tsconfig.goals.json', compilerOptions: options, include: ['*.ts'] };
    await writeFile(join(place, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(process.cwd(), 'node_modules', 'typescript', 'bin', 'tsc');
    return run(process.execPath, [tsc, '-p', place, '--pretty', 'false']).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );
  };

  const typeRoots = [join(process.cwd(), 'node_modules', '@types')];

  test('of what authors import pass without skipLibCheck, and goals know neither Node nor the web', async () => {
    const exported = Object.keys(stagedManifest(rootManifest).exports);
    const forAuthors = ['.', './testing', './client'].filter((path) => exported.includes(path));
    const all = forAuthors
      .map((path, i) => `export * as x${i} from '${join('goalkeeper', path)}';`)
      .join('\n');
    // zod's own types know URL, which Node's give.
    const strict = { skipLibCheck: false, types: ['node'], typeRoots };
    expect(await compile({ 'goals.ts': GOALS, 'all.ts': all }, strict)).toBe('');
    expect(await compile({ 'a.ts': 'setTimeout(() => 1, 1); process.exit(); fetch("x");' }, {})).toMatch(
      /setTimeout.*process.*fetch/s,
    );
  });

  test('of what jobs import pass in a project as the template has it', async () => {
    const others = ['worker', 'gateway', 'program', 'config'].map(
      (path, i) => `export * as x${i} from 'goalkeeper/${path}';`,
    );
    const files = { 'goals.ts': GOALS, 'jobs.ts': JOBS, 'all.ts': others.join('\n') };
    expect(await compile(files, { skipLibCheck: true, types: ['node'], typeRoots })).toBe('');
  });

  test('and the manifest are found clean by publint and attw', async () => {
    const [publint] = await Promise.all([
      run('npx', ['--yes', PUBLINT, 'run', tarball, '--strict']),
      run('npx', ['--yes', ATTW, tarball, '--profile', 'esm-only', '--no-color']),
    ]);
    expect(publint.stdout).toContain('All good!');
  });
});

describe.each(NODES)('on Node %s', (version) => {
  const children: ChildProcess[] = [];
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  async function started(execPath: string, file: string, args: string[]): Promise<{ url?: string }> {
    const { root, loader } = installed(npm);
    const child = fork(join(root, 'dist', file), args, {
      execPath,
      execArgv: ['--import', loader],
      cwd: npm,
      env: {
        ...process.env,
        PORT: '0',
        TEMPORAL_ADDRESS: temporalAddress,
        GOALKEEPER_TASK_QUEUE: 'packed-orders',
      },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    children.push(child);
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-2000);
    });
    const died = once(child, 'exit').then(([code]) => ({
      problem: { message: `it exited with ${code}: ${said}` },
    }));
    const told = once(child, 'message').then(([message]) => message);
    const first = (await Promise.race([told, died])) as { url?: string; problem?: { message: string } };
    if (first.problem) throw new Error(`${file}: ${first.problem.message}`);
    return first;
  }

  test('worker, gateway and command line run, and a goal is achieved', {
    timeout: 400_000,
  }, async (context) => {
    const node = await nodeBinary(version);
    if ('missing' in node) return context.skip(node.missing);
    const { root } = installed(npm);
    const [{ url }] = await Promise.all([
      started(node.path, 'gateway/main.js', []),
      started(node.path, 'activities/main.js', ['.']),
      run(node.path, [join(root, 'dist/cli/goalkeeper.js'), '--version']).then(({ stdout }) =>
        expect(stdout.trim()).toBe(rootManifest.version),
      ),
    ]);
    const response = await fetch(`${url}/goals/packed-orders-counted/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', prefer: 'wait=30' },
      body: JSON.stringify({ input: { day: '2026-11-20', node: `${version} ${folder}` } }),
    });
    expect(await response.json()).toMatchObject({ outcome: 'achieved', output: { orders: 10 } });
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
  });
});
