// The steps of one run: what `run` and `sleep` of a pursuit do.

import { sleep } from '@temporalio/workflow';
import { AwaitedSteps } from '../../goals/awaited-steps.ts';
import { requireMilliseconds } from '../../goals/duration.ts';
import type { Pursuit } from '../../goals/index.ts';
import { type BatchedBy, batchedStep } from './batched-step.ts';
import { Batches } from './batches.ts';
import { JobSteps, type KeptSource, type RunOfSteps } from './job-steps.ts';
import { OpenSteps, type StepObserver } from './open-steps.ts';
import type { Turns } from './turns.ts';

/** Whether the run is held, and begins no step until that ends. */
export interface Pausing {
  readonly isHeld: boolean;
  released(): Promise<void>;
}

/** What the steps of a run take from elsewhere. */
export interface StepsParts {
  observer: StepObserver;
  hold: Pausing;
  kept: KeptSource;
  turns: Turns;
}

export class Steps {
  readonly open: OpenSteps;
  readonly jobs: JobSteps;
  readonly awaited = new AwaitedSteps();
  readonly hold: Pausing;
  readonly turns: Turns;
  readonly #batched: BatchedBy;
  readonly #hasQuick: boolean;

  constructor(run: RunOfSteps, { observer, hold, kept, turns }: StepsParts) {
    this.open = new OpenSteps(observer);
    this.hold = hold;
    this.turns = turns;
    this.#hasQuick = run.goal.jobs.some(({ quick }) => quick);
    this.jobs = new JobSteps(run, this.open, observer, kept, this);
    const batches = new Batches(turns, this.open);
    this.#batched = { open: this.open, jobs: this.jobs, awaited: this.awaited, hold, batches };
  }

  /**
   * Gives the next use of a name its path and keeps the step among the open ones until the work has settled. Once the
   * run is decided nothing more is begun, and what asks for it waits for ever: were it told, a loop that catches
   * everything would go on and on.
   */
  step<T>(name: string, job: string | null, work: (path: string, order: number) => Promise<T>): Promise<T> {
    return this.#begin(name, job, true, work);
  }

  /** The same of what a view shows apart from the steps: it has no place among them. */
  aside<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#begin(name, null, false, work);
  }

  #begin<T>(
    name: string,
    job: string | null,
    hasPlace: boolean,
    work: (path: string, order: number) => Promise<T>,
  ): Promise<T> {
    if (this.open.isDecided) return new Promise(() => undefined);
    const step = this.open.begin(name, job);
    const order = hasPlace ? this.open.nextOrder() : -1;
    const begin = () => work(step.path, order);
    const begun = this.hold.isHeld ? this.hold.released().then(begin) : begin();
    const settled = begun.then(
      (output) => {
        this.open.end(step, true);
        this.awaited.ended(settled);
        return output;
      },
      (error: unknown) => {
        this.open.end(step);
        this.awaited.failed(settled);
        throw error;
      },
    );
    return this.awaited.watched(settled, step.path);
  }

  /** For what has waited for a run that is needed, before it goes on: only where calls travel together is there need of it. */
  async turn(): Promise<void> {
    if (this.#hasQuick) await this.turns.own();
  }

  readonly run: Pursuit['run'] = (job, input, options) =>
    (job.quick
      ? batchedStep(this.#batched, job, input, options)
      : this.step(job.name, job.name, (path, order) =>
          this.jobs.attempt({ job, path, order, input, options }),
        )) as never;

  readonly sleep: Pursuit['sleep'] = (duration) =>
    this.step('sleep', null, async (path) => sleep(requireMilliseconds(duration), { summary: path }));
}
