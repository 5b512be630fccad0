// Linux only: finds processes by the mark in their environment, which every child inherits, also one that has left its
// group or lost its parent. Elsewhere nothing is found, and only process groups are ended.

import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { jobVariables } from '../../../goals/wire/names.ts';

/** The living processes whose mark begins so. */
export async function markedProcesses(mark: string): Promise<number[]> {
  if (process.platform !== 'linux') return [];
  const needle = `${jobVariables.mark}=${mark}`;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: number[] = [];
  for (const pid of pids) {
    // Not ours to read, or gone.
    const environment = await readFile(`/proc/${pid}/environ`).catch(() => null);
    if (environment !== null && hasVariable(environment, needle)) found.push(pid);
  }
  return found;
}

function hasVariable(environment: Buffer, needle: string): boolean {
  const at = environment.indexOf(needle);
  return at === 0 || (at > 0 && (environment[at - 1] === 0 || environment.includes(`\0${needle}`)));
}

/** Kills them, and what they start meanwhile; false when some are still there in the end. */
export async function endMarked(mark: string, limitMs: number): Promise<boolean> {
  const until = performance.now() + limitMs;
  for (;;) {
    const pids = await markedProcesses(mark);
    if (pids.length === 0) return true;
    if (performance.now() > until) return false;
    for (const pid of pids) signalProcess(pid, 'SIGKILL');
    await delay(10);
  }
}

/** Resident memory of them together, in bytes. What they share counts for each. */
export async function memoryOf(mark: string): Promise<number> {
  let bytes = 0;
  for (const pid of await markedProcesses(mark)) {
    const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
    bytes += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  }
  return bytes;
}

/** To a process, or with a negative number to a group; 0 only looks. False when nobody is there. */
export function signalProcess(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
