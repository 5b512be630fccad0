// Tells a run's workflow that the errors of a step persist: the one thing about a retried error that somebody may
// want to know before it has healed or failed. Once a step, whatever dies meanwhile: the signal has a request ID of
// its own, which the server knows again.

import type { Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import { boundedText } from '../goals/wire/bounded-text.ts';
import { type Ledger, lastEntry } from '../goals/wire/ledger.ts';
import { signalNames } from '../goals/wire/names.ts';
import { spentAttempts, troubledSince } from '../goals/wire/persistence.ts';
import type { Persistence } from '../goals/wire/publication.ts';
import type { Struggle } from '../goals/wire/run-view.ts';

const MESSAGE_LIMIT = 300;
const SIGNAL_MS = 2000;
const TIMER_SLACK_MS = 20;

export class StruggleTeller {
  /** Whether the workflow knows. */
  told: boolean;
  readonly #policy: Persistence;
  readonly #context: Context;
  readonly #log: Logger;

  constructor(policy: Persistence, told: boolean, context: Context, log: Logger) {
    this.#policy = policy;
    this.told = told;
    this.#context = context;
    this.#log = log;
  }

  /** Tells when the errors persist by now, or will before an attempt can change that, which is in `aheadMs`. */
  async consider(ledger: Ledger, aheadMs: number): Promise<void> {
    const since = troubledSince(ledger);
    if (this.told || since === null) return;
    const { attempts, afterMs } = this.#policy;
    const isLong = afterMs !== null && Date.now() + aheadMs - Date.parse(since) >= afterMs;
    if (isLong || (attempts !== null && spentAttempts(ledger) >= attempts)) await this.#tell(ledger, since);
  }

  /** Tells when the errors come to persist while an attempt is under way. Returns what ends the watch. */
  watch(ledger: Ledger): () => void {
    const since = troubledSince(ledger);
    const { afterMs } = this.#policy;
    if (this.told || since === null || afterMs === null) return () => undefined;
    // Node's timers go no further than 2^31 milliseconds.
    const ms = Math.min(Math.max(0, Date.parse(since) + afterMs - Date.now()), 2 ** 31 - 1);
    const timer = setTimeout(() => {
      // Node's timers may go off a moment early.
      this.consider(ledger, TIMER_SLACK_MS).catch(() => undefined);
    }, ms);
    return () => clearTimeout(timer);
  }

  async #tell(ledger: Ledger, since: string): Promise<void> {
    const { client, info } = this.#context;
    const entry = lastEntry(ledger);
    const { workflowExecution } = info;
    if (entry === undefined || workflowExecution === undefined) return;
    const struggle: Struggle = {
      step: info.activityId,
      since,
      attempts: ledger.total,
      code: entry.code,
      message: boundedText(entry.message, MESSAGE_LIMIT),
      fingerprint: entry.fingerprint,
    };
    try {
      const { payloadConverter, payloadCodecs } = client.options.loadedDataConverter;
      let payloads = [payloadConverter.toPayload(struggle)];
      for (const codec of payloadCodecs) payloads = await codec.encode(payloads);
      await client.withDeadline(Date.now() + SIGNAL_MS, () =>
        client.workflowService.signalWorkflowExecution({
          namespace: info.namespace,
          workflowExecution,
          signalName: signalNames.struggling,
          input: { payloads },
          identity: client.options.identity,
          requestId: `${workflowExecution.runId}/${info.activityId}/${signalNames.struggling}`,
        }),
      );
      this.told = true;
    } catch (error) {
      this.#log.debug(
        { err: error },
        'the run could not be told that it struggles; the next attempt tries again',
      );
    }
  }
}
