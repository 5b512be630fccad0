// What the log of one job may cost its worker, whose one thread redacts the lines of all its jobs: so many lines a second,
// and so much time. What is beyond is dropped and counted, and costs the others nothing.

const LINES_A_SECOND = 500;
const MS_A_SECOND = 50;

export class LogBudget {
  readonly #now: () => number;
  readonly #mostMs: number;
  #began = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #ms = 0;
  #dropped = 0;

  constructor(now: () => number = () => performance.now(), mostMs = MS_A_SECOND) {
    this.#now = now;
    this.#mostMs = mostMs;
  }

  /** Whether there is room for another line; one that has none is counted. */
  take(): boolean {
    if (this.#now() - this.#began >= 1000) {
      this.#began = this.#now();
      this.#lines = 0;
      this.#ms = 0;
    }
    const hasRoom = this.#lines < LINES_A_SECOND && this.#ms < this.#mostMs;
    if (hasRoom) this.#lines++;
    else this.#dropped++;
    return hasRoom;
  }

  spent(ms: number): void {
    this.#ms += ms;
  }

  /** How many lines were dropped since this was asked last. */
  dropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}

const budgets = new Map<string, LogBudget>();

/** All attempts of a job share one: a flood may come of many. */
export function budgetOf(job: string): LogBudget {
  const known = budgets.get(job) ?? new LogBudget();
  budgets.set(job, known);
  return known;
}
