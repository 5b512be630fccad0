// Workers that new code replaces: the old one goes on until the new one takes work, and then ends what it has begun. At every
// moment whoever had work had a worker.

import type { OwnProcess } from './own-process.ts';

export interface ReplacedWorkersOptions {
  /** Starts a worker; it rejects when that takes no work. `generation` counts from 1. */
  start(name: string, generation: number): Promise<OwnProcess>;
  /** Gets a line when a worker has ended though nobody stopped it. */
  say(line: string): void;
  /** Milliseconds that an old worker has for what it has begun. */
  drainMs: number;
}

/** At the end of all, what is under way goes on with the next start. */
const END_MS = 2_000;

export class ReplacedWorkers {
  readonly #options: ReplacedWorkersOptions;
  readonly #current = new Map<string, OwnProcess>();
  readonly #ending = new Map<OwnProcess, Promise<void>>();
  #generation = 0;
  #stopped = false;

  constructor(options: ReplacedWorkersOptions) {
    this.#options = options;
  }

  /** How many still end what they have begun. */
  get draining(): number {
    return this.#ending.size;
  }

  isRunning(name: string): boolean {
    return this.#current.has(name);
  }

  /**
   * Starts a new worker of each name, and then stops the one it replaces; those of other names are stopped.
   * @throws Error of the first that takes no work: the one before it goes on.
   */
  async replace(names: readonly string[]): Promise<void> {
    this.#generation += 1;
    for (const name of names) {
      const started = await this.#options.start(name, this.#generation);
      const old = this.#current.get(name);
      this.#current.set(name, started);
      void started.exited.then(({ code, signal }) => this.#ended(name, started, signal ?? code));
      if (old !== undefined) this.#end(old, this.#options.drainMs);
      if (this.#stopped) this.#end(started, END_MS);
    }
    for (const [name, old] of this.#current)
      if (!names.includes(name)) {
        this.#current.delete(name);
        this.#end(old, this.#options.drainMs);
      }
  }

  /** Stops all of them, also those that end what they have begun. Resolves when every process is gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const all = [...this.#current.values(), ...this.#ending.keys()];
    this.#current.clear();
    await Promise.all(all.map((worker) => worker.stop(END_MS)));
    await Promise.all(this.#ending.values());
  }

  #end(worker: OwnProcess, graceMs: number): void {
    const ended = worker
      .stop(graceMs)
      .catch((error: Error) => this.#options.say(error.message))
      .finally(() => this.#ending.delete(worker));
    this.#ending.set(worker, ended);
  }

  #ended(name: string, worker: OwnProcess, how: string | number | null): void {
    if (this.#current.get(name) !== worker) return;
    this.#current.delete(name);
    this.#options.say(`the worker of ${name} has ended (${how}); it starts again with the next save`);
  }
}
