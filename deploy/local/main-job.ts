/**
 * The type of `mainJob`, which a team's folder may export from `main-job.ts`: the goals that `npm start` pursues there, and the
 * servers that it needs beside the worker. A folder of `examples/` that has one is an example: `npm run example -- <folder>`.
 *
 * @example
 * ```ts
 * import type { MainJob } from 'goalkeeper/config';
 *
 * export const mainJob: MainJob = {
 *   servers: [{ name: 'shop', file: 'services/shop.ts', variable: 'SHOP_URL' }],
 *   pursuits: (key) => [{ goal: 'orders-counted', input: { day: '2026-11-20', key }, ends: 'achieved' }],
 * };
 * ```
 */
export interface MainJob {
  /** Servers to start before the worker; an empty list where it needs none. */
  servers: readonly {
    /** Its name in log lines. */
    name: string;
    /**
     * A TypeScript or Python file in the folder; it sends its parent `{ ready: true, url }` (deploy/local/own-process.ts).
     */
    file: string;
    /** The environment variable by which the worker gets its URL. */
    variable: string;
  }[];
  /** The goals to pursue, in order, for a key that is new each time, and the end that each should have. */
  pursuits(key: string): readonly MainPursuit[];
}

/** One goal that `npm start` pursues. */
export interface MainPursuit {
  /** The goal's name. */
  goal: string;
  /** The input of its run. */
  input: unknown;
  /** The decision to give once the run asks for one. @default none */
  decides?: Decision;
  /** How the run should end: `achieved`, or failed with this code. */
  ends: 'achieved' | { failed: string };
  /** Writes what a person may want to open of the output, in one line. @default nothing */
  shows?(output: unknown): string;
}

/** A decision on an approval, as the gateway takes it. */
export interface Decision {
  /** The approval's name in the run. */
  name: string;
  decision: 'approve' | 'reject';
  /** The name of the person who decides. */
  by: string;
  reason?: string;
  /** The data that the run asks for, where it does. */
  data?: unknown;
}
