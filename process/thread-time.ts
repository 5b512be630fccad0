// How much of the processor this thread has used. A process has more of them: V8 collects garbage and compiles in others, and a
// machine that is busy gives none of them the time that passes.

import { openSync, readSync } from 'node:fs';

type Used = () => number;

/** In milliseconds, from some moment on. Where the system tells nothing of a thread, that of the whole process. */
export const threadMs: Used = asNodeTells() ?? asLinuxTells() ?? (() => inMs(process.cpuUsage()));

const inMs = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;

/** From version 23.9 on. */
function asNodeTells(): Used | null {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage };
  return threadCpuUsage === undefined ? null : () => inMs(threadCpuUsage.call(process));
}

/** The first number of the file is in nanoseconds; the kernel brings it up to date some hundred times a second. */
function asLinuxTells(): Used | null {
  const buffer = Buffer.alloc(64);
  try {
    const file = openSync('/proc/thread-self/schedstat', 'r');
    const used: Used = () =>
      Number.parseInt(buffer.toString('latin1', 0, readSync(file, buffer, 0, 64, 0)), 10) / 1e6;
    return Number.isFinite(used()) ? used : null;
  } catch {
    return null;
  }
}
