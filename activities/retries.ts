import { delayAfter, QUICK_MS, quickRetries } from '../goals/policy.ts';
import type { Call } from '../goals/wire/call.ts';
import type { Ledger, StepFailureDetails } from '../goals/wire/ledger.ts';
import { spentAttempts } from '../goals/wire/persistence.ts';
import type { AttemptTime } from './attempt-time.ts';
import type { Binding } from './bind.ts';
import type { Classified } from './classify.ts';
import type { Mate } from './mate.ts';

/** What follows a failed attempt: none for a `refusal`, else another in `delay` ms, in this server attempt if `isHere`. */
export interface NextAttempt {
  delay: number;
  refusal: StepFailureDetails['reason'] | null;
  isHere: boolean;
}

/** Decides whether a step is tried again (A2). */
export class Retries {
  readonly #job: Binding['job'];
  readonly #call: Call;
  readonly #time: AttemptTime;
  readonly #mate: Mate | null;

  constructor({ job }: Binding, call: Call, time: AttemptTime, mate: Mate | null) {
    this.#job = job;
    this.#call = call;
    this.#time = time;
    this.#mate = mate;
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
    const delay = isStopping ? 0 : this.#delay(error, ledger);
    const refusal = this.#refusal(error, ledger, delay);
    const isHere =
      refusal === null &&
      !isStopping &&
      delay < QUICK_MS &&
      localTry <= quickRetries(retry).count &&
      (this.#mate === null || ledger.total < this.#mate.failures) &&
      delay <= this.#time.spareMs();
    return { delay, refusal, isHere };
  }

  #delay(error: Classified, ledger: Ledger): number {
    if (error.retryAfterMs !== null) return error.retryAfterMs;
    const { retry } = this.#job;
    const delay = delayAfter(retry, ledger.total + 1);
    return delay * (1 + retry.jitter * (2 * Math.random() - 1));
  }

  #refusal(error: Classified, ledger: Ledger, delay: number): NextAttempt['refusal'] {
    if (error.permanent) return 'permanent';
    // Not that the job took too long: the goal had no more time.
    if (error.code === 'timeout' && this.#time.isCutShort) return 'deadline';
    if (error.code !== 'worker_stopped' && spentAttempts(ledger) + 1 >= this.#limit()) return 'exhausted';
    return delay >= this.#time.remainingMs() ? 'deadline' : null;
  }

  #limit(): number {
    return this.#call.attempts ?? this.#job.retry.attempts;
  }
}
