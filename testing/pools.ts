import type { Pool } from '../goals/index.ts';
import type { Scope } from './scope.ts';
import type { VirtualTime } from './virtual-time.ts';

interface Permits {
  held: number;
  /** When the next attempt may begin, by the rate. */
  nextAt: number;
  waiting: (() => void)[];
}

/** The permits of all pools of a simulation. */
export class Pools {
  readonly #time: VirtualTime;
  readonly #permits = new Map<string, Permits>();

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  /** Resolves with what gives the permit back, once there is one. */
  async permit({ name, atOnce, perSecond }: Pool, scope: Scope): Promise<() => void> {
    const permits = this.#permits.get(name) ?? { held: 0, nextAt: 0, waiting: [] };
    this.#permits.set(name, permits);
    while (atOnce !== null && permits.held >= atOnce)
      await scope.until(new Promise<void>((resolve) => permits.waiting.push(resolve)));
    permits.held++;
    const giveBack = (): void => {
      permits.held--;
      for (const wake of permits.waiting.splice(0)) wake();
    };
    if (perSecond === null) return giveBack;
    const at = Math.max(this.#time.now, permits.nextAt);
    permits.nextAt = at + 1000 / perSecond;
    try {
      if (at > this.#time.now) await scope.sleep(this.#time, at - this.#time.now);
    } catch (error) {
      giveBack();
      throw error;
    }
    return giveBack;
  }
}
