// The ledger of one server attempt: how it begins, what enters it, and how it goes back to the server with a failure.

import { ApplicationFailure } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { AttemptLines } from '../../goals/wire/attempt-lines.ts';
import {
  emptyLedger,
  enter,
  type Heartbeat,
  type Ledger,
  lastEntry,
  type StepFailureDetails,
} from '../../goals/wire/ledger.ts';
import { withLostAttempts } from '../../goals/wire/lost-attempts.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import type { Classified } from './classify.ts';

export class AttemptLedger {
  readonly #server: number;
  #now: Ledger;

  /** `carried`: what the attempt before had told. Attempts that left no entry are noticed at `noticedMs`. */
  constructor(carried: Heartbeat | undefined, server: number, noticedMs: number) {
    this.#server = server;
    this.#now = carried?.ledger ?? emptyLedger();
    // What waits for a callback has no worker that could be lost.
    if (carried?.later !== undefined) this.#now = { ...this.#now, server: server - 1, open: false };
    const { halted = 0 } = carried ?? {};
    if (halted > this.#now.server && server > halted) this.#now = { ...this.#now, server: halted };
    if (server > 1) this.#now = withLostAttempts(this.#now, server, new Date(noticedMs).toISOString());
  }

  get now(): Ledger {
    return this.#now;
  }

  /** Of the nth try here, which took `ms`, wrote `log` and may have been cut short; `open` when another one follows here. */
  enter(
    error: Classified,
    local: number,
    ms: number,
    open: boolean,
    { log, isCutShort }: { log: AttemptLines | null; isCutShort: boolean },
  ): void {
    const entry = {
      server: this.#server,
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
      ...(log === null ? {} : { log }),
      ...(isCutShort ? { cutShort: true as const } : {}),
    };
    this.#now = enter(this.#now, entry, open);
  }

  /** What leaves the next attempt to the server. `server`: the last of its attempts that is accounted for. */
  retried(
    { message, type }: { message: string; type?: string },
    delay: number,
    server = this.#server,
  ): ApplicationFailure {
    // What follows is another server attempt: a try of this one that left no entry would count as lost.
    this.#now = { ...this.#now, server, open: false };
    return ApplicationFailure.create({
      message: boundedText(message, 1000),
      type: boundedText(type ?? 'Error', 100),
      nextRetryDelay: Math.max(1, Math.round(delay)),
      category: ApplicationFailureCategory.BENIGN,
      // Read only when the server tries no more after all: a cancellation was on its way to this attempt.
      details: [{ ledger: this.#now, reason: 'retried' } satisfies StepFailureDetails],
    });
  }

  /** What ends the step. `askedMs`: the upstream asked for a longer wait than there can be. */
  final(reason: StepFailureDetails['reason'], askedMs?: number): ApplicationFailure {
    const error = lastEntry(this.#now);
    const asked = askedMs === undefined ? {} : { askedMs };
    const details: StepFailureDetails = { ledger: this.#now, reason, ...asked };
    return ApplicationFailure.create({
      message: error?.message ?? 'no attempt was left',
      type: error?.type ?? 'Error',
      nonRetryable: true,
      details: [details],
    });
  }
}

/** Which worker this is: its process and machine. */
const identity = (): string => `${process.pid}@${process.env.HOSTNAME ?? 'worker'}`;
