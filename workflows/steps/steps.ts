// The steps of one run: what `run` and `sleep` of a pursuit do. A step's path is `name#n`, and its activity's ID, so
// that a history can be read back without asking anyone.

import {
  ActivityCancellationType,
  ActivityFailure,
  type ActivityOptions,
  ApplicationFailure,
  CancelledFailure,
  defineSignal,
  isCancellation,
  patched,
  proxyActivities,
  setHandler,
  sleep,
  TimeoutFailure,
} from '@temporalio/workflow';
import { z } from 'zod';
import { requireMilliseconds } from '../../goals/duration.ts';
import { type Goal, type Job, type Pursuit, type RunOptions, StepFailed } from '../../goals/index.ts';
import { quickRetries } from '../../goals/policy.ts';
import { attemptId } from '../../goals/wire/attempt-id.ts';
import type { Answer } from '../../goals/wire/batch.ts';
import type { Call } from '../../goals/wire/call.ts';
import {
  emptyLedger,
  heartbeatSchema,
  jsonBytes,
  type Ledger,
  type StepResult,
  stepFailureSchema,
} from '../../goals/wire/ledger.ts';
import { shardToldSchema } from '../../goals/wire/map.ts';
import { DEADLINE_MARGIN_MS, PAYLOAD_BYTES, signalNames } from '../../goals/wire/names.ts';
import type { Struggle } from '../../goals/wire/run-view.ts';
import { LARGEST_BYTES, STORED_PATCH } from '../../goals/wire/stored.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { PoolPermits } from '../pools/pool-permits.ts';
import { Awaited } from './awaited.ts';
import { together } from './batched-step.ts';
import { Batches } from './batches.ts';
import { refuseUncarried } from './carried.ts';
import type { Kept } from './kept-results.ts';
import { Gate } from './limiter.ts';
import { measureRecovered } from './measure.ts';
import { Hold } from './pause-of-run.ts';
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
import { ForeignAttempts, type Tried } from './workflow-attempts.ts';
import { note } from './write-marker.ts';

/** A step under way. */
export interface OpenStep {
  path: string;
  /** Null for what is no job. */
  job: string | null;
  since: number;
  /** Of its errors: once it has ended, and before where the workflow makes its attempts itself. */
  ledger?: Ledger;
  /** It has ended well, and so its errors were healed. */
  hasSucceeded?: true;
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

const mapTold = defineSignal<[unknown]>(signalNames.mapTold);

/** From when on the attempts of a job on another worker's queue are the workflow's. */
const PATCH = 'gk-foreign-attempts';

/** Activities of quick jobs' calls, and of maps' items, that go on alone: well under what Temporal takes of one run. */
export const ALONE_AT_ONCE = 500;

export class Steps {
  readonly open = new Map<string, OpenStep>();
  readonly #counts = new Map<string, number>();
  readonly #deadline: number | null;
  #isDecided = false;

  readonly #goal: Goal;
  readonly #run: string | null;
  /** What it keeps of the execution that it goes on from. */
  kept: Kept | null = null;
  #begun = 0;
  #waitsElsewhere = false;

  readonly awaited = new Awaited();
  readonly #turns = new Turns();
  readonly batches = new Batches(this.#turns, this);
  readonly hold: Hold;
  readonly #alone = new Gate(ALONE_AT_ONCE);
  readonly #troubles: Troubled;
  #permits: PoolPermits | null = null;

  /** `run` where the steps are not those of this workflow's own. */
  constructor(goal: Goal, deadline: number | null, troubles: Troubled, run: string | null = null) {
    this.#run = run;
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
    const step = this.begin(name, job);
    const order = this.nextOrder();
    const begin = () => work(step.path, order);
    const begun = this.hold.isHeld ? this.hold.released().then(begin) : begin();
    const settled = begun.then(
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

  /** How many steps of the run began before this one. */
  nextOrder(): number {
    return this.#begun++;
  }

  /** Something of the run waits for what is no step. */
  waitsElsewhere(): void {
    this.#waitsElsewhere = true;
  }

  /** How many steps the run has begun, should it wait for nothing but so many; else null. */
  begunIfOnly(open: number): number | null {
    return this.open.size === open && !this.#waitsElsewhere ? this.#begun : null;
  }

  /** Gives the next use of a name its path, and keeps the step among the open ones. */
  begin(name: string, job: string | null): OpenStep {
    const n = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, n);
    const step: OpenStep = { path: `${name}#${n}`, job, since: Date.now() };
    this.open.set(step.path, step);
    return step;
  }

  /** Takes in the errors that shards of maps tell; the rest is for the run's view. */
  hearShards(): void {
    setHandler(mapTold, (given) => {
      for (const { ledger } of shardToldSchema.safeParse(given).data?.troubled ?? [])
        this.#troubles.met(ledger);
    });
  }

  /** Keeps an item of a map, which goes on alone, among the open steps. */
  beginItem(path: string, job: string, ledger?: Ledger): OpenStep {
    const open = this.open.get(path);
    if (open !== undefined) return open;
    const step: OpenStep = { path, job, since: Date.now(), ...(ledger && { ledger }) };
    this.open.set(path, step);
    return step;
  }

  end(step: OpenStep, hasSucceeded = false): void {
    if (hasSucceeded) step.hasSucceeded = true;
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
      ? together(this, job, input, options)
      : this.step(job.name, job.name, (path, order) =>
          this.attempt(job, path, order, input, options),
        )) as never;

  readonly sleep: Pursuit['sleep'] = (duration) =>
    this.step('sleep', null, async (path) => sleep(requireMilliseconds(duration), { summary: path }));

  /** What a step begins with; throws what is wrong with it. */
  prepared(job: Job, path: string, order: number, input: unknown, options: RunOptions = {}) {
    if (!this.#goal.jobs.includes(job))
      throw new TypeError(
        `'${this.#goal.name}' does not declare the job '${job.name}'; add it to its \`jobs\``,
      );
    const checked = job.input.safeParse(input);
    if (!checked.success) throw new StepFailed(inputFailure(path, job.name, z.prettifyError(checked.error)));
    refuseUncarried(path, job.name, input);
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
      ...(this.#run === null ? {} : { run: this.#run }),
      ...(options.timeout === undefined ? {} : { timeoutMs: requireMilliseconds(options.timeout) }),
      ...(options.attempts === undefined ? {} : { attempts: options.attempts }),
    };
    return { kept, bytes, call };
  }

  /** `told`: what a call that has left its batch is told. */
  async attempt(
    job: Job,
    path: string,
    order: number,
    input: unknown,
    options: RunOptions | undefined,
    told: Call | null = null,
  ): Promise<unknown> {
    const { kept, call } =
      told === null ? this.prepared(job, path, order, input, options) : { kept: null, call: told };
    if (kept !== null) return kept.output;
    if (job.pool !== null || (job.queue !== null && patched(PATCH)))
      return this.checked(job, path, await this.#tried(job, path, input, call));
    const schedule = (call: Call): Promise<StepResult> => {
      const options = this.#activityOptions(job, path, call, input);
      const activities =
        proxyActivities<Record<string, (input: unknown, call: Call) => Promise<StepResult>>>(options);
      const make = activities[job.name] as (input: unknown, call?: Call) => Promise<StepResult>;
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
      this.met(path, ledgerIn(error));
      if (isCancellation(error)) throw error;
      throw new StepFailed(this.#failureOf(error, path, job.name));
    }
    this.met(path, result.ledger);
    if (result.large && result.ledger) {
      await note({ step: path, ledger: result.ledger });
      await this.turn();
    }
    return this.checked(job, path, result.output);
  }

  /** What a call that has left its batch is told, once its next attempt is due. */
  async goesAlone(path: string, call: Call, { carried, delayMs = 0 }: Answer): Promise<Call> {
    const next = attemptId(path, (carried?.ledger.total ?? 0) + 1);
    if (delayMs > 0) await sleep(delayMs, { summary: next });
    return carried === undefined ? call : { ...call, carried };
  }

  /** Of a call that travelled with others, and failed for good. */
  failureIn({ reason = 'exhausted', ledger = emptyLedger() }: Answer, path: string, job: string) {
    return ledger.total === 0 && reason !== 'deadline'
      ? engineFailure(path, job, 'no attempt was left')
      : givenUp(path, job, { reason, ledger });
  }

  /** The output, if it fits the schema; `ledger` of what is no open step. */
  checked(job: Job, path: string, given: unknown, ledger = this.open.get(path)?.ledger): unknown {
    const output = readOutput(job, given);
    if (!output.success) throw new StepFailed(outputFailure(path, job.name, z.prettifyError(output.error)));
    measureRecovered(this.#goal, path, ledger);
    return output.data;
  }

  /** Takes in the ledger that a step told. */
  met(path: string, ledger: Ledger | undefined): void {
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
      failed: (ledger) => this.met(path, ledger),
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
