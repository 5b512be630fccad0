import type { Failure } from '../goals/wire/failure.ts';

/** How the run of a needed goal ended. */
export interface SimulatedEnd {
  outcome: 'achieved' | 'failed' | 'cancelled';
  output: unknown;
  failure: Failure | null;
  /** It could not be had, and so is no failure of its own. */
  isRefused?: boolean;
}

/** A run that other runs may need. */
export interface PursuedRun {
  readonly id: string;
  readonly key: string;
  readonly inputDigest: string;
  /** Resolves when it has closed. */
  readonly ended: Promise<SimulatedEnd>;
}
