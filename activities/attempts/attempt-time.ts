import type { Info } from '@temporalio/activity';
import type { Call } from '../../goals/wire/call.ts';
import type { Binding } from '../bind.ts';
import type { Mate } from './batch-member.ts';
import { TIMEOUT_GRACE_MS } from './with-timeout.ts';

/** How long before its run's deadline an attempt times out. */
const DEADLINE_HEADROOM_MS = 300;

/** Of the time that the server gives an attempt, what is left for telling it how the attempt ended. */
const TELLING_MS = 5000;

/** How much time the attempts of one server attempt have: by the job, its run's deadline, the server, and a mate's share. */
export class AttemptTime {
  readonly #binding: Binding;
  readonly #call: Call;
  readonly #info: Info;
  readonly #mate: Mate | null;
  readonly #begun: number;
  /** Whether the attempt under way has less time than its job gives it, as the run's deadline is near. */
  isCutShort = false;

  constructor(binding: Binding, call: Call, info: Info, mate: Mate | null) {
    this.#binding = binding;
    this.#call = call;
    this.#info = info;
    this.#mate = mate;
    this.#begun = mate?.begunAt ?? performance.now();
  }

  /** By the server's clock, which the run's deadline is told in: this machine's may be wrong. */
  remainingMs(): number {
    if (this.#call.deadline === undefined) return Number.POSITIVE_INFINITY;
    const now = this.#info.currentAttemptScheduledTimestampMs + (performance.now() - this.#begun);
    return this.#call.deadline - now;
  }

  /** What the attempt that begins now may take. */
  timeoutMs(): number {
    const remaining = this.remainingMs();
    // A little less than what remains, so that a job that hangs until the deadline is still recorded as such.
    const capped = remaining - Math.min(DEADLINE_HEADROOM_MS, remaining / 10);
    const given = this.#givenMs();
    this.isCutShort = capped < given;
    return Math.max(1, Math.min(given, capped));
  }

  /** Of the time that the server gives this attempt of its own, what is left beside one more try, its grace and the telling. */
  spareMs(): number {
    if (this.#mate !== null) return this.#mate.endsAt - performance.now();
    const left = (this.#info.startToCloseTimeoutMs ?? 0) - (performance.now() - this.#begun);
    return left - this.#givenMs() - (this.#binding.run.graceMs ?? TIMEOUT_GRACE_MS) - TELLING_MS;
  }

  /** Whether whoever carries a mate waits no longer than that. */
  outlastsShare(ms: number): boolean {
    return this.#mate !== null && performance.now() + ms >= this.#mate.endsAt;
  }

  #givenMs(): number {
    return this.#call.timeoutMs ?? this.#binding.job.timeoutMs;
  }
}
