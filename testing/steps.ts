// The steps of a simulated run: what `run` and `sleep` of a pursuit do, as workflows/steps/ does it in Temporal.

import { z } from 'zod';
import { AwaitedSteps } from '../goals/awaited-steps.ts';
import { refusal } from '../goals/carried.ts';
import { requireMilliseconds } from '../goals/duration.ts';
import { type Goal, type Job, type RunOptions, StepFailed } from '../goals/index.ts';
import { readOutput } from '../goals/read-output.ts';
import type { UnderWay } from '../goals/run-outcome.ts';
import type { StepFailures } from '../goals/step-failures.ts';
import { emptyLedger, jsonBytes, type Ledger } from '../goals/wire/ledger.ts';
import { PAYLOAD_BYTES } from '../goals/wire/names.ts';
import { LARGEST_BYTES } from '../goals/wire/stored.ts';
import { ArtifactBook } from '../views/artifacts.ts';
import { MapReader } from '../views/maps.ts';
import { StepBook } from '../views/step-book.ts';
import { close, newStep, type StepState } from '../views/step-state.ts';
import { asJson } from './as-json.ts';
import { Attempts, type AttemptsEnd, type Use } from './attempts.ts';
import { SimulatedBatches } from './batches.ts';
import { Cancelled, Scope } from './scope.ts';
import type { Walk } from './walk.ts';

/** A step that has not ended. */
export interface SimulatedOpenStep extends UnderWay {
  ledger?: Ledger;
}

/** Whose steps they are. */
export interface StepsOf {
  walk: Walk;
  goal: Goal;
  run: string;
  deadline: number | null;
  failures: StepFailures;
  riskAt(): number | null;
  struggles(path: string): void;
  settled(step: SimulatedOpenStep): void;
}

export class SimulatedSteps {
  readonly of: StepsOf;
  readonly book = new StepBook();
  readonly maps = new MapReader(this.book);
  readonly artifacts = new ArtifactBook();
  readonly open = new Map<string, SimulatedOpenStep>();
  readonly awaited = new AwaitedSteps();
  readonly scope = new Scope();
  readonly #counts = new Map<string, number>();
  readonly #batches: SimulatedBatches;
  #isDecided = false;
  #drained: (() => void) | null = null;

  constructor(of: StepsOf) {
    this.of = of;
    this.#batches = new SimulatedBatches(this);
  }

  get isDecided(): boolean {
    return this.#isDecided;
  }

  /** The run's outcome is decided: no step begins any more. */
  decided(): void {
    this.#isDecided = true;
  }

  /** Resolves when no step is under way, or after so long. */
  drained(ms: number): Promise<void> {
    if (this.open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const due = this.of.walk.time.in(ms, resolve);
      this.#drained = () => {
        due.cancel();
        resolve();
      };
    });
  }

  begin(name: string, job: string | null): SimulatedOpenStep {
    const n = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, n);
    return this.beginAt(`${name}#${n}`, job);
  }

  beginAt(path: string, job: string | null): SimulatedOpenStep {
    const step: SimulatedOpenStep = { path, job, since: this.of.walk.time.now };
    this.open.set(path, step);
    return step;
  }

  end(step: SimulatedOpenStep, hasSucceeded = false): void {
    if (hasSucceeded) step.hasSucceeded = true;
    this.open.delete(step.path);
    this.of.settled(step);
    if (this.open.size === 0) this.#drained?.();
  }

  /** Gives the next use of a name its path, and keeps the step open until the work has settled. */
  step<T>(name: string, job: string | null, what: unknown, work: (path: string) => Promise<T>): Promise<T> {
    if (this.#isDecided) return new Promise(() => undefined);
    const step = this.begin(name, job);
    this.of.walk.begins(this.of.run, step.path, what);
    const settled: Promise<T> = work(step.path).then(
      (output) => {
        this.end(step, true);
        this.awaited.ended(settled);
        return output;
      },
      (error: unknown) => {
        this.end(step);
        this.awaited.failed(settled);
        throw error;
      },
    );
    return this.awaited.watched(settled, step.path);
  }

  run(job: Job, input: unknown, options: RunOptions = {}): Promise<unknown> {
    return this.step(job.name, job.name, input, async (path) => {
      const use = this.prepared(job, path, input, options);
      if (!job.quick) return this.alone(job, this.known(path, job), input, use);
      return this.#batches.call(job, path, input, use);
    });
  }

  sleep(duration: unknown): Promise<void> {
    return this.step('sleep', null, duration, async (path) => {
      const ms = Math.max(1, requireMilliseconds(duration));
      const { time } = this.of.walk;
      const known = newStep(path, 'sleep', 'sleep', time.iso);
      this.book.set(path, known);
      try {
        await this.scope.sleep(time, ms);
        close(known, 'succeeded', time.iso);
      } catch (error) {
        close(known, 'cancelled', time.iso);
        throw error;
      }
    });
  }

  /** What is wrong with a use of a job is thrown. */
  prepared(job: Job, path: string, input: unknown, options: RunOptions = {}): Use {
    const { goal, failures } = this.of;
    if (!goal.jobs.includes(job))
      throw new TypeError(`'${goal.name}' does not declare the job '${job?.name}'; add it to its \`jobs\``);
    const checked = job.input.safeParse(input);
    if (!checked.success)
      throw new StepFailed(failures.inputFailure(path, job.name, z.prettifyError(checked.error)));
    this.refuseUncarried(path, job.name, input);
    const limit = job.queue === null ? LARGEST_BYTES : PAYLOAD_BYTES;
    const bytes = jsonBytes(input);
    if (bytes > limit) throw new StepFailed(failures.tooLarge(path, job.name, bytes, limit));
    return {
      ...(options.timeout === undefined ? {} : { timeoutMs: requireMilliseconds(options.timeout) }),
      ...(options.attempts === undefined ? {} : { attempts: options.attempts }),
    };
  }

  refuseUncarried(path: string, name: string, input: unknown): void {
    const refused = refusal(`the input given to ${path}`, input, () => true);
    if (refused !== null) throw new StepFailed(this.of.failures.uncarriedFailure(path, name, refused));
  }

  /** The step as it is shown, from the moment that it is scheduled. */
  known(path: string, job: Job): StepState {
    const known = newStep(path, 'job', job.name, this.of.walk.time.iso);
    this.book.set(path, known);
    return known;
  }

  /** All attempts of a step that travels alone. */
  async alone(job: Job, known: StepState, input: unknown, use: Use): Promise<unknown> {
    const { walk } = this.of;
    // No worker answers in the moment in which it is asked.
    await new Promise<void>((resolve) => walk.time.atEndOfMoment(resolve));
    return this.ended(job, known, await this.attempts(job, known, use).made(asJson(input)));
  }

  attempts(job: Job, known: StepState, use: Use): Attempts {
    const { walk, goal, run, deadline } = this.of;
    return new Attempts({
      ...{ walk, run, goal: goal.name, deadline, job, known, use },
      scope: this.scope,
      riskAt: this.of.riskAt(),
      struggles: () => this.of.struggles(known.step.path),
      artifacts: this.artifacts,
    });
  }

  /** Closes the step as its attempts ended; its output, or what it fails with. */
  ended(job: Job, known: StepState, tried: Exclude<AttemptsEnd, { end: 'alone' }>): unknown;
  ended(job: Job, known: StepState, tried: AttemptsEnd): unknown;
  ended(job: Job, known: StepState, tried: AttemptsEnd): unknown {
    const { failures, walk } = this.of;
    const { path } = known.step;
    const open = this.open.get(path);
    if (open !== undefined && known.ledger.total > 0) open.ledger = known.ledger;
    if (tried.end === 'cancelled') {
      close(known, 'cancelled', walk.time.iso);
      throw new Cancelled('cancelled');
    }
    if (tried.end !== 'succeeded') {
      close(known, 'failed', walk.time.iso);
      const { reason, askedMs } =
        tried.end === 'failed' ? tried : { reason: 'exhausted' as const, askedMs: undefined };
      throw new StepFailed(
        known.ledger.total === 0 && reason !== 'deadline'
          ? failures.engineFailure(path, job.name, 'no attempt was left')
          : failures.givenUp(path, job.name, {
              ...{ ledger: known.ledger, reason },
              ...(askedMs === undefined ? {} : { askedMs }),
            }),
      );
    }
    close(known, 'succeeded', walk.time.iso);
    const output = readOutput(job, tried.output);
    if (output.success) return output.data;
    throw new StepFailed(failures.outputFailure(path, job.name, z.prettifyError(output.error)));
  }

  /** A call that travelled with others and goes on by itself: the server counts its attempts anew. */
  async goesAlone(job: Job, known: StepState, input: unknown, use: Use, delayMs: number): Promise<unknown> {
    known.step.state = 'waiting';
    if (delayMs > 0) await this.scope.sleep(this.of.walk.time, delayMs);
    return this.alone(job, known, input, use);
  }

  /** The ledgers of the steps that have not ended, by path. */
  ledgers(): Record<string, Ledger> {
    const told: Record<string, Ledger> = {};
    for (const path of this.open.keys()) {
      const { ledger = emptyLedger() } = this.book.get(path) ?? {};
      if (ledger.total > 0) told[path] = ledger;
    }
    return told;
  }
}
