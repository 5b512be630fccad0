// `map` of a simulated run: one step, whatever number of items it has, each with attempts of its own.

import { type Job, type LostItem, type MapOptions, StepFailed } from '../goals/index.ts';
import { isTolerated, mapInputs, shownInput } from '../goals/map-call.ts';
import type { Failure } from '../goals/wire/failure.ts';
import { itemsPrefix, LOST_ITEMS_SHOWN } from '../goals/wire/map.ts';
import type { SimulatedOpenStep, SimulatedSteps } from './steps.ts';

/** Items at once where nothing says; and as long as nobody knows how long one takes. */
const AT_ONCE = 200;
const PROBES = 10;

export const mapping =
  (steps: SimulatedSteps) =>
  (given: unknown, job: Job, options: MapOptions = {}): Promise<unknown> => {
    const begin = async (): Promise<unknown> => {
      const inputs = mapInputs(steps.of.goal, given, job, options);
      if (steps.isDecided) return new Promise(() => undefined);
      return new SimulatedMap(steps, inputs, job, options).made();
    };
    return steps.awaited.watchedToEnd(begin(), `the map of ${job?.name}`);
  };

interface Lost extends LostItem {
  failure: Failure;
}

class SimulatedMap {
  readonly #steps: SimulatedSteps;
  readonly #inputs: readonly unknown[];
  readonly #job: Job;
  readonly #options: MapOptions;
  readonly #step: SimulatedOpenStep;
  readonly #prefix: string;
  readonly #outputs: unknown[] = [];
  readonly #lost: Lost[] = [];
  #next = 0;
  #busy = 0;
  #hasBegun = false;
  #hasLearnt: boolean;
  #isStopped = false;
  /** Of the first item that was one too many. */
  #fault: Failure | null = null;
  #settle: { resolve: (isWhole: boolean) => void; reject: (error: unknown) => void } | null = null;

  constructor(steps: SimulatedSteps, inputs: readonly unknown[], job: Job, options: MapOptions) {
    this.#steps = steps;
    this.#inputs = inputs;
    this.#job = job;
    this.#options = options;
    this.#hasLearnt = job.quick;
    this.#step = steps.begin('map', job.name);
    this.#prefix = itemsPrefix(this.#step.path, job.name);
    steps.of.walk.begins(steps.of.run, this.#step.path, inputs);
  }

  async made(): Promise<unknown> {
    const isWhole = await new Promise<boolean>((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#fill();
    });
    this.#note(isWhole);
    if (!isWhole && this.#fault !== null) throw new StepFailed(this.#fault);
    const results = Array.from(this.#inputs, (_, i) => this.#outputs[i]);
    if (this.#options.tolerate === undefined) return results;
    const lost = this.#lost.toSorted((a, b) => a.index - b.index).map(({ failure: _, ...rest }) => rest);
    return { results, lost };
  }

  get #hasMore(): boolean {
    return this.#next < this.#inputs.length;
  }

  get #atOnce(): number {
    const given = this.#options.atOnce ?? this.#job.pool?.atOnce ?? AT_ONCE;
    return this.#hasLearnt ? given : Math.min(given, PROBES);
  }

  #fill(): void {
    while (this.#hasMore && !this.#isStopped && !this.#steps.isDecided && this.#busy < this.#atOnce)
      this.#begin(this.#next++);
    if (this.#busy > 0) return;
    if (!this.#hasMore || this.#isStopped) this.#steps.end(this.#step);
    this.#settle?.resolve(!this.#isStopped);
    this.#settle = null;
  }

  #begin(i: number): void {
    const path = `${this.#prefix}#${i + 1}`;
    const input = this.#inputs[i];
    let use: ReturnType<SimulatedSteps['prepared']>;
    try {
      use = this.#steps.prepared(this.#job, path, input);
    } catch (error) {
      this.#failed(i, error);
      return;
    }
    this.#busy++;
    this.#hasBegun = true;
    const known = this.#steps.known(path, this.#job);
    this.#steps.maps.total(path, this.#inputs.length);
    const open = this.#steps.beginAt(path, this.#job.name);
    this.#steps.alone(this.#job, known, input, use).then(
      (output) => {
        this.#outputs[i] = output;
        this.#ended(open, true);
      },
      (error: unknown) => {
        this.#failed(i, error);
        this.#ended(open, false);
      },
    );
  }

  #ended(open: SimulatedOpenStep, hasSucceeded: boolean): void {
    this.#busy--;
    this.#hasLearnt = true;
    this.#steps.end(open, hasSucceeded);
    this.#fill();
  }

  #failed(index: number, error: unknown): void {
    if (!(error instanceof StepFailed)) {
      this.#isStopped = true;
      this.#settle?.reject(error);
      this.#settle = null;
      return;
    }
    const { failure } = error;
    const { code, message } = failure;
    this.#lost.push({ index, input: shownInput(this.#inputs[index]), code, message, failure });
    const codes = this.#lost.map((one) => one.code);
    if (isTolerated(codes, this.#inputs.length, this.#options.tolerate)) return;
    this.#isStopped = true;
    this.#fault ??= failure;
    this.#settle?.resolve(false);
    this.#settle = null;
  }

  #note(tolerated: boolean): void {
    if (this.#lost.length === 0 && this.#hasBegun) return;
    const items = this.#lost
      .toSorted((a, b) => a.index - b.index)
      .slice(0, LOST_ITEMS_SHOWN)
      .map(({ index, code, message }) => ({ path: `${this.#prefix}#${index + 1}`, code, message }));
    this.#steps.maps.noted(
      {
        ...{ step: this.#step.path, job: this.#job.name, total: this.#inputs.length },
        ...(this.#lost.length === 0 ? {} : { end: { lost: this.#lost.length, tolerated, items } }),
      },
      this.#steps.of.walk.time.iso,
    );
  }
}
