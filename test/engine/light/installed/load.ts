// Keys that are asked for while something is killed: each by two requests at once, at one gateway and at the other.

import { expect } from 'vitest';
import { parseLightExecution } from '../../../../goals/wire/light.ts';
import { type Installation, TOLD } from './installation.ts';
import { expectPromised } from './promised.ts';

/** Effects by which it is known that it is under way. */
const UNDER_WAY = 20;
const STEPS = [['ok'], ['ok']];

export interface LoadOptions {
  /** Keys in the order in which they are asked for. */
  keys: readonly string[];
  /** So many of them at the least. */
  least: number;
  lanes: number;
}

export class Load {
  /** The executions that both requests of a key got, where both were acknowledged. */
  readonly named = new Map<string, [string, string]>();
  readonly #at: Installation;
  readonly #done: Promise<unknown>;
  #next = 0;
  #isEnding = false;

  private constructor(at: Installation, { keys, least, lanes }: LoadOptions) {
    this.#at = at;
    const lane = async (): Promise<void> => {
      while (this.#next < (this.#isEnding ? least : keys.length)) {
        const key = keys[this.#next++] as string;
        const [one, other] = await Promise.all([at.ask(key, STEPS, 0), at.ask(key, STEPS, null)]);
        this.named.set(key, [one, other]);
      }
    };
    this.#done = Promise.all(Array.from({ length: lanes }, lane));
    // A lane that fails is reported at the end.
    this.#done.catch(() => undefined);
  }

  /** Resolves once its first effects are there. */
  static async begin(at: Installation, options: LoadOptions): Promise<Load> {
    const before = at.effects.now().length;
    const load = new Load(at, options);
    await expect.poll(() => at.effects.now().length - before, TOLD).toBeGreaterThan(UNDER_WAY);
    return load;
  }

  /** Asks for no more than it must. Each key has one run, some are light, and their steps are done as promised. */
  async expectOneRunEach(): Promise<void> {
    this.#isEnding = true;
    await this.#done;
    let light = 0;
    for (const [key, [one, other]] of this.named) {
      expect(other, key).toBe(one);
      if (parseLightExecution(one) !== null) light++;
      // An ordinary one goes on for as long as it takes.
      else await expect.poll(async () => (await this.#at.shown(key))?.outcome, TOLD).toBe('achieved');
      expectPromised(key, one, this.#at.effectsOf(key));
      this.#at.told.set(key, one);
    }
    expect(light).toBeGreaterThan(0);
  }
}
