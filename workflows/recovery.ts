// A recovery: runs pursued once more, in an order that puts what is needed before what needs it.
//
// recovery.1. Never more than `atOnce` of its runs are open, those that it joined counted.
// recovery.2. No run begins before all that come before it have ended, and of the trial before the others.
// recovery.3. It stops by itself where the trouble is still there; what it has begun is counted to its end.
// recovery.4. Every run that it began is known, also when it is cancelled or goes on in a fresh history.

import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { verifiedMark } from '../goals/wire/actor.ts';
import type { EngineActivities } from '../goals/wire/engine-activities.ts';
import { activityNames, memoNames, recoverySignals } from '../goals/wire/names.ts';
import {
  type ExecutionOfRun,
  missing,
  NOTHING_RECOVERED,
  type RecoveredEnd,
  type RecoveryMemo,
  type RecoveryStart,
  type RecoveryState,
  type RecoverySteering,
} from '../goals/wire/recovery.ts';
import { boundedText } from '../goals/wire/text/bounded-text.ts';

const { [activityNames.recoverRun]: recoverRun } = proxyActivities<EngineActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '30s', maximumAttempts: 20 },
});
const { [activityNames.recoveredRun]: recoveredRun } = proxyActivities<EngineActivities>({
  // So long a worker's death is waited out.
  startToCloseTimeout: '10s',
  retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '30s' },
});

const pause = defineSignal<[RecoverySteering]>(recoverySignals.pause);
const unpause = defineSignal<[RecoverySteering]>(recoverySignals.unpause);
const cancel = defineSignal<[RecoverySteering]>(recoverySignals.cancel);

const EVENTS_PER_HISTORY = 8_000;

export async function recovery(start: RecoveryStart, before?: RecoveryState): Promise<RecoveryMemo> {
  const cancelled = CancellationScope.current().cancelRequested;
  return CancellationScope.nonCancellable(() => new Recovery(start, before, cancelled).toEnd());
}

class Recovery {
  readonly #start: RecoveryStart;
  #memo: RecoveryMemo;
  #waiting: number[];
  readonly #open = new Map<number, ExecutionOfRun & { place: number }>();
  /** Places of runs whose start is under way, and of those that were not achieved. */
  readonly #starting = new Set<number>();
  readonly #missed: Set<number>;
  #ended: number;
  #troubled: number;
  #isCancelled = false;
  #told = '';

  constructor(start: RecoveryStart, before: RecoveryState | undefined, cancelled: Promise<never>) {
    this.#start = start;
    this.#memo = before?.memo ?? NOTHING_RECOVERED;
    this.#waiting = before?.waiting ?? start.runs.map((_, place) => place);
    this.#missed = new Set(before?.missed);
    this.#ended = before?.ended ?? 0;
    this.#troubled = before?.troubled ?? 0;
    cancelled.catch(() => {
      this.#isCancelled = true;
    });
    setHandler(pause, (by) => {
      this.#memo = { ...this.#memo, paused: this.#memo.paused ?? by };
    });
    setHandler(unpause, () => {
      this.#memo = { ...this.#memo, paused: null };
    });
    setHandler(cancel, (by) => {
      this.#memo = { ...this.#memo, cancelled: this.#memo.cancelled ?? by };
      this.#isCancelled = true;
    });
    for (const one of before?.open ?? []) this.#follow(one);
  }

  async toEnd(): Promise<RecoveryMemo> {
    for (;;) {
      this.#tell();
      if (this.#isCancelled) await this.#endCancelled();
      const next = this.#next();
      if (next !== null) this.#begin(next);
      // recovery.4: a run whose start is under way is not known yet.
      else if (this.#isLong() && this.#starting.size === 0) await this.#goOn();
      else if (this.#isOver()) break;
      else {
        const [busy, paused] = [this.#busy(), this.#memo.paused];
        await condition(
          () =>
            this.#isCancelled ||
            this.#next() !== null ||
            this.#busy() !== busy ||
            this.#memo.paused !== paused ||
            (this.#isLong() && this.#starting.size === 0),
        );
      }
    }
    const { stopped, failed } = this.#memo;
    if (stopped !== null)
      throw ApplicationFailure.nonRetryable(stopped.message, 'recovery_stopped', this.#memo);
    if (failed === 0) return this.#memo;
    throw ApplicationFailure.nonRetryable(
      `${failed} of ${this.#start.terms.total} were not achieved`,
      'recovery_incomplete',
      this.#memo,
    );
  }

  /** The place of the run that may begin now; null where none may. */
  #next(): number | null {
    const { atOnce, trial } = this.#start.terms;
    const { paused, stopped } = this.#memo;
    // recovery.1, recovery.3
    if (this.#busy() >= atOnce || paused !== null || stopped !== null || this.#isLong()) return null;
    // recovery.2
    if (!this.#isTried() && this.#busy() + this.#ended >= trial) return null;
    return this.#waiting.find((place) => this.#isFree(place)) ?? null;
  }

  #isTried(): boolean {
    return this.#ended >= this.#start.terms.trial;
  }

  #isFree(place: number): boolean {
    const { after = [] } = this.#start.runs[place] ?? {};
    return after.every((before) => !this.#waiting.includes(before) && !this.#isUnderWay(before));
  }

  #isUnderWay(place: number): boolean {
    return this.#open.has(place) || this.#starting.has(place);
  }

  #busy(): number {
    return this.#open.size + this.#starting.size;
  }

  #isOver(): boolean {
    return this.#busy() === 0 && (this.#waiting.length === 0 || this.#memo.stopped !== null);
  }

  #isLong(): boolean {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    return continueAsNewSuggested || historyLength > EVENTS_PER_HISTORY;
  }

  #begin(place: number): void {
    this.#waiting = this.#waiting.filter((other) => other !== place);
    this.#starting.add(place);
    void this.#recover(place).finally(() => {
      this.#starting.delete(place);
    });
  }

  async #recover(place: number): Promise<void> {
    const { runs, terms } = this.#start;
    const meant = runs[place];
    if (meant === undefined) return;
    const { by, reason } = terms;
    const { run, after = [] } = meant;
    if (after.some((before) => this.#missed.has(before)))
      return this.#miss(
        place,
        run,
        'refused',
        'recovery_before_missed',
        'one that it needs was not achieved',
      );
    try {
      const asked = { ...meant, by, ...verifiedMark(terms), reason, recovery: workflowInfo().workflowId };
      const recovering = await recoverRun(asked);
      if (recovering.how === 'skipped') this.#skip(place, run, recovering.code);
      else this.#follow({ place, run, execution: recovering.execution });
    } catch (error) {
      const { code, message } = whatFailed(error);
      this.#miss(place, run, 'refused', code, message);
    }
  }

  /** One that was achieved meanwhile is as good as one that was pursued. */
  #skip(place: number, run: string, code: string): void {
    if (code !== 'run_achieved') this.#missed.add(place);
    this.#memo = missing(this.#memo, { run, how: 'skipped', code, message: '' });
  }

  #follow(one: ExecutionOfRun & { place: number }): void {
    const { place, run, execution } = one;
    this.#open.set(place, one);
    const { of } = this.#start.terms;
    const fingerprint = of.kind === 'trouble' ? of.fingerprint : null;
    void recoveredRun({ run, execution, fingerprint }).then(
      (end) => this.#settle(place, run, end),
      (error: unknown) =>
        this.#settle(place, run, { outcome: 'failed', ...whatFailed(error), fingerprint: null }),
    );
  }

  #settle(place: number, run: string, { outcome, code, message, fingerprint }: RecoveredEnd): void {
    const { of, trial } = this.#start.terms;
    this.#open.delete(place);
    this.#ended++;
    if (outcome === 'achieved') this.#memo = { ...this.#memo, achieved: this.#memo.achieved + 1 };
    else this.#miss(place, run, outcome === 'cancelled' ? 'cancelled' : 'failed', code, message);
    const isTrouble = of.kind === 'trouble' && fingerprint === of.fingerprint;
    if (isTrouble) this.#troubled++;
    // In the trial one is enough; later as many as a trial has.
    if (isTrouble && (this.#ended <= trial || this.#troubled >= Math.max(1, trial)))
      this.#stop('trouble_persists', run, `${run} met the same trouble again: ${message}`);
    else if (this.#ended === trial && this.#memo.achieved === 0)
      this.#stop('trial_failed', null, `none of the first ${trial} was achieved`);
  }

  #stop(code: string, run: string | null, message: string): void {
    if (this.#memo.stopped !== null) return;
    const at = new Date().toISOString();
    this.#memo = { ...this.#memo, stopped: { at, code, run, message: boundedText(message, 500) } };
  }

  #miss(
    place: number,
    run: string,
    how: RecoveryMemo['missed'][number]['how'],
    code: string,
    message: string,
  ): void {
    this.#missed.add(place);
    this.#memo = missing(this.#memo, { run, how, code, message: boundedText(message, 300) });
  }

  #tell(): void {
    this.#memo = { ...this.#memo, open: this.#busy(), tried: this.#isTried() };
    const now = JSON.stringify(this.#memo);
    if (now === this.#told) return;
    this.#told = now;
    upsertMemo({ [memoNames.recovery]: this.#memo });
  }

  /** Runs that are open go on. */
  async #endCancelled(): Promise<never> {
    await condition(() => this.#starting.size === 0);
    this.#tell();
    throw new CancelledFailure('the recovery is cancelled');
  }

  #goOn(): Promise<never> {
    const state: RecoveryState = {
      ...{ waiting: this.#waiting, open: [...this.#open.values()], missed: [...this.#missed] },
      ...{ ended: this.#ended, troubled: this.#troubled, memo: this.#memo },
    };
    return continueAsNew(this.#start, state);
  }
}

function whatFailed(error: unknown): { code: string; message: string } {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const code = (cause instanceof ApplicationFailure ? cause.type : null) ?? 'engine_failed';
  return { code, message: boundedText((cause as Error | undefined)?.message ?? 'it failed', 300) };
}
