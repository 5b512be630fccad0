// What a catalogue entry does about the runs of its goal that are under way while it is paused with `hold`: it tells each
// to begin no new step, also those that begin meanwhile, and in the end that they may go on.

import { condition, proxyActivities } from '@temporalio/workflow';
import { verifiedMark } from '../goals/wire/actor.ts';
import type { EngineActivities } from '../goals/wire/engine-activities.ts';
import { activityNames, SYSTEM_TASK_QUEUE } from '../goals/wire/names.ts';
import type { Pause, PauseRunsRequest, RunPauseSignal } from '../goals/wire/pause.ts';

/** Between two looks for runs that began meanwhile: another run may have needed one, or an operator resumed it. */
const LOOK_MS = 60_000;

/** Before that, for those that had begun and that visibility did not list yet. */
const FIRST_LOOKS_MS = [2_000, 10_000];

const { [activityNames.holdRuns]: holdRuns } = proxyActivities<EngineActivities>({
  taskQueue: SYSTEM_TASK_QUEUE,
  startToCloseTimeout: '5m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '1s', maximumInterval: '1m' },
});

export class GoalPause {
  readonly #goal: string;
  #wanted: RunPauseSignal;
  #isTelling = false;

  constructor(goal: string, paused: Pause | null) {
    this.#goal = goal;
    const { by = null, reason = null } = paused ?? {};
    this.#wanted = { held: paused?.hold ?? false, by, ...verifiedMark(paused ?? {}), reason };
    if (this.#wanted.held) this.#tell();
  }

  /** No run waits to be told: those that are held are told once more in a fresh history. */
  get isSettled(): boolean {
    return this.#wanted.held || !this.#isTelling;
  }

  becomes(wanted: RunPauseSignal): void {
    if (wanted.held === this.#wanted.held) return;
    this.#wanted = wanted;
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
    let looks = 0;
    while (this.#wanted.held || told !== this.#wanted.held) {
      const wanted: RunPauseSignal = this.#wanted;
      const began = Date.now();
      await this.#signalRuns({ ...wanted, goal: this.#goal, since: wanted.held === told ? since : null });
      looks = wanted.held === told ? looks + 1 : 0;
      told = wanted.held;
      since = began - LOOK_MS;
      if (this.#wanted.held) await condition(() => !this.#wanted.held, FIRST_LOOKS_MS[looks] ?? LOOK_MS);
    }
    this.#isTelling = false;
  }

  async #signalRuns(request: PauseRunsRequest): Promise<void> {
    // It is tried until it succeeds. Thrown here, whatever else there is would fail the workflow task for ever.
    await holdRuns(request).catch(() => undefined);
  }
}
