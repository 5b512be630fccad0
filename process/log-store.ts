// Where whole logs of attempts are kept: workers write them there, and the gateway reads them.

import { createHash } from 'node:crypto';

/** Whose log is meant. */
export interface LogOf {
  namespace: string;
  /** ID of the run. */
  run: string;
}

/** Chunks of logs by their names (goals/wire/kept-logs.ts). */
export interface LogStore {
  write(of: LogOf, name: string, bytes: Uint8Array): Promise<void>;
  /** Names after `after`, in order, at most `limit`. */
  list(of: LogOf, after: string | null, limit: number): Promise<string[]>;
  /** Null where it is gone. */
  read(of: LogOf, name: string): Promise<Uint8Array | null>;
  /** Deletes all of a run, and says how many chunks it were. */
  forget(of: LogOf): Promise<number>;
  /** Deletes the logs of runs that nothing was written of since that time (milliseconds). */
  expire(before: number): Promise<void>;
}

/** The folder of a run's log: no ID as it is, as it may hold a key that says much. */
export const folderOfLog = ({ namespace, run }: LogOf): string =>
  createHash('sha256').update(`${namespace}\n${run}`).digest('hex').slice(0, 32);
