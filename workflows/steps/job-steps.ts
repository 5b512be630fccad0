// Steps that are uses of a job: what each begins with, its activity, and what its end means.

import {
  ActivityCancellationType,
  ActivityFailure,
  type ActivityOptions,
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  proxyActivities,
  sleep,
  TimeoutFailure,
} from '@temporalio/workflow';
import { z } from 'zod';
import { requireMilliseconds } from '../../goals/duration.ts';
import { type Goal, type Job, type RunOptions, StepFailed } from '../../goals/index.ts';
import { readOutput } from '../../goals/read-output.ts';
import { attemptId } from '../../goals/wire/attempt-id.ts';
import type { CallAnswer } from '../../goals/wire/batch.ts';
import type { Call } from '../../goals/wire/call.ts';
import {
  emptyLedger,
  heartbeatSchema,
  jsonBytes,
  type Ledger,
  type StepResult,
  stepFailureSchema,
} from '../../goals/wire/ledger.ts';
import type { MeasuredRun } from '../../goals/wire/measures.ts';
import { PAYLOAD_BYTES } from '../../goals/wire/names.ts';
import { LARGEST_BYTES } from '../../goals/wire/stored.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { patched, patches } from '../patches.ts';
import { PoolPermits } from '../pools/pool-permits.ts';
import { refuseUncarried } from './carried.ts';
import { deadlineOptions, jobActivity, serverAttemptMs } from './job-activity.ts';
import { Limiter } from './limiter.ts';
import { measureRecovered } from './measure.ts';
import type { OpenStep, StepObserver } from './open-steps.ts';
import {
  engineFailure,
  givenUp,
  inputFailure,
  jobFailure,
  outOfTime,
  outputFailure,
  tooLarge,
} from './step-failure.ts';
import type { Turns } from './turns.ts';
import { type Tried, WorkflowAttempts } from './workflow-attempts.ts';
import { writeMarker } from './write-marker.ts';

/** Activities of quick jobs' calls, and of maps' items, that go on alone: well under what Temporal takes of one run. */
export const ALONE_AT_ONCE = 500;

type Make = (input: unknown, call?: Call) => Promise<StepResult>;

/** The run that the steps are part of; `run` is its ID where it is not this workflow. */
export interface RunOfSteps {
  goal: Goal;
  /** In milliseconds since 1970. */
  deadline: number | null;
  run: string | null;
  /** Of a light run, for what is counted. */
  light?: MeasuredRun;
}

/** Which result of an earlier execution a step takes, and what one goes on with that was begun elsewhere. */
export interface KeptSource {
  left(
    job: string,
    path: string,
    input: unknown,
  ): (Pick<CallAnswer, 'carried' | 'delayMs'> & Pick<Call, 'gaveUp'>) | null;
  take(
    job: Pick<Job, 'name' | 'output'>,
    path: string,
    order: number,
    input: unknown,
  ): { output: unknown } | null;
}

/** The order of what the run waits for. */
export interface TurnsOfSteps {
  turns: Pick<Turns, 'answer'>;
  /** Before what waited for something else than a local activity goes on. */
  turn(): Promise<void>;
}

/** The steps that are under way. */
interface OpenOnes {
  get(path: string): OpenStep | undefined;
  met(path: string, ledger: Ledger | undefined): void;
}

/** One use of a job. */
export interface JobStep {
  job: Job;
  path: string;
  /** How many steps of the run began before it. */
  order: number;
  input: unknown;
  options?: RunOptions | undefined;
}

export class JobSteps {
  readonly #run: RunOfSteps;
  readonly #open: OpenOnes;
  readonly #observer: Pick<StepObserver, 'riskAt' | 'struggles' | 'met'>;
  readonly #kept: KeptSource;
  readonly #of: TurnsOfSteps;
  readonly #alone = new Limiter(ALONE_AT_ONCE);
  #permits: PoolPermits | null = null;

  constructor(
    run: RunOfSteps,
    open: OpenOnes,
    observer: Pick<StepObserver, 'riskAt' | 'struggles' | 'met'>,
    kept: KeptSource,
    of: TurnsOfSteps,
  ) {
    this.#run = run;
    this.#open = open;
    this.#observer = observer;
    this.#kept = kept;
    this.#of = of;
  }

  /** What a step begins with; throws what is wrong with it. */
  prepared({ job, path, order, input, options = {} }: JobStep) {
    if (!this.#run.goal.jobs.includes(job))
      throw new TypeError(
        `'${this.#run.goal.name}' does not declare the job '${job.name}'; add it to its \`jobs\``,
      );
    const checked = job.input.safeParse(input);
    if (!checked.success) throw new StepFailed(inputFailure(path, job.name, z.prettifyError(checked.error)));
    refuseUncarried(path, job.name, input);
    // A worker in another language has no such storage.
    const limit = job.queue === null ? LARGEST_BYTES : PAYLOAD_BYTES;
    const bytes = jsonBytes(input);
    if (bytes > PAYLOAD_BYTES && (bytes > limit || !patched(patches.stored)))
      throw new StepFailed(tooLarge(path, job.name, bytes, limit));
    const kept = this.#kept.take(job, path, order, input);
    const riskAt = kept === null ? this.#observer.riskAt() : null;
    const call: Call = {
      ...(this.#run.deadline === null ? {} : { deadline: this.#run.deadline }),
      ...(riskAt === null ? {} : { riskAt }),
      ...(this.#run.run === null ? {} : { run: this.#run.run }),
      ...(options.timeout === undefined ? {} : { timeoutMs: requireMilliseconds(options.timeout) }),
      ...(options.attempts === undefined ? {} : { attempts: options.attempts }),
    };
    return { kept, bytes, call };
  }

  /** `told`: what a call that has left its batch is told. */
  async attempt(step: JobStep, told: Call | null = null): Promise<unknown> {
    const { job, path, input } = step;
    const { kept, call } = told === null ? this.prepared(step) : { kept: null, call: told };
    if (kept !== null) return kept.output;
    if (job.pool !== null || (job.queue !== null && patched(patches.workflowAttempts)))
      return this.checked(job, path, await this.#tried(job, path, input, call));
    const schedule = (call: Call): Promise<StepResult> => {
      const options = this.#activityOptions(job, path, call, input);
      const activities = proxyActivities<Record<string, Make>>(options);
      const make = jobActivity(activities, job.name);
      // A step that has nothing more to tell costs no more than a bare activity.
      return Object.keys(call).length === 0 ? make(input) : make(input, call);
    };
    // Of the many that may leave their batches at one moment, or are items of a map, Temporal takes so many.
    const activity =
      told !== null || job.quick ? (call: Call) => this.#alone.through(() => schedule(call)) : schedule;
    let result: StepResult;
    try {
      result = await activity(call);
      // A callback told that the attempt failed: the wrapper enters that, and decides about the next one.
      while (result.answered !== undefined) result = await activity({ ...call, carried: result.answered });
    } catch (error) {
      const ledger = ledgerIn(error);
      this.#open.met(path, ledger);
      if (isCancellation(error)) throw error;
      // Temporal ended it, and the wrapper could not say with how many errors.
      if (ledger === undefined) this.#observer.met(null, undefined);
      throw new StepFailed(this.#failureOf(error, path, job.name));
    }
    this.#open.met(path, result.ledger);
    const open = this.#open.get(path);
    if (open !== undefined && result.ms !== undefined) open.ms = result.ms;
    if (result.large && result.ledger) {
      await writeMarker(this.#of.turns, { step: path, ledger: result.ledger });
    }
    return this.checked(job, path, result.output);
  }

  /** What a call that has left its batch is told, once its next attempt is due. */
  async goesAlone(path: string, call: Call, { carried, delayMs = 0 }: CallAnswer): Promise<Call> {
    const next = attemptId(path, (carried?.ledger.total ?? 0) + 1);
    if (delayMs > 0) await sleep(delayMs, { summary: next });
    return carried === undefined ? call : { ...call, carried };
  }

  /** What its next attempt is told of a step that a light run had begun; null where none had. */
  begunElsewhere({ job, path, input }: JobStep, call: Call): Promise<Call> | null {
    const left = this.#kept.left(job.name, path, input);
    if (left === null) return null;
    const { gaveUp } = left;
    return this.goesAlone(path, { ...call, ...(gaveUp === undefined ? {} : { gaveUp }) }, { ms: 0, ...left });
  }

  /** Of a call that travelled with others, and failed for good. */
  failureIn({ reason = 'exhausted', ledger = emptyLedger() }: CallAnswer, path: string, job: string) {
    return ledger.total === 0 && reason !== 'deadline'
      ? engineFailure(path, job, 'no attempt was left')
      : givenUp(path, job, { reason, ledger });
  }

  /** The output, if it fits the schema; `ledger` of what is no open step. */
  checked(job: Job, path: string, given: unknown, ledger = this.#open.get(path)?.ledger): unknown {
    const output = readOutput(job, given);
    if (!output.success) throw new StepFailed(outputFailure(path, job.name, z.prettifyError(output.error)));
    measureRecovered(this.#run.goal, path, ledger, this.#run.light);
    return output.data;
  }

  async #tried(job: Job, path: string, input: unknown, call: Call): Promise<unknown> {
    try {
      return await this.#foreign(job, path, call).run(input);
    } finally {
      // A permit of a rate alone is not given back, so nothing else has taken a turn.
      if (job.pool?.atOnce === null) await this.#of.turn();
    }
  }

  #foreign(job: Job, path: string, call: Call): WorkflowAttempts {
    const tried: Tried = {
      failed: (ledger) => this.#open.met(path, ledger),
      struggles: (struggle) => this.#observer.struggles(struggle),
    };
    if (job.pool !== null) this.#permits ??= new PoolPermits(this.#of.turns);
    return new WorkflowAttempts(job, path, call, tried, this.#permits);
  }

  #activityOptions(job: Job, path: string, call: Call, input: unknown): ActivityOptions {
    return {
      activityId: path,
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      summary: boundedText(JSON.stringify(input) ?? '', 100),
      startToCloseTimeout: serverAttemptMs(call.timeoutMs ?? job.timeoutMs, job.retry),
      heartbeatTimeout: job.heartbeatMs,
      ...(job.queue === null ? {} : { taskQueue: job.queue }),
      ...deadlineOptions(call.deadline),
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
    if (cause instanceof TimeoutFailure && this.#run.deadline !== null)
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
