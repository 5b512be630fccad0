// A real shell in a pseudo-terminal, as somebody types into it. `goalkeeper` is the program of this repository.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { expect } from 'vitest';

export interface ShellInTerminal {
  /** Types, and waits until the terminal shows `until` after that. */
  enter(keys: string, until: string): Promise<void>;
  /** All that it has shown. */
  seen(): string;
  end(): Promise<void>;
}

const PROMPT = 'ready> ';

/** `shell` is its command, such as `bash --norc -i`. */
export async function shellInTerminal(
  shell: string,
  environment: NodeJS.ProcessEnv,
): Promise<ShellInTerminal> {
  const bin = await mkdtemp(join(tmpdir(), 'gk-shell-'));
  await symlink(resolve('cli/goalkeeper.js'), join(bin, 'goalkeeper'));
  const child: ChildProcess = spawn('script', ['-qec', shell, '/dev/null'], {
    env: {
      ...{ ...process.env, ...environment, TERM: 'dumb', HOME: bin, INPUTRC: '/dev/null' },
      PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
    },
  });
  let seen = '';
  let from = 0;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    seen += text;
  });
  const shows = async (text: string): Promise<void> => {
    await expect.poll(() => seen.slice(from), { interval: 20 }).toContain(text);
    from = seen.indexOf(text, from) + text.length;
  };
  // As root bash has a prompt of its own. What is typed does not look like the new one.
  child.stdin?.write("PS1='rea''dy> '\n");
  await shows(PROMPT);
  return {
    async enter(keys, until) {
      child.stdin?.write(keys);
      await shows(until);
    },
    seen: () => seen,
    async end() {
      const ended = once(child, 'exit');
      // `script` outlives anything less; its terminal hangs up on the shell.
      child.kill('SIGKILL');
      await ended;
      await rm(bin, { recursive: true, force: true });
    },
  };
}
