// The record of a namespace with more runs than are looked at, where only a stand-in for Temporal is quick enough.

import { expect, test } from 'vitest';
import { recordsOf } from '../../../gateway/catalogue/track-records.ts';
import type { Temporal } from '../../../gateway/temporal/temporal.ts';
import { trueEnds, trueOutcomes } from '../../../gateway/temporal/true-outcomes.ts';
import type { TrackRecord } from '../../../goals/wire/answers.ts';

const recordsFrom = (temporal: Temporal) => recordsOf(temporal, trueOutcomes(trueEnds(temporal)));

const HOUR = 3_600_000;
const now = Date.now();

interface Asked {
  query: string;
  pageSize: number;
}

/** `ages` in hours, from the one that closed last; the goal of each is told by its place. */
function standIn(closed: { goal: string; hours: number }[], open: string[] = []) {
  const queries: string[] = [];
  const listWorkflowExecutions = async ({ query, pageSize }: Asked) => {
    queries.push(query);
    const among = /WorkflowType IN \(([^)]+)\)/.exec(query)?.[1];
    const rows = query.includes("= 'Running'")
      ? open.map((goal) => ({ goal, hours: 0, status: 1 }))
      : closed.map((row) => ({ ...row, status: 2 }));
    const executions = rows
      .filter(({ goal }) => among === undefined || among.includes(`'${goal}'`))
      .slice(0, pageSize)
      .map(({ goal, hours, status }, i) => ({
        execution: { workflowId: `${goal}:${i}`, runId: String(i) },
        type: { name: goal },
        status,
        closeTime: { seconds: Math.floor((now - hours * HOUR) / 1000), nanos: 0 },
      }));
    return { executions };
  };
  const call = (make: (service: unknown) => unknown) => make({ listWorkflowExecutions });
  const records = recordsFrom({ namespace: 'x', call } as never as Temporal);
  const one = async (goal: string, window: string) =>
    (await records.of([goal], window)).get(goal) as TrackRecord;
  return { records, one, queries };
}

test('a hundred goals and two windows cost two queries', async () => {
  const goals = Array.from({ length: 100 }, (_, i) => `goal-${i}`);
  const { records, one, queries } = standIn(
    goals.map((goal) => ({ goal, hours: 2 })),
    ['goal-7', 'goal-7'],
  );
  for (const window of ['1h', '30d']) await records.of(goals, window);
  expect(queries).toHaveLength(2);
  expect((await one('goal-7', '1h')).record).toMatchObject({ achieved: 0, open: 2 });
  const { last, record } = await one('goal-8', '30d');
  expect([last?.id, last?.outcome, record.achieved]).toEqual(['goal-8:8', 'achieved', 1]);
});

test('a record says since when it counts, when more has closed than is looked at', async () => {
  const busy = Array.from({ length: 1500 }, (_, i) => ({ goal: 'busy', hours: i / 100 }));
  const { one, queries } = standIn([...busy, { goal: 'quiet', hours: 200 }]);
  const { record } = await one('busy', '30d');
  expect(record.achieved).toBe(1000);
  expect(Date.parse(record.since)).toBeCloseTo(now - 9.99 * HOUR, -4);
  expect((await one('busy', '1h')).record.achieved).toBe(100);

  const before = queries.length;
  const quiet = await one('quiet', '30d');
  expect(quiet).toMatchObject({ last: { id: 'quiet:0' }, record: { achieved: 0 } });
  await one('quiet', '30d');
  expect(queries.length).toBe(before + 1);
});

test('a busy neighbour hides no run of a goal, and more is looked for a few times at most', async () => {
  const busy = Array.from({ length: 1500 }, (_, i) => ({ goal: 'busy', hours: i / 100 }));
  const quiet = Array.from({ length: 5 }, (_, i) => ({ goal: 'quiet', hours: 200 + i }));
  const { records, queries } = standIn([...busy, ...quiet]);
  const found = await records.of(['busy', 'quiet'], '30d');
  expect(found.get('quiet')?.recent.map(({ run }) => run)).toEqual(quiet.map((_, i) => `quiet:${i}`));
  expect(found.get('busy')?.recent).toHaveLength(30);
  expect(queries.length).toBeLessThanOrEqual(5);
});

test('a run that was terminated is counted by what its end says, and is read once', async () => {
  const payload = (data: unknown) => ({
    payloads: [
      { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(data)) },
    ],
  });
  const details: Record<string, unknown> = {
    cancelled: payload({ gk: 1, outcome: 'cancelled', failure: null, ledgers: {} }),
    killed: null,
  };
  let reads = 0;
  const service = {
    listWorkflowExecutions: async ({ query }: Asked) => ({
      executions: query.includes("= 'Running'")
        ? []
        : ['cancelled', 'killed'].map((runId) => ({
            execution: { workflowId: `ended:${runId}`, runId },
            ...{
              type: { name: 'ended' },
              status: 5,
              closeTime: { seconds: Math.floor(now / 1000), nanos: 0 },
            },
          })),
    }),
    getWorkflowExecutionHistory: async ({ execution }: { execution: { runId: string } }) => {
      reads++;
      const terminated = { reason: '', identity: 'bob', details: details[execution.runId] };
      return {
        history: { events: [{ eventId: 9, workflowExecutionTerminatedEventAttributes: terminated }] },
      };
    },
  };
  const call = (make: (service: unknown) => unknown) => make(service);
  const records = recordsFrom({ namespace: 'x', call } as never as Temporal);
  for (const _ of ['once', 'again']) {
    const { last, record } = (await records.of(['ended'], '1h')).get('ended') as TrackRecord;
    expect([last?.outcome, record.cancelled, record.failed]).toEqual(['cancelled', 1, 1]);
  }
  expect(reads).toBe(2);
});

test('the last runs of many goals that are quiet are found with a few queries, and asked for again a minute later', async () => {
  const quiet = Array.from({ length: 250 }, (_, i) => `quiet-${i}`);
  const { records, queries } = standIn([
    ...Array.from({ length: 1000 }, () => ({ goal: 'busy', hours: 1 })),
    // Its runs fill the first page of those that are quiet.
    ...Array.from({ length: 1000 }, () => ({ goal: 'quiet-0', hours: 100 })),
    ...quiet.slice(1, 249).map((goal) => ({ goal, hours: 200 })),
  ]);
  const [found] = await Promise.all([records.of(quiet, '30d'), records.of(quiet, '1d')]);
  // What is open, what closed, a hundred goals at once, and the first of these again.
  expect(queries).toHaveLength(2 + 3 + 1);
  for (const goal of quiet.slice(0, 249)) expect(found.get(goal)?.last?.id, goal).toMatch(`${goal}:`);
  expect(found.get('quiet-249')?.last).toBeNull();
  expect(found.get('quiet-0')?.record.achieved).toBe(0);
});
