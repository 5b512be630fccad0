// How commands end, with all that they started: what is left of them is nothing.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { type CommandOptions, command } from '../../../activities/runners/command.ts';
import { Attempt, PidFile } from './attempt.ts';

const sh = (script: string, options: Partial<CommandOptions> = {}) =>
  command({ argv: ['sh', '-c', script], ...options });

const SLOWLY = { timeout: 60_000 };
const onLinux = process.platform === 'linux';

/** Python: `note()` writes the process ID to the file. */
const noting = ({ path }: PidFile): string => `
import os, signal, subprocess, sys, time
def note():
    with open(${JSON.stringify(path)}, "a") as file: file.write(f"{os.getpid()}\\n")
note()
`;
const python = (script: string, options: Partial<CommandOptions> = {}) =>
  command({ argv: ['python3', '-c', script], ...options });

/** Python: a child that has left the group, and its parent. */
const DAEMON = `
def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            note()
            for fd in (0, 1, 2): os.close(fd)
            time.sleep(300)
        os._exit(0)
`;

describe('a cancelled command', () => {
  test('is told to stop, has its grace to clean up, and what it tells then is heard', SLOWLY, async () => {
    const pids = new PidFile();
    const attempt = new Attempt();
    const running = attempt.run(
      python(`${noting(pids)}
def stop(*_):
    time.sleep(0.3)
    print("cleaned up", file=sys.stderr)
    print('"stopped"')
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("ready", file=sys.stderr, flush=True)
time.sleep(300)`),
    );
    await expect.poll(() => attempt.messages, SLOWLY).toEqual(['ready']);
    attempt.cancel();
    expect(await running).toBe('stopped');
    expect(attempt.messages).toEqual(['ready', 'cleaned up']);
    expect(pids.alive()).toEqual([]);
  });

  test('that is deaf is killed once its grace is over, with its deaf children', SLOWLY, async () => {
    const pids = new PidFile();
    const attempt = new Attempt();
    const running = attempt.fail(
      python(
        `${noting(pids)}
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        note()
        time.sleep(300)
time.sleep(300)`,
        { grace: '200ms' },
      ),
    );
    await expect.poll(() => pids.all().length, SLOWLY).toBe(4);
    attempt.cancel();
    expect(await running).toMatchObject({ code: 'command_killed' });
    expect(pids.alive()).toEqual([]);
  });

  test('whose shell ends at once leaves its child the grace to clean up', SLOWLY, async () => {
    const pids = new PidFile();
    const attempt = new Attempt();
    const program = `${noting(pids)}
def stop(*_):
    time.sleep(1.5)
    os.rename(${JSON.stringify(pids.path)}, ${JSON.stringify(`${pids.path}.clean`)})
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("ready", file=sys.stderr, flush=True)
time.sleep(300)`;
    const running = attempt.fail(
      command({ argv: ['sh', '-c', 'python3 -c "$1" </dev/null; exit 1', 'sh', program] }),
    );
    await expect.poll(() => attempt.messages, SLOWLY).toEqual(['ready']);
    attempt.cancel();
    await running;
    expect(existsSync(`${pids.path}.clean`)).toBe(true);
  });

  test('before it began never begins', async () => {
    const pids = new PidFile();
    const attempt = new Attempt();
    attempt.cancel();
    await attempt.fail(sh(`echo $$ > ${pids.path}; echo 1`));
    expect(pids.all()).toEqual([]);
  });
});

describe('what a command leaves behind', () => {
  test('is ended with it, and does not hold up its end though it holds its stdout', SLOWLY, async () => {
    const pids = new PidFile();
    expect(await new Attempt().run(sh(`sh -c 'echo $$ >> ${pids.path}; exec sleep 300' & echo 1`))).toBe(1);
    await expect.poll(() => pids.alive(), SLOWLY).toEqual([]);
  });

  test.skipIf(!onLinux)(
    'is found though it left the group and lost its parent (Linux only: elsewhere nothing tells whose it was)',
    SLOWLY,
    async () => {
      const pids = new PidFile();
      const program = python(`${noting(pids)}${DAEMON}
daemon()
while open(${JSON.stringify(pids.path)}).read().count("\\n") < 2: time.sleep(0.01)
print(1)`);
      expect(await new Attempt().run(program)).toBe(1);
      expect(pids.all()).toHaveLength(2);
      await expect.poll(() => pids.alive(), SLOWLY).toEqual([]);
    },
  );

  test(
    'lives on when it has cleared its mark and left the group, as a server that is meant to stay',
    SLOWLY,
    async () => {
      const pids = new PidFile();
      const program = python(`${noting(pids)}
code = ${JSON.stringify(noting(pids))} + "time.sleep(300)"
env = {k: v for k, v in os.environ.items() if k != "GOALKEEPER_PROCESS"}
quiet = subprocess.DEVNULL
subprocess.Popen([sys.executable, "-c", code], env=env, start_new_session=True, stdin=quiet, stdout=quiet, stderr=quiet)
while open(${JSON.stringify(pids.path)}).read().count("\\n") < 2: time.sleep(0.01)
print(1)`);
      expect(await new Attempt().run(program)).toBe(1);
      expect(pids.alive()).toHaveLength(1);
      for (const pid of pids.alive()) process.kill(pid, 'SIGKILL');
    },
  );

  test(
    'of children that fork children is nothing, and neither of those that it never waited for',
    SLOWLY,
    async () => {
      const pids = new PidFile();
      const attempt = new Attempt();
      // Bounded: 2 to the power of 6, and as many zombies.
      const running = attempt.fail(
        python(
          `${noting(pids)}
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(6):
    if os.fork() == 0 and os.fork() == 0: os._exit(0)
note()
time.sleep(300)`,
          { grace: '100ms' },
        ),
      );
      await expect.poll(() => pids.all().length, SLOWLY).toBeGreaterThan(60);
      attempt.cancel();
      await running;
      await expect.poll(() => pids.alive(), SLOWLY).toEqual([]);
    },
  );
});

describe('the memory of a command', () => {
  const hog = `
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; x = bytearray(150_000_000); time.sleep(300)"])
time.sleep(300)`;

  test.skipIf(!onLinux)(
    'is bounded, that of its children with it (Linux only: elsewhere a warning says that it is not)',
    SLOWLY,
    async () => {
      expect(await new Attempt().fail(python(hog, { memoryMb: 120 }))).toMatchObject({
        code: 'out_of_memory',
        permanent: true,
        message: expect.stringMatching(/^python3 held 1\d\d MiB of memory; its limit is 120$/),
      });
    },
  );

  test('is nobody’s business while it is in its bounds', async () => {
    expect(await new Attempt().run(python('print(1)', { memoryMb: 500 }))).toBe(1);
  });
});

describe('a worker that is killed', () => {
  const HOLDING = fileURLToPath(new URL('./holding-worker.ts', import.meta.url));
  const workers: ChildProcess[] = [];
  afterEach(() => {
    for (const worker of workers.splice(0)) worker.kill('SIGKILL');
  });

  function holding(argv: readonly string[]): ChildProcess {
    const worker = spawn(process.execPath, ['--import', 'tsx', HOLDING, JSON.stringify({ argv })], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    workers.push(worker);
    return worker;
  }

  const wardensOf = ({ pid }: ChildProcess): number[] =>
    execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, parent, ...args]) => parent === String(pid) && args.join(' ').includes('warden-process'))
      .map(([id]) => Number(id));

  test('takes its deaf commands with it, and their children', SLOWLY, async () => {
    const pids = new PidFile();
    const worker = holding([
      'python3',
      '-c',
      `${noting(pids)}
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0: note()
time.sleep(300)`,
    ]);
    await expect.poll(() => pids.alive().length, SLOWLY).toBe(2);
    worker.kill('SIGKILL');
    await expect.poll(() => pids.alive(), SLOWLY).toEqual([]);
  });

  test.skipIf(!onLinux)(
    'takes also those that left their group (Linux only: elsewhere nothing tells whose they were)',
    SLOWLY,
    async () => {
      const pids = new PidFile();
      const worker = holding(['python3', '-c', `${noting(pids)}${DAEMON}\ndaemon()\ntime.sleep(300)`]);
      await expect.poll(() => pids.alive().length, SLOWLY).toBe(2);
      worker.kill('SIGKILL');
      await expect.poll(() => pids.alive(), SLOWLY).toEqual([]);
    },
  );

  test('after its warden was killed has another', SLOWLY, async () => {
    const pids = new PidFile();
    const worker = holding(['sh', '-c', `echo $$ >> ${pids.path}; exec sleep 300`]);
    await expect.poll(() => pids.alive().length, SLOWLY).toBe(1);
    const [first] = wardensOf(worker);
    process.kill(first as number, 'SIGKILL');
    await expect.poll(() => wardensOf(worker).filter((pid) => pid !== first), SLOWLY).toHaveLength(1);
    worker.kill('SIGKILL');
    await expect.poll(() => pids.alive(), SLOWLY).toEqual([]);
  });

  test('at any moment of a start leaves nothing behind', { timeout: 300_000 }, async () => {
    const pids = new PidFile();
    const program = ['sh', '-c', `echo $$ >> ${pids.path}; exec sleep 300`];
    const begun = performance.now();
    holding(program);
    await expect.poll(() => pids.all().length, { timeout: 60_000, interval: 5 }).toBe(1);
    // How long a start takes changes with what else the machine does.
    let startMs = performance.now() - begun;
    // Until some had begun it, and some had not.
    for (let i = 0, hits = 0; i < 40 && (i < 10 || hits < 2); i++) {
      const before = pids.all().length;
      const worker = holding(program);
      const exit = once(worker, 'exit');
      await delay(startMs * (0.85 + 0.3 * Math.random()));
      worker.kill('SIGKILL');
      await exit;
      const hasBegun = pids.all().length > before;
      if (hasBegun) hits++;
      startMs *= hasBegun ? 0.9 : 1.1;
    }
    workers[0]?.kill('SIGKILL');
    expect(pids.all().length).toBeGreaterThan(1);
    // What was just being started has noted itself by then, or never will.
    await delay(1000);
    await expect.poll(() => pids.alive(), SLOWLY).toEqual([]);
  });
});
