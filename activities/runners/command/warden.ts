// What the worker has started is ended also when the worker is killed: a small process beside it, one for all its
// commands, holds a pipe from it and ends what it was told of when the pipe closes, however that came about.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { jobVariables } from '../../../goals/wire/names.ts';

/** How the marks of all that this worker starts begin. */
const workerMark = randomUUID();

let commands = 0;

/** The mark of one command more. */
export const nextMark = (): string => `${workerMark}.${++commands}.`;

/** A command that is under way. */
export interface WatchedCommand {
  mark: string;
  /** Its process group; null before it has one. */
  group: number | null;
  /** Commands that end it for good, where killing its processes does not: `docker rm --force NAME`. */
  endWith: readonly (readonly string[])[];
}

const watched = new Map<string, WatchedCommand>();
let warden: ChildProcess | null = null;

/** To be told before the command begins, and again when its group is known. */
export function watch(command: WatchedCommand): void {
  watched.set(command.mark, command);
  if (warden === null) startWarden();
  else tell(command);
}

export function unwatch(mark: string): void {
  watched.delete(mark);
  tell({ mark, gone: true });
}

const tell = (message: unknown): void => {
  warden?.stdin?.write(`${JSON.stringify(message)}\n`);
};

function startWarden(): void {
  const isSource = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(`./warden-process.${isSource ? 'ts' : 'js'}`, import.meta.url));
  const loader = isSource ? ['--import', createRequire(import.meta.url).resolve('tsx/esm')] : [];
  // Without the mark of a command that this worker may itself be part of: it has to outlive that.
  const { [jobVariables.mark]: _, ...env } = process.env;
  const child = spawn(process.execPath, [...loader, file, workerMark], {
    // A group of its own: what is sent to the worker's does not reach it.
    detached: true,
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  warden = child;
  const gone = (): void => {
    if (warden === child) warden = null;
    // Somebody killed it; what is under way needs another.
    if (watched.size > 0 && warden === null) setTimeout(() => warden ?? startWarden(), 1000).unref();
  };
  child.once('error', gone);
  child.once('exit', gone);
  child.stdin?.on('error', () => undefined);
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  for (const command of watched.values()) tell(command);
}
