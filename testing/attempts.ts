// The attempts of one step, as a worker makes them: each in its time, its error in the ledger, another one or none by the same
// decision (goals/policy.ts).

import { z } from 'zod';
import { artifactsTo } from '../goals/artifacts.ts';
import {
  inputInvalid,
  outputInvalid,
  outputTooLarge,
  outputUncarried,
  timedOut,
} from '../goals/attempt-fault.ts';
import { classified } from '../goals/classified.ts';
import type { Job } from '../goals/index.ts';
import { inTimeMs, nextAttempt, QUICK_MS, quickRetries } from '../goals/policy.ts';
import { enter, jsonBytes, type Ledger, lastEntry, type StepFailureDetails } from '../goals/wire/ledger.ts';
import { spentAttempts, troubledSince } from '../goals/wire/persistence.ts';
import { inputDigest } from '../goals/wire/run-id.ts';
import { LARGEST_BYTES } from '../goals/wire/stored.ts';
import { boundedText } from '../goals/wire/text/bounded-text.ts';
import { redactedText } from '../goals/wire/text/redact.ts';
import { uncarriedIn } from '../goals/wire/text/uncarried.ts';
import type { ArtifactBook } from '../views/artifacts.ts';
import type { StepState } from '../views/step-state.ts';
import type { FakeContext, FakeLog } from './fake.ts';
import { Cancelled, type Scope } from './scope.ts';
import type { Due } from './virtual-time.ts';
import type { Walk } from './walk.ts';

/** How long an attempt that timed out may take to end, and one whose run is closed. */
const TIMEOUT_GRACE_MS = 1000;
const CANCEL_GRACE_MS = 8000;

const STRUGGLE_MESSAGE = 300;

/** What one use of the job has of its own. */
export interface Use {
  timeoutMs?: number;
  attempts?: number;
}

/** A call that travels with others has so long, and fails so often, before it goes on alone. */
export interface BatchShare {
  endsAt: number;
  failures: number;
}

export type AttemptsEnd =
  | { end: 'succeeded'; output: unknown }
  | { end: 'failed'; reason: StepFailureDetails['reason']; askedMs?: number }
  | { end: 'cancelled' }
  | { end: 'alone'; delayMs: number };

/** Whose attempts they are. */
export interface AttemptsOf {
  walk: Walk;
  run: string;
  goal: string;
  /** Of the run, in milliseconds since 1970. */
  deadline: number | null;
  job: Job;
  /** Shows how the step stands; its ledger is the attempts'. */
  known: StepState;
  scope: Scope;
  use: Use;
  /** From when on errors put the run at risk. */
  riskAt: number | null;
  /** The errors persist; told once. */
  struggles(): void;
  /** What they show with the run. */
  artifacts: ArtifactBook;
}

/** Thrown by a mate whose share is over. */
const SLOW = Symbol('slow');

export class Attempts {
  readonly #of: AttemptsOf;
  #server = 1;
  #localTry = 0;
  #checkpoint: unknown;
  #isTold = false;
  #isCutShort = false;
  #watch: Due | null = null;

  constructor(of: AttemptsOf) {
    this.#of = of;
  }

  get ledger(): Ledger {
    return this.#of.known.ledger;
  }

  set ledger(ledger: Ledger) {
    this.#of.known.ledger = ledger;
  }

  /** Until one succeeds, or there is none left. The step shows how they go. */
  async made(input: unknown, mate: BatchShare | null = null): Promise<AttemptsEnd> {
    const { walk, scope, known } = this.#of;
    try {
      for (;;) {
        if (scope.isCancelled) return { end: 'cancelled' };
        if (this.#remainingMs() <= 0) return { end: 'failed', reason: 'deadline' };
        this.#localTry++;
        const begun = walk.time.now;
        known.step.state = 'running';
        known.step.nextAttemptAt = null;
        known.step.attempts = this.ledger.total + 1;
        let thrown: unknown;
        this.#watchTrouble();
        try {
          const output = await this.#once(input, mate);
          return { end: 'succeeded', output };
        } catch (error) {
          thrown = error;
        } finally {
          this.#watch?.cancel();
        }
        if (thrown === SLOW) return { end: 'alone', delayMs: 0 };
        if (thrown instanceof Cancelled) {
          // Between two tries in one worker nobody can tell that another had begun.
          if (this.ledger.open) known.step.attempts = this.ledger.total;
          return { end: 'cancelled' };
        }
        const next = this.#failed(thrown, walk.time.now - begun, mate);
        known.step.attempts = this.ledger.total;
        if (next.refusal !== null)
          return {
            end: 'failed',
            reason: next.refusal,
            ...(next.askedMs === undefined ? {} : { askedMs: next.askedMs }),
          };
        this.#considerTrouble(next.delayMs);
        if (!next.isHere && mate !== null) return { end: 'alone', delayMs: next.delayMs };
        known.step.state = 'waiting';
        if (!next.isHere) {
          [this.#server, this.#localTry] = [this.#server + 1, 0];
          known.step.nextAttemptAt = new Date(walk.time.now + next.delayMs).toISOString();
        }
        try {
          await scope.sleep(walk.time, next.delayMs);
        } catch {
          return { end: 'cancelled' };
        }
      }
    } finally {
      known.step.nextAttemptAt = null;
    }
  }

  #remainingMs(): number {
    const { deadline, walk } = this.#of;
    return deadline === null ? Number.POSITIVE_INFINITY : deadline - walk.time.now;
  }

  /** One attempt: its output, as JSON carries it. */
  async #once(input: unknown, mate: BatchShare | null): Promise<unknown> {
    const { walk, job, known, scope, use } = this.#of;
    const fake = walk.fakeOf(job, known.step.path);
    const release = job.pool === null ? null : await this.#permit();
    try {
      const parsed = job.input.safeParse(input);
      if (!parsed.success) throw inputInvalid(`does not fit its schema: ${z.prettifyError(parsed.error)}`);
      const given = use.timeoutMs ?? job.timeoutMs;
      const capped = inTimeMs(this.#remainingMs());
      this.#isCutShort = capped < given;
      const timeoutMs = Math.max(1, Math.min(given, capped));
      const ended = new AbortController();
      const context = this.#context(input, ended.signal, walk.time.now + timeoutMs);
      const key = `${this.#of.run} ${known.step.path} ${this.ledger.total + 1} ${this.#server}`;
      const work = walk.outside(key, () => fake.run(parsed.data as never, context as never));
      const output = await this.#within(work, timeoutMs, ended, scope, mate);
      return this.#carried(output);
    } finally {
      release?.();
    }
  }

  async #permit(): Promise<() => void> {
    const { walk, job, known, scope } = this.#of;
    const { pool } = job;
    if (pool === null) return () => undefined;
    const { step } = known;
    [step.state, step.waitingFor] = ['waiting', `pool ${pool.name}`];
    const release = await walk.pools.permit(pool, scope);
    step.state = 'running';
    delete step.waitingFor;
    return release;
  }

  /** The work's end, or a timeout, or a cancellation: what hangs is left behind after a grace. */
  #within(
    work: Promise<unknown>,
    timeoutMs: number,
    ended: AbortController,
    scope: Scope,
    mate: BatchShare | null,
  ): Promise<unknown> {
    const { time } = this.#of.walk;
    return new Promise((resolve, reject) => {
      const dues: Due[] = [];
      let off = (): void => undefined;
      let isOver: { thrown: unknown } | null = null;
      const settle = (act: () => void): void => {
        for (const due of dues) due.cancel();
        off();
        act();
      };
      const endWith = (thrown: unknown, reason: unknown, graceMs: number): void => {
        if (isOver !== null) return;
        isOver = { thrown };
        ended.abort(reason);
        dues.push(time.in(graceMs, () => settle(() => reject(thrown))));
      };
      work.then(
        (value) =>
          settle(() => {
            // What a job that was told to stop still finished counts; what came after its time does not.
            if (isOver === null || isOver.thrown instanceof Cancelled) resolve(value);
            else reject(isOver.thrown);
          }),
        (error: unknown) => settle(() => reject(isOver === null ? error : isOver.thrown)),
      );
      const late = (): void => {
        const fault = timedOut(timeoutMs);
        endWith(fault, fault, TIMEOUT_GRACE_MS);
      };
      dues.push(time.in(timeoutMs, late));
      if (mate !== null)
        dues.push(time.in(mate.endsAt - time.now, () => endWith(SLOW, new Error('it goes on alone'), 100)));
      off = scope.onCancel(() =>
        endWith(new Cancelled('cancelled'), new Error('CANCELLED'), CANCEL_GRACE_MS),
      );
    });
  }

  /** What a worker hands on of an output. */
  #carried(output: unknown): unknown {
    const parsed = this.#of.job.output.safeParse(output);
    if (!parsed.success) throw outputInvalid(`does not fit its schema: ${z.prettifyError(parsed.error)}`);
    const uncarried = uncarriedIn(output);
    if (uncarried !== null) throw outputUncarried(uncarried);
    const json = JSON.stringify(output);
    if (json === undefined) return undefined;
    if (json.length > LARGEST_BYTES / 4 && jsonBytes(output) > LARGEST_BYTES)
      throw outputTooLarge(jsonBytes(output), LARGEST_BYTES);
    return JSON.parse(json);
  }

  /** Enters the error, and decides what follows. */
  #failed(thrown: unknown, ms: number, mate: BatchShare | null) {
    const { job, use, walk } = this.#of;
    const error = classified(thrown, job.retry, (texts) => texts.map(redactedText));
    const next = nextAttempt(
      job.retry,
      {
        error,
        total: this.ledger.total + 1,
        spent: spentAttempts(this.ledger) + 1,
        limit: use.attempts ?? job.retry.attempts,
        remainingMs: this.#remainingMs(),
        isCutShort: this.#isCutShort,
        stopped: null,
      },
      () => walk.chance(),
    );
    // Of these the run itself makes each attempt.
    const isOfRun = job.pool !== null || job.queue !== null;
    const isHere =
      next.refusal === null &&
      next.delayMs < QUICK_MS &&
      this.#localTry <= quickRetries(job.retry).count &&
      !isOfRun &&
      (mate === null || (this.ledger.total < mate.failures && next.delayMs <= mate.endsAt - walk.time.now));
    const { permanent: _, retryAfterMs: __, ...told } = error;
    const entry = {
      ...{ server: this.#server, local: this.#localTry },
      ...{ at: walk.time.iso, ms: Math.round(ms), worker: 'simulated' },
      ...(error.code === 'timeout' && this.#isCutShort && !isOfRun ? { cutShort: true as const } : {}),
    };
    this.ledger = enter(this.ledger, { ...told, ...entry } as Parameters<typeof enter>[1], isHere);
    return { ...next, isHere };
  }

  #context(input: unknown, signal: AbortSignal, endsAt: number): FakeContext {
    const { goal, run, job, deadline, known, walk, artifacts } = this.#of;
    const { path } = known.step;
    const attempt = this.ledger.total + 1;
    return {
      ...{ signal, goal, run, step: path, attempt, log: SILENT },
      // A digest costs more than all else of an attempt.
      get idempotencyKey() {
        return `${run}/${path}/${inputDigest(input).slice(0, 12)}`;
      },
      deadline: deadline === null ? null : new Date(deadline),
      get remainingMs() {
        return Math.max(0, endsAt - walk.time.now);
      },
      secrets: Object.fromEntries(job.secrets.map((name) => [name, `simulated ${name}`])),
      lastCheckpoint: this.#checkpoint,
      progress: (done, total = null, note = null) => {
        known.step.progress = { done, total, note };
      },
      checkpoint: async (state) => {
        this.#checkpoint = JSON.parse(JSON.stringify(state));
      },
      artifact: artifactsTo((artifact) => {
        const items = artifact === null ? [] : [{ ...artifact, at: walk.time.iso }];
        artifacts.ofAttempt({ step: path, attempt, items });
      }),
    };
  }

  #tooLongAt(since: string): number {
    const { job, riskAt } = this.#of;
    const { afterMs } = job.persists;
    const persistsAt = afterMs === null ? Number.POSITIVE_INFINITY : Date.parse(since) + afterMs;
    return Math.min(riskAt ?? Number.POSITIVE_INFINITY, persistsAt);
  }

  /** Tells when the errors persist by now, or will before an attempt can change that. */
  #considerTrouble(aheadMs: number): void {
    const { walk, job, known } = this.#of;
    const since = troubledSince(this.ledger);
    const entry = lastEntry(this.ledger);
    if (this.#isTold || since === null || entry === undefined) return;
    const isLong = walk.time.now + aheadMs >= this.#tooLongAt(since);
    const { attempts } = job.persists;
    if (!isLong && (attempts === null || spentAttempts(this.ledger) < attempts)) return;
    this.#isTold = true;
    known.struggle = {
      ...{ step: known.step.path, since, attempts: this.ledger.total, code: entry.code },
      ...{ message: boundedText(entry.message, STRUGGLE_MESSAGE), fingerprint: entry.fingerprint },
      next: new Date(walk.time.now + aheadMs).toISOString(),
    };
    this.#of.struggles();
  }

  /** Tells when the errors come to persist while an attempt is under way. */
  #watchTrouble(): void {
    const since = troubledSince(this.ledger);
    if (this.#isTold || since === null) return;
    const { time } = this.#of.walk;
    const ms = this.#tooLongAt(since) - time.now;
    if (ms < Number.POSITIVE_INFINITY) this.#watch = time.in(ms, () => this.#considerTrouble(0), 'backstop');
  }
}

const SILENT: FakeLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT,
};
