/**
 * What a team's folder may say in `main-job.ts` (as `export const mainJob`): what `npm start` pursues there, and
 * which servers it needs beside the worker. A folder of `examples/` that has one is an example: `npm run example -- <folder>`.
 */
export interface MainJob {
  servers: readonly {
    name: string;
    /**
     * A TypeScript or Python file in the folder; it tells its parent `{ ready: true, url }` (deploy/local/own-process.ts).
     */
    file: string;
    /** The worker's environment variable that gets the URL. */
    variable: string;
  }[];
  /** The goals to pursue, in order, for a key that is new each time; and how each is meant to end. */
  pursuits(key: string): readonly Pursuit[];
}

export interface Pursuit {
  goal: string;
  input: unknown;
  /** What a person decides, once it asks. */
  decides?: Decision;
  /** `achieved`, or the code of the failure that is its true cause. */
  ends: 'achieved' | { failed: string };
  /** What of its output a person would want to open, in a line. */
  shows?(output: unknown): string;
}

/** A decision as the gateway takes it, of what the run asks by this name. */
export interface Decision {
  name: string;
  decision: 'approve' | 'reject';
  by: string;
  reason?: string;
  data?: unknown;
}
