// The wrapper around every job: it makes the attempts of one server attempt, and keeps the step's ledger.
//
// A1. A failed attempt is in the ledger, and the server has the ledger, before the next attempt begins.
// A2. Nothing else decides about retries: the server's attempts are unlimited, this wrapper counts and refuses.
// A3. What the job throws, returns or leaves hanging cannot make this function throw anything but a failure it made.

import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { Logger } from 'pino';
import { z } from 'zod';
import { toldError } from '../goals/index.ts';
import { delayAfter, QUICK_MS, quickRetries } from '../goals/policy.ts';
import { boundedText } from '../goals/wire/bounded-text.ts';
import type { Call } from '../goals/wire/call.ts';
import { type Progress, toldErrorSchema } from '../goals/wire/error-envelope.ts';
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
import { PAYLOAD_BYTES } from '../goals/wire/names.ts';
import { inputDigest } from '../goals/wire/run-id.ts';
import type { Binding } from './bind.ts';
import {
  type Classified,
  classify,
  inputInvalid,
  outputInvalid,
  outputTooLarge,
  timedOut,
  workerStopped,
} from './classify.ts';
import { CompletesLater, noCallback } from './completes-later.ts';
import { readSecrets } from './secrets.ts';
import { StruggleTeller, spentAttempts } from './struggle.ts';

/** How long a timed-out attempt may take to notice, before the next one begins beside it. */
const TIMEOUT_GRACE_MS = 1000;

/** How long a cancelled attempt may take to clean up. */
const CANCEL_GRACE_MS = 8000;

const NOTE_LIMIT = 200;

/** A run closes by itself at its deadline: what waits for a callback need not wake for that. */
const AFTER_DEADLINE_MS = 20_000;

/** How long before its run's deadline an attempt times out. */
const DEADLINE_HEADROOM_MS = 300;

/** One server attempt of a step. */
export class ServerAttempt {
  readonly #context = Context.current();
  readonly #binding: Binding;
  readonly #call: Call;
  readonly #log: Logger;
  readonly #begun = performance.now();
  readonly #struggle: StruggleTeller;
  #ledger: Ledger;
  #localTry = 0;
  #checkpoint: unknown;
  #progress: Progress | null;
  #later: Later | null;
  /** Whether the attempt under way has less time than its job gives it, as the run's deadline is near. */
  #isCutShort = false;

  constructor(binding: Binding, call: Call, log: Logger) {
    this.#binding = binding;
    this.#call = call;
    const { info } = this.#context;
    const carried = heartbeatSchema.safeParse(info.heartbeatDetails ?? call.carried);
    this.#ledger = carried.success ? carried.data.ledger : emptyLedger();
    this.#later = carried.data?.later ?? null;
    // What waits for a callback has no worker that could be lost.
    if (this.#later !== null) this.#ledger = { ...this.#ledger, server: info.attempt - 1, open: false };
    this.#checkpoint = carried.data?.checkpoint;
    this.#progress = carried.data?.progress ?? null;
    this.#log = log.child({
      goal: info.workflowType,
      run: info.workflowExecution?.workflowId,
      step: info.activityId,
    });
    const noticed = new Date(info.currentAttemptScheduledTimestampMs).toISOString();
    this.#ledger = withLost(this.#ledger, info.attempt, noticed);
    const told = carried.data?.told === true;
    this.#struggle = new StruggleTeller(binding.job.persists, told, this.#context, this.#log);
  }

  async run(given: unknown): Promise<StepResult> {
    // The ledger's first act in each attempt: otherwise a second crash would take it along.
    if (this.#ledger.total > 0 || this.#checkpoint !== undefined || this.#later !== null)
      this.#context.heartbeat(this.#envelope());
    if (this.#later !== null) await this.#answered(this.#later);
    if (this.#isExhausted()) throw this.#final('exhausted');
    await this.#struggle.consider(this.#ledger, 0);
    const beat = setInterval(() => this.#context.heartbeat(this.#envelope()), this.#heartbeatMs() / 2);
    try {
      for (;;) {
        if (this.#remainingMs() <= 0) throw this.#final('deadline');
        this.#localTry++;
        const begun = performance.now();
        const endWatch = this.#struggle.watch(this.#ledger);
        try {
          const output = await this.#attempt(given);
          return { output, ...(this.#ledger.total === 0 ? {} : { ledger: this.#ledger }) };
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
    await this.#acknowledged();
    const ms = Math.min(
      Date.parse(later.until) - Date.now(),
      Math.max(0, this.#remainingMs()) + AFTER_DEADLINE_MS,
    );
    return this.#retriedByServer({ type: 'Waiting', message: 'waits for a callback; this is no error' }, ms);
  }

  /** Enters what the attempt that went on elsewhere ended with: what its callback told, or that none came. */
  async #answered(later: Later): Promise<void> {
    if (this.#context.cancellationSignal.aborted)
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
    const cancelled = this.#context.cancellationSignal.aborted;
    const stopping = cancelled && reasonOf(this.#context.cancellationSignal) === 'WORKER_SHUTDOWN';
    if (cancelled && !stopping) throw new CancelledFailure('cancelled', [{ ledger: this.#ledger }]);

    const error = classify(stopping ? workerStopped() : thrown, job.retry);
    const delay = stopping ? 0 : this.#delay(error);
    const reason = this.#refusal(error, delay);
    // No more than the server was told to leave time for, when the step was scheduled.
    const here =
      reason === null && !stopping && delay < QUICK_MS && this.#localTry <= quickRetries(job.retry).count;
    this.#enter(error, this.#context.info.attempt, this.#localTry, ms, here);
    this.#log.info(
      {
        attempt: this.#ledger.total,
        code: error.code,
        error: boundedText(error.message, 300),
        retryInMs: reason ?? delay,
      },
      reason === null ? 'attempt failed; another follows' : 'attempt failed; it was the last',
    );
    if (reason !== null) throw this.#final(reason);
    if (!stopping) await this.#struggle.consider(this.#ledger, delay);
    if (here && (await this.#acknowledged())) return this.#pause(delay);
    throw this.#retriedByServer(error, delay);
  }

  #retriedByServer(
    { message, type }: Pick<Classified, 'message' | 'type'>,
    delay: number,
  ): ApplicationFailure {
    // What follows is another server attempt: a try of this one that left no entry would count as lost.
    this.#ledger = { ...this.#ledger, server: this.#context.info.attempt, open: false };
    this.#context.heartbeat(this.#envelope());
    return ApplicationFailure.create({
      message: boundedText(message, 1000),
      type: boundedText(type, 100),
      nextRetryDelay: Math.max(1, Math.round(delay)),
      category: ApplicationFailureCategory.BENIGN,
      // Read only when the server tries no more after all: a cancellation was on its way to this attempt.
      details: [{ ledger: this.#ledger, reason: 'retried' } satisfies StepFailureDetails],
    });
  }

  /** Runs the job once, within its time. */
  async #attempt(given: unknown): Promise<unknown> {
    const { job, run } = this.#binding;
    const input = job.input.safeParse(given);
    if (!input.success) throw inputInvalid(input.error);
    const { info, cancellationSignal } = this.#context;
    const timeoutMs = this.#timeoutMs();
    const endsAt = performance.now() + timeoutMs;
    const secrets = readSecrets(job.secrets);
    const timeout = new AbortController();
    const attempt = this.#ledger.total + 1;
    const work = (async () =>
      run(input.data, {
        signal: AbortSignal.any([timeout.signal, cancellationSignal]),
        attempt,
        // With the input: in a run that goes on after its code was mended, the path may be another step's.
        idempotencyKey: `${info.workflowExecution?.workflowId}/${info.activityId}/${inputDigest(given).slice(0, 12)}`,
        goal: info.workflowType ?? '',
        run: info.workflowExecution?.workflowId ?? '',
        step: info.activityId,
        deadline: this.#call.deadline === undefined ? null : new Date(this.#call.deadline),
        get remainingMs() {
          return Math.max(0, endsAt - performance.now());
        },
        log: this.#log.child({ attempt }),
        secrets,
        lastCheckpoint: this.#checkpoint,
        progress: (done, total = null, note = null) => {
          this.#progress = { done, total, note: note === null ? null : boundedText(note, NOTE_LIMIT) };
          this.#context.heartbeat(this.#envelope());
        },
        checkpoint: (state) => {
          this.#checkpoint = state;
          this.#context.heartbeat(this.#envelope());
        },
      }))();
    const output = await within(work, timeoutMs, timeout, cancellationSignal);
    return checkedOutput(this.#binding, output);
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

  /** Whether the server has taken the ledger; the SDK's own heartbeats are throttled, so it is told directly. */
  async #acknowledged(): Promise<boolean> {
    const { client, info } = this.#context;
    // The SDK's own come late, and its last ones when the attempt fails: tell it the same, and before, so that none of
    // its older ones can be told after this.
    this.#context.heartbeat(this.#envelope());
    try {
      await client.withDeadline(Date.now() + 2000, () =>
        client.activity.heartbeat(info.taskToken, this.#envelope()),
      );
      return true;
    } catch (error) {
      this.#log.debug({ err: error }, 'the server did not take the ledger; the retry is left to it');
      return false;
    }
  }

  async #pause(ms: number): Promise<void> {
    try {
      await this.#context.sleep(ms);
    } catch {
      if (reasonOf(this.#context.cancellationSignal) === 'WORKER_SHUTDOWN')
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

  #envelope(): Heartbeat {
    return {
      gk: 1,
      ledger: this.#ledger,
      ...(this.#checkpoint === undefined ? {} : { checkpoint: this.#checkpoint }),
      ...(this.#progress === null ? {} : { progress: this.#progress }),
      ...(this.#struggle.told ? { told: true } : {}),
      ...(this.#later === null ? {} : { later: this.#later }),
    };
  }
}

/** Which worker this is: its process and machine. */
const identity = (): string => `${process.pid}@${process.env.HOSTNAME ?? 'worker'}`;

const reasonOf = (signal: AbortSignal): string =>
  signal.reason instanceof Error ? signal.reason.message : String(signal.reason);

/**
 * The work's own end, or a timeout, or the cancellation. What hangs is left behind after a grace, and what it does
 * later is nobody's any more.
 */
async function within(
  work: Promise<unknown>,
  timeoutMs: number,
  timeout: AbortController,
  cancellation: AbortSignal,
): Promise<unknown> {
  work.catch(() => undefined);
  const timers: NodeJS.Timeout[] = [];
  const after = (ms: number) =>
    new Promise<'late'>((resolve) => timers.push(setTimeout(resolve, ms, 'late')));
  // One for each attempt: what is not taken off again adds up on the signal, which all attempts share.
  const listening = new AbortController();
  const cancelled = new Promise<'cancelled'>((resolve) => {
    const options = { once: true, signal: listening.signal };
    if (cancellation.aborted) resolve('cancelled');
    else cancellation.addEventListener('abort', () => resolve('cancelled'), options);
  });
  const ended = work.then(
    () => 'ended' as const,
    () => 'ended' as const,
  );
  try {
    const first = await Promise.race([ended, after(timeoutMs), cancelled]);
    if (first === 'ended') return await work;
    const fault = timedOut(timeoutMs);
    if (first === 'late') {
      timeout.abort(fault);
      await Promise.race([ended, after(TIMEOUT_GRACE_MS)]);
      throw fault;
    }
    if ((await Promise.race([ended, after(CANCEL_GRACE_MS)])) === 'ended') return await work;
    throw new Error('cancelled, and the job did not stop: it may still be running');
  } finally {
    listening.abort();
    for (const timer of timers) clearTimeout(timer);
  }
}

function checkedOutput({ job }: Binding, output: unknown): unknown {
  const parsed = job.output.safeParse(output);
  if (!parsed.success) throw outputInvalid(`does not fit its schema: ${z.prettifyError(parsed.error)}`);
  let bytes: number;
  try {
    bytes = jsonBytes(output);
  } catch (error) {
    throw outputInvalid(`cannot be written as JSON: ${(error as Error).message}`);
  }
  if (bytes > PAYLOAD_BYTES) throw outputTooLarge(bytes, PAYLOAD_BYTES);
  return output;
}
