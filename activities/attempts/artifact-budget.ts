// How much of artifacts this worker sends to a run: as much as the run keeps, and no more, however many attempts make some. What
// it does not send it counts, and says the count whenever that has doubled.

import { randomBytes } from 'node:crypto';
import { ARTIFACTS_BYTES, ARTIFACTS_LIMIT } from '../../goals/wire/artifact-bounds.ts';

/** Runs that are remembered. */
const RUNS = 2000;

const worker = randomBytes(6).toString('hex');
const budgets = new Map<string, ArtifactBudget>();

export class ArtifactBudget {
  #count = 0;
  #bytes = 0;
  #dropped = 0;
  #said = 0;

  /** Of a run; `execution` where that is known. */
  static of(run: string, execution: string | undefined): ArtifactBudget {
    const key = `${run}/${execution ?? ''}`;
    const budget = budgets.get(key) ?? new ArtifactBudget();
    // The one that was asked for longest ago stands first.
    budgets.delete(key);
    budgets.set(key, budget);
    for (const oldest of budgets.keys()) {
      if (budgets.size <= RUNS) break;
      budgets.delete(oldest);
    }
    return budget;
  }

  /** Whether so many bytes may be sent; if not, it is counted. */
  take(bytes: number): boolean {
    if (this.#count >= ARTIFACTS_LIMIT || this.#bytes + bytes > ARTIFACTS_BYTES) {
      this.#dropped++;
      return false;
    }
    this.#count++;
    this.#bytes += bytes;
    return true;
  }

  /** One more that is not sent, for another reason. */
  drop(): void {
    this.#dropped++;
  }

  /** What the run is to be told of those that were not sent; nothing where it knows about enough. */
  news(): { by: string; count: number } | undefined {
    if (this.#dropped === 0 || this.#dropped < 2 * this.#said) return undefined;
    this.#said = this.#dropped;
    return { by: worker, count: this.#dropped };
  }
}
