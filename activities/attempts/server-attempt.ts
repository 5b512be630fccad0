// The wrapper around every job: it makes the attempts of one server attempt, and keeps the step's ledger.
//
// server-attempt.1. A failed attempt is in the ledger, and the server has the ledger, before the next attempt begins. (Except inline, where
//     the server hears nothing before the run's workflow task ends.)
// server-attempt.2. Nothing else decides about retries (retries.ts): the server's attempts are unlimited, this wrapper counts and refuses.
// server-attempt.3. Nothing that the job throws, returns or leaves hanging can make this function throw anything but a failure it made.

import { setTimeout as sleep } from 'node:timers/promises';
import { type ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import { toldError } from '../../goals/index.ts';
import type { SentArtifacts } from '../../goals/wire/artifacts.ts';
import { attemptOf } from '../../goals/wire/attempt-id.ts';
import type { Call } from '../../goals/wire/call.ts';
import { reportedErrorSchema } from '../../goals/wire/error-envelope.ts';
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
import { ArtifactBudget } from './artifact-budget.ts';
import { AttemptArtifacts, signalArtifacts } from './attempt-artifacts.ts';
import { AttemptLedger } from './attempt-ledger.ts';
import { AttemptTime } from './attempt-time.ts';
import { BatchHeartbeats, type BatchMember, GoesAlone } from './batch-member.ts';
import { classify, workerStopped } from './classify.ts';
import { CompletesLater, noCallback } from './completes-later.ts';
import { type Beats, Heartbeats } from './heartbeats.ts';
import { LastLines } from './last-lines.ts';
import { Retries } from './retries.ts';
import { type JobAttempt, NO_TURN, runJob } from './run-job.ts';
import { runOf } from './run-of.ts';
import { storeLarge } from './store-large.ts';
import { StruggleReporter } from './struggle.ts';
import { type LogPlace, WholeLog } from './whole-log.ts';

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
  readonly #member: BatchMember | null;
  readonly #cancellation: AbortSignal;
  readonly #binding: Binding;
  readonly #call: Call;
  readonly #given: Logger;
  #bound: Logger | null = null;
  readonly #time: AttemptTime;
  readonly #retries: Retries;
  readonly #struggle: StruggleReporter;
  readonly #heartbeats: Beats;
  readonly #ledger: AttemptLedger;
  #localTry = 0;
  #haltedAttempt: number | undefined;
  #later: Later | null;
  /** What the attempt under way has written. */
  #lines: LastLines | null = null;
  /** What it shows with the run. */
  #artifacts: AttemptArtifacts | null = null;
  /** Inline, and of a light run: what attempts have shown, which its answer carries. */
  readonly toldArtifacts: SentArtifacts[] = [];

  /** `member` for a call that travels with others, or inline. */
  constructor(binding: Binding, call: Call, log: Logger, member: BatchMember | null = null) {
    this.#binding = binding;
    this.#call = call;
    this.#member = member;
    const { info } = this.#context;
    this.#place = attemptOf(member?.path ?? info.activityId);
    this.#server = member === null ? info.attempt : 1;
    this.#cancellation = member?.signal ?? this.#context.cancellationSignal;
    this.#time = new AttemptTime(binding, call, info, member);
    this.#retries = new Retries(binding, call, this.#time, member);
    const left = member === null ? (info.heartbeatDetails ?? call.carried) : undefined;
    const carried = heartbeatSchema.safeParse(left).data;
    this.#later = carried?.later ?? null;
    this.#given = log;
    this.#ledger = new AttemptLedger(carried, this.#server, info.currentAttemptScheduledTimestampMs);
    if (this.#server > 1) this.#count('lost', this.#ledger.now.total - (carried?.ledger.total ?? 0));
    const told = carried?.told === true;
    this.#struggle = new StruggleReporter(
      binding.job.persists,
      call.riskAt,
      told,
      this.#context,
      () => this.#log,
      this.#place.path,
    );
    this.#heartbeats =
      member === null
        ? new Heartbeats(this.#context, this.#log, carried, () => ({
            ledger: this.#ledger.now,
            told: this.#struggle.told,
            halted: this.#haltedAttempt,
            later: this.#later,
          }))
        : new BatchHeartbeats(member, () => this.#held());
  }

  /** What the next attempt must know, of a call that goes on as an activity of its own. */
  get carried(): Heartbeat | undefined {
    const beats = this.#heartbeats;
    if (!(beats instanceof BatchHeartbeats)) return undefined;
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
    if (this.#call.gaveUp !== undefined) throw this.#ledger.final(this.#call.gaveUp);
    if (this.#retries.isExhausted(this.#ledger.now)) throw this.#ledger.final('exhausted');
    await this.#struggle.consider(this.#ledger.now, 0);
    const beat =
      this.#member === null ? setInterval(() => this.#heartbeats.beat(), this.#heartbeatMs() / 2) : undefined;
    try {
      for (;;) {
        if (this.#time.remainingMs() <= 0) throw this.#ledger.final('deadline');
        this.#localTry++;
        const begun = performance.now();
        const endWatch = this.#struggle.watch(this.#ledger.now);
        try {
          const { output, bytes, ms } = await runJob(this.#binding, this.#attempt(given));
          const { total, server } = this.#ledger.now;
          const isLoneItem = this.#call.items !== undefined && this.#member === null;
          const result = {
            output,
            ...(total === 0 && server === 0 ? {} : { ledger: this.#ledger.now }),
            ...(isLoneItem ? { ms: Math.round(ms) } : {}),
          };
          const stored = await storeLarge(result, bytes);
          await this.#artifacts?.end(true);
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
    await this.#artifacts?.end(true);
    await this.#heartbeats.taken();
    const ms = Math.min(
      Date.parse(later.until) - Date.now(),
      Math.max(0, this.#time.remainingMs()) + AFTER_DEADLINE_MS,
    );
    return this.#retriedByServer(
      { type: 'Waiting', message: 'waits for a callback; this is not an error' },
      ms,
    );
  }

  /** Enters what the attempt that went on elsewhere ended with: what its callback told, or that none came. */
  async #answered(later: Later): Promise<void> {
    if (this.#cancellation.aborted)
      throw this.#retriedByServer({ type: 'WorkerStopped', message: 'the worker was told to stop' }, 0);
    const told = reportedErrorSchema.safeParse(later.error).data;
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
    if (cancelled && !stopping) await this.#artifacts?.end(true);
    if (cancelled && this.#isHalted()) throw this.#halted();
    if (cancelled && !stopping) throw new CancelledFailure('cancelled', [{ ledger: this.#ledger.now }]);

    // server-attempt.3: from here on it is one of our own failures.
    const error = classify(stopping ? workerStopped() : thrown, job.retry);
    const next = this.#retries.next(error, this.#ledger.now, this.#localTry, stopping);
    const { delay, refusal, isHere, askedMs, isCutShort } = next;
    this.#ledger.enter(error, this.#localTry, ms, isHere, { log: this.#lines?.take() ?? null, isCutShort });
    this.#log.info(
      {
        attempt: this.#place.n - 1 + this.#ledger.now.total,
        code: error.code,
        error: boundedText(error.message, 300),
        retryInMs: refusal ?? delay,
      },
      refusal === null ? 'attempt failed; another follows' : 'attempt failed; it was the last',
    );
    await this.#artifacts?.end(refusal !== null);
    if (refusal !== null) throw this.#ledger.final(refusal, askedMs);
    if (!stopping) await this.#struggle.consider(this.#ledger.now, delay);
    // server-attempt.1: the server has the ledger before the next attempt begins here.
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
    this.#lines = new LastLines();
    this.#artifacts = null;
    const place = { ...this.#run(), step: this.#place.path, attempt: this.#place.n + this.#ledger.now.total };
    return {
      ...place,
      deadline: deadline === undefined ? null : new Date(deadline),
      input,
      cancellation: this.#cancellation,
      time: this.#time,
      heartbeats: this.#heartbeats,
      log: () => this.#log,
      lines: this.#lines,
      whole: () => this.#whole(place),
      artifacts: () => (this.#artifacts ??= this.#attemptArtifacts(place)),
    };
  }

  #attemptArtifacts({ run, step, attempt }: Omit<LogPlace, 'namespace'>): AttemptArtifacts {
    const { info } = this.#context;
    // Where a shard of a map tries it, the run's execution is not known.
    const execution = this.#call.run === undefined ? info.workflowExecution?.runId : undefined;
    // A light run has no workflow of its own, and one whose task is under way is told by the answer.
    const isAnswered = info.isLocal || this.#call.shareMs !== undefined;
    const send = isAnswered
      ? async (told: SentArtifacts) => void this.toldArtifacts.push(told)
      : (told: SentArtifacts) => signalArtifacts(this.#context, run, execution, told);
    const budget = ArtifactBudget.of(run, execution);
    return new AttemptArtifacts({ step, attempt }, budget, send, () => this.#log);
  }

  #whole({ run, step, attempt }: Omit<LogPlace, 'namespace'>): WholeLog | null {
    const { client, info } = this.#context;
    const { payloadCodecs } = client.options.loadedDataConverter;
    return WholeLog.open({ namespace: info.namespace, run, step, attempt }, payloadCodecs, () => this.#log);
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
