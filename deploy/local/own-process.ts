// Starts a process of goalkeeper's own and waits for the line in which it says that it is ready.

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type Child, type ChildOptions, describeExit, startChild } from './child-process.ts';

/** One of our own processes, once it has said that it is ready. */
export interface OwnProcess extends Child {
  readonly name: string;
  /** Where it serves, when it does. */
  readonly url: string | null;
}

const READY_MS = 90_000;

interface Told {
  ready?: boolean;
  url?: string;
  problem?: { message: string };
}

/** By its own address: the folder that it is started in need not have it. */
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm')).href;

/** What runs a file, by how its name ends. JavaScript too may import a team's TypeScript. */
const INTERPRETERS: Record<string, readonly [command: string, ...args: string[]]> = {
  ts: [process.execPath, '--import', LOADER],
  js: [process.execPath, '--import', LOADER],
  py: ['python3'],
};

/** The command that runs a file of TypeScript, JavaScript or Python. */
export function commandFor(file: string, args: readonly string[]): [command: string, args: string[]] {
  const [command, ...before] = INTERPRETERS[file.split('.').at(-1) ?? ''] ?? [];
  if (command === undefined) throw new Error(`nothing here runs ${file}`);
  return [command, [...before, file, ...args]];
}

/**
 * Starts a TypeScript or Python file as a process that tells its parent `{ ready, url? }` or `{ problem: { message } }`:
 * with `process.send`, or as a line of JSON to the descriptor that NODE_CHANNEL_FD names.
 * @throws Error with the problem it told, or with the end of its output when it ended or stayed silent.
 */
export async function startOwnProcess(
  name: string,
  file: string,
  args: readonly string[],
  options: Pick<ChildOptions, 'env' | 'cwd' | 'onLine'> & { log: string },
): Promise<OwnProcess> {
  let tell: (told: Told) => void = () => undefined;
  const told = new Promise<Told>((resolve) => {
    tell = resolve;
  });
  const onMessage = (message: unknown): void => tell(message as Told);
  const [command, all] = commandFor(file, args);
  const child = await startChild(command, all, { ...options, onMessage }).catch((error: Error): never => {
    const hint = command === 'python3' ? '; install Python 3.8 or later, so that `python3` is found' : '';
    throw new Error(`the ${name} cannot start: ${error.message}${hint}`);
  });
  const ended = child.exited.then(
    (exit): Told => ({ problem: { message: `it ${describeExit(exit)}\n${child.tail()}` } }),
  );
  const timer = setTimeout(
    () => tell({ problem: { message: `it said nothing for ${READY_MS / 1000} s\n${child.tail()}` } }),
    READY_MS,
  );
  try {
    const first = await Promise.race([told, ended]);
    if (first.problem === undefined) return { ...child, name, url: first.url ?? null };
    await child.kill();
    throw new Error(`the ${name} cannot start: ${first.problem.message}`);
  } finally {
    clearTimeout(timer);
  }
}
