// What a process of ours writes, in a file that never grows beyond a bound, however fast it writes: when it is full it
// becomes `<name>.1`, in the place of the one before, and a new one begins. So two files are kept of each log.

import { chmodSync, closeSync, fstatSync, openSync, renameSync, truncateSync, writeSync } from 'node:fs';

const MOST_BYTES = 10_000_000;
const NEWLINE = 10;

export interface RotatingLog {
  write(bytes: Buffer): void;
  close(): void;
}

/** Appends to the file, which is its user's alone. */
export function openLog(path: string, mostBytes = MOST_BYTES): RotatingLog {
  let file = openOwn(path);
  let size = fstatSync(file).size;
  let open = true;
  const put = (bytes: Buffer): void => {
    // A disk that is full costs the log, not the process whose log it is.
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      size += bytes.length;
    } catch {}
  };
  const turn = (): void => {
    closeSync(file);
    try {
      renameSync(path, `${path}.1`);
    } catch {
      // Where it cannot be renamed it begins again: bounded it is in any case.
      truncateSync(path);
    }
    file = openOwn(path);
    size = 0;
  };
  return {
    write(bytes) {
      if (!open) return;
      for (let rest = bytes; rest.length > 0; ) {
        const room = Math.max(0, mostBytes - size);
        if (rest.length <= room) return put(rest);
        // Whole lines stay together where there are lines.
        const lines = rest.lastIndexOf(NEWLINE, room - 1) + 1;
        const end = room === 0 ? 0 : lines > 0 ? lines : size === 0 ? room : 0;
        put(rest.subarray(0, end));
        rest = rest.subarray(end);
        turn();
      }
    },
    close() {
      if (open) closeSync(file);
      open = false;
    },
  };
}

function openOwn(path: string): number {
  const file = openSync(path, 'a', 0o600);
  // One that an earlier version made may be for everybody.
  chmodSync(path, 0o600);
  return file;
}
