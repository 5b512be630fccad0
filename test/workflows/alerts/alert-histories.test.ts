// Histories of many keys, made up by chance, against a judge that knows none of the book's rules but what people are
// promised: who should have been told what, and in which order.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  DEFAULT_ALERT_SETTINGS,
  type Delivery,
  type NoticeKind,
  noticeOf,
} from '../../../goals/wire/alerts.ts';
import { AlertBook } from '../../../workflows/alerts/alert-book.ts';
import { announce, bound, initialAlertsState } from '../../../workflows/alerts/alerts-state.ts';
import { turnOf } from '../../../workflows/alerts/delivery-order.ts';

const COOLDOWN = 60_000;
const GATHER = 1_000;
const START = Date.parse('2026-11-20T06:00:00Z');

const goals = ['a', 'b'] as const;
const keys = ['1', '2', '3'] as const;

type Event =
  | { do: 'fails'; goal: string; key: string; code: string }
  | { do: 'struggles' | 'risks'; goal: string; key: string }
  | { do: 'achieves'; goal: string; key: string }
  | { do: 'accepts'; goal: string; key: string }
  | { do: 'passes'; ms: number };

const subject = { goal: fc.constantFrom(...goals), key: fc.constantFrom(...keys) };
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('fails' as const), ...subject, code: fc.constantFrom('x', 'y') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('struggles' as const, 'risks' as const), ...subject }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('achieves' as const), ...subject }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('accepts' as const), ...subject }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('passes' as const),
      ms: fc.constantFrom(10, GATHER, 20_000, COOLDOWN),
    }),
  },
);

interface Execution {
  goal: string;
  key: string;
  id: string;
  state: 'open' | 'failed' | 'achieved';
}

/** The world: what is true of each key, whoever was told of it. One execution of a key at a time. */
class World {
  readonly executions: Execution[] = [];

  latest(goal: string, key: string): Execution | undefined {
    return this.executions.filter((one) => one.goal === goal && one.key === key).at(-1);
  }

  /** The one that is open, or the next one. */
  open(goal: string, key: string): Execution {
    const latest = this.latest(goal, key);
    if (latest?.state === 'open') return latest;
    const next: Execution = { goal, key, id: `e${this.executions.length + 1}`, state: 'open' };
    this.executions.push(next);
    return next;
  }

  of(id: string): Execution {
    return this.executions.find((one) => one.id === id) as Execution;
  }
}

interface Told {
  what: 'opened' | 'reached';
  kind: NoticeKind;
  alert: string;
  /** Executions of the goals that it names. */
  executions: string[];
  /** Goals of which there were more than it names. */
  cut: string[];
}

/** Plays the history as the alerts workflow would: with a look before it opens an alert, and a sweep after each step. */
function play(events: readonly Event[], isSwept: (nth: number) => boolean, isDown: (nth: number) => boolean) {
  const world = new World();
  const accepted = new Set<string>();
  const warned = new Set<string>();
  const told: Told[] = [];
  const wrong: string[] = [];
  let now = START;
  let ids = 0;
  const begin = initialAlertsState(now);
  const settings = { ...DEFAULT_ALERT_SETTINGS, gatherMs: GATHER, cooldownMs: COOLDOWN };
  announce(begin, { taskQueue: 'q', deliverOn: 'q', sinks: ['s'], settings });
  // Now and then it goes on in a fresh history.
  let book = new AlertBook(begin, () => `alert-${++ids}`);
  const iso = (): string => new Date(now).toISOString();

  /** As the activity answers, by the world alone. */
  const answers = (watched: ReturnType<AlertBook['watched']>) =>
    watched.flatMap(({ alert, goal, execution, item = '', by }) => {
      const { run = '', execution: id = '' } = execution ?? {};
      const one = world.of(id);
      const settled = { alert, goal, item, run, at: iso() };
      if (by === 'execution')
        return one.state === 'open'
          ? []
          : { ...settled, how: one.state === 'achieved' ? ('reached' as const) : ('over' as const) };
      const later = world.executions.filter(
        (other) => other.goal === one.goal && other.key === one.key && other.state === 'achieved',
      );
      return later.some((other) => Number(other.id.slice(1)) > Number(id.slice(1)))
        ? { ...settled, how: 'reached' as const }
        : [];
    });

  let isSinkDown = false;
  /** As the outbox does, with the look that a delivery takes which comes late. */
  const deliver = (): void => {
    for (const alert of book.state.alerts)
      for (const message of alert.messages) {
        if (message.deliveries.s?.state !== 'waiting') continue;
        const turn = turnOf('s', message, alert);
        if (turn === 'wait' || (turn === 'send' && isSinkDown)) continue;
        const watched = book.watchedOf(alert.id).filter(({ goal }) => message.goals.includes(goal));
        const hasHealed =
          message.what === 'opened' && watched.length > 0 && answers(watched).length === watched.length;
        const isSent = turn === 'send' && !hasHealed;
        if (isSent) judge(alert, message, Date.parse(message.at) < now);
        book.delivered(message.id, 's', isSent ? 'delivered' : 'healed', now);
      }
  };

  /** What nobody may ever be told. */
  function judge(alert: Delivery['alert'], message: Delivery['message'], hasWaited: boolean): void {
    const entries = alert.goals.filter(({ goal }) => message.goals.includes(goal));
    const executions = entries.flatMap((entry) => entry.runs.map(({ execution }) => execution));
    const cut = entries.filter(({ count, runs }) => count > runs.length).map(({ goal }) => goal);
    let allHealed = 0;
    for (const entry of entries) {
      const known = entry.runs.map(({ execution }) => world.of(execution));
      const healed = known.map((one) => {
        if (alert.kind !== 'failed') return one.state !== 'open';
        if (accepted.has(one.id)) return true;
        const after = world.executions.slice(world.executions.indexOf(one) + 1);
        return after.some((o) => o.goal === one.goal && o.key === one.key && o.state === 'achieved');
      });
      if (message.what === 'opened' && healed.every(Boolean)) {
        // One that waited for its sink is sent as it was written, as long as something that it tells is true.
        if (!hasWaited) wrong.push(`${message.id} tells of ${entry.goal}, all of which has healed`);
        allHealed++;
      }
      const broken = known.filter((_, i) => !healed[i]);
      if (message.what === 'reached' && known.length > 0 && broken.length === known.length)
        wrong.push(`${message.id} says that ${entry.goal} is reached, and none of it is`);
      if (message.what === 'reached' && entry.settled?.how === 'reached') {
        const by = (entry.settled.run ?? '').split(':')[1] ?? '';
        // Of many runs it names some.
        if (entry.count <= entry.runs.length && !known.some(({ key }) => key === by))
          wrong.push(`${message.id} says that ${entry.goal} is reached by another key`);
      }
    }
    if (allHealed === entries.length) wrong.push(`${message.id} tells of nothing that has not healed`);
    const before = told.filter((other) => other.alert === alert.id);
    if (message.what === 'reached' && !before.some(({ what }) => what === 'opened'))
      wrong.push(`${message.id} says that it is reached to who was never told of it`);
    if (message.what === 'opened' && before.length > 0) wrong.push(`${message.id} comes after another`);
    told.push({ what: message.what, kind: alert.kind, alert: alert.id, executions, cut });
  }

  const goOn = (): void => {
    book.becomeDue(now);
    for (const id of book.due(now)) {
      book.settled(answers(book.watchedOf(id)), now);
      book.open(id, now);
    }
    bound(book.state, now);
    deliver();
  };

  const notice = (one: Execution, kind: NoticeKind, code: string): void => {
    const { goal, key, id: execution } = one;
    const run = { goal, team: 't', owner: 'o', run: `${goal}:${key}`, execution, at: iso() };
    book.notice(noticeOf(kind, run, { kind: 'job', code, message: code, path: [], cause: null }), now);
  };

  events.forEach((given, nth) => {
    now += 1;
    isSinkDown = isDown(nth);
    if (given.do === 'passes') {
      // Time passes as it does for a workflow: it wakes whenever something becomes due.
      const until = now + given.ms;
      for (let due = book.nextDue(); due !== null && due <= until; due = book.nextDue()) {
        now = Math.max(now, due);
        goOn();
      }
      now = until;
    } else if (given.do === 'accepts') {
      const one = world.latest(given.goal, given.key);
      if (one?.state === 'failed') {
        accepted.add(one.id);
        const { goal, key, id: execution } = one;
        book.accept({ run: `${goal}:${key}`, execution, at: iso(), by: 'ada', reason: null }, now);
      }
    } else {
      const one = world.open(given.goal, given.key);
      if (given.do === 'fails') {
        one.state = 'failed';
        notice(one, 'failed', given.code);
      } else if (given.do === 'achieves') one.state = 'achieved';
      else {
        warned.add(one.id);
        notice(one, given.do === 'struggles' ? 'struggling' : 'at-risk', 'slow');
      }
    }
    if (isSwept(nth))
      book.swept({ missed: [], until: iso(), more: false, settled: answers(book.watched()) }, now);
    if (nth % 7 === 6) book = new AlertBook(JSON.parse(JSON.stringify(book.state)), () => `alert-${++ids}`);
    goOn();
  });
  return { world, accepted, warned, told, wrong, alerts: () => book.state.alerts, settle };

  /** All that is to come has come: quiets are over, and everything was looked for. */
  function settle(): void {
    isSinkDown = false;
    for (let i = 0; i < 20; i++) {
      now += COOLDOWN + GATHER;
      book.swept({ missed: [], until: iso(), more: false, settled: answers(book.watched()) }, now);
      goOn();
    }
  }
}

/** What a person should have been told by now of each key, by what is true of it. */
function missing({ world, accepted, warned, told }: ReturnType<typeof play>): string[] {
  return goals.flatMap((goal) =>
    keys.flatMap((key) => {
      const all = world.executions.filter((one) => one.goal === goal && one.key === key);
      const isOver = (one: Execution): boolean => one.state === 'achieved' || accepted.has(one.id);
      const since = all.slice(all.findLastIndex(isOver) + 1);
      const failed = since.filter(({ state }) => state === 'failed').map(({ id }) => id);
      // Who was not told that it is reached still knows what came before: the last word counts.
      const known = all.slice(all.findLastIndex(({ id }) => accepted.has(id)) + 1).map(({ id }) => id);
      // The last word of one of the alerts that tell of it: another may be over, and name it beside its own.
      const isTold = (ids: readonly string[], isFailure: boolean): boolean => {
        const telling = told.filter(
          ({ what, kind, executions, cut }) =>
            (kind === 'failed') === isFailure &&
            // What is not named may be among what a message counts; that a goal is reached is said of what it names.
            ((what === 'opened' && cut.includes(goal)) || ids.some((id) => executions.includes(id))),
        );
        const alerts = new Set(telling.map(({ alert }) => alert));
        return [...alerts].some((id) => telling.findLast(({ alert }) => alert === id)?.what === 'opened');
      };
      if (failed.length > 0) return isTold(known, true) ? [] : [`${goal}:${key} is not reached`];
      const open = since.filter(({ state, id }) => state === 'open' && warned.has(id)).map(({ id }) => id);
      return open.length === 0 || isTold(open, false) ? [] : [`${goal}:${key} is in trouble`];
    }),
  );
}

const history = fc.array(event, { minLength: 1, maxLength: 40 });
const at =
  (chances: readonly boolean[]) =>
  (nth: number): boolean =>
    chances[nth % chances.length] === true;
const chances = fc.array(fc.boolean(), { minLength: 1, maxLength: 7 });

// delivery-order.1, delivery-order.2
test('whoever should be told is told; nobody is told of what has healed, or that it is reached by another key', () => {
  fc.assert(
    fc.property(history, chances, chances, (events, swept, down) => {
      const played = play(events, at(swept), at(down));
      played.settle();
      expect(played.wrong).toEqual([]);
      expect(missing(played)).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

test('once every key is reached nothing is open, and of each alert that was told the last word is that it is reached', () => {
  fc.assert(
    fc.property(history, chances, chances, (events, swept, down) => {
      const all = goals.flatMap((goal) => keys.map((key): Event => ({ do: 'achieves', goal, key })));
      const played = play([...events, ...all], at(swept), at(down));
      played.settle();
      expect(played.wrong).toEqual([]);
      for (const { state, goals: entries, messages } of played.alerts()) {
        expect(state).toBe('closed');
        for (const { goal, settled } of entries) {
          const words = messages
            .filter((message) => message.goals.includes(goal) && message.deliveries.s?.state === 'delivered')
            .map(({ what }) => what);
          expect([[], ['opened'], ['opened', 'reached']]).toContainEqual(words);
          expect(words.includes('reached')).toBe(words.length > 0 && settled?.how === 'reached');
        }
      }
    }),
    { numRuns: 400 },
  );
});
