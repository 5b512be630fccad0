// Tells a run's workflow that the errors of a step persist: the one thing about a retried error that somebody may
// want to know before it has healed or failed. Once a step, whatever dies meanwhile: the signal has a request ID of
// its own, which the server knows again.

import type { Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import { type Ledger, lastEntry } from '../../goals/wire/ledger.ts';
import { signalNames } from '../../goals/wire/names.ts';
import { spentAttempts, troubledSince } from '../../goals/wire/persistence.ts';
import type { Persistence } from '../../goals/wire/publication.ts';
import type { Struggle } from '../../goals/wire/run-view.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';

const MESSAGE_LIMIT = 300;
const SIGNAL_MS = 2000;
const TIMER_SLACK_MS = 20;

export class StruggleReporter {
  /** Whether the workflow knows. */
  told: boolean;
  readonly #policy: Persistence;
  readonly #riskAt: number;
  readonly #step: string;
  readonly #context: Context;
  readonly #log: () => Logger;

  /** `riskAt`: from when on errors that have not healed put the run at risk. */
  constructor(
    policy: Persistence,
    riskAt: number | undefined,
    told: boolean,
    context: Context,
    log: () => Logger,
    step = context.info.activityId,
  ) {
    this.#step = step;
    this.#policy = policy;
    this.#riskAt = riskAt ?? Number.POSITIVE_INFINITY;
    this.told = told;
    this.#context = context;
    this.#log = log;
  }

  /** Tells when the errors persist by now, or will before an attempt can change that, which is in `aheadMs`. */
  async consider(ledger: Ledger, aheadMs: number): Promise<void> {
    const since = troubledSince(ledger);
    if (this.told || since === null) return;
    const { attempts } = this.#policy;
    const isLong = Date.now() + aheadMs >= this.#tooLongAt(since);
    if (isLong || (attempts !== null && spentAttempts(ledger) >= attempts))
      await this.#tell(ledger, since, aheadMs);
  }

  /** Tells when the errors come to persist while an attempt is under way. Returns what ends the watch. */
  watch(ledger: Ledger): () => void {
    const since = troubledSince(ledger);
    if (this.told || since === null || this.#tooLongAt(since) === Number.POSITIVE_INFINITY)
      return () => undefined;
    // Node's timers go no further than 2^31 milliseconds.
    const ms = Math.min(Math.max(0, this.#tooLongAt(since) - Date.now()), 2 ** 31 - 1);
    const timer = setTimeout(() => {
      // Node's timers may go off a moment early.
      this.consider(ledger, TIMER_SLACK_MS).catch(() => undefined);
    }, ms);
    return () => clearTimeout(timer);
  }

  /** When errors since then have lasted too long: by the policy, or as they put the run at risk. */
  #tooLongAt(since: string): number {
    const { afterMs } = this.#policy;
    return Math.min(this.#riskAt, afterMs === null ? Number.POSITIVE_INFINITY : Date.parse(since) + afterMs);
  }

  async #tell(ledger: Ledger, since: string, aheadMs: number): Promise<void> {
    const { client, info } = this.#context;
    const entry = lastEntry(ledger);
    const { workflowExecution } = info;
    if (entry === undefined || workflowExecution === undefined) return;
    const struggle: Struggle = {
      step: this.#step,
      since,
      attempts: ledger.total,
      code: entry.code,
      message: boundedText(entry.message, MESSAGE_LIMIT),
      fingerprint: entry.fingerprint,
      next: new Date(Date.now() + aheadMs).toISOString(),
    };
    try {
      const payloads = [client.options.loadedDataConverter.payloadConverter.toPayload(struggle)];
      await client.withDeadline(Date.now() + SIGNAL_MS, () =>
        client.workflowService.signalWorkflowExecution({
          namespace: info.namespace,
          workflowExecution,
          signalName: signalNames.struggling,
          input: { payloads },
          identity: client.options.identity,
          requestId: `${workflowExecution.runId}/${this.#step}/${signalNames.struggling}`,
        }),
      );
      this.told = true;
    } catch (error) {
      this.#log().debug(
        { err: error },
        'the run could not be told that it struggles; the next attempt tries again',
      );
    }
  }
}
