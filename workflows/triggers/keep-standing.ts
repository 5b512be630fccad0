// The watcher of one standing outcome: pursues the goal before the outcome goes stale, for whatever reason, and tells
// the owner once when it goes stale all the same. It runs on the team's queue, where the goal's code is.
//
// keep-standing.1. The inputs that the goal's code makes of the time come from the history, so a deploy that changes it breaks no watcher.

import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineSignal,
  log,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { spoken } from '../../goals/duration.ts';
import { goalNamed } from '../../goals/goal-named.ts';
import type { Goal } from '../../goals/index.ts';
import { noticeOf } from '../../goals/wire/alerts.ts';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { activityNames, memoNames, signalNames, standingId } from '../../goals/wire/names.ts';
import {
  type Doubted,
  type LookedFor,
  limitsOf,
  type StandingMemo,
  type StandingTerms,
  standingTermsSchema,
  type Watch,
} from '../../goals/wire/standing.ts';
import type { AskedRun } from '../../goals/wire/start.ts';
import { Joins } from '../run/joins.ts';
import { standingInput } from './standing-input.ts';

const TURNS_PER_HISTORY = 100;
const SAID_OF = { retracted: 'was retracted', 'in-doubt': 'is in doubt' } as const;

/** Between two pursuits that failed: doubled each time. */
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** Between two looks at an outcome in doubt, which a recovery may have pursued again. */
const LONGEST_LOOK_MS = 300_000;

const { [activityNames.lastAchieved]: lastAchieved, [activityNames.notify]: notify } =
  proxyLocalActivities<EngineActivities>({
    startToCloseTimeout: '10s',
    retry: { initialInterval: '500ms', maximumInterval: '30s' },
  });

const { [activityNames.startRun]: start } = proxyActivities<EngineActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', maximumInterval: '1m' },
});

export async function keepStanding(
  terms: StandingTerms,
  watch: Watch | undefined,
  goals: readonly Goal[],
): Promise<void> {
  const begin = { since: workflowInfo().startTime.getTime(), achievedAt: null, run: null };
  const watcher = new Watcher(terms, watch ?? { ...begin, asked: null, failures: 0, toldFor: null }, goals);
  for (let turn = 0; turn < TURNS_PER_HISTORY && !workflowInfo().continueAsNewSuggested; turn++) {
    await watcher.turn();
    if (watcher.isEnded) return;
  }
  return continueAsNew(watcher.terms, watcher.watch);
}

class Watcher {
  terms: StandingTerms;
  readonly watch: Watch;
  isEnded = false;
  #hasChanged = false;
  #shown = '';
  #trouble: string | null = null;
  readonly #goals: readonly Goal[];
  readonly #joins = new Joins();

  constructor(terms: StandingTerms, watch: Watch, goals: readonly Goal[]) {
    this.terms = terms;
    this.watch = watch;
    this.#goals = goals;
    setHandler(defineSignal<[unknown]>(signalNames.watch), (given) => {
      const next = standingTermsSchema.safeParse(given).data;
      if (next === undefined || next.version < this.terms.version) return;
      this.terms = next;
      this.#hasChanged = true;
    });
    setHandler(defineSignal<[number]>(signalNames.unwatch), (version) => {
      if (version >= this.terms.version) this.isEnded = true;
    });
  }

  /** Waits as long as the outcome is fresh, or pursues it once. */
  async turn(): Promise<void> {
    this.#hasChanged = false;
    const { goal } = this.terms;
    const { at, run, execution, made, doubted } = await lastAchieved(this.#lookedFor());
    // Of what came later it was retracted: the outcome rests on what was there before that, as long as that is fresh.
    const isBefore = doubted?.mark === 'retracted' && at !== null;
    this.#doubt(isBefore ? undefined : doubted);
    const achievedAt = this.watch.achievedAt ?? 0;
    if (at !== null && (at > achievedAt || (isBefore && at !== achievedAt))) {
      this.watch.achievedAt = at;
      this.watch.run = run;
      if (execution !== undefined) this.watch.execution = execution;
      this.watch.failures = 0;
      this.#trouble = null;
    }
    this.#show();
    if (this.terms.watchOnly === true) return this.#watchOnly();
    const { dueAt } = this.#limits();
    if (Date.now() < dueAt) return this.#until(this.#lookAt(dueAt), () => false);
    const problem =
      'problem' in made ? `its input cannot be made: ${made.problem}` : await this.#pursue(goal, made.input);
    const trouble = problem ?? (await this.#notProduced());
    if (trouble === null) return;
    this.#trouble = trouble;
    const pause =
      Math.min(FIRST_PAUSE_MS, this.terms.freshMs / 10) * 2 ** Math.min(10, this.watch.failures++);
    const longest = Math.min(LONGEST_PAUSE_MS, this.terms.freshMs);
    await this.#until(Date.now() + Math.max(1000, Math.min(pause, longest)), () => false);
  }

  /** From when on it counts as stale stays as it is, however often its marks are written. */
  #doubt(doubted: Doubted | undefined): void {
    const { doubted: before } = this.watch;
    if (doubted === undefined) delete this.watch.doubted;
    else if (before?.execution !== doubted.execution || before.mark !== doubted.mark)
      this.watch.doubted = doubted;
  }

  #lookAt(dueAt: number): number {
    if (this.watch.doubted === undefined) return dueAt;
    return Math.min(dueAt, Date.now() + Math.min(LONGEST_LOOK_MS, Math.max(1000, this.terms.freshMs / 10)));
  }

  /** Reports that the outcome went stale; then, as before, looks for runs that somebody else began. */
  async #watchOnly(): Promise<void> {
    const { staleAt } = this.#limits();
    const isStale = Date.now() >= staleAt;
    if (isStale && this.watch.toldFor !== staleAt) await this.#tellStale(staleAt);
    const pause = Math.min(LONGEST_PAUSE_MS, Math.max(1000, this.terms.freshMs / 10));
    const next = isStale ? pause : Math.min(pause, Math.max(1, staleAt - Date.now()));
    await condition(() => this.isEnded || this.#hasChanged, next);
  }

  /** Null when it was achieved; else what was in the way. */
  async #pursue(goal: string, input: unknown): Promise<string | null> {
    const at = new Date().toISOString();
    const { doubted } = this.watch;
    const reason =
      doubted?.mark === 'retracted'
        ? `${doubted.run} was retracted`
        : `about to go stale: it shall be fresh for ${spoken(this.terms.freshMs)}`;
    const asked: AskedRun = {
      ...{ goal, input },
      why: { kind: 'standing', at, by: null, reason, ref: standingId(goal) },
    };
    let id: string;
    try {
      let started = await start(asked);
      // Achieved once, but too long ago.
      if (started.how === 'achieved') started = await start({ ...asked, force: true });
      id = started.id;
      this.watch.asked = id;
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      const { cause } = error;
      return `it cannot be started: ${cause instanceof ApplicationFailure ? cause.message : error.message}`;
    }
    const pursuit: { problem?: string | null } = {};
    this.#joins
      .closed(id)
      .then((found) => {
        if (found.state === 'achieved') pursuit.problem = null;
        else
          pursuit.problem = `${id} was ${found.state === 'failed' ? `not reached: ${found.message}` : found.state}`;
      })
      .catch((error: unknown) => {
        pursuit.problem = `${id} cannot be waited for: ${(error as Error).message}`;
      });
    await this.#until(null, () => pursuit.problem !== undefined);
    return pursuit.problem ?? null;
  }

  /** Waits until a time, or until it is done, ended or changed; tells the owner if the outcome goes stale meanwhile. */
  async #until(time: number | null, isDone: () => boolean): Promise<void> {
    const isOver = (): boolean => isDone() || this.isEnded || this.#hasChanged;
    for (;;) {
      const { staleAt } = this.#limits();
      const isTold = this.watch.toldFor === staleAt;
      if (!isTold && Date.now() >= staleAt) await this.#tellStale(staleAt);
      if (isOver() || (time !== null && Date.now() >= time)) return;
      const next = Math.min(time ?? Number.POSITIVE_INFINITY, isTold ? Number.POSITIVE_INFINITY : staleAt);
      if (next === Number.POSITIVE_INFINITY) await condition(isOver);
      else await condition(isOver, Math.max(1, next - Date.now()));
    }
  }

  async #tellStale(staleAt: number): Promise<void> {
    this.watch.toldFor = staleAt;
    const { goal, team, owner, freshMs } = this.terms;
    const { achievedAt, doubted } = this.watch;
    const last =
      achievedAt === null ? 'was never achieved' : `was last achieved ${new Date(achievedAt).toISOString()}`;
    const found = doubted === undefined ? '' : `; ${doubted.run} ${SAID_OF[doubted.mark]}`;
    const why = `${found}${this.#trouble === null ? '' : `; ${this.#trouble}`}`;
    const at = new Date(staleAt).toISOString();
    const run = standingId(goal);
    const message = `stale: it shall be fresh for ${spoken(freshMs)}, and ${last}${why}`;
    const notice = noticeOf(
      'stale',
      // Each time that it goes stale is told, once.
      { goal, team, owner, run, execution: `${run}@${staleAt}`, at },
      { kind: 'stale', code: 'stale', message, path: [], cause: null },
    );
    await notify(notice).catch((error: unknown) => {
      log.warn('the alerts workflow could not be told that an outcome is stale', { error });
    });
  }

  /** What was retracted is pursued again at once. To pursue again what is in doubt, before that is due, is a recovery's to do. */
  #limits(): { dueAt: number; staleAt: number } {
    const { dueAt, staleAt } = limitsOf({ ...this.watch, ...this.terms });
    const { mark, at = staleAt } = this.watch.doubted ?? {};
    return { dueAt: mark === 'retracted' ? Math.min(dueAt, at) : dueAt, staleAt: Math.min(staleAt, at) };
  }

  /** keep-standing.1: it runs inside a local activity, whose result the history keeps. */
  #lookedFor(): LookedFor {
    const goal = goalNamed(this.#goals, this.terms.goal);
    const { freshMs } = this.terms;
    const looked = standingInput(goal, { now: Date.now(), freshMs, asked: this.watch.asked });
    const { dataset } = this.terms;
    return dataset === undefined ? looked : { ...looked, dataset };
  }

  /** What is wrong where a run was achieved, and the dataset is as old as before. */
  async #notProduced(): Promise<string | null> {
    const { dataset } = this.terms;
    if (dataset === undefined) return null;
    const { at } = await lastAchieved(this.#lookedFor());
    if (at !== null && at > (this.watch.achievedAt ?? 0)) return null;
    return `${this.watch.asked} was achieved, and has not produced the dataset ${dataset.name}`;
  }

  #show(): void {
    const { freshMs, leadMs, watchOnly, version } = this.terms;
    const { since, achievedAt, run, execution } = this.watch;
    const memo: StandingMemo = {
      ...{ freshMs, leadMs, version, since, achievedAt, run },
      ...(execution === undefined ? {} : { execution }),
      ...(watchOnly === undefined ? {} : { watchOnly }),
    };
    if (JSON.stringify(memo) === this.#shown) return;
    this.#shown = JSON.stringify(memo);
    upsertMemo({ [memoNames.standing]: memo });
  }
}
