// The worker asks here, after each failed attempt, whether another follows, when, and whether this server attempt makes
// it.

import { nextAttempt, QUICK_MS, quickRetries } from '../../goals/policy.ts';
import type { Call } from '../../goals/wire/call.ts';
import type { Ledger, StepFailureDetails } from '../../goals/wire/ledger.ts';
import { spentAttempts } from '../../goals/wire/persistence.ts';
import type { Binding } from '../bind.ts';
import type { AttemptTime } from './attempt-time.ts';
import type { BatchMember } from './batch-member.ts';
import type { Classified } from './classify.ts';

/** What follows a failed attempt: none for a `refusal`, else another in `delay` ms, in this server attempt if `isHere`. */
export interface NextAttempt {
  delay: number;
  refusal: StepFailureDetails['reason'] | null;
  /** So long the upstream asked to wait, which is why there is a refusal. */
  askedMs?: number;
  isHere: boolean;
  /** It ended as the deadline left it less time than its job gives it. */
  isCutShort: boolean;
}

/** Decides whether a step is tried again (server-attempt.2). */
export class Retries {
  readonly #job: Binding['job'];
  readonly #call: Call;
  readonly #time: Pick<AttemptTime, 'isCutShort' | 'remainingMs' | 'spareMs'>;
  readonly #member: BatchMember | null;

  constructor(
    { job }: Pick<Binding, 'job'>,
    call: Call,
    time: Pick<AttemptTime, 'isCutShort' | 'remainingMs' | 'spareMs'>,
    member: BatchMember | null,
  ) {
    this.#job = job;
    this.#call = call;
    this.#time = time;
    this.#member = member;
  }

  isExhausted(ledger: Ledger): boolean {
    return spentAttempts(ledger) >= this.#limit();
  }

  /**
   * After this error, which the ledger does not have yet, of the nth try here. `isStopping`: the worker is, so that
   * another one goes on at once.
   */
  next(error: Classified, ledger: Ledger, localTry: number, isStopping: boolean): NextAttempt {
    const { retry } = this.#job;
    const counts = error.code === 'worker_stopped' ? 0 : 1;
    const { delayMs, ...rest } = nextAttempt(
      retry,
      {
        error,
        ...{ total: ledger.total + 1, spent: spentAttempts(ledger) + counts, limit: this.#limit() },
        ...{ remainingMs: this.#time.remainingMs(), isCutShort: this.#time.isCutShort },
        stopped: isStopping ? { delayMs: 0 } : null,
      },
      Math.random,
    );
    const isHere =
      rest.refusal === null &&
      !isStopping &&
      delayMs < QUICK_MS &&
      localTry <= quickRetries(retry).count &&
      (this.#member === null || ledger.total < this.#member.failures) &&
      delayMs <= this.#time.spareMs();
    const isCutShort = error.code === 'timeout' && this.#time.isCutShort;
    return { ...rest, delay: delayMs, isHere, isCutShort };
  }

  #limit(): number {
    return this.#call.attempts ?? this.#job.retry.attempts;
  }
}
