// The rules of who is told as they were before a trouble was settled by its own key: any later success of a goal settled
// it. Kept for one thing only: the alerts workflow that began under them is replayed by them, and goes on in a fresh
// history, under the rules of `alert-book.ts`, as soon as that is done.

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
import { type AlertsState, type Quiet, settingsOf, sinksOf } from './alerts-state.ts';
import { sortOf } from './unsettled.ts';

/** Goals that one alert names; more are counted. */
const GOALS = 50;
const RUNS = 5;
/** Goals that one sweep looks for. */
const WATCHED = 20;

const iso = (now: number): string => new Date(now).toISOString();
const isFailure = ({ kind }: Pick<Notice, 'kind'>): boolean => kind === 'failed';

const QUIET: Record<ReturnType<typeof sortOf>, string> = {
  failure: '',
  warning: ' at risk',
  lease: ' lease',
  stale: ' stale',
  stuck: ' stuck',
  warned: ' warned',
  'in-doubt': ' in doubt',
};
const quietKey = (notice: Notice): string => notice.goal + QUIET[sortOf(notice)];
const runOf = ({ run, execution, at }: Notice) => ({ run, execution, at });

export class BookByGoal {
  readonly state: AlertsState;
  readonly #newId: () => string;
  #turn = 0;

  constructor(state: AlertsState, newId: () => string) {
    this.state = state;
    this.#newId = newId;
  }

  notice(notice: Notice, now: number): void {
    const key = isFailure(notice) ? notice.execution : `${notice.execution}/${notice.kind}`;
    if (this.state.known.includes(key)) return;
    this.state.known.push(key);
    this.#take(notice, now, 1);
  }

  /** `count` is how many failures the notice stands for. */
  #take(notice: Notice, now: number, count: number): void {
    const open = this.#openOf(notice);
    // That a run struggles is no news of a goal that fails.
    if (sortOf(notice) === 'warning' && this.#openOf({ ...notice, kind: 'failed' }) !== null) return;
    const quiet = this.state.quiet[quietKey(notice)];
    if (open !== null && (this.#isGathering(open.alert) || this.#isAcknowledged(open.alert, notice)))
      counted(open.goal, notice, count);
    else if (quiet !== undefined && quiet.until > now) {
      quiet.untold += count;
      if (open === null) quiet.held ??= notice;
      else counted(open.goal, notice, count);
    } else {
      if (open !== null) settle(open.alert, open.goal, 'superseded', iso(now), null);
      this.#tell(notice, now, count + (quiet?.untold ?? 0));
    }
  }

  #tell(notice: Notice, now: number, count: number): void {
    const { goal, team, owner, kind, fingerprint, trouble } = notice;
    const { gatherMs, cooldownMs } = settingsOf(this.state);
    const quiet: Quiet = { until: now + gatherMs + cooldownMs, untold: 0, held: null };
    this.state.quiet[quietKey(notice)] = quiet;
    let alert = this.state.alerts.find(
      (other) => this.#isGathering(other) && other.kind === kind && other.fingerprint === fingerprint,
    );
    if (alert === undefined) {
      alert = {
        ...{ id: this.#newId(), kind, at: notice.at, fingerprint, trouble },
        ...{ goals: [], more: 0, acknowledged: null, state: 'open', messages: [] },
      };
      this.state.alerts.push(alert);
      this.state.gathering.push({ id: alert.id, due: now + gatherMs });
    }
    const { path } = trouble;
    if (alert.goals.length === GOALS) alert.more++;
    else alert.goals.push({ goal, team, owner, path, runs: [runOf(notice)], count, settled: null });
  }

  /** Does what has become due: opens what was gathered, and tells what was held back. */
  becomeDue(now: number): void {
    for (const [key, quiet] of Object.entries(this.state.quiet)) {
      const { held, until, untold } = quiet;
      if (held === null || until > now) continue;
      delete this.state.quiet[key];
      this.#take(held, now, untold);
    }
    const due = this.state.gathering.filter((gathered) => gathered.due <= now);
    this.state.gathering = this.state.gathering.filter((gathered) => gathered.due > now);
    for (const { id } of due) {
      const alert = this.state.alerts.find((other) => other.id === id);
      if (alert !== undefined) this.#send(alert, 'opened', alert.goals, now);
    }
  }

  /** It opens by itself what it has gathered. */
  due(): string[] {
    return [];
  }

  /** When something becomes due next, in milliseconds; null when nothing will. */
  nextDue(_opening?: ReadonlySet<string>): number | null {
    const held = Object.values(this.state.quiet).filter(({ held: notice }) => notice !== null);
    const times = [...this.state.gathering.map(({ due }) => due), ...held.map(({ until }) => until)];
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

  accept({ execution, run: _, ...mark }: Accept, _now: number): void {
    const known: Mark | undefined = this.state.accepted[execution];
    if (known !== undefined) return;
    this.state.accepted[execution] = mark;
    for (const alert of this.state.alerts)
      for (const goal of alert.goals) {
        const isAll = goal.runs.every((run) => this.state.accepted[run.execution] !== undefined);
        if (goal.settled === null && isAll && goal.count <= goal.runs.length)
          settle(alert, goal, 'accepted', mark.at, null);
      }
  }

  /** What the next sweep looks for: of many, each in its turn. */
  watched(): WatchedAlert[] {
    const all = this.state.alerts.flatMap((alert) =>
      alert.goals
        .filter(({ settled }) => settled === null)
        .map(({ goal, runs }): WatchedAlert => {
          const { run, execution, at } = runs.at(-1) as AlertedGoal['runs'][number];
          const one = isFailure(alert) ? null : { run, execution };
          return { alert: alert.id, goal, after: at, execution: one };
        }),
    );
    if (all.length <= WATCHED) return all;
    this.#turn = (this.#turn + WATCHED) % all.length;
    return [...all, ...all].slice(this.#turn, this.#turn + WATCHED);
  }

  swept({ missed, until, settled }: SweepResult, now: number): void {
    for (const notice of missed) this.notice(notice, now);
    this.state.sweptUntil = until;
    const reached = new Map<Alert, AlertedGoal[]>();
    for (const { alert: id, goal: name, how, run, at } of settled) {
      const alert = this.state.alerts.find((other) => other.id === id);
      const goal = alert?.goals.find((other) => other.goal === name && other.settled === null);
      // It may have failed again since the sweep looked.
      if (alert === undefined || goal === undefined || (goal.runs.at(-1)?.at ?? '') > at) continue;
      settle(alert, goal, how, at, run);
      const wasTold = alert.messages.some((message) => message.goals.includes(name));
      if (how === 'reached' && wasTold) reached.set(alert, [...(reached.get(alert) ?? []), goal]);
    }
    for (const [alert, goals] of reached) {
      this.#send(alert, 'reached', goals, now);
      for (const { goal } of goals) {
        const quiet = this.state.quiet[goal];
        if (quiet !== undefined) quiet.untold = 0;
      }
    }
  }

  delivered(message: string, sink: string, state: DeliveryEnd, now: number, _mayHaveIt?: boolean): void {
    for (const { messages } of this.state.alerts)
      for (const { id, deliveries } of messages)
        if (id === message && deliveries[sink] !== undefined) deliveries[sink] = { state, at: iso(now) };
  }

  #send(alert: Alert, what: 'opened' | 'reached', among: readonly AlertedGoal[], now: number): void {
    const goals = among.map(({ goal }) => goal).filter((goal) => !this.#isMuted(goal, now));
    if (goals.length === 0) return;
    const waiting = { state: 'waiting' as const, at: null };
    const deliveries = Object.fromEntries([...sinksOf(this.state).keys()].map((sink) => [sink, waiting]));
    const id = `${alert.id}.${alert.messages.length + 1}`;
    alert.messages.push({ id, what, at: iso(now), goals, deliveries });
  }

  /** The open alert of the notice's sort in which its goal is not settled. */
  #openOf(notice: Notice): { alert: Alert; goal: AlertedGoal } | null {
    for (const alert of this.state.alerts) {
      if (sortOf(alert) !== sortOf(notice)) continue;
      const goal = alert.goals.find((other) => other.goal === notice.goal && other.settled === null);
      if (goal !== undefined) return { alert, goal };
    }
    return null;
  }

  #isGathering = ({ id }: Alert): boolean => this.state.gathering.some((gathered) => gathered.id === id);

  /** Somebody sees to this very trouble: no need to tell it again until the goal is reached. */
  #isAcknowledged = (alert: Alert, { fingerprint }: Notice): boolean =>
    alert.acknowledged !== null && alert.fingerprint === fingerprint;

  #isMuted = (goal: string, now: number): boolean =>
    this.state.mutes.some((mute) => mute.goal === goal && Date.parse(mute.until) > now);
}

function counted(goal: AlertedGoal, notice: Notice, count: number): void {
  // That a run which struggles is at risk, or late, is no second run.
  if (!isFailure(notice) && goal.runs.some(({ execution }) => execution === notice.execution)) return;
  goal.count += count;
  const run = runOf(notice);
  if (goal.runs.length < RUNS) goal.runs.push(run);
  else goal.runs[RUNS - 1] = run;
}

function settle(alert: Alert, goal: AlertedGoal, how: Settlement, at: string, run: string | null): void {
  goal.settled = { how, at, run };
  if (alert.goals.every(({ settled }) => settled !== null)) alert.state = 'closed';
}
