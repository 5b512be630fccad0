// What a standing goal does about the runs of its goal that are under way while it is paused with `hold`: it tells each
// to begin no new step, also those that begin meanwhile, and in the end that they may go on.

import { condition, proxyActivities } from '@temporalio/workflow';
import { activityNames, SYSTEM_TASK_QUEUE } from '../goals/wire/names.ts';
import type { HoldRequest } from '../goals/wire/pause.ts';

/** Between two looks for runs that began meanwhile: another run may have needed one, or an operator resumed it. */
const LOOK_MS = 60_000;

const activities = proxyActivities<Record<string, (request: HoldRequest) => Promise<void>>>({
  taskQueue: SYSTEM_TASK_QUEUE,
  startToCloseTimeout: '5m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '1s', maximumInterval: '1m' },
});

export class Holding {
  readonly #goal: string;
  #isHeld: boolean;
  #isTelling = false;

  constructor(goal: string, isHeld: boolean) {
    this.#goal = goal;
    this.#isHeld = isHeld;
    if (isHeld) this.#tell();
  }

  /** No run waits to be told: those that are held are told once more in a fresh history. */
  get isSettled(): boolean {
    return this.#isHeld || !this.#isTelling;
  }

  becomes(isHeld: boolean): void {
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    this.#tell();
  }

  #tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    void this.#tellAll();
  }

  async #tellAll(): Promise<void> {
    let told: boolean | null = null;
    // Runs that have been told need not be told again: visibility is given a minute to list a run that has begun.
    let since: number | null = null;
    while (this.#isHeld || told !== this.#isHeld) {
      const held: boolean = this.#isHeld;
      const began = Date.now();
      await this.#signalRuns({ goal: this.#goal, held, since: held === told ? since : null });
      told = held;
      since = began - LOOK_MS;
      if (this.#isHeld) await condition(() => !this.#isHeld, LOOK_MS);
    }
    this.#isTelling = false;
  }

  async #signalRuns(request: HoldRequest): Promise<void> {
    const tell = activities[activityNames.holdRuns] as (request: HoldRequest) => Promise<void>;
    // It is tried until it succeeds. Thrown here, whatever else there is would fail the workflow task for ever.
    await tell(request).catch(() => undefined);
  }
}
