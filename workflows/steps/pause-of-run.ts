// Whether the run is held: its goal is paused, and it begins no new step until that ends. What is under way goes on.

import {
  CancellationScope,
  condition,
  defineSignal,
  proxyLocalActivities,
  setHandler,
} from '@temporalio/workflow';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { activityNames, signalNames } from '../../goals/wire/names.ts';
import { runPauseSignalSchema } from '../../goals/wire/pause.ts';
import { patched, patches } from '../patches.ts';
import type { Turns } from './turns.ts';

const hold = defineSignal<[unknown]>(signalNames.hold);

/** That it goes on is signalled; a slow look covers a signal that was lost. */
const FIRST_LOOK_MS = 60_000;
const SLOWEST_LOOK_MS = 3_600_000;

const { [activityNames.isHeld]: lookWhetherHeld } = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
});

export class RunPause {
  readonly #goal: string;
  readonly #turns: Turns;
  #isHeld = false;
  #isLooking = false;

  constructor(goal: string, turns: Turns) {
    this.#goal = goal;
    this.#turns = turns;
  }

  listen(): void {
    setHandler(hold, (given) => {
      const told = runPauseSignalSchema.safeParse(given).data;
      if (told === undefined || !patched(patches.hold)) return;
      this.#isHeld = told.held;
      if (this.#isHeld && !this.#isLooking) void this.#look();
    });
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Resolves once the run is not held. */
  async released(): Promise<void> {
    await condition(() => !this.#isHeld);
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    await CancellationScope.nonCancellable(async () => {
      for (let wait = FIRST_LOOK_MS; this.#isHeld; wait = Math.min(SLOWEST_LOOK_MS, wait * 2)) {
        if (await condition(() => !this.#isHeld, wait)) break;
        // What a worker of older code does not know is looked for again; thrown here, it would fail the task for ever.
        const isHeld = await this.#turns.answer(lookWhetherHeld(this.#goal)).catch(() => true);
        if (!isHeld) this.#isHeld = false;
      }
    });
    this.#isLooking = false;
  }
}
