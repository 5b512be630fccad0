// Processes we start, each in a process group of its own: a Ctrl-C in the terminal then reaches the launcher only,
// which ends them in order, and killing one kills what it started. They end with the launcher, however that ends
// (warden.ts). Every wait here has an end.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { openLog, type RotatingLog } from './rotating-log.ts';
import { endsWithUs, hasEnded } from './warden.ts';

const TAIL_BYTES = 8_000;
const LINE_BYTES = 65_536;
const FLUSH_MS = 500;
const KILL_MS = 5_000;

export interface Exit {
  /** Null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number;
  /** Resolves once the process is gone and its output has arrived; never rejects. */
  readonly exited: Promise<Exit>;
  /** The end of what it wrote to stdout and stderr, at most 8,000 bytes. */
  tail(): string;
  /** SIGTERM, and SIGKILL if it is still there after `graceMs`. Resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
  /** SIGKILL to the whole group. Resolves when it is gone. */
  kill(): Promise<void>;
}

export interface ChildOptions {
  env: NodeJS.ProcessEnv;
  cwd?: string | undefined;
  /** File its output is appended to, bounded (rotating-log.ts); without one only the tail is kept, in memory. */
  log?: string | undefined;
  /** Bytes after which the log begins again. Default: 10 MB. */
  logBytes?: number | undefined;
  /** Gets each line of either output. */
  onLine?: ((line: string) => void) | undefined;
  /** Gets what a Node process tells its parent with `process.send`. */
  onMessage?: ((message: unknown) => void) | undefined;
}

/** @throws Error saying in one line why the command cannot be run. */
export async function startChild(command: string, args: string[], options: ChildOptions): Promise<Child> {
  const log = options.log === undefined ? undefined : openLog(options.log, options.logBytes);
  try {
    const { env, cwd } = options;
    const child = spawn(command, args, {
      detached: true,
      windowsHide: true,
      env,
      cwd,
      stdio: ['ignore', 'pipe', 'pipe', ...(options.onMessage ? (['ipc'] as const) : [])],
    });
    // At once: this process may be killed in any moment.
    if (child.pid !== undefined) endsWithUs(child.pid);
    if (options.onMessage) child.on('message', options.onMessage);
    const written = log === undefined ? null : logged(child, log);
    const tail = written?.tail ?? memoryTail(child, options.onLine);
    if (written !== null && options.onLine) eachLine(child, options.onLine);
    const exited = exitOf(child);
    void exited.then(() => {
      if (child.pid !== undefined) hasEnded(child.pid);
      if (log === undefined) return;
      written?.finish();
      // What it left running must not hold us.
      for (const stream of [child.stdout, child.stderr]) stream?.destroy();
      log.close();
    });
    await once(child, 'spawn');
    killAtExit(child, exited);
    return { pid: child.pid as number, exited, tail, ...endings(child, exited) };
  } catch (error) {
    log?.close();
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(code === 'ENOENT' ? `${command} was not found` : `${command} cannot be run: ${message}`);
  }
}

export interface ChildCommandOptions extends Omit<ChildOptions, 'log'> {
  /** Milliseconds after which it is killed. */
  limitMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * Runs a command to its end.
 * @throws the signal's reason when aborted, once the whole group is killed; else an Error saying in one line why:
 * cannot be run, took too long, or its exit code and the last line it wrote.
 */
export async function runCommand(
  command: string,
  args: string[],
  options: ChildCommandOptions,
): Promise<void> {
  const { signal, limitMs } = options;
  signal?.throwIfAborted();
  const child = await startChild(command, args, options);
  let interrupted: { reason: unknown } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  const unkillable = new Promise<never>((_resolve, reject) => {
    const interrupt = (reason: unknown) => {
      interrupted ??= { reason };
      child.kill().catch(reject);
    };
    timer = setTimeout(() => interrupt(new Error(`gave up after ${limitMs / 1000} s`)), limitMs);
    onAbort = () => interrupt(signal?.reason);
    signal?.addEventListener('abort', onAbort);
    // It may have come while the process was being started.
    if (signal?.aborted) onAbort();
  });
  try {
    const exit = await Promise.race([child.exited, unkillable]);
    if (interrupted) throw interrupted.reason;
    if (exit.code !== 0) {
      const last = child.tail().trimEnd().split('\n').at(-1)?.slice(0, 300);
      throw new Error(`${describeExit(exit)}${last ? `: ${last}` : ''}`);
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Like "ended with exit code 1" or "was ended by SIGKILL". */
export const describeExit = (exit: Exit): string =>
  exit.signal ? `was ended by ${exit.signal}` : `ended with exit code ${exit.code}`;

function endings(child: ChildProcess, exited: Promise<Exit>): Pick<Child, 'stop' | 'kill'> {
  const kill = async () => {
    signalGroup(child, 'SIGKILL');
    if (!(await within(KILL_MS, exited)))
      throw new Error(`process ${child.pid} is still there after SIGKILL`);
  };
  const stop = async (graceMs: number) => {
    signalGroup(child, 'SIGTERM');
    if (!(await within(graceMs, exited))) await kill();
  };
  return { stop, kill };
}

const living = new Set<ChildProcess>();

// A launcher that crashes would leave them behind, holding ports and database files: a group of its own means that
// nobody else ends them.
function killAtExit(child: ChildProcess, exited: Promise<Exit>): void {
  if (living.size === 0) process.once('exit', killLiving);
  living.add(child);
  void exited.then(() => {
    living.delete(child);
    if (living.size === 0) process.removeListener('exit', killLiving);
  });
}

function killLiving(): void {
  for (const child of living) signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  // By now its number may be another's.
  if (child.exitCode !== null || child.signalCode !== null) return;
  try {
    // Windows has no process groups.
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-(child.pid as number), signal);
  } catch {
    // Nobody is left in the group.
  }
}

async function within(ms: number, exited: Promise<Exit>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([exited.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

// 'close' comes after the last output, but never while a grandchild holds the pipe: so wait for it a little only.
const exitOf = (child: ChildProcess): Promise<Exit> =>
  new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      const timer = setTimeout(() => resolve({ code, signal }), FLUSH_MS);
      child.once('close', () => {
        clearTimeout(timer);
        resolve({ code, signal });
      });
    });
  });

function memoryTail(child: ChildProcess, onLine: ChildOptions['onLine']): () => string {
  let text = '';
  eachLine(child, (line) => {
    text = `${text}${line}\n`.slice(-TAIL_BYTES);
    onLine?.(line);
  });
  return () => text;
}

function eachLine(child: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface({ input: stream }).on('line', onLine);
}

/** Whole lines, as two streams come together in the log; a line without an end is cut at some length. */
function logged(child: ChildProcess, log: RotatingLog): { tail: () => string; finish: () => void } {
  let end = Buffer.alloc(0);
  const rests = [child.stdout, child.stderr].map((stream) => {
    let rest = Buffer.alloc(0);
    const finish = (): void => {
      log.write(rest);
      rest = Buffer.alloc(0);
    };
    stream?.on('data', (bytes: Buffer) => {
      end = Buffer.concat([end, bytes]).subarray(-TAIL_BYTES);
      const lines = bytes.lastIndexOf('\n') + 1;
      if (lines > 0) log.write(Buffer.concat([rest, bytes.subarray(0, lines)]));
      rest = lines > 0 ? Buffer.from(bytes.subarray(lines)) : Buffer.concat([rest, bytes]);
      if (rest.length > LINE_BYTES) finish();
    });
    return finish;
  });
  return { tail: () => end.toString(), finish: () => rests.forEach((finish) => void finish()) };
}
