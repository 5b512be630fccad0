// A backfill: the runs of a goal for each time of a range, up to `atOnce` of them open.
//
// backfill.1. Never more than `atOnce` of its runs are open, those that it joined counted.
// backfill.2. Every run that it began is known, also when it is cancelled or goes on in a fresh history.

import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  defineSignal,
  setHandler,
  sleep,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import { goalNamed } from '../../goals/goal-named.ts';
import type { Goal } from '../../goals/index.ts';
import { verifiedMark } from '../../goals/wire/actor.ts';
import {
  BACKFILL_PRIORITY,
  type BackfillMemo,
  type BackfillState,
  type BackfillTerms,
  backfillTermsSchema,
  MISSED_SHOWN,
  type missedRunSchema,
  NOTHING_BACKFILLED,
  type PlannedRun,
  type Reprocess,
  type Steering,
} from '../../goals/wire/backfill.ts';
import { backfillSignals, memoNames } from '../../goals/wire/names.ts';
import { runId, runKey } from '../../goals/wire/run-id.ts';
import type { AwaitedEnd } from '../../goals/wire/schedules.ts';
import { type AskedRun, RUN_OPEN } from '../../goals/wire/start.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { patched, patches } from '../patches.ts';
import { backfillPlaces, DOES, placeOf, plan } from './backfill-plan.ts';
import { awaitRun, lookAtRuns, triggerRun } from './triggered-run.ts';

const pause = defineSignal<[Steering]>(backfillSignals.pause);
const unpause = defineSignal<[Steering]>(backfillSignals.unpause);
const goalUnpaused = defineSignal(backfillSignals.goalUnpaused);
const cancel = defineSignal<[Steering]>(backfillSignals.cancel);

const EVENTS_PER_HISTORY = 8_000;
const REST_MS = 60_000;
export async function backfill(
  goals: readonly Goal[],
  given: unknown,
  before: unknown,
): Promise<BackfillMemo | { items: PlannedRun[] }> {
  const parsed = backfillTermsSchema.safeParse(given);
  if (!parsed.success)
    throw ApplicationFailure.nonRetryable(
      `the terms of a backfill are wrong: ${z.prettifyError(parsed.error)}`,
    );
  const terms = parsed.data;
  if (terms.dryRun) return { items: await plan(goals, terms, await backfillPlaces(terms)) };
  const cancelled = CancellationScope.current().cancelRequested;
  return CancellationScope.nonCancellable(async () => {
    const work = new Backfill(goals, terms, before as BackfillState | undefined, cancelled);
    return work.toEnd();
  });
}

class Backfill {
  readonly #terms: BackfillTerms;
  readonly #placeOf: ReturnType<typeof placeOf>;
  /** Numbers of a history are smaller by this factor: times stand in it in seconds. */
  readonly #unit: number;
  readonly #key: Goal['key'] | undefined;
  readonly #memo: BackfillMemo;
  #waiting: number[];
  readonly #open = new Map<number, { time: number; run: string; execution: string }>();
  #starting = 0;
  #isCancelled = false;
  /** The goal is paused: another try in a minute, or when it is no longer. */
  #rests = false;
  #told = '';

  constructor(
    goals: readonly Goal[],
    terms: BackfillTerms,
    before: BackfillState | undefined,
    cancelled: Promise<never>,
  ) {
    this.#terms = terms;
    this.#placeOf = placeOf(goals, terms);
    this.#unit = terms.inputs === undefined ? 1000 : 1;
    this.#key = goalNamed(goals, terms.goal)?.key;
    this.#memo = before?.memo ?? {
      ...{ ...NOTHING_BACKFILLED, missed: [] },
      startedAt: workflowInfo().startTime.toISOString(),
    };
    this.#waiting = before?.waiting ?? [];
    cancelled.catch(() => {
      this.#isCancelled = true;
    });
    setHandler(pause, (by) => {
      this.#memo.paused ??= by;
    });
    setHandler(unpause, () => {
      this.#memo.paused = null;
    });
    setHandler(goalUnpaused, () => {
      this.#rests = false;
    });
    setHandler(cancel, (by) => {
      this.#memo.cancelled ??= by;
    });
    for (const one of before?.open ?? []) this.#follow(one);
  }

  async toEnd(): Promise<BackfillMemo> {
    if (this.#memo.total === null) {
      this.#waiting = (await backfillPlaces(this.#terms)).map((place) => place / this.#unit);
      this.#memo.total = this.#waiting.length;
    }
    for (;;) {
      this.#tell();
      if (this.#isCancelled) await this.#endCancelled();
      if (this.#mayBegin()) this.#begin(this.#waiting.shift() as number);
      // backfill.2: a run whose start is under way is not known yet.
      else if (this.#isLong() && this.#starting === 0) await this.#goOn();
      else if (this.#left() === 0) break;
      else {
        // What changes nothing that people see does not wake it, but what is to be told does.
        const [busy, paused] = [this.#busy(), this.#memo.paused];
        await condition(
          () =>
            this.#isCancelled ||
            this.#mayBegin() ||
            this.#busy() !== busy ||
            this.#memo.paused !== paused ||
            (this.#isLong() && this.#starting === 0),
        );
      }
    }
    if (this.#memo.failed === 0) return this.#memo;
    throw ApplicationFailure.nonRetryable(
      `${this.#memo.failed} of ${this.#memo.total} were not achieved`,
      'backfill_incomplete',
      this.#memo,
    );
  }

  #mayBegin(): boolean {
    const { paused } = this.#memo;
    // backfill.1
    const isFree = this.#busy() < this.#terms.atOnce;
    return isFree && paused === null && !this.#rests && this.#waiting.length > 0 && !this.#isLong();
  }

  #busy(): number {
    return this.#open.size + this.#starting;
  }

  #left(): number {
    return this.#waiting.length + this.#busy();
  }

  #isLong(): boolean {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    return continueAsNewSuggested || historyLength > EVENTS_PER_HISTORY;
  }

  #begin(time: number): void {
    this.#starting++;
    void this.#start(time).finally(() => {
      this.#starting--;
    });
  }

  async #start(time: number): Promise<void> {
    const terms = this.#terms;
    const { goal, by, reason, downstream } = terms;
    const { workflowId, firstExecutionRunId } = workflowInfo();
    // Asked for once more, a backfill pursues again what was not achieved.
    const id = `${workflowId}/${firstExecutionRunId}`;
    const { made, at, name } = this.#placeOf(time * this.#unit);
    const why = {
      kind: 'backfill' as const,
      at: at ?? new Date().toISOString(),
      by,
      ...verifiedMark(terms),
      reason,
    };
    const asked: AskedRun = {
      ...{ goal, ...made, identity: `${id}${name}` },
      why: { ...why, ref: workflowId, ...(downstream === 'hold' ? { downstream } : {}) },
      priority: BACKFILL_PRIORITY,
    };
    // Awaited only where it is asked: what is awaited moves what comes after, in the history of an open one too.
    const does = terms.reprocess === undefined ? 'run' : await this.#does(asked, terms.reprocess);
    if (does === 'skip') {
      this.#memo.skipped++;
      return;
    }
    const again = does === 'again' ? await triggerRun({ ...asked, force: true }) : null;
    // Somebody else was quicker to begin it: then that one is joined.
    const isOpen = again?.how === 'refused' && again.code === RUN_OPEN;
    const started = again === null || isOpen ? await triggerRun(asked) : again;
    if (started.how === 'refused' && started.code === 'goal_paused') return this.#rest(time, started.message);
    if (this.#memo.held != null) this.#memo.held = null;
    if (started.how === 'refused') this.#miss(time, this.#runOf(asked), 'refused', started.message);
    else if (started.how === 'achieved') this.#memo.skipped++;
    else this.#follow({ time, run: started.id, execution: started.execution });
  }

  /** Of one that was asked for by its key; null where the time tells which is meant. */
  #runOf({ goal, input }: AskedRun): string | null {
    if (this.#terms.inputs === undefined || this.#key === undefined) return null;
    return runId(goal, runKey(input, this.#key).id);
  }

  /** By how its run is found, where that decides. */
  async #does(asked: AskedRun, reprocess: Reprocess): Promise<PlannedRun['does']> {
    if (asked.unmade !== undefined || this.#key === undefined) return 'run';
    const [seen = 'none'] = await lookAtRuns([runId(asked.goal, runKey(asked.input, this.#key).id)]);
    return DOES[reprocess][seen];
  }

  #rest(time: number, message: string): void {
    this.#waiting.unshift(time);
    if (this.#memo.held == null && patched(patches.backfillHeld))
      this.#memo.held = { at: new Date().toISOString(), message: boundedText(message, 300) };
    if (this.#rests) return;
    this.#rests = true;
    void sleep(REST_MS, { summary: 'the goal is paused' }).then(() => {
      this.#rests = false;
    });
  }

  #follow(one: { time: number; run: string; execution: string }): void {
    this.#open.set(one.time, one);
    const settle = ({ outcome, message = '' }: AwaitedEnd): void => {
      this.#open.delete(one.time);
      if (outcome === 'achieved') this.#memo.achieved++;
      else this.#miss(one.time, one.run, outcome, message);
    };
    void awaitRun(one.run, one.execution).then(settle, (error: unknown) =>
      settle({ outcome: 'failed', message: (error as Error).message }),
    );
  }

  #miss(
    time: number,
    run: string | null,
    outcome: z.infer<typeof missedRunSchema>['outcome'],
    message: string,
  ): void {
    this.#memo.failed++;
    if (this.#memo.missed.length >= MISSED_SHOWN) return;
    const at = this.#terms.inputs === undefined ? new Date(time * 1000).toISOString() : null;
    this.#memo.missed.push({ at, run, outcome, message: boundedText(message, 300) });
  }

  #tell(): void {
    this.#memo.open = this.#busy();
    const now = JSON.stringify(this.#memo);
    if (now === this.#told) return;
    this.#told = now;
    upsertMemo({ [memoNames.backfill]: this.#memo });
  }

  /** What runs goes on: others may share it. */
  async #endCancelled(): Promise<never> {
    await condition(() => this.#starting === 0);
    this.#tell();
    throw new CancelledFailure('the backfill is cancelled');
  }

  #goOn(): Promise<never> {
    const state: BackfillState = {
      ...{ waiting: this.#waiting, open: [...this.#open.values()], memo: this.#memo },
    };
    return continueAsNew(this.#terms, state);
  }
}
