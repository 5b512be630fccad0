// What one look at open runs asks of the server, and what it tells; the server is played, as ten thousand runs would take
// a real one minutes to start.

import type { temporal as proto } from '@temporalio/proto';
import { expect, test } from 'vitest';
import {
  DESCRIBED,
  type DescribedRun,
  HISTORIES,
  LISTED_PAGES,
  lookAtOpenRuns,
  type OpenRunsRequest,
  type OpenRunsServer,
} from '../../../activities/alerts/open-runs.ts';

const NOW = Date.parse('2026-11-28T12:00:00.000Z');
const seconds = (ms: number) => ({ seconds: Math.floor(ms / 1000) as never, nanos: 0 });
const PAGE = 1_000;

const begin: OpenRunsRequest = {
  ...{ stuck: [], more: false, token: null, turn: 0, until: null },
  ...{ stuckMs: 60_000, overdueMs: 30_000 },
};

const run = (n: number, changes: Partial<DescribedRun> = {}): DescribedRun => ({
  ...{ run: `load:${n}`, execution: `x${n}`, taskQueue: 'q', owner: 'ada', team: 'shop' },
  ...{ deadline: null, expected: null, task: null, isCancelled: false },
  ...changes,
});

/** Its attempt is under way. */
const failing = (attempt = 4) => ({ state: 2, attempt, scheduledTime: seconds(NOW - 5_000) });
/** No worker takes it. */
const untaken = { state: 1, attempt: 1, scheduledTime: seconds(NOW - 300_000) };

const changedCode: proto.api.history.v1.IHistoryEvent[] = [
  { workflowTaskCompletedEventAttributes: {} },
  {
    eventTime: seconds(NOW - 90_000),
    workflowTaskFailedEventAttributes: { cause: 24, failure: { message: 'said' } },
  },
];

/** A server with these runs, which counts what it is asked. */
function serverOf(runs: readonly DescribedRun[], events = changedCode) {
  const calls = { page: 0, reported: 0, describe: 0, history: 0, end: 0 };
  const byExecution = new Map(runs.map((one) => [one.execution, one]));
  const described = new Set<string>();
  const ended: string[] = [];
  const server: OpenRunsServer = {
    page: async (token) => {
      calls.page++;
      const from = token === null ? 0 : Number(token);
      const next = from + PAGE;
      return { rows: runs.slice(from, next), next: next < runs.length ? String(next) : null };
    },
    reported: async () => {
      calls.reported++;
      return [];
    },
    describe: async ({ execution }) => {
      calls.describe++;
      described.add(execution);
      return byExecution.get(execution) ?? null;
    },
    history: async () => {
      calls.history++;
      return events;
    },
    end: async ({ run: id }, { outcome, during }) => {
      calls.end++;
      ended.push(`${id} ${outcome} ${during}`);
      const told = {
        kind: 'deadline',
        code: 'deadline_passed',
        message: `the deadline passed ${during}`,
      } as const;
      return { gk: 1, outcome, ledgers: {}, failure: { ...told, path: [], cause: null } };
    },
    each: async (items, work) => {
      const results = [];
      for (const item of items) results.push(await work(item));
      return results;
    },
  };
  return { server, calls, described, ended };
}

const many = (count: number, changes: (n: number) => Partial<DescribedRun> = () => ({})): DescribedRun[] =>
  Array.from({ length: count }, (_, n) => run(n, changes(n)));

test('of ten thousand open runs one look describes a thousand, and in its turns all of them', async () => {
  const { server, calls, described } = serverOf(many(10_000));
  let asked = begin;
  for (let looks = 0; looks < 20; looks++) {
    const { open } = await lookAtOpenRuns(server, asked, () => true, NOW);
    asked = { ...asked, ...open };
    expect(calls.describe).toBe((looks + 1) * DESCRIBED);
    expect(calls.page).toBe((looks + 1) * LISTED_PAGES);
  }
  expect(described.size).toBe(10_000);
});

test('of more than it lists at once, a look goes on where the last one ended', async () => {
  const { server, calls, described } = serverOf(many(12_000));
  const first = await lookAtOpenRuns(server, begin, () => true, NOW);
  expect(calls.page).toBe(LISTED_PAGES);
  const second = await lookAtOpenRuns(server, { ...begin, ...first.open }, () => true, NOW);
  expect([second.open.token, described.has('x10999')]).toEqual([null, true]);
});

test('ten thousand stuck runs past their deadlines cost no more: the earliest are ended first', async () => {
  const runs = many(10_000, (n) => ({ task: failing(), deadline: NOW - 100_000 - n * 10 }));
  const { server, calls, ended } = serverOf(runs);
  const { notices, open } = await lookAtOpenRuns(server, begin, () => true, NOW);
  expect(calls).toMatchObject({ page: LISTED_PAGES, reported: 1, describe: DESCRIBED, history: HISTORIES });
  expect(calls.end).toBe(50);
  expect(ended[0]).toBe('load:9999 failed while it was stuck: said');
  expect(notices.filter(({ kind }) => kind === 'failed')).toHaveLength(50);
  expect(open.stuck.length).toBeLessThanOrEqual(300);
  expect(open.again).toBe(NOW + 1);
});

test('a run that is stuck is told once, with why and what to do, and is so until it goes on', async () => {
  const first = serverOf([run(1, { task: failing() })]);
  const { notices, open } = await lookAtOpenRuns(first.server, begin, () => true, NOW);
  expect(notices).toMatchObject([
    { kind: 'stuck', run: 'load:1', owner: 'ada', trouble: { code: 'code_changed' } },
  ]);
  expect(notices[0]?.trouble.message).toContain('resume');
  const again = await lookAtOpenRuns(first.server, { ...begin, ...open }, () => true, NOW + 60_000);
  expect([again.notices, again.open.stuck]).toEqual([[], open.stuck]);
  // Something came to it: the server counts its attempts anew.
  const tried = serverOf(
    [run(1, { task: failing(1) })],
    [...changedCode, changedCode[1] as never, changedCode[1] as never],
  );
  expect((await lookAtOpenRuns(tried.server, { ...begin, ...open }, () => true, NOW)).open.stuck).toEqual(
    open.stuck,
  );
  const gone = serverOf([run(1)]);
  expect((await lookAtOpenRuns(gone.server, { ...begin, ...open }, () => true, NOW)).open.stuck).toEqual([]);
});

test('a run that fails for a moment only is looked at again when it would be stuck', async () => {
  const { server } = serverOf([run(1, { task: failing(2) })]);
  const look = await lookAtOpenRuns(server, { ...begin, stuckMs: 120_000 }, () => true, NOW);
  expect([look.notices, look.open.stuck, look.open.again]).toEqual([[], [], NOW + 30_000]);
});

test('a run that no worker takes is late in time, once, and is ended at its deadline, and is not stuck', async () => {
  const late = run(1, { task: untaken, expected: NOW - 40_000, deadline: NOW + 60_000 });
  const { server, ended } = serverOf([late], []);
  const look = await lookAtOpenRuns(server, begin, () => true, NOW);
  expect(look.notices).toMatchObject([{ kind: 'late', at: new Date(NOW - 40_000).toISOString() }]);
  expect(look.open).toMatchObject({ stuck: [], again: NOW + 90_000 });
  const second = await lookAtOpenRuns(server, { ...begin, ...look.open }, () => true, NOW + 60_000);
  expect([second.notices, ended]).toEqual([[], []]);
  const third = await lookAtOpenRuns(server, { ...begin, ...second.open }, () => true, NOW + 90_000);
  expect(third.notices).toMatchObject([{ kind: 'failed', trouble: { code: 'deadline_passed' } }]);
  expect(ended).toEqual(['load:1 failed while no worker served the queue q']);
});

test.each<[string, Partial<DescribedRun>, string[]]>([
  ['is stuck', { task: failing() }, ['load:1 cancelled while it was stuck: said']],
  ['no worker takes', { task: untaken }, ['load:1 cancelled while no worker served the queue q']],
  [
    'is stuck, and whose deadline has just passed',
    { task: failing(), deadline: NOW - 1_000 },
    ['load:1 failed while it was stuck: said'],
  ],
  [
    'is stuck, before its deadline',
    { task: failing(), deadline: NOW + 1_000 },
    ['load:1 cancelled while it was stuck: said'],
  ],
  ['is under way', { task: { ...failing(1), state: 2 } }, []],
  ['has closed, or waits', { task: null }, []],
])(
  'of runs that are to be cancelled, one that %s is ended as far as nobody else can',
  async (_, changes, expected) => {
    const { server, ended } = serverOf([run(1, { isCancelled: true, ...changes })]);
    await lookAtOpenRuns(server, begin, () => true, NOW);
    expect(ended).toEqual(expected);
  },
);

test('a run past its deadline that goes on by itself, and one of another installation, are left alone', async () => {
  const past = { deadline: NOW - 100_000 };
  const { server, ended } = serverOf([
    run(1, past),
    run(2, { ...past, task: failing(), taskQueue: 'theirs' }),
  ]);
  await lookAtOpenRuns(server, begin, ({ taskQueue }) => taskQueue === 'q', NOW);
  expect(ended).toEqual([]);
});
