// A job on another worker's queue, or of a pool: its attempts are made by the workflow, each an activity of its own that
// the server tries once, so that every error is in the history, whatever SDK the worker has and whether or not it knows
// of us, and so that a pool's permit is held for one attempt and no longer.
//
// workflow-attempts.1. Whether there is another attempt is decided in the workflow task that hears of the failure: the view relies on it.
// workflow-attempts.2. Waiting for a worker is not an error, however long; only the run's deadline ends it.
// workflow-attempts.3. An activity of another queue gets the input and nothing else, and its result is the output: the attempt's ID
//     says which attempt it is.

import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  sleep,
  TimeoutFailure,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { type Job, type Pool, StepFailed } from '../../goals/index.ts';
import {
  type AfterAttempt,
  EARLIER_PERSISTENCE,
  inTimeMs,
  isPersistenceDeclared,
  LONGEST_WAIT_MS,
  nextAttempt,
  QUEUE_ATTEMPTS,
} from '../../goals/policy.ts';
import { attemptId } from '../../goals/wire/attempt-id.ts';
import type { Call } from '../../goals/wire/call.ts';
import {
  emptyLedger,
  enter,
  type GaveUp,
  isGivenBack,
  type Ledger,
  lastEntry,
} from '../../goals/wire/ledger.ts';
import { memoNames, PERSISTS_TIMER, poolQueue } from '../../goals/wire/names.ts';
import { spentAttempts, troubledSince } from '../../goals/wire/persistence.ts';
import type { Persistence } from '../../goals/wire/publication.ts';
import type { Struggle } from '../../goals/wire/run-view.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { saidInexact } from '../../goals/wire/text/inexact.ts';
import {
  isOversize,
  type WorkflowAttemptError,
  workflowAttemptError,
} from '../../goals/wire/workflow-attempt-error.ts';
import { patched, patches } from '../patches.ts';
import type { PoolPermits } from '../pools/pool-permits.ts';
import { deadlineOptions, jobActivity, TIMEOUT_MARGIN_MS } from './job-activity.ts';
import { Inline, inexactOf, Unreadable } from './payload-converter.ts';
import { engineFailure, givenUp, outOfTime, outputFailure } from './step-failure.ts';
import { workflowAttemptEnd } from './workflow-attempt-end.ts';

/** What is to be told while the step is tried. */
export interface Tried {
  /** The ledger after each failed attempt. */
  failed(ledger: Ledger): void;
  /** The errors persist; told once. */
  struggles(struggle: Struggle): void;
}

/** Between attempts that do not count: a worker that says it stops, again and again, must not keep the run busy. */
const STOPPED_DELAY_MS = 1000;

const STRUGGLE_MESSAGE = 300;

/** So long an attempt keeps its permit while no worker takes it. */
const UNTAKEN_MS = 120_000;

/** The same on another worker's queue, where nothing but the permits keeps the rate: those that are out begin at once when it is back. */
const UNTAKEN_ELSEWHERE_MS = 30_000;

/** So long a job may take to end once it hears that its run was ended. */
const CLEANING_UP_MS = 10_000;

export class WorkflowAttempts {
  readonly #job: Job;
  readonly #path: string;
  readonly #call: Call;
  readonly #tried: Tried;
  readonly #permits: PoolPermits | null;
  #ledger = emptyLedger();
  /** Ends the watch for the moment from which on the errors persist. */
  #watch: CancellationScope | null = null;
  #isTold = false;
  /** Since when it waits for a permit; null while it does not. */
  #waitsSince: number | null = null;
  /** How long it has waited for permits since its errors began: that is no trouble. */
  #waitedMs = 0;

  /** `permits` for a job of a pool. */
  constructor(job: Job, path: string, call: Call, tried: Tried, permits: PoolPermits | null) {
    this.#job = job;
    this.#path = path;
    this.#call = call;
    this.#tried = tried;
    this.#permits = permits;
  }

  /** The output of the first attempt that succeeds. Throws a `StepFailed` after the last. */
  async run(input: unknown): Promise<unknown> {
    try {
      for (let n = 1; ; n++) {
        let timeoutMs = this.#timeoutMs();
        if (timeoutMs <= 0) throw this.#givenUp('deadline');
        let begun = Date.now();
        const attempt = (): Promise<unknown> => this.#attempt(input, n, timeoutMs);
        const begin = async (): Promise<unknown> => {
          this.#waits(false);
          begun = Date.now();
          timeoutMs = this.#timeoutMs();
          if (timeoutMs <= 0) throw this.#givenUp('deadline');
          return attempt();
        };
        try {
          const output = await (this.#job.pool === null ? attempt() : this.#permitted(n, begin));
          return readable(output, this.#path, this.#job.name);
        } catch (error) {
          if (isCancellation(error) || error instanceof StepFailed) throw error;
          const end = workflowAttemptEnd(error, timeoutMs);
          if (end === null) throw new StepFailed(this.#ended(error));
          const failed = workflowAttemptError(end);
          const permanent = failed.permanent && (!isOversize(end) || patched(patches.oversize));
          await this.#failed({ ...failed, permanent }, timeoutMs, Date.now() - begun);
        }
      }
    } finally {
      this.#watch?.cancel();
    }
  }

  /** An attempt that holds a permit of the job's pool. One that no worker takes gives it up, and waits for another. */
  async #permitted(attempt: number, begin: () => Promise<unknown>): Promise<unknown> {
    const needMs = this.#untakenMs() + serverMs(this.#job, this.#givenMs());
    const graceMs = isHeartbeated(this.#job) ? this.#job.heartbeatMs + CLEANING_UP_MS : needMs;
    const purpose = { pool: this.#job.pool as Pool, step: this.#path, attempt, needMs, graceMs };
    for (;;)
      try {
        this.#waits(true);
        return await (this.#permits as PoolPermits).holding(purpose, begin);
      } catch (error) {
        // workflow-attempts.2: no worker took it, so it was no attempt.
        if (!isUntaken(error)) throw error;
      }
  }

  #untakenMs(): number {
    const { queue, pool } = this.#job;
    return queue !== null && pool?.perSecond != null ? UNTAKEN_ELSEWHERE_MS : UNTAKEN_MS;
  }

  #queue(): { taskQueue?: string } {
    const { queue, pool } = this.#job;
    if (queue !== null) return { taskQueue: queue };
    return pool?.perSecond == null ? {} : { taskQueue: poolQueue(workflowInfo().taskQueue, pool.name) };
  }

  #attempt(input: unknown, n: number, timeoutMs: number): Promise<unknown> {
    const { name, queue, pool, heartbeatMs } = this.#job;
    const { deadline, run } = this.#call;
    const activities = proxyActivities<Record<string, (...told: unknown[]) => Promise<unknown>>>({
      activityId: attemptId(this.#path, n),
      ...this.#queue(),
      ...(pool === null ? {} : { scheduleToStartTimeout: this.#untakenMs() }),
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      summary: boundedText(JSON.stringify(input) ?? '', 100),
      startToCloseTimeout: serverMs(this.#job, timeoutMs),
      ...(isHeartbeated(this.#job) ? { heartbeatTimeout: heartbeatMs } : {}),
      ...deadlineOptions(deadline),
      retry: { maximumAttempts: 1 },
    });
    const attempt = jobActivity(activities, name);
    // workflow-attempts.3
    if (queue !== null) return attempt(new Inline(input));
    return attempt(input, {
      attempts: 1,
      timeoutMs,
      ...(deadline === undefined ? {} : { deadline }),
      ...(run === undefined ? {} : { run }),
    } satisfies Call);
  }

  /** Enters the failed attempt and waits until the next one is due; throws when there is none. */
  async #failed(error: WorkflowAttemptError, timeoutMs: number, ms: number): Promise<void> {
    const { permanent: _, retryAfterMs: __, ...told } = error;
    const n = this.#ledger.total + 1;
    const at = new Date().toISOString();
    this.#ledger = enter(this.#ledger, { ...told, server: n, local: 1, at, ms, worker: 'unknown' }, false);
    this.#tried.failed(this.#ledger);
    // The step ends with its run: nothing was decided here.
    if (CancellationScope.current().consideredCancelled) throw new StepFailed(this.#failure('exhausted'));
    // workflow-attempts.1: nothing is awaited between the failure and this decision.
    const { delayMs: delay, refusal, askedMs } = this.#next(error, timeoutMs);
    if (refusal !== null) throw this.#givenUp(refusal, askedMs);
    this.#considerStruggle(delay);
    if (delay > 0) await sleep(delay, { summary: attemptId(this.#path, n + 1) });
  }

  #next(error: WorkflowAttemptError, timeoutMs: number): AfterAttempt {
    const { retry } = this.#job;
    const { total } = this.#ledger;
    const limit = Math.min(this.#call.attempts ?? retry.attempts, QUEUE_ATTEMPTS);
    const spent = total >= QUEUE_ATTEMPTS ? limit : spentAttempts(this.#ledger);
    return nextAttempt(
      retry,
      {
        error: { ...error, retryAfterMs: askedWait(error) },
        ...{ total, spent, limit, remainingMs: this.#remainingMs(), isCutShort: timeoutMs < this.#givenMs() },
        stopped: error.code === 'worker_stopped' ? { delayMs: STOPPED_DELAY_MS } : null,
      },
      Math.random,
    );
  }

  #givenMs(): number {
    return this.#call.timeoutMs ?? this.#job.timeoutMs;
  }

  #remainingMs(): number {
    return this.#call.deadline === undefined ? Number.POSITIVE_INFINITY : this.#call.deadline - Date.now();
  }

  #timeoutMs(): number {
    return Math.ceil(Math.min(this.#givenMs(), inTimeMs(this.#remainingMs())));
  }

  /** It waits for a permit from now on, or no more: meanwhile its errors do not persist. */
  #waits(isWaiting: boolean): void {
    const hasErrors = troubledSince(this.#ledger) !== null;
    if (this.#waitsSince !== null && hasErrors) this.#waitedMs += Date.now() - this.#waitsSince;
    this.#waitsSince = isWaiting ? Date.now() : null;
    this.#watch?.cancel();
    this.#watch = null;
    this.#considerStruggle(0);
  }

  /** Tells when the errors persist by now, or will before an attempt can change that; else watches for it. */
  #considerStruggle(aheadMs: number): void {
    const since = troubledSince(this.#ledger);
    if (this.#isTold || since === null) return;
    const { attempts, afterMs } = this.#persists();
    const { riskAt = Number.POSITIVE_INFINITY } = this.#call;
    const persistsAt =
      afterMs === null || this.#waitsSince !== null
        ? Number.POSITIVE_INFINITY
        : Date.parse(since) + afterMs + this.#waitedMs;
    const tooLongAt = Math.min(riskAt, persistsAt);
    const leftMs = tooLongAt - Date.now();
    if (aheadMs >= leftMs || (attempts !== null && spentAttempts(this.#ledger) >= attempts))
      this.#tell(since, aheadMs);
    else if (this.#watch === null && leftMs < Number.POSITIVE_INFINITY) {
      this.#watch = new CancellationScope();
      this.#watch
        .run(() => sleep(Math.max(1, leftMs), { summary: PERSISTS_TIMER }))
        .then(
          () => this.#tell(since, 0),
          () => undefined,
        );
    }
  }

  /** A default that has changed since the run began holds for it as it was. */
  #persists(): Persistence {
    const { declared, persists } = this.#job;
    return isPersistenceDeclared(declared.persists) || patched(patches.persistsMinutes)
      ? persists
      : EARLIER_PERSISTENCE;
  }

  #tell(since: string, aheadMs: number): void {
    const entry = lastEntry(this.#ledger);
    if (this.#isTold || entry === undefined) return;
    this.#isTold = true;
    this.#watch?.cancel();
    this.#tried.struggles({
      ...{ step: this.#path, since, attempts: this.#ledger.total, code: entry.code },
      ...{ message: boundedText(entry.message, STRUGGLE_MESSAGE), fingerprint: entry.fingerprint },
      next: new Date(Date.now() + aheadMs).toISOString(),
    });
  }

  #givenUp(reason: GaveUp['reason'], askedMs?: number): StepFailed {
    // A failed step leaves no event of its own, and whoever reads the history does not know the policy.
    upsertMemo({ [memoNames.gaveUp]: { step: this.#path, reason } satisfies GaveUp });
    return new StepFailed(this.#failure(reason, askedMs));
  }

  #failure(reason: GaveUp['reason'], askedMs?: number) {
    const asked = askedMs === undefined ? {} : { askedMs };
    return givenUp(this.#path, this.#job.name, { ledger: this.#ledger, reason, ...asked });
  }

  /** The server ended the step at its backstop, or in a way that is no attempt's end. */
  #ended(error: unknown) {
    const cause = error instanceof ActivityFailure ? error.cause : error;
    if (cause instanceof TimeoutFailure) return outOfTime(this.#path, this.#job.name, this.#ledger);
    return engineFailure(this.#path, this.#job.name, cause instanceof Error ? cause.message : String(cause));
  }
}

/** Nobody can tell whether another's worker heartbeats, unless the contract says so. */
const isHeartbeated = ({ queue, declared }: Job): boolean =>
  queue === null || declared.heartbeat !== undefined;

/** What the upstream asked for; older code waits as long as a timer may. */
function askedWait({ code, retryAfterMs }: WorkflowAttemptError): number | null {
  if (code === 'worker_stopped' || retryAfterMs === null || retryAfterMs <= LONGEST_WAIT_MS)
    return retryAfterMs;
  return patched(patches.retryAfter) ? retryAfterMs : LONGEST_WAIT_MS;
}

/** The time that the server gives an attempt: our own worker ends it before. */
const serverMs = ({ queue }: Job, timeoutMs: number): number =>
  timeoutMs + (queue === null ? TIMEOUT_MARGIN_MS : 0);

/** Nobody took the attempt, or a worker of ours gave it back before it began: it is none. */
function isUntaken(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof TimeoutFailure) return cause.timeoutType === 'SCHEDULE_TO_START';
  return cause instanceof ApplicationFailure && isGivenBack(cause.details?.[0]);
}

function readable(output: unknown, path: string, job: string): unknown {
  const inexact = inexactOf(output);
  if (inexact !== null && patched(patches.exact))
    throw new StepFailed(outputFailure(path, job, saidInexact('the output', inexact)));
  if (!(output instanceof Unreadable)) return output;
  throw new StepFailed(outputFailure(path, job, `it is no JSON (${output.why})`));
}
