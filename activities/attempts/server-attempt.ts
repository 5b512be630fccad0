// The wrapper around every job: it makes the attempts of one server attempt, and keeps the step's ledger.
//
// A1. A failed attempt is in the ledger, and the server has the ledger, before the next attempt begins. (But inline: there
//     is nobody to tell before the run's workflow task ends.)
// A2. Nothing else decides about retries (retries.ts): the server's attempts are unlimited, this wrapper counts and refuses.
// A3. What the job throws, returns or leaves hanging cannot make this function throw anything but a failure it made.

import { setTimeout as sleep } from 'node:timers/promises';
import { type ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import { toldError } from '../../goals/index.ts';
import { attemptOf } from '../../goals/wire/attempt-id.ts';
import type { Call } from '../../goals/wire/call.ts';
import { toldErrorSchema } from '../../goals/wire/error-envelope.ts';
import {
  type Heartbeat,
  heartbeatSchema,
  type Later,
  type Ledger,
  type StepResult,
} from '../../goals/wire/ledger.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import type { Binding } from '../bind.ts';
import { type AttemptResult, countAttempt } from '../metrics.ts';
import { AttemptLedger } from './attempt-ledger.ts';
import { AttemptTime } from './attempt-time.ts';
import { GoesAlone, type Mate, MateBeats } from './batch-member.ts';
import { classify, workerStopped } from './classify.ts';
import { CompletesLater, noCallback } from './completes-later.ts';
import { type Beats, Heartbeats } from './heartbeats.ts';
import { Retries } from './retries.ts';
import { type JobAttempt, NO_TURN, runJob } from './run-job.ts';
import { runOf } from './run-of.ts';
import { storeLarge } from './store-large.ts';
import { StruggleTeller } from './struggle.ts';

/** A run closes by itself at its deadline: what waits for a callback need not wake for that. */
const AFTER_DEADLINE_MS = 20_000;

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
  readonly #time: AttemptTime;
  readonly #retries: Retries;
  readonly #struggle: StruggleTeller;
  readonly #heartbeats: Beats;
  readonly #ledger: AttemptLedger;
  #localTry = 0;
  #haltedAttempt: number | undefined;
  #later: Later | null;

  /** `mate` for a call that travels with others, or inline. */
  constructor(binding: Binding, call: Call, log: Logger, mate: Mate | null = null) {
    this.#binding = binding;
    this.#call = call;
    this.#mate = mate;
    const { info } = this.#context;
    this.#place = attemptOf(mate?.path ?? info.activityId);
    this.#server = mate === null ? info.attempt : 1;
    this.#cancellation = mate?.signal ?? this.#context.cancellationSignal;
    this.#time = new AttemptTime(binding, call, info, mate);
    this.#retries = new Retries(binding, call, this.#time, mate);
    const left = mate === null ? (info.heartbeatDetails ?? call.carried) : undefined;
    const carried = heartbeatSchema.safeParse(left).data;
    this.#later = carried?.later ?? null;
    this.#given = log;
    this.#ledger = new AttemptLedger(carried, this.#server, info.currentAttemptScheduledTimestampMs);
    if (this.#server > 1) this.#count('lost', this.#ledger.now.total - (carried?.ledger.total ?? 0));
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
            ledger: this.#ledger.now,
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
    return this.#ledger.now;
  }

  /** Bound when it is first needed: most quick calls write nothing. */
  get #log(): Logger {
    this.#bound ??= this.#given.child({
      ...this.#run(),
      step: this.#place.path,
    });
    return this.#bound;
  }

  #run(): { goal: string; run: string } {
    return runOf(this.#call, this.#context.info);
  }

  #held() {
    return { ledger: this.#ledger.now, ...(this.#struggle.told ? { told: true } : {}) };
  }

  async run(given: unknown): Promise<StepResult> {
    // The ledger's first act in each attempt: otherwise a second crash would take it along.
    if (this.#ledger.now.total > 0 || this.#heartbeats.checkpoint !== undefined || this.#later !== null)
      this.#heartbeats.begin();
    if (this.#later !== null) await this.#answered(this.#later);
    if (this.#retries.isExhausted(this.#ledger.now)) throw this.#ledger.final('exhausted');
    await this.#struggle.consider(this.#ledger.now, 0);
    const beat =
      this.#mate === null ? setInterval(() => this.#heartbeats.beat(), this.#heartbeatMs() / 2) : undefined;
    try {
      for (;;) {
        if (this.#time.remainingMs() <= 0) throw this.#ledger.final('deadline');
        this.#localTry++;
        const begun = performance.now();
        const endWatch = this.#struggle.watch(this.#ledger.now);
        try {
          const { output, bytes } = await runJob(this.#binding, this.#attempt(given));
          const { total, server } = this.#ledger.now;
          const result = { output, ...(total === 0 && server === 0 ? {} : { ledger: this.#ledger.now }) };
          const stored = await storeLarge(result, bytes);
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
      Math.max(0, this.#time.remainingMs()) + AFTER_DEADLINE_MS,
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
    if (cancelled && !stopping) throw new CancelledFailure('cancelled', [{ ledger: this.#ledger.now }]);

    const error = classify(stopping ? workerStopped() : thrown, job.retry);
    const next = this.#retries.next(error, this.#ledger.now, this.#localTry, stopping);
    const { delay, refusal, isHere, askedMs } = next;
    this.#ledger.enter(error, this.#localTry, ms, isHere);
    this.#log.info(
      {
        attempt: this.#place.n - 1 + this.#ledger.now.total,
        code: error.code,
        error: boundedText(error.message, 300),
        retryInMs: refusal ?? delay,
      },
      refusal === null ? 'attempt failed; another follows' : 'attempt failed; it was the last',
    );
    if (refusal !== null) throw this.#ledger.final(refusal, askedMs);
    if (!stopping) await this.#struggle.consider(this.#ledger.now, delay);
    if (isHere && (await this.#heartbeats.taken())) return this.#pause(delay);
    throw this.#retriedByServer(error, delay);
  }

  #count(result: AttemptResult, count = 1): void {
    countAttempt(this.#run().goal, result, count);
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
      this.#ledger.now.server,
    );
  }

  #retriedByServer(
    error: { message: string; type?: string },
    delay: number,
    server?: number,
  ): ApplicationFailure {
    const failure = this.#ledger.retried(error, delay, server);
    this.#heartbeats.beat();
    return failure;
  }

  #attempt(input: unknown): JobAttempt {
    const { deadline } = this.#call;
    return {
      ...this.#run(),
      step: this.#place.path,
      attempt: this.#place.n + this.#ledger.now.total,
      deadline: deadline === undefined ? null : new Date(deadline),
      input,
      cancellation: this.#cancellation,
      time: this.#time,
      heartbeats: this.#heartbeats,
      log: () => this.#log,
    };
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
      throw new CancelledFailure('cancelled', [{ ledger: this.#ledger.now }]);
    }
  }

  #heartbeatMs(): number {
    return this.#context.info.heartbeatTimeoutMs ?? this.#binding.job.heartbeatMs;
  }
}

const reasonOf = (signal: AbortSignal): string =>
  signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
