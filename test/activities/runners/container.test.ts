// Containers by podman where it runs, and everywhere the exact command lines, told by a program that stands in for the
// engine and records how it is called.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ContainerOptions, container } from '../../../activities/runners/container.ts';
import { Attempt } from './attempt.ts';
import { buildGoJob } from './go-job.ts';

const SLOWLY = { timeout: 60_000 };
const HOLDING = fileURLToPath(new URL('./holding-worker.ts', import.meta.url));

describe('the command line of a container', () => {
  /** An engine that notes its arguments and what of its environment they name, and runs what the script says. */
  function recording(script: string): {
    engine: string;
    calls(): { args: string[]; env: Record<string, string> }[];
  } {
    const folder = mkdtempSync(join(tmpdir(), 'engine-'));
    const [engine, notes] = [join(folder, 'docker'), join(folder, 'calls')];
    writeFileSync(
      engine,
      `#!${process.execPath}
require('node:fs').appendFileSync(${JSON.stringify(notes)}, JSON.stringify({ args: process.argv.slice(2), env: process.env }) + '\\n');
if (process.argv[2] === 'run') { ${script} }
`,
    );
    chmodSync(engine, 0o755);
    return {
      engine,
      calls: () =>
        readFileSync(notes, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
    };
  }

  test('gives variables and secrets by name, never by value, and says whose the container is', async () => {
    process.env.OF_THE_WORKER = 'not for jobs';
    const { engine, calls } = recording('process.stdin.pipe(process.stdout)');
    const options: ContainerOptions = {
      image: 'registry.example/train:7',
      argv: ['python3', 'train.py', '$(id)'],
      env: { CITY: 'Oslo', PATH: '/opt/bin' },
      memoryMb: 512,
      network: 'none',
      options: ['--volume', '/data:/data:ro'],
      engine,
    };
    const attempt = new Attempt({ secrets: { API_TOKEN: 'the-token' }, lastCheckpoint: 7 });
    expect(await attempt.run(container(options), { n: 1 })).toEqual({ n: 1 });
    const [{ args = [], env = {} } = {}] = calls();
    const name = args[5] as string;
    expect(name).toMatch(/^gk-a-goal-[0-9a-f-]{36}$/);
    const variables = [
      ...['ATTEMPT', 'IDEMPOTENCY_KEY', 'GOAL', 'RUN', 'STEP', 'REMAINING_MS', 'OUTPUT_FD', 'CHECKPOINT'],
    ].map((one) => `GOALKEEPER_${one}`);
    expect(args).toEqual([
      ...['run', '--rm', '--interactive', '--init', '--name', name],
      ...['--label', 'goalkeeper.run=a-goal:k', '--label', 'goalkeeper.step=a-step#1'],
      ...['--env', 'CITY', '--env', 'PATH=/opt/bin', '--env', 'API_TOKEN'],
      ...variables.flatMap((one) => ['--env', one]),
      ...['--cap-drop=ALL', '--security-opt=no-new-privileges', '--pids-limit=1000'],
      ...['--memory', '512m', '--network', 'none', '--volume', '/data:/data:ro'],
      ...['registry.example/train:7', 'python3', 'train.py', '$(id)'],
    ]);
    expect(env).toMatchObject({ CITY: 'Oslo', API_TOKEN: 'the-token', GOALKEEPER_CHECKPOINT: '7' });
    expect(env).toMatchObject({ PATH: process.env.PATH, HOME: process.env.HOME });
    expect(env).not.toHaveProperty('OF_THE_WORKER');
    expect(calls()).toHaveLength(1);
  });

  test(
    'on a cancel passes SIGTERM on, and removes the container that may have been left',
    SLOWLY,
    async () => {
      const { engine, calls } = recording(
        "process.on('SIGTERM', () => {}); console.error('ready'); setInterval(() => {}, 1000)",
      );
      const attempt = new Attempt();
      const running = attempt.fail(container({ image: 'train', engine, grace: '100ms' }));
      await expect.poll(() => attempt.messages, SLOWLY).toEqual(['ready']);
      attempt.cancel();
      await running;
      const [run, ...ends] = calls().map(({ args }) => args);
      const name = run?.[5];
      expect(ends).toEqual([
        ['kill', name],
        ['rm', '--force', name],
      ]);
    },
  );

  test('of an engine that failed itself is tried again, and one that is not there is told', async () => {
    const { engine } = recording("console.error('no daemon'); process.exit(125)");
    expect(await new Attempt().fail(container({ image: 'train', engine }))).toMatchObject({
      code: 'exit_125',
      class: 'infrastructure',
      permanent: false,
      message: 'train ended with exit code 125 (what starts the program failed itself): no daemon',
    });
    expect(await new Attempt().fail(container({ image: 'train', engine: 'no-such-engine' }))).toMatchObject({
      code: 'command_not_found',
      message: 'no-such-engine was not found on this worker',
    });
  });

  test('has no more rights than its binding gives it, and of podman no proxies of the worker', async () => {
    const { engine, calls } = recording('process.stdin.pipe(process.stdout)');
    const podman = join(dirname(engine), 'podman');
    symlinkSync(engine, podman);
    const rights = { capabilities: ['CHOWN', 'SETUID'], newPrivileges: true, pids: 20 };
    await new Attempt().run(container({ image: 'train', engine, ...rights }), {});
    await new Attempt().run(container({ image: 'train', engine: [podman] }), {});
    const [first, second] = calls().map(({ args }) => args.filter((one) => /^--.*=/.test(one)));
    expect(first).toEqual(['--cap-drop=ALL', '--cap-add=CHOWN', '--cap-add=SETUID', '--pids-limit=20']);
    expect(second).toEqual([
      ...['--cap-drop=ALL', '--security-opt=no-new-privileges', '--pids-limit=1000', '--http-proxy=false'],
    ]);
    expect(() => container({ image: 'train', engine, pids: 0 })).toThrow('pids is 0');
  });

  test('is refused where an image would be read as an option', () => {
    expect(() => container({ image: '--privileged' })).toThrow("image is '--privileged'");
  });
});

describe('a container, by podman', () => {
  const engine = ['podman', '--runtime', 'runc'];
  // A sandbox may not raise them to podman's defaults.
  const image = `goalkeeper-test:${process.pid}`;
  const options = [
    ...['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'],
    '--label',
    `test=${image}`,
  ];
  const missing = whyNoContainers();

  const program = (more: Partial<ContainerOptions> = {}) =>
    container({ image, argv: ['/bin/job'], network: 'none', engine, options, ...more });

  /** The containers of this test that are there. */
  const left = (): string[] =>
    execFileSync('podman', ['ps', '--all', '--quiet', '--filter', `label=test=${image}`], {
      encoding: 'utf8',
    })
      .split('\n')
      .filter(Boolean);

  beforeAll(() => {
    if (missing === null) importImage(image);
  });
  afterAll(() => {
    if (missing === null) spawnSync('podman', ['rmi', '--force', image]);
  });

  test.skipIf(missing !== null)(
    `is told what a command is told, and answers the same${missing === null ? '' : ` (${missing})`}`,
    SLOWLY,
    async () => {
      const attempt = new Attempt({ attempt: 2, secrets: { API_TOKEN: 'four' } });
      expect(await attempt.run(program({ env: { CITY: 'Oslo' } }), { numbers: [1, 2, 3] })).toEqual({
        sum: 6,
        attempt: '2',
        token: 4,
        city: 'Oslo',
      });
      expect(await new Attempt().fail(program(), { mode: 'fail' })).toMatchObject({
        code: 'from_go',
        class: 'permanent',
        type: 'GoError',
      });
      expect(left()).toEqual([]);
    },
  );

  test.skipIf(missing !== null)(
    `hears SIGTERM when it is cancelled, and is gone when it is deaf${missing === null ? '' : ` (${missing})`}`,
    SLOWLY,
    async () => {
      for (const mode of ['wait', 'deaf']) {
        const attempt = new Attempt();
        const running = attempt.run(program({ grace: '2s' }), { mode }).catch(() => 'killed');
        await expect.poll(() => attempt.progress, { timeout: 60_000 }).toHaveLength(1);
        expect(left()).toHaveLength(1);
        attempt.cancel();
        expect(await running).toEqual(mode === 'wait' ? { sum: -1 } : 'killed');
        expect(left()).toEqual([]);
      }
    },
  );

  test.skipIf(missing !== null)(
    `is gone when its worker was killed${missing === null ? '' : ` (${missing})`}`,
    SLOWLY,
    async () => {
      const worker = spawn(
        process.execPath,
        [
          '--import',
          'tsx',
          HOLDING,
          JSON.stringify({ image, engine, options, network: 'none', argv: ['/bin/job'] }),
        ],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );
      await expect.poll(left, { timeout: 60_000 }).toHaveLength(1);
      worker.kill('SIGKILL');
      await expect.poll(left, { timeout: 60_000 }).toEqual([]);
    },
  );
});

function importImage(image: string): void {
  const archive = execFileSync('tar', ['-c', '.'], { cwd: buildGoJob(), maxBuffer: 2 ** 28 });
  execFileSync('podman', ['import', '-', image], { input: archive, stdio: ['pipe', 'ignore', 'ignore'] });
}

/** Why no container can be run here; null when it can. */
function whyNoContainers(): string | null {
  if (process.platform !== 'linux') return 'podman runs on Linux';
  for (const needed of ['podman', 'runc', 'go'])
    if (spawnSync(needed, ['version']).error && spawnSync(needed, ['--version']).error)
      return `${needed} is not on this machine`;
  const image = `goalkeeper-probe:${process.pid}`;
  try {
    importImage(image);
    const probe = [
      ...['--runtime', 'runc', 'run', '--rm', '--interactive', '--init', '--network', 'none'],
      image,
      '/bin/job',
    ];
    const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];
    probe.splice(4, 0, ...limits);
    const { status, stderr } = spawnSync('podman', probe, { input: '{}', encoding: 'utf8', timeout: 30_000 });
    return status === 0 ? null : `podman cannot run here: ${stderr.trim().split('\n').at(-1)?.slice(0, 200)}`;
  } catch (error) {
    return `podman cannot run here: ${(error as Error).message.slice(0, 200)}`;
  } finally {
    spawnSync('podman', ['rmi', '--force', image]);
  }
}
