// The clock of one server attempt, from which its worker takes how long each try may last.

import type { Info } from '@temporalio/activity';
import { inTimeMs } from '../../goals/policy.ts';
import type { Call } from '../../goals/wire/call.ts';
import type { Binding } from '../bind.ts';
import type { BatchMember } from './batch-member.ts';
import { TIMEOUT_GRACE_MS } from './with-timeout.ts';

/** Of the time that the server gives an attempt, what is left for telling it how the attempt ended. */
const TELLING_MS = 5000;

/** How much time the attempts of one server attempt have: by the job, its run's deadline, the server, and a batch member's share. */
export class AttemptTime {
  readonly #binding: Binding;
  readonly #call: Call;
  readonly #info: Info;
  readonly #member: BatchMember | null;
  readonly #begun: number;
  /** Whether the attempt under way has less time than its job gives it, as the run's deadline is near. */
  isCutShort = false;

  constructor(binding: Binding, call: Call, info: Info, member: BatchMember | null) {
    this.#binding = binding;
    this.#call = call;
    this.#info = info;
    this.#member = member;
    this.#begun = member?.begunAt ?? performance.now();
  }

  /** By the server's clock, which the run's deadline is told in: this machine's may be wrong. */
  remainingMs(): number {
    if (this.#call.deadline === undefined) return Number.POSITIVE_INFINITY;
    const now = this.#info.currentAttemptScheduledTimestampMs + (performance.now() - this.#begun);
    return this.#call.deadline - now;
  }

  /** What the attempt that begins now may take. */
  timeoutMs(): number {
    const capped = inTimeMs(this.remainingMs());
    const given = this.#givenMs();
    this.isCutShort = capped < given;
    return Math.max(1, Math.min(given, capped));
  }

  /** Of the time that the server gives this attempt of its own, what is left beside one more try, its grace and the telling. */
  spareMs(): number {
    if (this.#member !== null) return this.#member.endsAt - performance.now();
    const left = (this.#info.startToCloseTimeoutMs ?? 0) - (performance.now() - this.#begun);
    return left - this.#givenMs() - (this.#binding.run.graceMs ?? TIMEOUT_GRACE_MS) - TELLING_MS;
  }

  /** Whether the activity that carries a batch member waits no longer than that. */
  outlastsShare(ms: number): boolean {
    return this.#member !== null && performance.now() + ms >= this.#member.endsAt;
  }

  #givenMs(): number {
    return this.#call.timeoutMs ?? this.#binding.job.timeoutMs;
  }
}
