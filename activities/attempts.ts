// The wrapper around every job: it makes the attempts of one server attempt, and keeps the step's ledger.
//
// A1. A failed attempt is in the ledger, and the server has the ledger, before the next attempt begins. (But inline: there
//     is nobody to tell before the run's workflow task ends.)
// A2. Nothing else decides about retries: the server's attempts are unlimited, this wrapper counts and refuses.
// A3. What the job throws, returns or leaves hanging cannot make this function throw anything but a failure it made.

import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { Logger } from 'pino';
import { z } from 'zod';
import { toldError } from '../goals/index.ts';
import { delayAfter, QUICK_MS, quickRetries } from '../goals/policy.ts';
import { attemptOf } from '../goals/wire/attempt-id.ts';
import { boundedText } from '../goals/wire/bounded-text.ts';
import type { Call } from '../goals/wire/call.ts';
import { toldErrorSchema } from '../goals/wire/error-envelope.ts';
import {
  emptyLedger,
  enter,
  type Heartbeat,
  heartbeatSchema,
  jsonBytes,
  type Later,
  type Ledger,
  lastEntry,
  type StepFailureDetails,
  type StepResult,
} from '../goals/wire/ledger.ts';
import { withLost } from '../goals/wire/lost.ts';
import { spentAttempts } from '../goals/wire/persistence.ts';
import { inputDigest, parseRunId } from '../goals/wire/run-id.ts';
import { LARGEST_BYTES } from '../goals/wire/stored.ts';
import type { Binding } from './bind.ts';
import {
  type Classified,
  classify,
  inputInvalid,
  outputInvalid,
  outputTooLarge,
  workerStopped,
} from './classify.ts';
import { CompletesLater, noCallback } from './completes-later.ts';
import { type Beats, Heartbeats } from './heartbeats.ts';
import { jobContext } from './job-context.ts';
import { GoesAlone, type Mate, MateBeats } from './mate.ts';
import { type AttemptResult, countAttempt } from './metrics.ts';
import { readSecrets, refuseSecrets } from './secrets.ts';
import { storeLarge } from './storage/store-large.ts';
import { catchingStrays } from './stray-errors.ts';
import { StruggleTeller } from './struggle.ts';
import { LONGEST_TIMER_MS, TIMEOUT_GRACE_MS, within } from './within.ts';

/** A run closes by itself at its deadline: what waits for a callback need not wake for that. */
const AFTER_DEADLINE_MS = 20_000;

/** How long before its run's deadline an attempt times out. */
const DEADLINE_HEADROOM_MS = 300;

/** Of the time that the server gives an attempt, what is left for telling it how the attempt ended. */
const TELLING_MS = 5000;

/** After which the server tries again whether it is an attempt's turn. */
const NEXT_TURN_MS = 1000;

/** One server attempt of a step: an activity's, or a call's that travels with others. */
export class ServerAttempt {
  readonly #context = Context.current();
  /** Which step this is of, and which attempt of it the first one here is. */
  readonly #place: ReturnType<typeof attemptOf>;
  /** Which attempt of the server. */
  readonly #server: number;
  readonly #mate: Mate | null;
  readonly #cancellation: AbortSignal;
  readonly #binding: Binding;
  readonly #call: Call;
  readonly #given: Logger;
  #bound: Logger | null = null;
  readonly #begun: number;
  readonly #struggle: StruggleTeller;
  readonly #heartbeats: Beats;
  #ledger: Ledger;
  #localTry = 0;
  #haltedAttempt: number | undefined;
  #later: Later | null;
  /** Whether the attempt under way has less time than its job gives it, as the run's deadline is near. */
  #isCutShort = false;

  /** `mate` for a call that travels with others, or inline. */
  constructor(binding: Binding, call: Call, log: Logger, mate: Mate | null = null) {
    this.#binding = binding;
    this.#call = call;
    this.#mate = mate;
    const { info } = this.#context;
    this.#place = attemptOf(mate?.path ?? info.activityId);
    this.#server = mate === null ? info.attempt : 1;
    this.#cancellation = mate?.signal ?? this.#context.cancellationSignal;
    this.#begun = mate?.begunAt ?? performance.now();
    const left = mate === null ? (info.heartbeatDetails ?? call.carried) : undefined;
    const carried = heartbeatSchema.safeParse(left).data;
    this.#ledger = carried?.ledger ?? emptyLedger();
    this.#later = carried?.later ?? null;
    // What waits for a callback has no worker that could be lost.
    if (this.#later !== null) this.#ledger = { ...this.#ledger, server: this.#server - 1, open: false };
    this.#given = log;
    const { halted = 0 } = carried ?? {};
    if (halted > this.#ledger.server && this.#server > halted)
      this.#ledger = { ...this.#ledger, server: halted };
    if (this.#server > 1) {
      const noticed = new Date(info.currentAttemptScheduledTimestampMs).toISOString();
      const { total } = this.#ledger;
      this.#ledger = withLost(this.#ledger, this.#server, noticed);
      countAttempt(info.workflowType, 'lost', this.#ledger.total - total);
    }
    const told = carried?.told === true;
    this.#struggle = new StruggleTeller(
      binding.job.persists,
      call.riskAt,
      told,
      this.#context,
      () => this.#log,
      this.#place.path,
    );
    this.#heartbeats =
      mate === null
        ? new Heartbeats(this.#context, this.#log, carried, () => ({
            ledger: this.#ledger,
            told: this.#struggle.told,
            halted: this.#haltedAttempt,
            later: this.#later,
          }))
        : new MateBeats(mate, () => this.#held());
  }

  /** What the next attempt must know, of a call that goes on as an activity of its own. */
  get carried(): Heartbeat | undefined {
    const beats = this.#heartbeats;
    if (!(beats instanceof MateBeats)) return undefined;
    const { ledger, ...rest } = beats.envelope;
    if (ledger.total === 0 && rest.checkpoint === undefined) return undefined;
    // The server counts the attempts of that activity anew.
    return { ...rest, ledger: { ...ledger, server: 0, open: false } };
  }

  get ledger(): Ledger {
    return this.#ledger;
  }

  /** Bound when it is first needed: most quick calls write nothing. */
  get #log(): Logger {
    this.#bound ??= this.#given.child({
      ...this.#run(),
      step: this.#place.path,
    });
    return this.#bound;
  }

  /** Whose step it is: the workflow's own, but of an item that a shard of a map has tried. */
  #run(): { goal: string; run: string } {
    const { workflowType = '', workflowExecution } = this.#context.info;
    const { run } = this.#call;
    if (run !== undefined) return { goal: parseRunId(run)?.goal ?? workflowType, run };
    return { goal: workflowType, run: workflowExecution?.workflowId ?? '' };
  }

  #held() {
    return { ledger: this.#ledger, ...(this.#struggle.told ? { told: true } : {}) };
  }

  async run(given: unknown): Promise<StepResult> {
    // The ledger's first act in each attempt: otherwise a second crash would take it along.
    if (this.#ledger.total > 0 || this.#heartbeats.checkpoint !== undefined || this.#later !== null)
      this.#heartbeats.beat();
    if (this.#later !== null) await this.#answered(this.#later);
    if (this.#isExhausted()) throw this.#final('exhausted');
    await this.#struggle.consider(this.#ledger, 0);
    const beat =
      this.#mate === null ? setInterval(() => this.#heartbeats.beat(), this.#heartbeatMs() / 2) : undefined;
    try {
      for (;;) {
        if (this.#remainingMs() <= 0) throw this.#final('deadline');
        this.#localTry++;
        const begun = performance.now();
        const endWatch = this.#struggle.watch(this.#ledger);
        try {
          const output = await this.#attempt(given);
          const { total, server } = this.#ledger;
          const result = { output, ...(total === 0 && server === 0 ? {} : { ledger: this.#ledger }) };
          const stored = await storeLarge(result);
          this.#count('succeeded');
          return stored;
        } catch (thrown) {
          endWatch();
          if (thrown instanceof CompletesLater) throw await this.#goesOnElsewhere(thrown.later);
          await this.#failed(thrown, performance.now() - begun);
        } finally {
          endWatch();
        }
      }
    } finally {
      clearInterval(beat);
    }
  }

  /** To the server the attempt waits for another one, which comes if no callback does. */
  async #goesOnElsewhere(later: Later): Promise<ApplicationFailure> {
    this.#later = later;
    await this.#heartbeats.taken();
    const ms = Math.min(
      Date.parse(later.until) - Date.now(),
      Math.max(0, this.#remainingMs()) + AFTER_DEADLINE_MS,
    );
    return this.#retriedByServer({ type: 'Waiting', message: 'waits for a callback; this is no error' }, ms);
  }

  /** Enters what the attempt that went on elsewhere ended with: what its callback told, or that none came. */
  async #answered(later: Later): Promise<void> {
    if (this.#cancellation.aborted)
      throw this.#retriedByServer({ type: 'WorkerStopped', message: 'the worker was told to stop' }, 0);
    const told = toldErrorSchema.safeParse(later.error).data;
    const ms = Math.max(0, Date.now() - Date.parse(later.since));
    this.#later = null;
    this.#localTry++;
    await this.#failed(told === undefined ? noCallback(ms) : toldError(told), ms);
  }

  /** Enters the failed attempt; returns when the next one may begin here, else throws what tells the server. */
  async #failed(thrown: unknown, ms: number): Promise<void> {
    const { job } = this.#binding;
    const cancelled = this.#cancellation.aborted;
    if (thrown instanceof GoesAlone) throw this.#retriedByServer(thrown, 0);
    if (thrown === NO_TURN && !cancelled)
      throw this.#retriedByServer(
        { type: 'NoTurn', message: 'as many as may run at once here do' },
        NEXT_TURN_MS,
      );
    const stopping = cancelled && reasonOf(this.#cancellation) === 'WORKER_SHUTDOWN';
    this.#count(stopping ? 'stopped' : cancelled ? 'cancelled' : 'failed');
    if (cancelled && this.#isHalted()) throw this.#halted();
    if (cancelled && !stopping) throw new CancelledFailure('cancelled', [{ ledger: this.#ledger }]);

    const error = classify(stopping ? workerStopped() : thrown, job.retry);
    const delay = stopping ? 0 : this.#delay(error);
    const reason = this.#refusal(error, delay);
    const here =
      reason === null &&
      !stopping &&
      delay < QUICK_MS &&
      this.#localTry <= quickRetries(job.retry).count &&
      (this.#mate === null || this.#ledger.total < this.#mate.failures) &&
      delay <= this.#spareMs();
    this.#enter(error, this.#server, this.#localTry, ms, here);
    this.#log.info(
      {
        attempt: this.#place.n - 1 + this.#ledger.total,
        code: error.code,
        error: boundedText(error.message, 300),
        retryInMs: reason ?? delay,
      },
      reason === null ? 'attempt failed; another follows' : 'attempt failed; it was the last',
    );
    if (reason !== null) throw this.#final(reason);
    if (!stopping) await this.#struggle.consider(this.#ledger, delay);
    if (here && (await this.#heartbeats.taken())) return this.#pause(delay);
    throw this.#retriedByServer(error, delay);
  }

  #count(result: AttemptResult): void {
    countAttempt(this.#context.info.workflowType, result);
  }

  /** Whether it was paused or reset in Temporal: by an operator, or by a run that is being closed. */
  #isHalted(): boolean {
    const { paused = false, reset = false } = this.#context.cancellationDetails ?? {};
    return paused || reset;
  }

  /** The attempt was cut short and nothing went wrong. The server may give its number to the next one, or not. */
  #halted(): ApplicationFailure {
    this.#haltedAttempt = this.#server;
    return this.#retriedByServer(
      { type: 'StepHalted', message: 'the step was paused or reset in Temporal' },
      0,
      this.#ledger.server,
    );
  }

  #retriedByServer(
    { message, type }: { message: string; type?: string },
    delay: number,
    server = this.#server,
  ): ApplicationFailure {
    // What follows is another server attempt: a try of this one that left no entry would count as lost.
    this.#ledger = { ...this.#ledger, server, open: false };
    this.#heartbeats.beat();
    return ApplicationFailure.create({
      message: boundedText(message, 1000),
      type: boundedText(type ?? 'Error', 100),
      nextRetryDelay: Math.max(1, Math.round(delay)),
      category: ApplicationFailureCategory.BENIGN,
      // Read only when the server tries no more after all: a cancellation was on its way to this attempt.
      details: [{ ledger: this.#ledger, reason: 'retried' } satisfies StepFailureDetails],
    });
  }

  /** Runs the job once, within its time. */
  async #attempt(given: unknown): Promise<unknown> {
    const { job, run: make } = this.#binding;
    const { goal, run } = this.#run();
    const input = job.input.safeParse(given);
    if (!input.success) throw inputInvalid(input.error);
    const cancellation = this.#cancellation;
    const secrets = readSecrets(job.secrets);
    const endTurn = await this.#turn();
    const timeoutMs = this.#timeoutMs();
    const timeout = new AbortController();
    const attempt = this.#place.n + this.#ledger.total;
    let bound: Logger | undefined;
    const log = (): Logger => (bound ??= this.#log.child({ attempt }));
    const { context, end } = jobContext(
      {
        attempt,
        goal,
        run,
        step: this.#place.path,
        deadline: this.#call.deadline === undefined ? null : new Date(this.#call.deadline),
        secrets,
      },
      {
        signal: () => AbortSignal.any([timeout.signal, cancellation]),
        // With the input: in a run that goes on after its code was mended, the path may be another step's.
        idempotencyKey: () => `${run}/${this.#place.path}/${inputDigest(given).slice(0, 12)}`,
        log,
      },
      performance.now() + timeoutMs,
      this.#heartbeats,
    );
    let isOver = false;
    const work = new Promise<unknown>((resolve, reject) => {
      const onStray = (error: unknown): void => {
        log().error(
          { err: error },
          isOver ? 'thrown after the attempt was over' : 'thrown where nobody caught it',
        );
        timeout.abort(error);
        reject(error);
      };
      catchingStrays(onStray, async () => make(input.data, context)).then(resolve, reject);
    });
    try {
      const grace = make.graceMs ?? TIMEOUT_GRACE_MS;
      // Whoever carries a mate waits no longer than its share, whatever comes of the work.
      const isCut = this.#mate !== null && performance.now() + timeoutMs >= this.#mate.endsAt;
      const output = isCut ? await work : await within(work, timeoutMs, timeout, cancellation, grace);
      const checked = checkedOutput(this.#binding, output);
      refuseSecrets('output', checked, secrets);
      return checked;
    } finally {
      isOver = true;
      end();
      endTurn?.();
    }
  }

  /**
   * Waits for the job's turn, where it has to; what waits has not begun, so this is no part of its time. Throws NO_TURN
   * before the server, which knows nothing of turns, would take the attempt for a lost one.
   */
  async #turn(): Promise<(() => void) | undefined> {
    const { run } = this.#binding;
    if (run.turn === undefined) return undefined;
    const late = new AbortController();
    const spare = Math.max(0, this.#spareMs());
    const timer = setTimeout(() => late.abort(NO_TURN), Math.min(spare, LONGEST_TIMER_MS));
    try {
      return await run.turn(AbortSignal.any([late.signal, this.#cancellation]));
    } finally {
      clearTimeout(timer);
    }
  }

  /** Of the time that the server gives this attempt of its own, what is left beside one more try, its grace and the telling. */
  #spareMs(): number {
    if (this.#mate !== null) return this.#mate.endsAt - performance.now();
    const { job, run } = this.#binding;
    const left = (this.#context.info.startToCloseTimeoutMs ?? 0) - (performance.now() - this.#begun);
    return left - (this.#call.timeoutMs ?? job.timeoutMs) - (run.graceMs ?? TIMEOUT_GRACE_MS) - TELLING_MS;
  }

  #timeoutMs(): number {
    const remaining = this.#remainingMs();
    // A little less than what remains, so that a job that hangs until the deadline is still recorded as such.
    const capped = remaining - Math.min(DEADLINE_HEADROOM_MS, remaining / 10);
    const given = this.#call.timeoutMs ?? this.#binding.job.timeoutMs;
    this.#isCutShort = capped < given;
    return Math.max(1, Math.min(given, capped));
  }

  #delay(error: Classified): number {
    if (error.retryAfterMs !== null) return error.retryAfterMs;
    const { retry } = this.#binding.job;
    const delay = delayAfter(retry, this.#ledger.total + 1);
    return delay * (1 + retry.jitter * (2 * Math.random() - 1));
  }

  #refusal(error: Classified, delay: number): StepFailureDetails['reason'] | null {
    if (error.permanent) return 'permanent';
    // Not that the job took too long: the goal had no more time.
    if (error.code === 'timeout' && this.#isCutShort) return 'deadline';
    if (error.code !== 'worker_stopped' && this.#spent() + 1 >= this.#limit()) return 'exhausted';
    return delay >= this.#remainingMs() ? 'deadline' : null;
  }

  #limit(): number {
    return this.#call.attempts ?? this.#binding.job.retry.attempts;
  }

  #isExhausted(): boolean {
    return this.#spent() >= this.#limit();
  }

  #spent(): number {
    return spentAttempts(this.#ledger);
  }

  /** By the server's clock, which the run's deadline is told in: this machine's may be wrong. */
  #remainingMs(): number {
    if (this.#call.deadline === undefined) return Number.POSITIVE_INFINITY;
    const now = this.#context.info.currentAttemptScheduledTimestampMs + (performance.now() - this.#begun);
    return this.#call.deadline - now;
  }

  #enter(error: Classified, server: number, local: number, ms: number, open: boolean): void {
    const entry = {
      server,
      local,
      at: new Date().toISOString(),
      ms: Math.round(ms),
      type: error.type,
      code: error.code,
      message: error.message,
      fingerprint: error.fingerprint,
      class: error.class,
      worker: identity(),
      ...(error.stack === undefined ? {} : { stack: error.stack }),
      ...(error.details === undefined ? {} : { details: error.details }),
    };
    this.#ledger = enter(this.#ledger, entry, open);
  }

  async #pause(ms: number): Promise<void> {
    try {
      await sleep(ms, undefined, { signal: this.#cancellation });
    } catch {
      if (this.#isHalted()) throw this.#halted();
      if (reasonOf(this.#cancellation) === 'WORKER_SHUTDOWN')
        throw this.#retriedByServer(
          { type: 'WorkerStopped', message: 'the worker was told to stop between two attempts' },
          0,
        );
      throw new CancelledFailure('cancelled', [{ ledger: this.#ledger }]);
    }
  }

  #final(reason: StepFailureDetails['reason']): ApplicationFailure {
    const error = lastEntry(this.#ledger);
    const details: StepFailureDetails = { ledger: this.#ledger, reason };
    return ApplicationFailure.create({
      message: error?.message ?? 'no attempt was left',
      type: error?.type ?? 'Error',
      nonRetryable: true,
      details: [details],
    });
  }

  #heartbeatMs(): number {
    return this.#context.info.heartbeatTimeoutMs ?? this.#binding.job.heartbeatMs;
  }
}

const NO_TURN = Symbol('no turn');

/** Which worker this is: its process and machine. */
const identity = (): string => `${process.pid}@${process.env.HOSTNAME ?? 'worker'}`;

const reasonOf = (signal: AbortSignal): string =>
  signal.reason instanceof Error ? signal.reason.message : String(signal.reason);

function checkedOutput({ job }: Binding, output: unknown): unknown {
  const parsed = job.output.safeParse(output);
  if (!parsed.success) throw outputInvalid(`does not fit its schema: ${z.prettifyError(parsed.error)}`);
  let bytes: number;
  try {
    bytes = jsonBytes(output);
  } catch (error) {
    throw outputInvalid(`cannot be written as JSON: ${(error as Error).message}`);
  }
  if (bytes > LARGEST_BYTES) throw outputTooLarge(bytes, LARGEST_BYTES);
  return output;
}
