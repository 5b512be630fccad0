import { beforeEach, expect, test } from 'vitest';
import { DEFAULT_ALERT_SETTINGS, type Notice, noticeOf } from '../../../goals/wire/alerts.ts';
import { AlertBook } from '../../../workflows/alerts/alert-book.ts';
import { announce, initialAlertsState } from '../../../workflows/alerts/alerts-state.ts';
import { forgetRuns } from '../../../workflows/alerts/forget-runs.ts';

const NOW = Date.parse('2026-11-20T06:00:00Z');
const execution = (n: number): string => `01a1fc20-9acd-7164-ab36-e22f306ec51${n}`;
let book: AlertBook;

beforeEach(() => {
  let ids = 0;
  book = new AlertBook(initialAlertsState(NOW), () => `alert-${++ids}`);
  announce(book.state, {
    ...{ taskQueue: 'q', deliverOn: 'gk-system', sinks: ['webhook'], settings: DEFAULT_ALERT_SETTINGS },
  });
});

function fails(n: number, goal: string, words: string): Notice {
  const run = { goal, team: 't', owner: 'o', run: `${goal}:${n}`, execution: execution(n) };
  const cause = { run: run.run, code: 'down', message: words, fingerprint: 'f' };
  const told = { kind: 'job', code: 'down', message: words, path: ['load#1'], cause };
  const notice = noticeOf('failed', { ...run, at: new Date(NOW).toISOString() }, told);
  book.notice(notice, NOW);
  return notice;
}

const forget = (...runs: [string, number][]): void =>
  forgetRuns(book.state, { runs: runs.map(([run]) => run), executions: runs.map(([, n]) => execution(n)) });

test('what is known of one run alone is gone whole, whether it was told, held back or accepted', () => {
  fails(1, 'load', 'canary');
  const later = NOW + DEFAULT_ALERT_SETTINGS.gatherMs;
  for (const id of book.due(later)) book.open(id, later);
  // The goal is quiet: this one is held back.
  fails(2, 'load', 'canary');
  const mark = { at: 'now', by: 'ada', reason: 'canary' };
  book.accept({ run: 'load:1', execution: execution(1), ...mark }, NOW);
  expect(JSON.stringify(book.state)).toContain('canary');
  forget(['load:1', 1], ['load:2', 2]);
  expect(JSON.stringify(book.state)).not.toMatch(/canary|load:1|load:2/);
  expect(book.state.alerts).toEqual([]);
});

test('an alert that is of other runs too stays open for them, without the words', () => {
  fails(1, 'load', 'canary');
  fails(2, 'load', 'canary');
  fails(3, 'store', 'canary');
  forget(['load:1', 1], ['store:3', 3]);
  const [alert, ...more] = book.state.alerts;
  expect(more).toEqual([]);
  expect(alert).toMatchObject({
    state: 'open',
    goals: [{ goal: 'load', count: 1, left: 1, runs: [{ run: 'load:2' }] }],
  });
  expect(JSON.stringify(alert)).not.toContain('canary');
  forget(['load:2', 2]);
  expect([book.state.alerts, book.state.gathering, book.state.unsettled]).toEqual([[], [], []]);
});
