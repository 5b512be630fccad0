// When a moment of a workflow is over. Nothing in the sandbox tells when all that can go on has gone on; what comes nearest
// is a condition, which the SDK looks at when no promise is left to settle.
//
// A replay resolves local activities together that had been resolved one after the other. So whatever waited for one takes
// its own turn: otherwise calls that were made at different moments would travel together in the replay only.

import { CancellationScope, condition } from '@temporalio/workflow';

/** The first may be looked at while the workflow's function is still in its first stretch; the second never is. */
const LOOKS = 2;

export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when the moment is over, and what it had led to has been sent; of several that ask, one after the other. */
  own(): Promise<void> {
    this.#last = this.#last.then(() => looked(2 * LOOKS));
    return this.#last;
  }
}

/** Resolves when all that can go on at this moment has gone on. */
export const endOfMoment = (): Promise<void> => looked(LOOKS);

function looked(times: number): Promise<void> {
  return CancellationScope.nonCancellable(async () => {
    for (let i = 0; i < times; i++) {
      let isOver = false;
      const over = condition(() => isOver);
      isOver = true;
      await over;
    }
  });
}
