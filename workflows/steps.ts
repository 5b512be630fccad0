// The steps of one run: what `run` and `sleep` of a pursuit do. A step's path is `name#n`, and its activity's ID, so
// that a history can be read back without asking anyone.

import {
  ActivityCancellationType,
  ActivityFailure,
  type ActivityOptions,
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  patched,
  proxyActivities,
  sleep,
  TimeoutFailure,
} from '@temporalio/workflow';
import { z } from 'zod';
import { requireMilliseconds } from '../goals/duration.ts';
import { type Goal, type Job, type Pursuit, type RunOptions, StepFailed } from '../goals/index.ts';
import { quickRetries } from '../goals/policy.ts';
import { boundedText } from '../goals/wire/bounded-text.ts';
import type { Call } from '../goals/wire/call.ts';
import {
  heartbeatSchema,
  jsonBytes,
  type Ledger,
  type StepResult,
  stepFailureSchema,
} from '../goals/wire/ledger.ts';
import { DEADLINE_MARGIN_MS, PAYLOAD_BYTES } from '../goals/wire/names.ts';
import type { Struggle } from '../goals/wire/run-view.ts';
import { ForeignAttempts, type Tried } from './foreign-attempts.ts';
import { Hold } from './hold.ts';
import type { Kept } from './kept.ts';
import { PoolPermits } from './pools/pool-permits.ts';
import { readOutput } from './read-output.ts';
import {
  engineFailure,
  inputFailure,
  jobFailure,
  outOfTime,
  outputFailure,
  tooLarge,
} from './step-failure.ts';

/** A step under way. */
export interface OpenStep {
  path: string;
  /** Null for what is no job. */
  job: string | null;
  since: number;
  /** Of its errors: once it has ended, and before where the workflow makes its attempts itself. */
  ledger?: Ledger;
}

/** What is to be told of the errors that steps meet. */
export interface Troubled {
  met(ledger: Ledger | undefined): void;
  /** The errors of a step persist whose attempts the workflow makes itself. */
  struggles(struggle: Struggle): void;
  /** A step has ended, whether or not it had trouble. */
  settled(step: OpenStep): void;
  /** From when on the errors of a step that begins now put the run at risk; null when nothing says. */
  riskAt(): number | null;
}

/** Room for the wrapper to notice a timeout and to say so before the server does. */
export const TIMEOUT_MARGIN_MS = 10_000;

/** From when on the attempts of a job on another worker's queue are the workflow's. */
const PATCH = 'gk-foreign-attempts';

export class Steps {
  readonly open = new Map<string, OpenStep>();
  readonly #counts = new Map<string, number>();
  readonly #deadline: number | null;
  #isDecided = false;

  readonly #goal: Goal;
  /** What it keeps of the execution that it goes on from. */
  kept: Kept | null = null;
  #begun = 0;

  readonly hold: Hold;
  readonly #troubles: Troubled;
  #permits: PoolPermits | null = null;

  constructor(goal: Goal, deadline: number | null, troubles: Troubled) {
    this.#goal = goal;
    this.hold = new Hold(goal.name);
    this.#troubles = troubles;
    this.#deadline = deadline;
  }

  /**
   * Gives the next use of a name its path and keeps the step among the open ones until the work has settled. Once the
   * run is decided nothing more is begun, and what asks for it waits for ever: were it told, a loop that catches
   * everything would go on and on.
   */
  step<T>(name: string, job: string | null, work: (path: string, order: number) => Promise<T>): Promise<T> {
    if (this.#isDecided) return new Promise(() => undefined);
    const n = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, n);
    const path = `${name}#${n}`;
    const step: OpenStep = { path, job, since: Date.now() };
    this.open.set(path, step);
    const order = this.#begun++;
    const begun = this.hold.isHeld ? this.hold.released().then(() => work(path, order)) : work(path, order);
    const settled = begun.finally(() => {
      this.open.delete(path);
      this.#troubles.settled(step);
    });
    // A step that fails while `pursue` awaits another is not an unhandled rejection, which would fail the task.
    settled.catch(() => undefined);
    return settled;
  }

  /** The run's outcome is decided: no step begins any more. */
  decided(): void {
    this.#isDecided = true;
  }

  get isDecided(): boolean {
    return this.#isDecided;
  }

  readonly run: Pursuit['run'] = (job, input, options) =>
    this.step(job.name, job.name, (path, order) => this.#attempt(job, path, order, input, options)) as never;

  readonly sleep: Pursuit['sleep'] = (duration) =>
    this.step('sleep', null, async (path) => sleep(requireMilliseconds(duration), { summary: path }));

  async #attempt(
    job: Job,
    path: string,
    order: number,
    input: unknown,
    options: RunOptions = {},
  ): Promise<unknown> {
    if (!this.#goal.jobs.includes(job))
      throw new TypeError(
        `'${this.#goal.name}' does not declare the job '${job.name}'; add it to its \`jobs\``,
      );
    const checked = job.input.safeParse(input);
    if (!checked.success) throw new StepFailed(inputFailure(path, job.name, z.prettifyError(checked.error)));
    if (jsonBytes(input) > PAYLOAD_BYTES) throw new StepFailed(tooLarge(path, job.name, jsonBytes(input)));
    const kept = this.kept?.take(job, path, order, input) ?? null;
    if (kept !== null) return kept.output;
    const riskAt = this.#troubles.riskAt();
    const call: Call = {
      ...(this.#deadline === null ? {} : { deadline: this.#deadline }),
      ...(riskAt === null ? {} : { riskAt }),
      ...(options.timeout === undefined ? {} : { timeoutMs: requireMilliseconds(options.timeout) }),
      ...(options.attempts === undefined ? {} : { attempts: options.attempts }),
    };
    if (job.pool !== null || (job.queue !== null && patched(PATCH)))
      return this.#checked(job, path, await this.#foreign(job, path, call).run(input));
    const activity = (call: Call): Promise<StepResult> => {
      const options = this.#activityOptions(job, path, call, input);
      const activities =
        proxyActivities<Record<string, (input: unknown, call: Call) => Promise<StepResult>>>(options);
      return (activities[job.name] as (input: unknown, call: Call) => Promise<StepResult>)(input, call);
    };
    let result: StepResult;
    try {
      result = await activity(call);
      // A callback told that the attempt failed: the wrapper enters that, and decides about the next one.
      while (result.answered !== undefined) result = await activity({ ...call, carried: result.answered });
    } catch (error) {
      this.#met(path, ledgerIn(error));
      if (isCancellation(error)) throw error;
      throw new StepFailed(this.#failureOf(error, path, job.name));
    }
    this.#met(path, result.ledger);
    return this.#checked(job, path, result.output);
  }

  #checked(job: Job, path: string, given: unknown): unknown {
    const output = readOutput(job, given);
    if (!output.success) throw new StepFailed(outputFailure(path, job.name, z.prettifyError(output.error)));
    return output.data;
  }

  #met(path: string, ledger: Ledger | undefined): void {
    const step = this.open.get(path);
    if (step !== undefined && ledger !== undefined) step.ledger = ledger;
    this.#troubles.met(ledger);
  }

  #foreign(job: Job, path: string, call: Call): ForeignAttempts {
    const tried: Tried = {
      failed: (ledger) => this.#met(path, ledger),
      struggles: (struggle) => this.#troubles.struggles(struggle),
    };
    if (job.pool !== null) this.#permits ??= new PoolPermits();
    return new ForeignAttempts(job, path, call, tried, this.#permits);
  }

  #activityOptions(job: Job, path: string, call: Call, input: unknown): ActivityOptions {
    const quick = quickRetries(job.retry);
    const timeoutMs = call.timeoutMs ?? job.timeoutMs;
    return {
      activityId: path,
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      summary: boundedText(JSON.stringify(input) ?? '', 100),
      startToCloseTimeout: timeoutMs * (quick.count + 1) + quick.waitMs + TIMEOUT_MARGIN_MS,
      heartbeatTimeout: job.heartbeatMs,
      ...(job.queue === null ? {} : { taskQueue: job.queue }),
      ...(call.deadline === undefined
        ? {}
        : { scheduleToCloseTimeout: Math.max(1, call.deadline - Date.now()) + DEADLINE_MARGIN_MS }),
      // The wrapper counts and refuses; these times hold only for attempts that were lost with their worker.
      retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
    };
  }

  #failureOf(error: unknown, path: string, job: string) {
    if (error instanceof ActivityFailure && error.cause instanceof ApplicationFailure)
      return jobFailure(path, job, error.cause);
    const cause = error instanceof ActivityFailure ? error.cause : error;
    // The server tries without end, but for the limit that is the run's deadline.
    if (cause instanceof TimeoutFailure && this.#deadline !== null)
      return outOfTime(path, job, heartbeatSchema.safeParse(cause.lastHeartbeatDetails).data?.ledger);
    if (cause instanceof TimeoutFailure)
      return engineFailure(path, job, `${cause.timeoutType}: ${cause.message}`);
    return engineFailure(path, job, cause instanceof Error ? cause.message : String(cause));
  }
}

/** The ledger that came with a step's failure or cancellation, if one did. */
function ledgerIn(error: unknown): Ledger | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (!(cause instanceof ApplicationFailure || cause instanceof CancelledFailure)) return undefined;
  return stepFailureSchema.shape.ledger.safeParse((cause.details?.[0] as { ledger?: unknown })?.ledger).data;
}
