import { beforeEach, describe, expect, test } from 'vitest';
import {
  type Alert,
  DEFAULT_ALERT_SETTINGS,
  type Notice,
  type NoticeKind,
  noticeOf,
  type SweepResult,
} from '../../../goals/wire/alerts.ts';
import { jsonBytes } from '../../../goals/wire/ledger.ts';
import { AlertBook } from '../../../workflows/alerts/alert-book.ts';
import { announce, bound, initialAlertsState } from '../../../workflows/alerts/alerts-state.ts';

const START = Date.parse('2026-11-20T06:00:00Z');
const COOLDOWN = DEFAULT_ALERT_SETTINGS.cooldownMs;
const GATHER = DEFAULT_ALERT_SETTINGS.gatherMs;

let now: number;
let book: AlertBook;
let executions: number;

beforeEach(() => {
  now = START;
  executions = 0;
  let ids = 0;
  book = new AlertBook(initialAlertsState(now), () => `alert-${++ids}`);
  announce(book.state, {
    ...{ taskQueue: 'q', deliverOn: 'gk-system', sinks: ['webhook'], settings: DEFAULT_ALERT_SETTINGS },
  });
});

const iso = (): string => new Date(now).toISOString();

function notice(
  goal: string,
  code = 'down',
  kind: NoticeKind = 'failed',
  execution = `e${++executions}`,
  key = execution,
): Notice {
  const run = { goal, team: 't', owner: 'o', run: `${goal}:${key}`, execution, at: iso() };
  return noticeOf(kind, run, { kind: 'job', code, message: `${code}!`, path: ['load#1'], cause: null });
}

const happens = (given: Notice): Notice => {
  book.notice(given, now);
  return given;
};

function passes(ms: number): void {
  now += ms;
  book.becomeDue(now);
  for (const id of book.due(now)) book.open(id, now);
  bound(book.state, now);
}

/** Every run of the goal that is not settled yet, or those of one key. */
function isReached(goal: string, how: 'reached' | 'over' = 'reached', key?: string): void {
  now += 1;
  const settled: SweepResult['settled'] = book
    .watched()
    .filter(({ goal: name, execution }) => name === goal && (!key || execution?.run === `${goal}:${key}`))
    .map(({ alert, item = '', execution }) => ({
      ...{ alert, goal, how, item, run: execution?.run ?? '', at: iso() },
    }));
  book.swept({ missed: [], until: iso(), more: false, settled }, now);
}

/** What was told: `opened a+b`. */
const told = (): string[] =>
  book.state.alerts
    .flatMap(({ messages }) => messages)
    .sort((a, b) => a.at.localeCompare(b.at))
    .map(({ what, goals }) => `${what} ${goals.join('+')}`);
const alert = (nth: number): Alert => book.state.alerts.at(nth) as Alert;

// alert-book.1
test('a failure is told once the gathering is over, and once only', () => {
  const failure = happens(notice('a'));
  expect([told(), book.nextDue()]).toEqual([[], START + GATHER]);
  happens(failure);
  passes(GATHER);
  happens(failure);
  passes(COOLDOWN * 2);
  happens(failure);
  passes(COOLDOWN * 2);
  expect([told(), alert(0).goals[0]?.count, book.nextDue()]).toEqual([['opened a'], 1, null]);
});

test('one trouble within the window is one alert; another trouble, and one that comes later, is its own', () => {
  for (const goal of ['a', 'b', 'c', 'a']) happens(notice(goal));
  happens(notice('d', 'other'));
  passes(GATHER);
  happens(notice('e'));
  passes(GATHER);
  expect(told()).toEqual(['opened a+b+c', 'opened d', 'opened e']);
  expect(alert(0).goals.map(({ goal, count }) => [goal, count])).toEqual([
    ['a', 2],
    ['b', 1],
    ['c', 1],
  ]);
});

test('a lease that cannot tear down is told beside the failure of its goal, and told once more when it has', () => {
  happens(notice('a', 'down', 'failed', 'e1', 'x'));
  happens(notice('a', 'quota', 'lease-stuck'));
  happens(notice('a', 'slow', 'at-risk', 'e3', 'x'));
  passes(GATHER);
  expect(told()).toEqual(['opened a', 'opened a']);
  expect(book.state.alerts.map(({ kind }) => kind)).toEqual(['failed', 'lease-stuck']);
  const [, lease] = book.watched();
  expect(lease?.execution).not.toBeNull();
  now += 1;
  const { alert: of = '', item = '' } = lease ?? {};
  const settled = { alert: of, goal: 'a', how: 'reached' as const, item, run: 'x', at: iso() };
  book.swept({ missed: [], until: iso(), more: false, settled: [settled] }, now);
  expect([told(), alert(0).state, alert(1).state]).toEqual([
    ['opened a', 'opened a', 'reached a'],
    ...['open', 'closed'],
  ]);
});

test('an outage of five hundred goals names fifty of them and counts the others', () => {
  for (let i = 0; i < 500; i++) happens(notice(`goal-${i}`));
  passes(GATHER);
  expect([book.state.alerts.length, alert(0).goals.length, alert(0).more]).toEqual([1, 50, 450]);
});

// alert-book.2
test('within the cooldown failures are counted; the next message tells how many, and takes the place of the first', () => {
  happens(notice('a'));
  passes(GATHER);
  for (let i = 0; i < 7; i++) happens(notice('a', `code-${i}`));
  passes(COOLDOWN - 1);
  expect([told(), alert(0).goals[0]?.count, alert(0).goals[0]?.runs.length]).toEqual([['opened a'], 8, 5]);
  passes(1);
  happens(notice('a'));
  passes(GATHER);
  expect(told()).toEqual(['opened a', 'opened a']);
  // The first key is not mended: its alert stays.
  expect([alert(0).state, alert(0).goals[0]?.left]).toEqual(['open', 1]);
  expect([alert(1).state, alert(1).goals[0]?.count, alert(1).goals[0]?.left]).toEqual(['open', 8, 8]);
  isReached('a', 'reached', 'e1');
  expect([told().at(-1), alert(0).state, alert(1).state]).toEqual(['reached a', 'closed', 'open']);
  isReached('a');
  expect(told()).toEqual(['opened a', 'opened a', 'reached a', 'reached a']);
});

// alert-book.3
test("another key's success settles nothing; the same key's does, however often it failed before", () => {
  happens(notice('a', 'down', 'failed', 'e1', '11-13'));
  passes(GATHER);
  passes(COOLDOWN);
  happens(notice('a', 'down', 'failed', 'e2', '11-13'));
  passes(GATHER);
  expect([told(), alert(0).goals[0]?.settled?.how]).toEqual([['opened a', 'opened a'], 'superseded']);
  // What the sweep tells of another key is of no item.
  const other = { alert: alert(1).id, goal: 'a', how: 'reached' as const, run: 'a:10-16', at: iso() };
  book.swept({ missed: [], until: iso(), more: false, settled: [other] }, now);
  expect([told().length, alert(1).state]).toEqual([2, 'open']);
  isReached('a', 'reached', '11-13');
  expect([told().at(-1), alert(1).goals[0]?.settled]).toMatchObject([
    'reached a',
    { how: 'reached', run: 'a:11-13' },
  ]);
});

test('a key that fails while its goal is quiet is told when the quiet is over, unless it has healed by then', () => {
  happens(notice('a', 'down', 'failed', 'e1', 'x'));
  passes(GATHER);
  happens(notice('a', 'down', 'failed', 'e2', 'y'));
  happens(notice('a', 'gone', 'failed', 'e3', 'z'));
  isReached('a', 'reached', 'y');
  passes(COOLDOWN);
  passes(GATHER);
  expect([told(), alert(1).trouble.code, alert(1).goals[0]?.runs.map(({ run }) => run)]).toEqual([
    ['opened a', 'opened a'],
    'gone',
    ['a:z'],
  ]);
});

test('what heals before it is told is told to nobody, and leaves its goal free to tell what comes next', () => {
  happens(notice('a', 'down', 'struggling', 'e1'));
  isReached('a');
  passes(GATHER);
  expect([told(), alert(0).state]).toEqual([[], 'closed']);
  happens(notice('a', 'down', 'struggling', 'e2'));
  happens(notice('b', 'down', 'struggling', 'e3'));
  isReached('b');
  passes(GATHER);
  expect(told()).toEqual(['opened a']);
});

test('a run that struggles and then fails is told as failed only', () => {
  happens(notice('a', 'down', 'struggling', 'e1'));
  happens(notice('a', 'down', 'failed', 'e1'));
  passes(GATHER);
  passes(COOLDOWN * 2);
  expect([told(), alert(0).state, alert(1).kind]).toEqual([['opened a'], 'closed', 'failed']);
});

test('a goal that fails again after it was said to be reached is told at the end of the cooldown, not before and not never', () => {
  happens(notice('a'));
  passes(GATHER);
  isReached('a');
  happens(notice('a'));
  happens(notice('a'));
  passes(GATHER);
  expect([told(), alert(0).state]).toEqual([['opened a', 'reached a'], 'closed']);
  expect(book.nextDue()).toBe(START + GATHER + COOLDOWN);
  passes(COOLDOWN);
  passes(GATHER);
  expect([told(), alert(1).goals[0]?.count]).toEqual([['opened a', 'reached a', 'opened a'], 2]);
});

test('a sweep that looked before the newest failure does not say that the goal is reached again', () => {
  happens(notice('a'));
  passes(GATHER);
  const [{ alert: of, item = '' } = { alert: '' }] = book.watched();
  const at = iso();
  now += 5;
  happens(notice('a', 'down', 'failed', 'e9', 'e1'));
  const settled = [{ alert: of, goal: 'a', how: 'reached' as const, item, run: 'a:e1', at }];
  book.swept({ missed: [], until: at, more: false, settled }, now);
  expect([told(), alert(0).state]).toEqual([['opened a'], 'open']);
});

test('a run that the sweep found is told like any other, and one that told of itself is not told again', () => {
  const known = happens(notice('a'));
  book.swept({ missed: [known, notice('b', 'terminated')], until: iso(), more: false, settled: [] }, now);
  passes(GATHER);
  expect(told()).toEqual(['opened a', 'opened b']);
});

describe('a muted goal', () => {
  const mute = (goal: string, ms: number): void =>
    book.mute({ goal, at: iso(), by: 'ada', reason: null, until: new Date(now + ms).toISOString() });

  test('has its alerts, and tells nobody, not even that it is reached again', () => {
    mute('a', 60_000);
    happens(notice('a'));
    happens(notice('b'));
    passes(GATHER);
    expect([told(), alert(0).goals.length]).toEqual([['opened b'], 2]);
    mute('a', -1);
    isReached('a');
    isReached('b');
    expect(told()).toEqual(['opened b', 'reached b']);
  });

  test('is told again when its time has passed', () => {
    mute('a', 60_000);
    happens(notice('a'));
    passes(GATHER);
    passes(COOLDOWN);
    expect(book.state.mutes).toEqual([]);
    happens(notice('a'));
    passes(GATHER);
    expect([told(), alert(1).goals[0]?.count]).toEqual([['opened a'], 1]);
  });
});

test('an acknowledged alert takes further failures of its trouble in silence, and still tells that it is over', () => {
  happens(notice('a'));
  passes(GATHER);
  book.acknowledge({ id: 'alert-1', at: iso(), by: 'ada', reason: 'on it' });
  book.acknowledge({ id: 'alert-1', at: iso(), by: 'bob', reason: null });
  expect(alert(0).acknowledged).toMatchObject({ by: 'ada', reason: 'on it' });
  passes(COOLDOWN * 3);
  happens(notice('a'));
  passes(GATHER);
  expect([told(), alert(0).goals[0]?.count]).toEqual([['opened a'], 2]);
  isReached('a');
  expect(told()).toEqual(['opened a', 'reached a']);
});

test('an acknowledged alert does not hide another trouble of the same goal', () => {
  happens(notice('a'));
  passes(GATHER);
  book.acknowledge({ id: 'alert-1', at: iso(), by: 'ada', reason: null });
  passes(COOLDOWN);
  happens(notice('a', 'other'));
  passes(GATHER);
  expect(told()).toEqual(['opened a', 'opened a']);
});

test('a failure that a person accepts closes its alert when no other run of it is left, and is told to nobody', () => {
  const [first, second] = [happens(notice('a')), happens(notice('a'))];
  passes(GATHER);
  const accept = ({ run, execution }: Notice, by: string): void =>
    book.accept({ run, execution, at: iso(), by, reason: 'known' }, now);
  accept(first, 'ada');
  expect(alert(0).state).toBe('open');
  accept(second, 'ada');
  accept(second, 'bob');
  expect([alert(0).state, alert(0).goals[0]?.settled?.how]).toEqual(['closed', 'accepted']);
  expect(book.state.accepted[second.execution]?.by).toBe('ada');
  expect([book.watched(), told()]).toEqual([[], ['opened a']]);
});

describe('a run that is struggling or at risk', () => {
  test('is told once for each, and does not keep its failure from being told', () => {
    happens(notice('a', 'down', 'struggling', 'e'));
    happens(notice('a', 'down', 'struggling', 'e'));
    passes(GATHER);
    expect(book.watched()).toMatchObject([{ execution: { execution: 'e' } }]);
    happens(notice('a', 'down', 'failed', 'e'));
    passes(GATHER);
    expect(told()).toEqual(['opened a', 'opened a']);
    expect([told(), alert(0).state]).toEqual([['opened a', 'opened a'], 'closed']);
  });

  test('is no news of a key that fails, but is of another', () => {
    happens(notice('a', 'down', 'failed', 'e1', 'x'));
    passes(GATHER);
    happens(notice('a', 'down', 'at-risk', 'e2', 'x'));
    passes(GATHER);
    expect(told()).toEqual(['opened a']);
    happens(notice('a', 'down', 'at-risk', 'e3', 'y'));
    passes(GATHER);
    expect(told()).toEqual(['opened a', 'opened a']);
  });

  test('is told that it is at risk once the goal is quiet no more, though it was told that it struggles', () => {
    happens(notice('a', 'down', 'struggling', 'e1'));
    passes(GATHER);
    happens(notice('a', 'down', 'at-risk', 'e1'));
    expect(told()).toEqual(['opened a']);
    passes(COOLDOWN);
    passes(GATHER);
    expect([told().length, alert(0).state, alert(1).kind]).toEqual([2, 'closed', 'at-risk']);
    isReached('a');
    expect(told().at(-1)).toBe('reached a');
  });
});

test('without a sink alerts are kept, and told to nobody', () => {
  announce(book.state, {
    ...{ taskQueue: 'q', deliverOn: 'gk-system', sinks: [], settings: DEFAULT_ALERT_SETTINGS },
  });
  happens(notice('a'));
  passes(GATHER);
  expect(alert(0).messages).toMatchObject([{ what: 'opened', deliveries: {} }]);
});

test('many runs are looked for in turn', () => {
  for (let i = 0; i < 120; i++) happens(notice(`goal-${i % 40}`));
  const seen = new Set<string>();
  for (let i = 0; i < 3; i++) for (const { item = '' } of book.watched()) seen.add(item);
  expect(seen.size).toBe(120);
});

test('what it keeps stays small, whatever happens', () => {
  const text = 'é"\\\n'.repeat(5_000);
  for (let i = 0; i < 1_000; i++) {
    const given = notice(`goal-${i % 700}`, `${text}${String.fromCharCode(97 + (i % 26))}`);
    happens({ ...given, fingerprint: `f${i}` });
    const { run, execution } = given;
    // Some are never settled.
    if (i % 3 > 0) book.accept({ run, execution, at: iso(), by: 'ada', reason: 'x'.repeat(300) }, now);
    passes(GATHER);
  }
  expect(jsonBytes(book.state)).toBeLessThan(1_000_000);
});

test('a key that fails again is reported, where its first failure healed before anybody got the message', () => {
  happens(notice('a', 'down', 'failed', 'e1', 'k'));
  passes(GATHER);
  const [first] = book.state.alerts as [Alert];
  // The sink was down; when it is back, the key was reached meanwhile. No sweep has seen that yet.
  book.delivered(first.messages[0]?.id as string, 'webhook', 'healed', now);
  happens(notice('a', 'down', 'failed', 'e2', 'k'));
  passes(COOLDOWN + GATHER);
  passes(GATHER);
  const second = book.state.alerts.find(({ id }) => id !== first.id);
  expect(second?.goals.map(({ goal, runs }) => [goal, runs.map(({ execution }) => execution)])).toEqual([
    ['a', ['e2']],
  ]);
  expect(second?.messages).toMatchObject([{ what: 'opened', goals: ['a'] }]);
});

test('a key that fails again is not reported twice, where anybody got the message', () => {
  happens(notice('a', 'down', 'failed', 'e1', 'k'));
  passes(GATHER);
  const [first] = book.state.alerts as [Alert];
  book.delivered(first.messages[0]?.id as string, 'webhook', 'delivered', now);
  happens(notice('a', 'down', 'failed', 'e2', 'k'));
  passes(COOLDOWN + GATHER);
  expect(book.state.alerts).toHaveLength(1);
});

test('warnings of one goal are one trouble, whichever runs they come with', () => {
  happens(notice('a', 'rows', 'warned'));
  happens(notice('a', 'rows', 'warned'));
  passes(GATHER);
  const [alert] = book.state.alerts;
  expect(alert?.goals).toMatchObject([{ goal: 'a', count: 2 }]);
  expect(alert?.messages).toHaveLength(1);
  happens(notice('a', 'rows', 'warned'));
  passes(GATHER);
  expect(alert?.messages).toHaveLength(1);
  isReached('a');
  expect(alert).toMatchObject({ state: 'closed', messages: [{ what: 'opened' }, { what: 'reached' }] });
  expect(book.watched()).toEqual([]);
});
