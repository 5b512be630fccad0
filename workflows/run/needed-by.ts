// Who waits for this run, though it did not start it: each is told when the run is about to close, so that joining a
// run costs no polling. A run that nobody joined pays nothing.

import {
  CancellationScope,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { type WaitingRun, waitingSchema } from '../../goals/wire/call.ts';
import { signalNames } from '../../goals/wire/names.ts';
import { patched, patches } from '../patches.ts';

/** The server has room for so many signals under way; whoever is beyond looks now and then. */
const WAITING_LIMIT = 500;

/** No run waits longer to be closed. Whoever was not told by then looks now and then. */
const TELLING_MS = 5_000;

export class NeededBy {
  readonly #untold = new Map<string, WaitingRun>();

  constructor() {
    setHandler(defineSignal<[unknown]>(signalNames.neededBy), (given) => {
      const waiting = waitingSchema.safeParse(given).data;
      if (waiting !== undefined && this.#untold.size < WAITING_LIMIT)
        this.#untold.set(waiting.execution, waiting);
    });
  }

  get isAny(): boolean {
    return this.#untold.size > 0;
  }

  /** The run is about to close. Never throws: who hears of the outcome does not change it. */
  async tell(): Promise<void> {
    if (!patched(patches.neededBy)) return;
    const telling = { isDone: false };
    await CancellationScope.nonCancellable(async () => {
      this.#tellAll()
        .finally(() => {
          telling.isDone = true;
        })
        .catch(() => undefined);
      await condition(() => telling.isDone, TELLING_MS);
    });
  }

  /** Those that come to wait meanwhile, too. */
  async #tellAll(): Promise<void> {
    const { workflowId: run, runId: execution } = workflowInfo();
    while (this.#untold.size > 0) {
      const all = [...this.#untold.values()];
      this.#untold.clear();
      const signals = all.map((waiting) =>
        getExternalWorkflowHandle(waiting.run, waiting.execution).signal(signalNames.neededCloses, {
          run,
          execution,
        } satisfies WaitingRun),
      );
      // One that has closed meanwhile cannot be told, and need not be.
      await Promise.allSettled(signals);
    }
  }
}
