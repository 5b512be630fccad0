// When a moment of a workflow is over. Nothing in the sandbox tells when all that can go on has gone on; what comes nearest
// is a condition, which the SDK looks at when no promise is left to settle.
//
// A replay resolves local activities together with others, and with what came before them, that had been resolved one after
// the other. So whatever waited for one takes its own turn, and asks for it as soon as it is answered, as the turns are in
// the order in which they were asked for. Otherwise calls that were made at different moments would travel together in the
// replay only, and a run would find other steps under way when it is decided.

import { CancellationScope, condition } from '@temporalio/workflow';

export class Turns {
  /** What is done when the SDK looks next. */
  #wanted: (() => void)[] = [];
  #isWatching = false;
  #hasLooked = false;
  /** Moments that are not over yet. */
  #moments = 0;
  readonly #waiting: (() => void)[] = [];

  /** Resolves when all that can go on at this moment has gone on. */
  endOfMoment(): Promise<void> {
    this.#moments++;
    return new Promise((resolve) => {
      const end = (): void => {
        this.#moments--;
        resolve();
      };
      // The first look may come while the workflow's function is still in its first stretch; the second never does.
      this.#atLook(this.#hasLooked ? end : () => this.#atLook(end));
    });
  }

  /** Resolves when the moment is over, and what it had led to has been sent; of several that ask, one after the other. */
  own(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) this.#next();
    });
  }

  /**
   * What a local activity answers, or throws, once it is its turn: every local activity of a run is waited for by this. It needs no turn where
   * `isAlone` says then that the run waits for it alone, as there is nothing that it could get mixed up with.
   */
  answer<T>(called: Promise<T>, isAlone: () => boolean = () => false): Promise<T> {
    // No async function, as each promise costs the sandbox a stack trace.
    return called.then(
      (value) => (isAlone() ? value : this.own().then(() => value)),
      (error: unknown) => {
        const fail = (): never => {
          throw error;
        };
        return isAlone() ? fail() : this.own().then(fail);
      },
    );
  }

  #next(): void {
    this.#atLook(() => {
      if (this.#moments === 0) this.#waiting.shift()?.();
      if (this.#waiting.length > 0) this.#next();
    });
  }

  /** Without a promise of its own: each costs the sandbox a stack trace. */
  #atLook(work: () => void): void {
    this.#wanted.push(work);
    if (this.#isWatching) return;
    this.#isWatching = true;
    void CancellationScope.nonCancellable(() => this.#watch());
  }

  async #watch(): Promise<void> {
    for (;;) {
      // The SDK looks once when a condition is made, which is no end of a moment.
      let isMade = false;
      const looked = condition(() => isMade && this.#wanted.length > 0);
      isMade = true;
      await looked;
      this.#hasLooked = true;
      const wanted = this.#wanted;
      this.#wanted = [];
      for (const work of wanted) work();
    }
  }
}
