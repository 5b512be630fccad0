// The watcher of one standing outcome: pursues the goal before the outcome goes stale, for whatever reason, and tells
// the owner once when it goes stale all the same. It runs on the team's queue, where the goal's code is.
//
// G2. What the goal's code makes of the time is taken from the history, so a deploy that changes it breaks no watcher.

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
import type { Goal } from '../../goals/index.ts';
import { type Notice, noticeOf } from '../../goals/wire/alerts.ts';
import { activityNames, memoNames, signalNames, standingId } from '../../goals/wire/names.ts';
import {
  type LastAchieved,
  type LookedFor,
  limitsOf,
  type StandingMemo,
  type StandingTerms,
  standingTermsSchema,
  type Watch,
} from '../../goals/wire/standing.ts';
import type { AskedRun, StartedRun } from '../../goals/wire/start.ts';
import { Joins } from '../run/joins.ts';
import { standingInput } from './standing-input.ts';

const TURNS_PER_HISTORY = 100;

/** Between two pursuits that failed: doubled each time. */
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;

const local = proxyLocalActivities<{
  [activityNames.lastAchieved](lookedFor: LookedFor): Promise<LastAchieved>;
  [activityNames.notify](notice: Notice): Promise<void>;
}>({ startToCloseTimeout: '10s', retry: { initialInterval: '500ms', maximumInterval: '30s' } });

const activities = proxyActivities<{ [activityNames.startRun](asked: AskedRun): Promise<StartedRun> }>({
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
    const { at, run, made } = await local[activityNames.lastAchieved](this.#lookedFor());
    if (at !== null && at > (this.watch.achievedAt ?? 0)) {
      this.watch.achievedAt = at;
      this.watch.run = run;
      this.watch.failures = 0;
      this.#trouble = null;
    }
    this.#show();
    const { dueAt } = this.#limits();
    if (Date.now() < dueAt) return this.#until(dueAt, () => false);
    const problem =
      'problem' in made ? `its input cannot be made: ${made.problem}` : await this.#pursue(goal, made.input);
    if (problem === null) return;
    this.#trouble = problem;
    const pause =
      Math.min(FIRST_PAUSE_MS, this.terms.freshMs / 10) * 2 ** Math.min(10, this.watch.failures++);
    const longest = Math.min(LONGEST_PAUSE_MS, this.terms.freshMs);
    await this.#until(Date.now() + Math.max(1000, Math.min(pause, longest)), () => false);
  }

  /** Null when it was achieved; else what was in the way. */
  async #pursue(goal: string, input: unknown): Promise<string | null> {
    const at = new Date().toISOString();
    const reason = `about to go stale: it shall be fresh for ${spoken(this.terms.freshMs)}`;
    const asked: AskedRun = {
      ...{ goal, input },
      why: { kind: 'standing', at, by: null, reason, ref: standingId(goal) },
    };
    let id: string;
    try {
      const start = activities[activityNames.startRun];
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
    const { achievedAt } = this.watch;
    const last =
      achievedAt === null ? 'was never achieved' : `was last achieved ${new Date(achievedAt).toISOString()}`;
    const why = this.#trouble === null ? '' : `; ${this.#trouble}`;
    const at = new Date(staleAt).toISOString();
    const run = standingId(goal);
    const message = `stale: it shall be fresh for ${spoken(freshMs)}, and ${last}${why}`;
    const notice = noticeOf(
      'stale',
      // Each time that it goes stale is told, once.
      { goal, team, owner, run, execution: `${run}@${staleAt}`, at },
      { kind: 'stale', code: 'stale', message, path: [], cause: null },
    );
    await local[activityNames.notify](notice).catch((error: unknown) => {
      log.warn('the alerts workflow could not be told that an outcome is stale', { error });
    });
  }

  #limits = () => limitsOf({ ...this.watch, ...this.terms });

  /** G2. */
  #lookedFor(): LookedFor {
    const goal = this.#goals.find(({ name }) => name === this.terms.goal);
    const { freshMs } = this.terms;
    return standingInput(goal, { now: Date.now(), freshMs, asked: this.watch.asked });
  }

  #show(): void {
    const { freshMs, leadMs, version } = this.terms;
    const { since, achievedAt, run } = this.watch;
    const memo: StandingMemo = { freshMs, leadMs, version, since, achievedAt, run };
    if (JSON.stringify(memo) === this.#shown) return;
    this.#shown = JSON.stringify(memo);
    upsertMemo({ [memoNames.standing]: memo });
  }
}
