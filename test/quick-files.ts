// Where the databases of Temporal's servers lie that tests and measurements start.

import { existsSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/**
 * Linux' files in memory. A database that is in the server's own memory is lost with one call that is cut off at the wrong
 * moment (SQLite's `interrupted`); a file is not, and here it is as quick.
 */
const MEMORY = '/dev/shm';
/** Containers may have 64 MB there. */
const ROOM_BYTES = 4 * 1024 ** 3;

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize >= ROOM_BYTES;
}

/** The folder of temporary files that are quick: in memory where there is room. */
export const quickFiles = (): string => (hasRoom(MEMORY) ? MEMORY : tmpdir());
