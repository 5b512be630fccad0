// A program with all that it starts, as one thing: it is started, told to stop, and gone. Its group is killed once it
// has ended, and what left the group is found by its mark (leftovers.ts).

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { jobVariables } from '../../../goals/wire/names.ts';
import { endMarked, markedProcesses, signalProcess } from './leftovers.ts';
import { nextMark, unwatch, watch } from './warden.ts';

/** How long what the program wrote last, or its children still write, may take to arrive once it has ended. */
const FLUSH_MS = 1000;

/** How long processes may take to vanish once they are killed. */
const KILL_MS = 5000;

export interface ProgramEnd {
  /** Null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Program {
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd?: string | undefined;
  uid?: number | undefined;
  gid?: number | undefined;
  /** Whether it has a third stream to write to, file descriptor 3. */
  hasOutput: boolean;
  /** Commands that end it for good, where killing its processes does not. */
  endWith: readonly (readonly string[])[];
}

export class ProcessGroup {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** File descriptor 3. */
  readonly output: Readable | null;
  /** Resolves once nothing is left of it. */
  readonly ended: Promise<ProgramEnd>;
  readonly mark: string;
  readonly #child: ChildProcess;
  readonly #pid: number;
  #killer: NodeJS.Timeout | null = null;
  #graceEnds = 0;

  private constructor(child: ChildProcess, mark: string) {
    this.#child = child;
    this.#pid = child.pid as number;
    this.mark = mark;
    const [stdin, stdout, stderr, output] = child.stdio;
    this.stdin = stdin as Writable;
    this.stdout = stdout as Readable;
    this.stderr = stderr as Readable;
    this.output = (output as Readable | undefined) ?? null;
    // A program need not read its input, nor stay for us to read its output.
    for (const stream of [stdin, stdout, stderr, output]) stream?.on('error', () => undefined);
    this.ended = this.#end();
  }

  /** @throws what Node's spawn gives, when the program cannot be started. */
  static async start({ argv, env, cwd, uid, gid, hasOutput, endWith }: Program): Promise<ProcessGroup> {
    const mark = nextMark();
    const [program = '', ...args] = argv;
    watch({ mark, group: null, endWith });
    try {
      const child = spawn(program, args, {
        // A group of its own, so that it is ended with all that it starts.
        detached: true,
        env: { ...env, [jobVariables.mark]: mark },
        cwd,
        ...(uid === undefined ? {} : { uid }),
        ...(gid === undefined ? {} : { gid }),
        stdio: ['pipe', 'pipe', 'pipe', ...(hasOutput ? (['pipe'] as const) : [])],
      });
      if (child.pid !== undefined) watch({ mark, group: child.pid, endWith });
      await once(child, 'spawn');
      return new ProcessGroup(child, mark);
    } catch (error) {
      unwatch(mark);
      throw error;
    }
  }

  /** SIGTERM to the group, and SIGKILL to what is still there after `graceMs`. */
  stop(graceMs: number): void {
    if (this.#killer !== null) return;
    this.#graceEnds = performance.now() + graceMs;
    this.#signal('SIGTERM');
    this.#killer = setTimeout(() => this.#signal('SIGKILL'), graceMs);
  }

  async #end(): Promise<ProgramEnd> {
    const closed = once(this.#child, 'close').catch(() => undefined);
    const [code, signal] = (await once(this.#child, 'exit')) as [number | null, NodeJS.Signals | null];
    // What it started may hold the streams open for ever.
    await within(FLUSH_MS, closed);
    // What it started was told to stop as well, and has its time.
    while (performance.now() < this.#graceEnds && (await this.#isAnyLeft())) await delay(20);
    if (this.#killer !== null) clearTimeout(this.#killer);
    signalProcess(-this.#pid, 'SIGKILL');
    await endMarked(this.mark, KILL_MS);
    await within(FLUSH_MS, closed);
    for (const stream of [this.stdout, this.stderr, this.output]) stream?.destroy();
    unwatch(this.mark);
    return { code, signal };
  }

  async #isAnyLeft(): Promise<boolean> {
    // By the group one that is dead, and whose new parent has not noticed yet, would count.
    if (process.platform === 'linux') return (await markedProcesses(this.mark)).length > 0;
    return signalProcess(-this.#pid, 0);
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { exitCode, signalCode } = this.#child;
    // Once it has ended, #end sees to what is left.
    if (exitCode === null && signalCode === null) signalProcess(-this.#pid, signal);
  }
}

async function within(ms: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([done, late]);
  clearTimeout(timer);
}
