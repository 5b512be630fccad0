import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { describeExit, startChild } from '../../../deploy/local/child-process.ts';
import { holdFolder } from '../../../deploy/local/held-folder.ts';
import { keepUp } from '../../../deploy/local/keep-up.ts';

const PATIENT = { timeout: 60_000, interval: 10 };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'goalkeeper-kept-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const start = (script: string) => async () => {
  const child = await startChild(process.execPath, ['-e', script], { env: {} });
  return { ...child, stop: () => child.stop(1000) };
};

test('a part that ends again and again is started again after each wait, and then given up in a sentence', async () => {
  const [say, giveUp] = [vi.fn(), vi.fn()];
  const kept = await keepUp({
    name: 'the worker',
    start: start('process.exit(3)'),
    say,
    giveUp,
    waits: [0, 1],
  });
  await vi.waitFor(() => expect(giveUp).toHaveBeenCalled(), PATIENT);
  expect(giveUp).toHaveBeenCalledWith(
    'the worker ended with exit code 3 (3 times in a row: it is not started again)',
  );
  expect(say.mock.calls.flat()).toEqual([
    'the worker ended with exit code 3; starting it again',
    'the worker is up again',
    'the worker ended with exit code 3; starting it again',
    'the worker is up again',
  ]);
  await kept.stop();
});

test('one that cannot be started again is tried further, and told why', async () => {
  const [say, giveUp] = [vi.fn(), vi.fn()];
  let starts = 0;
  const once = async () => {
    if (++starts === 2) throw new Error('the worker cannot start: a goal is broken');
    return start(starts === 1 ? 'process.exit(1)' : 'setInterval(() => {}, 1000)')();
  };
  const kept = await keepUp({ name: 'the worker', start: once, say, giveUp, waits: [0, 0] });
  await vi.waitFor(() => expect(say).toHaveBeenLastCalledWith('the worker is up again'), PATIENT);
  expect(say.mock.calls.flat()).toContain('the worker cannot start: a goal is broken; starting it again');
  const { pid, exited } = kept.running;
  await kept.stop();
  expect(describeExit(await exited)).toBe('was ended by SIGTERM');
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(giveUp).not.toHaveBeenCalled();
});

test('stopped while it waits or is being started again, nothing is left running and nothing is said', async () => {
  const say = vi.fn();
  let starts = 0;
  let begun: Awaited<ReturnType<ReturnType<typeof start>>> | undefined;
  let go = (): void => undefined;
  const slowly = async () => {
    if (++starts === 1) return start('process.exit(1)')();
    await new Promise<void>((resolve) => (go = resolve));
    begun = await start('setInterval(() => {}, 1000)')();
    return begun;
  };
  const kept = await keepUp({ name: 'it', start: slowly, say, giveUp: vi.fn(), waits: [0] });
  await vi.waitFor(() => expect(starts).toBe(2), PATIENT);
  const stopped = kept.stop();
  go();
  await stopped;
  expect(describeExit((await begun?.exited) ?? { code: 0, signal: null })).toBe('was ended by SIGTERM');
  const waiting = await keepUp({ name: 'it', start: start(''), say, giveUp: vi.fn(), waits: [600_000] });
  await vi.waitFor(() => expect(say).toHaveBeenLastCalledWith(expect.stringContaining('in 600 s')), PATIENT);
  await waiting.stop();
  expect(say).not.toHaveBeenCalledWith('it is up again');
});

test('what a start that was killed has left running is ended by the next one, which says so', async () => {
  const left = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  await once(left, 'spawn');
  const first = await holdFolder(root, () => undefined);
  await first.began('Temporal', left.pid as number);
  await expect(holdFolder(root, () => undefined)).rejects.toThrow(
    `another goalkeeper (process ${process.pid}) runs in`,
  );
  const file = join(root, 'running.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const held = JSON.parse(readFileSync(file, 'utf8')) as object;
  // The number is another process's by now, or nobody's.
  writeFileSync(file, JSON.stringify({ ...held, since: 'long ago' }));
  const say = vi.fn();
  const gone = once(left, 'exit');
  const next = await holdFolder(root, say);
  expect(await gone).toEqual([null, 'SIGKILL']);
  expect(say).toHaveBeenCalledWith(
    `ending Temporal (process ${left.pid}), which an earlier start left behind`,
  );
  await next.release();
  expect(existsSync(file)).toBe(false);
});

test('a process that only has the number of one that was left behind is spared', async () => {
  const other = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  await once(other, 'spawn');
  try {
    const parts = [{ name: 'Temporal', pid: other.pid, since: 'long ago' }];
    const holder = {
      name: 'npm start',
      pid: other.pid,
      since: 'long ago',
      gateway: null,
      temporal: null,
      parts,
    };
    writeFileSync(join(root, 'running.json'), JSON.stringify(holder));
    const say = vi.fn();
    await (await holdFolder(root, say)).release();
    expect(say).not.toHaveBeenCalled();
    expect(process.kill(other.pid as number, 0)).toBe(true);
  } finally {
    other.kill('SIGKILL');
  }
});

test('what a launcher has started ends with it, also when it is killed, and also what says nothing', async () => {
  const module = new URL('../../../deploy/local/child-process.ts', import.meta.url).href;
  const script = `const { startChild } = await import(${JSON.stringify(module)});
    const quiet = (args) => startChild('sleep', args, { env: { PATH: process.env.PATH } });
    const ended = await quiet(['600']);
    await ended.stop(1000);
    const [one, other] = [await quiet(['600']), await quiet(['600'])];
    console.log(JSON.stringify([one.pid, other.pid]));`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', script];
  const launcher = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [told] = (await once(launcher.stdout, 'data')) as [Buffer];
  const pids = JSON.parse(told.toString()) as number[];
  const gone = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    // Where nobody reaps orphans, their numbers outlive them.
    return process.platform === 'linux' && / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  };
  expect(pids.map(gone)).toEqual([false, false]);
  launcher.kill('SIGKILL');
  await vi.waitFor(() => expect(pids.map(gone)).toEqual([true, true]), PATIENT);
});
