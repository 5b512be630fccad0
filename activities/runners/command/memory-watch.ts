// The worker's bound on the memory of a job that is a program.

import type { Logger } from 'pino';
import { memoryOf } from './leftovers.ts';
import type { ProcessGroup } from './process-group.ts';

const EVERY_MS = 250;

export interface MemoryWatch {
  /** Bytes that were held when it was too much; 0 while it is not. */
  readonly exceededBy: number;
  end(): void;
}

/** Kills a program that holds more memory than it may, with what it started. It looks now and then: no wall, as a container has. */
export function watchMemory(group: ProcessGroup, limitMb: number, log: Logger): MemoryWatch {
  const watch = { exceededBy: 0, end: () => clearInterval(timer) };
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking || watch.exceededBy > 0) return;
    isLooking = true;
    const bytes = await memoryOf(group.mark).catch(() => 0);
    isLooking = false;
    if (bytes <= limitMb * 1024 * 1024) return;
    watch.exceededBy = bytes;
    group.stop(0);
  };
  const timer = setInterval(() => void look(), EVERY_MS);
  if (process.platform !== 'linux')
    log.warn(`memoryMb is seen to on Linux only; this is ${process.platform}`);
  return watch;
}
