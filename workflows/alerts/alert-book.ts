// The rules of who is told, apart from what makes them durable: no clock, no Temporal.
//
// alert-book.1. One execution is noticed once, however often its notice comes.
// alert-book.2. After a message a goal is quiet for the cooldown: it counts the troubles of that time, and reports them when the cooldown is over.
// alert-book.3. A trouble is settled by its own key (or what its goal says), or by a person, and by nothing else. The message that it is
//     settled is sent once, and only to those who got the first message; a trouble that was settled before its message has neither.

import type {
  Accept,
  Acknowledge,
  Alert,
  AlertedGoal,
  DeliveryEnd,
  Mark,
  Mute,
  Notice,
  Settlement,
  SweepResult,
  WatchedAlert,
} from '../../goals/wire/alerts.ts';
import { type AlertsState, settingsOf, sinksOf } from './alerts-state.ts';
import {
  idOf,
  isSubjectOf,
  itemOf,
  type Sort,
  sortOf,
  type Unsettled,
  unsettledIn,
  watchedOf,
} from './unsettled.ts';

/** Goals that one alert names; more are counted. */
const GOALS = 50;
const RUNS = 5;
/** Runs that one sweep looks for. */
const WATCHED = 50;
/** Runs that are looked at once more before an alert is opened. */
const LOOKED_AT = 200;

const iso = (now: number): string => new Date(now).toISOString();

const QUIET: Record<Sort, string> = {
  failure: '',
  warning: ' at risk',
  lease: ' lease',
  stale: ' stale',
  stuck: ' stuck',
  warned: ' warned',
  'in-doubt': ' in doubt',
};
const quietKey = ({ goal, sort }: Pick<Unsettled, 'goal' | 'sort'>): string => goal + QUIET[sort];
const runOf = ({ run, execution, at }: Notice) => ({ run, execution, at });

export class AlertBook {
  readonly state: AlertsState & { unsettled: Unsettled[] };
  readonly #newId: () => string;
  readonly #tellsUntold: boolean;
  #turn = 0;

  /** `tellsUntold`: what failed again is reported where nobody got the message of the first failure. */
  constructor(state: AlertsState, newId: () => string, { tellsUntold } = { tellsUntold: true }) {
    this.#tellsUntold = tellsUntold;
    state.unsettled ??= unsettledIn(state);
    this.state = state as AlertsState & { unsettled: Unsettled[] };
    this.#newId = newId;
  }

  notice(notice: Notice, now: number): void {
    const { kind, execution, run } = notice;
    const sort = sortOf(notice);
    // It may have gone on, and be stuck anew.
    const anew = sort === 'stuck' ? `/${notice.at}` : '';
    const key = sort === 'failure' ? execution : `${execution}/${kind}${anew}`;
    // alert-book.1
    if (this.state.known.includes(key)) return;
    this.state.known.push(key);
    if (this.state.accepted[execution] !== undefined && sort === 'failure') return;
    const ofRun = this.state.unsettled.filter((other) => other.goal === notice.goal && other.run === run);
    // Once it has failed, nobody needs to know that it may.
    if (sort === 'failure')
      for (const other of ofRun)
        if (other.sort === 'warning' && other.execution === execution)
          this.#settle(other, 'over', notice.at, null);
    const known = this.state.unsettled.find((other) => isSubjectOf(other, notice));
    if (known === undefined) this.#take(notice, now);
    else this.#takeAgain(known, notice, now);
  }

  #take(notice: Notice, now: number): void {
    const item = itemOf(notice);
    this.state.unsettled.push(item);
    if (this.#isNoNews(item)) {
      item.held = notice;
      return;
    }
    const joined = this.#entryFor(item);
    if (joined !== null) {
      join(joined.alert, joined.goal, item);
      counted(joined.goal, notice);
    } else if (!this.#holds(item, notice, now)) this.#tell([item], notice, 1 + this.#untold(item), now);
  }

  /** That a run struggles is no news of a key that fails, unless that is reached meanwhile. */
  #isNoNews = ({ sort, goal, run }: Unsettled): boolean =>
    sort === 'warning' &&
    this.state.unsettled.some(
      (other) => other.sort === 'failure' && other.goal === goal && other.run === run,
    );

  #held = (): Unsettled[] =>
    this.state.unsettled.filter((item) => item.held !== null && !this.#isNoNews(item));

  /** The same key failed again, or the same run has another trouble. */
  #takeAgain(item: Unsettled, notice: Notice, now: number): void {
    const isNews = item.kind !== notice.kind;
    const { execution, at, kind, fingerprint } = notice;
    Object.assign(item, { execution, at, kind, fingerprint });
    const alert = this.state.alerts.find(({ id }) => id === item.alert);
    const goal = alert && entryIn(alert, item);
    const isGathering = alert !== undefined && this.#isGathering(alert);
    const isKnown = !isNews && alert !== undefined && (isGathering || isAcknowledged(alert, notice));
    if (isKnown && goal !== undefined) counted(goal, notice);
    // Nobody was told of the first trouble yet: the later one takes its place.
    else if (isGathering) this.#tell([item], notice, 1, now);
    else if (item.held !== null) {
      item.held = notice;
      this.#countUntold(item, notice);
    } else if (!this.#holds(item, notice, now, !isNews && !this.#isUntold(alert, item)))
      this.#tell([item], notice, 1 + this.#untold(item), now);
  }

  /** Whether every sink dropped the message of it, as it had healed: alert-book.3. */
  #isUntold(alert: Alert | undefined, { goal }: Unsettled): boolean {
    const opened = (alert?.messages ?? []).filter(
      ({ what, goals }) => what === 'opened' && goals.includes(goal),
    );
    const ends = opened.flatMap(({ deliveries }) => Object.values(deliveries));
    return (
      this.#tellsUntold &&
      ends.length > 0 &&
      ends.every(({ state, mayHaveIt }) => state === 'healed' && mayHaveIt !== true)
    );
  }

  /** True when the goal is quiet: then it is counted, and told later unless people know of it. */
  #holds(item: Unsettled, notice: Notice, now: number, isTold = false): boolean {
    const quiet = this.state.quiet[quietKey(item)];
    if (quiet === undefined || quiet.until <= now) return false;
    if (!isTold) item.held = notice;
    this.#countUntold(item, notice);
    return true;
  }

  /** Counted where people were told of it; of what they know nothing yet, in the goal's latest alert. */
  #countUntold(item: Unsettled, notice: Notice): void {
    const quiet = this.state.quiet[quietKey(item)];
    if (quiet !== undefined) quiet.untold++;
    const latest = this.state.alerts.findLast(
      (alert) =>
        (item.alert === null ? sortOf(alert) === item.sort : alert.id === item.alert) &&
        entryIn(alert, item)?.settled === null,
    );
    const goal = latest && entryIn(latest, item);
    if (goal !== undefined) counted(goal, notice);
  }

  #untold = (item: Unsettled): number => this.state.quiet[quietKey(item)]?.untold ?? 0;

  /** The alert that a new item of a goal belongs to: one that is not told yet, or one of its trouble that somebody sees to. */
  #entryFor(item: Unsettled): { alert: Alert; goal: AlertedGoal } | null {
    for (const alert of this.state.alerts) {
      const goal = sortOf(alert) === item.sort ? entryIn(alert, item) : undefined;
      if (goal === undefined || goal.settled !== null) continue;
      const isJoined = this.#isGathering(alert) ? alert.kind === item.kind : isAcknowledged(alert, item);
      if (isJoined) return { alert, goal };
    }
    return null;
  }

  /** Opens an alert of these items of one goal, or lets one that gathers name it. `count`: failures since the last message. */
  #tell(items: readonly Unsettled[], notice: Notice, count: number, now: number): void {
    const { goal, team, owner, kind, fingerprint, trouble } = notice;
    const { gatherMs, cooldownMs } = settingsOf(this.state);
    const [first] = items as [Unsettled];
    // alert-book.2: from now on the goal is quiet.
    this.state.quiet[quietKey(first)] = { until: now + gatherMs + cooldownMs, untold: 0, held: null };
    let alert = this.state.alerts.find(
      (other) =>
        this.#isGathering(other) &&
        other.kind === kind &&
        other.fingerprint === fingerprint &&
        other.goals.every((entry) => entry.goal !== goal),
    );
    if (alert === undefined) {
      alert = {
        ...{ id: this.#newId(), kind, at: notice.at, fingerprint, trouble },
        ...{ goals: [], more: 0, acknowledged: null, state: 'open', messages: [] },
      };
      this.state.alerts.push(alert);
      this.state.gathering.push({ id: alert.id, due: now + gatherMs });
    }
    for (const item of items) if (item.alert === null) this.#forget(item);
    const done = items.flatMap((item) => this.#leave(item, 'superseded', notice.at, null));
    for (const item of items) item.held = null;
    this.#tellReached(done, now);
    if (alert.goals.length === GOALS) {
      alert.more++;
      this.state.unsettled = this.state.unsettled.filter((item) => !items.includes(item));
      return;
    }
    const entry: AlertedGoal = {
      ...{ goal, team, owner, path: trouble.path, runs: [], count, left: 0, settled: null },
    };
    alert.goals.push(entry);
    // All that it had named before may have healed while it gathered.
    alert.state = 'open';
    const runs = items.map(({ run, execution, at }) => ({ run, execution, at }));
    entry.runs = [...runs.slice(0, RUNS - 1), ...runs.slice(RUNS - 1).slice(-1)];
    for (const item of items) join(alert, entry, item);
  }

  /** It was counted in an alert that does not tell of it; now it has its own. */
  #forget({ sort, goal, execution }: Unsettled): void {
    for (const alert of this.state.alerts)
      for (const entry of alert.goals) {
        if (sortOf(alert) !== sort || entry.goal !== goal) continue;
        const runs = entry.runs.filter((run) => run.execution !== execution);
        if (runs.length === 0 || runs.length === entry.runs.length) continue;
        entry.runs = runs;
        entry.count--;
      }
  }

  /** Tells what was held back, of goals that are quiet no more. */
  becomeDue(now: number): void {
    for (const key of this.#heldKeys()) {
      const { until, untold } = this.state.quiet[key] ?? { until: now, untold: 0 };
      const held = this.#held().filter(isHeldBy(key));
      const [first] = held;
      if (first?.held == null || until > now) continue;
      const together = held.filter(({ kind }) => kind === first.kind);
      const others = held.length - together.length;
      this.#tell(together, first.held, Math.max(together.length, untold - others), now);
      const quiet = this.state.quiet[key];
      if (quiet !== undefined) quiet.untold = others;
    }
  }

  #heldKeys = (): string[] => [...new Set(this.#held().map(quietKey))];

  /** Alerts that have gathered enough: to be opened once it was looked whether they have healed meanwhile. */
  due(now: number): string[] {
    return this.state.gathering.filter((gathered) => gathered.due <= now).map(({ id }) => id);
  }

  /** What is to be looked at before this alert is opened. */
  watchedOf(id: string): WatchedAlert[] {
    const items = this.state.unsettled.filter(({ alert }) => alert === id);
    return items.slice(0, LOOKED_AT).map(watchedOf);
  }

  /** Opens it: what of it is settled by now is told to nobody. */
  open(id: string, now: number): void {
    this.state.gathering = this.state.gathering.filter((gathered) => gathered.id !== id);
    const alert = this.state.alerts.find((other) => other.id === id);
    if (alert === undefined) return;
    const left = alert.goals.filter(({ settled }) => settled === null);
    for (const { goal, settled } of alert.goals) {
      const quiet = this.state.quiet[quietKey({ goal, sort: sortOf(alert) })];
      // Nobody was told, so nobody needs quiet.
      if (settled !== null && settled.how !== 'superseded' && quiet !== undefined) quiet.until = now;
    }
    this.#send(alert, 'opened', left, now);
  }

  /** When something becomes due next, in milliseconds; null when nothing will. `opening`: what is being looked at. */
  nextDue(opening: ReadonlySet<string> = new Set()): number | null {
    const gathering = this.state.gathering.filter(({ id }) => !opening.has(id)).map(({ due }) => due);
    const quiets = this.#heldKeys().map((key) => this.state.quiet[key]?.until ?? 0);
    const times = [...gathering, ...quiets];
    return times.length === 0 ? null : Math.min(...times);
  }

  acknowledge({ id, ...mark }: Acknowledge): void {
    const alert = this.state.alerts.find((other) => other.id === id);
    if (alert !== undefined) alert.acknowledged ??= mark;
  }

  /** Until a time that has passed: unmuted. */
  mute(mute: Mute): void {
    this.state.mutes = [...this.state.mutes.filter(({ goal }) => goal !== mute.goal), mute];
  }

  accept({ execution, run: _, ...mark }: Accept, now: number): void {
    const known: Mark | undefined = this.state.accepted[execution];
    if (known !== undefined) return;
    this.state.accepted[execution] = mark;
    const item = this.state.unsettled.find(
      (other) => other.sort === 'failure' && other.execution === execution,
    );
    if (item !== undefined) this.#tellReached(this.#settle(item, 'accepted', mark.at, null), now);
  }

  /** What the next sweep looks for: of many, each in its turn. */
  watched(): WatchedAlert[] {
    const all = this.state.unsettled;
    if (all.length <= WATCHED) return all.map(watchedOf);
    this.#turn = (this.#turn + WATCHED) % all.length;
    return [...all, ...all].slice(this.#turn, this.#turn + WATCHED).map(watchedOf);
  }

  swept({ missed, until, settled, open }: SweepResult, now: number): void {
    for (const notice of missed) this.notice(notice, now);
    this.state.sweptUntil = until;
    if (open !== undefined) this.#looked(open, now);
    this.settled(settled, now);
  }

  /** What was stuck and is so no more goes on, or was ended: of neither is anybody told here. */
  #looked({ again: _, ...open }: NonNullable<SweepResult['open']>, now: number): void {
    this.state.open = open;
    if (open.more) return;
    const stuck = new Set(open.stuck.map(({ execution }) => execution));
    for (const item of this.state.unsettled.filter(({ sort }) => sort === 'stuck'))
      if (!stuck.has(item.execution)) this.#settle(item, 'over', iso(now), null);
  }

  /** What was looked for is settled. A worker of an earlier version names no item: it cannot tell one key from another. */
  settled(settled: SweepResult['settled'], now: number): void {
    const done = settled.flatMap(({ item: id, how, run, at }) => {
      // When it failed again since the look, it is another item by now.
      const item = this.state.unsettled.find((other) => idOf(other) === id);
      return item === undefined ? [] : this.#settle(item, how, at, run);
    });
    this.#tellReached(done, now);
  }

  /** The goals, of which alert, that have nothing left to be settled by it. */
  #settle(item: Unsettled, how: Settlement, at: string, run: string | null): [Alert, AlertedGoal][] {
    this.state.unsettled = this.state.unsettled.filter((other) => other !== item);
    return this.#leave(item, how, at, run);
  }

  #leave(item: Unsettled, how: Settlement, at: string, run: string | null): [Alert, AlertedGoal][] {
    const alert = this.state.alerts.find(({ id }) => id === item.alert);
    const goal = alert && entryIn(alert, item);
    item.alert = null;
    if (alert === undefined || goal === undefined || goal.settled !== null) return [];
    goal.left = Math.max(0, (goal.left ?? 1) - 1);
    goal.ends = [...(goal.ends ?? []).filter((end) => end.how !== how), { how, run }];
    if (goal.left > 0) return [];
    // One that just ended makes no other reached; what is told elsewhere, or was accepted, hinders none.
    const order: Settlement[] = ['over', 'reached', 'accepted', 'superseded'];
    const [end] = goal.ends.sort((a, b) => order.indexOf(a.how) - order.indexOf(b.how));
    goal.settled = { how, run, ...end, at };
    if (alert.goals.every(({ settled }) => settled !== null)) alert.state = 'closed';
    return [[alert, goal]];
  }

  #tellReached(done: readonly [Alert, AlertedGoal][], now: number): void {
    const reached = new Map<Alert, AlertedGoal[]>();
    for (const [alert, goal] of done) {
      // alert-book.3: only a goal that a message named is reported as reached.
      const wasTold = alert.messages.some(({ goals }) => goals.includes(goal.goal));
      if (goal.settled?.how !== 'reached' || !wasTold) continue;
      reached.set(alert, [...(reached.get(alert) ?? []), goal]);
    }
    for (const [alert, goals] of reached) {
      this.#send(alert, 'reached', goals, now);
      for (const { goal } of goals) {
        const key = quietKey({ goal, sort: sortOf(alert) });
        const quiet = this.state.quiet[key];
        if (quiet !== undefined) quiet.untold = this.#held().filter(isHeldBy(key)).length;
      }
    }
  }

  delivered(message: string, sink: string, state: DeliveryEnd, now: number, mayHaveIt = false): void {
    for (const { messages } of this.state.alerts)
      for (const { id, deliveries } of messages)
        if (id === message && deliveries[sink] !== undefined)
          deliveries[sink] = { state, at: iso(now), ...(mayHaveIt ? { mayHaveIt } : {}) };
  }

  #send(alert: Alert, what: 'opened' | 'reached', among: readonly AlertedGoal[], now: number): void {
    const goals = among.map(({ goal }) => goal).filter((goal) => !this.#isMuted(goal, now));
    if (goals.length === 0) return;
    const waiting = { state: 'waiting' as const, at: null };
    const deliveries = Object.fromEntries([...sinksOf(this.state).keys()].map((sink) => [sink, waiting]));
    const id = `${alert.id}.${alert.messages.length + 1}`;
    alert.messages.push({ id, what, at: iso(now), goals, deliveries });
  }

  #isGathering = ({ id }: Alert): boolean => this.state.gathering.some((gathered) => gathered.id === id);

  #isMuted = (goal: string, now: number): boolean =>
    this.state.mutes.some((mute) => mute.goal === goal && Date.parse(mute.until) > now);
}

const isHeldBy =
  (key: string) =>
  (item: Unsettled): boolean =>
    item.held !== null && quietKey(item) === key;

const entryIn = (alert: Alert, item: Unsettled): AlertedGoal | undefined =>
  alert.goals.find(({ goal }) => goal === item.goal);

/** Somebody sees to this very trouble: no need to tell it again until the goal is reached. */
const isAcknowledged = (alert: Alert, { fingerprint }: { fingerprint: string }): boolean =>
  alert.acknowledged !== null && alert.fingerprint === fingerprint;

function join(alert: Alert, goal: AlertedGoal, item: Unsettled): void {
  item.alert = alert.id;
  goal.left = (goal.left ?? 0) + 1;
}

function counted(goal: AlertedGoal, notice: Notice): void {
  // That a run which struggles is at risk, or late, is no second run.
  if (notice.kind !== 'failed' && goal.runs.some(({ execution }) => execution === notice.execution)) return;
  goal.count++;
  const run = runOf(notice);
  if (goal.runs.length < RUNS) goal.runs.push(run);
  else goal.runs[RUNS - 1] = run;
}
