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
import { attemptId } from '../goals/wire/attempt-id.ts';
import { type Answer, ledgerOf } from '../goals/wire/batch.ts';
import { boundedText } from '../goals/wire/bounded-text.ts';
import type { Call } from '../goals/wire/call.ts';
import {
  emptyLedger,
  heartbeatSchema,
  jsonBytes,
  type Ledger,
  type StepResult,
  stepFailureSchema,
} from '../goals/wire/ledger.ts';
import { DEADLINE_MARGIN_MS, PAYLOAD_BYTES } from '../goals/wire/names.ts';
import type { Struggle } from '../goals/wire/run-view.ts';
import { LARGEST_BYTES, STORED_PATCH } from '../goals/wire/stored.ts';
import { Batches } from './batches.ts';
import { ForeignAttempts, type Tried } from './foreign-attempts.ts';
import { Gate } from './gate.ts';
import { Hold } from './hold.ts';
import type { Kept } from './kept.ts';
import { note } from './note.ts';
import { PoolPermits } from './pools/pool-permits.ts';
import { readOutput } from './read-output.ts';
import {
  engineFailure,
  givenUp,
  inputFailure,
  jobFailure,
  outOfTime,
  outputFailure,
  tooLarge,
} from './step-failure.ts';
import { Turns } from './turns.ts';

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

/** Activities of quick jobs' calls that go on alone: well under what Temporal takes of one run. */
const ALONE_AT_ONCE = 500;

export class Steps {
  readonly open = new Map<string, OpenStep>();
  readonly #counts = new Map<string, number>();
  readonly #deadline: number | null;
  #isDecided = false;

  readonly #goal: Goal;
  /** What it keeps of the execution that it goes on from. */
  kept: Kept | null = null;
  #begun = 0;

  readonly #turns = new Turns();
  readonly #batches = new Batches(this.#turns, () => this.#isDecided);
  readonly hold: Hold;
  readonly #alone = new Gate(ALONE_AT_ONCE);
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
    const step = this.#begin(name, job);
    const order = this.#begun++;
    const begin = () => work(step.path, order);
    const begun = this.hold.isHeld ? this.hold.released().then(begin) : begin();
    const settled = begun.finally(() => this.#end(step));
    // A step that fails while `pursue` awaits another is not an unhandled rejection, which would fail the task.
    settled.catch(() => undefined);
    return settled;
  }

  #begin(name: string, job: string | null): OpenStep {
    const n = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, n);
    const step: OpenStep = { path: `${name}#${n}`, job, since: Date.now() };
    this.open.set(step.path, step);
    return step;
  }

  #end(step: OpenStep): void {
    this.open.delete(step.path);
    this.#troubles.settled(step);
  }

  /** The run's outcome is decided: no step begins any more. */
  decided(): void {
    this.#isDecided = true;
  }

  /** For what has waited for a local activity, before it goes on: only what travels together asks for it. */
  async turn(): Promise<void> {
    if (this.#goal.jobs.some(({ quick }) => quick)) await this.#turns.own();
  }

  get isDecided(): boolean {
    return this.#isDecided;
  }

  readonly run: Pursuit['run'] = (job, input, options) =>
    (job.quick
      ? this.#together(job, input, options)
      : this.step(job.name, job.name, (path, order) =>
          this.#attempt(job, path, order, input, options),
        )) as never;

  readonly sleep: Pursuit['sleep'] = (duration) =>
    this.step('sleep', null, async (path) => sleep(requireMilliseconds(duration), { summary: path }));

  /**
   * A step of a quick job, without one promise more than it needs: each costs the sandbox a stack trace, and there may be
   * thousands of them at one moment.
   */
  #together(job: Job, input: unknown, options: RunOptions | undefined): Promise<unknown> {
    if (this.#isDecided) return new Promise(() => undefined);
    const step = this.#begin(job.name, job.name);
    const { path } = step;
    const order = this.#begun++;
    let resolve: (output: unknown) => void = () => undefined;
    let reject: (error: unknown) => void = () => undefined;
    const settled = new Promise<unknown>((...settle) => {
      [resolve, reject] = settle;
    });
    const succeed = (output: unknown): void => {
      this.#end(step);
      resolve(output);
    };
    const fail = (error: unknown): void => {
      this.#end(step);
      settled.catch(() => undefined);
      reject(error);
    };
    const settle = (answer: Answer, call: Call): void => {
      this.#met(path, ledgerOf(answer));
      if (answer.end === 'cancelled') throw new CancelledFailure('cancelled');
      if (answer.end === 'failed') throw new StepFailed(this.#failureIn(answer, path, job.name));
      if (answer.end === undefined) succeed(this.#checked(job, path, answer.output));
      else
        this.#goesAlone(path, call, answer)
          .then((told) => this.#attempt(job, path, order, input, options, told))
          .then(succeed, fail);
    };
    const orFail = (work: () => void): void => {
      try {
        work();
      } catch (error) {
        fail(error);
      }
    };
    const begin = (): void =>
      orFail(() => {
        const { kept, bytes, call } = this.#prepared(job, path, order, input, options);
        const answered = (answer: Answer): void => orFail(() => settle(answer, call));
        if (kept !== null) succeed(kept.output);
        else this.#batches.add({ job, path, input, bytes, call, settle: answered, fail });
      });
    if (this.hold.isHeld) this.hold.released().then(begin, fail);
    else begin();
    return settled;
  }

  /** What a step begins with; throws what is wrong with it. */
  #prepared(job: Job, path: string, order: number, input: unknown, options: RunOptions = {}) {
    if (!this.#goal.jobs.includes(job))
      throw new TypeError(
        `'${this.#goal.name}' does not declare the job '${job.name}'; add it to its \`jobs\``,
      );
    const checked = job.input.safeParse(input);
    if (!checked.success) throw new StepFailed(inputFailure(path, job.name, z.prettifyError(checked.error)));
    // A worker in another language has no such storage.
    const limit = job.queue === null ? LARGEST_BYTES : PAYLOAD_BYTES;
    const bytes = jsonBytes(input);
    if (bytes > PAYLOAD_BYTES && (bytes > limit || !patched(STORED_PATCH)))
      throw new StepFailed(tooLarge(path, job.name, bytes, limit));
    const kept = this.kept?.take(job, path, order, input) ?? null;
    const riskAt = kept === null ? this.#troubles.riskAt() : null;
    const call: Call = {
      ...(this.#deadline === null ? {} : { deadline: this.#deadline }),
      ...(riskAt === null ? {} : { riskAt }),
      ...(options.timeout === undefined ? {} : { timeoutMs: requireMilliseconds(options.timeout) }),
      ...(options.attempts === undefined ? {} : { attempts: options.attempts }),
    };
    return { kept, bytes, call };
  }

  /** `told`: what a call that has left its batch is told. */
  async #attempt(
    job: Job,
    path: string,
    order: number,
    input: unknown,
    options: RunOptions | undefined,
    told: Call | null = null,
  ): Promise<unknown> {
    const { kept, call } =
      told === null ? this.#prepared(job, path, order, input, options) : { kept: null, call: told };
    if (kept !== null) return kept.output;
    if (job.pool !== null || (job.queue !== null && patched(PATCH)))
      return this.#checked(job, path, await this.#tried(job, path, input, call));
    const schedule = (call: Call): Promise<StepResult> => {
      const options = this.#activityOptions(job, path, call, input);
      const activities =
        proxyActivities<Record<string, (input: unknown, call: Call) => Promise<StepResult>>>(options);
      const make = activities[job.name] as (input: unknown, call?: Call) => Promise<StepResult>;
      // A step that has nothing more to tell costs no more than a bare activity.
      return Object.keys(call).length === 0 ? make(input) : make(input, call);
    };
    // Of the many that may leave their batches at one moment, Temporal takes so many.
    const activity = job.quick ? (call: Call) => this.#alone.through(() => schedule(call)) : schedule;
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
    if (result.large && result.ledger) {
      await note({ step: path, ledger: result.ledger });
      await this.turn();
    }
    return this.#checked(job, path, result.output);
  }

  /** What a call that has left its batch is told, once its next attempt is due. */
  async #goesAlone(path: string, call: Call, { carried, delayMs = 0 }: Answer): Promise<Call> {
    const next = attemptId(path, (carried?.ledger.total ?? 0) + 1);
    if (delayMs > 0) await sleep(delayMs, { summary: next });
    return carried === undefined ? call : { ...call, carried };
  }

  #failureIn({ reason = 'exhausted', ledger = emptyLedger() }: Answer, path: string, job: string) {
    return ledger.total === 0 && reason !== 'deadline'
      ? engineFailure(path, job, 'no attempt was left')
      : givenUp(path, job, { reason, ledger });
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

  async #tried(job: Job, path: string, input: unknown, call: Call): Promise<unknown> {
    try {
      return await this.#foreign(job, path, call).run(input);
    } finally {
      // A permit is given back by a local activity.
      if (job.pool !== null) await this.turn();
    }
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
      // The wrapper counts and refuses; this holds only for attempts that were lost with their worker. It does not grow: the
      // server would count the attempts that failed as well, and work that was lost late would wait for a minute.
      retry: { initialInterval: '1s', backoffCoefficient: 1 },
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
