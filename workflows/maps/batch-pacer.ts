// How many items of a map travel together: by how long those before them took. It knows neither clock nor history, so the
// same answers in the same order make the same batches.

/** Items in a lane's first batch, and the most of any. */
const FIRST_ITEMS = 10;
export const MOST_ITEMS = 1000;

/** How long a batch is meant to take: well under what the worker gives it (activities/attempts/batch-attempt.ts). */
export const BATCH_MS = 400;

/** As the end comes near batches grow smaller, but none takes less time than this. */
const SHORTEST_MS = 50;

/** Items that take longer travel singly. */
export const SLOW_MS = 500;

/** Items at once in one activity, which is one lane. */
const LANE_ITEMS = 50;

/** Lanes of what has few items at once: while one waits for the server, others work. */
const LANES = 4;

/** Items of a map at once, where nothing else says. */
export const ITEMS_AT_ONCE = LANES * LANE_ITEMS;

/** What is known of the items before the first has ended. */
export interface PacedJob {
  /** Each attempt is an activity of its own in any case. */
  isSingle: boolean;
  isQuick: boolean;
}

/** The answers to a batch. */
export interface AnsweredBatch {
  items: number;
  /** Those that had time to begin. */
  begun: number;
  /** How long these took, all together. */
  ms: number;
  /** Those that took longer than a batch waits for one, and those that failed. */
  cut: number;
  failed: number;
}

export class BatchPacer {
  /** Items at once in a batch, and batches at once. */
  readonly lane: number;
  readonly lanes: number;
  #size = FIRST_ITEMS;
  /** How long an item takes, in milliseconds; null as long as that is not known. */
  #ms: number | null;
  #isSingle: boolean;
  #begunUnknown = 0;
  readonly #mayRecover: () => boolean;

  /** `mayRecover`: asked once batches have come down to one item, and could be larger again. */
  constructor({ isSingle, isQuick }: PacedJob, atOnce: number, mayRecover: () => boolean) {
    this.#mayRecover = mayRecover;
    this.lane = Math.min(LANE_ITEMS, Math.ceil(atOnce / LANES));
    this.lanes = Math.ceil(atOnce / this.lane);
    this.#isSingle = isSingle;
    this.#ms = isQuick ? 0 : null;
  }

  /** Before it is known how long an item takes only a few may begin, each by itself. */
  get mayBegin(): boolean {
    return this.#ms !== null || this.#isSingle || this.#begunUnknown < FIRST_ITEMS;
  }

  /** How many items travel together next, where so many have not begun. */
  next(left: number): number {
    if (this.#isSingle || this.#ms === null || this.#ms > SLOW_MS) return 1;
    // All lanes are to end together, but not by ever smaller batches.
    const share = Math.max(Math.ceil(left / this.lanes), this.#inTime(SHORTEST_MS));
    return Math.max(1, Math.min(this.#size, MOST_ITEMS, share));
  }

  /** An item has begun by itself. */
  begunAlone(): void {
    if (this.#ms === null) this.#begunUnknown++;
  }

  /** It has ended, after so long. */
  answeredAlone(ms: number): void {
    this.#learn(ms);
    if (this.#size === 1 && !this.#isSingle && this.#inTime(BATCH_MS) > 1 && this.#mayRecover())
      this.#size = 2;
  }

  /** None of the first has ended in `SLOW_MS`. */
  unanswered(): void {
    this.#ms ??= 2 * SLOW_MS;
  }

  answered({ items, begun, ms, cut, failed }: AnsweredBatch): void {
    if (begun === 0) return;
    // Each of these goes on alone.
    if (cut > begun / 10) this.#isSingle = true;
    this.#learn(ms / begun);
    // What fails goes on alone, and each that does takes room in the history.
    const most = failed > begun / 10 ? 2 * FIRST_ITEMS : 2 * Math.max(items, this.#size / 2);
    this.#size = Math.max(1, Math.min(this.#inTime(BATCH_MS), most, MOST_ITEMS));
  }

  #learn(ms: number): void {
    this.#ms = this.#ms === null || this.#ms === 0 ? ms : (this.#ms + ms) / 2;
  }

  /** So many items a lane does in so many milliseconds. */
  #inTime(ms: number): number {
    return Math.floor((ms * this.lane) / Math.max(this.#ms ?? 0, 0.01));
  }
}
