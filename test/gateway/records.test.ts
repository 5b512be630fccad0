// The record of a namespace with more runs than are looked at, where only a stand-in for Temporal is quick enough.

import { expect, test } from 'vitest';
import { recordsOf } from '../../gateway/records.ts';
import type { Temporal } from '../../gateway/temporal.ts';

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
    const type = /WorkflowType = '([^']+)'/.exec(query)?.[1];
    const rows = query.includes("= 'Running'")
      ? open.map((goal) => ({ goal, hours: 0, status: 1 }))
      : closed.map((row) => ({ ...row, status: 2 }));
    const executions = rows
      .filter(({ goal }) => type === undefined || goal === type)
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
  return { records: recordsOf({ namespace: 'x', call } as never as Temporal), queries };
}

test('a hundred goals and two windows cost two queries', async () => {
  const goals = Array.from({ length: 100 }, (_, i) => `goal-${i}`);
  const { records, queries } = standIn(
    goals.map((goal) => ({ goal, hours: 2 })),
    ['goal-7', 'goal-7'],
  );
  for (const window of ['1h', '30d']) await Promise.all(goals.map((goal) => records.of(goal, window)));
  expect(queries).toHaveLength(2);
  expect((await records.of('goal-7', '1h')).record).toMatchObject({ achieved: 0, open: 2 });
  const { last, record } = await records.of('goal-8', '30d');
  expect([last?.id, last?.outcome, record.achieved]).toEqual(['goal-8:8', 'achieved', 1]);
});

test('a record says since when it counts, when more has closed than is looked at', async () => {
  const busy = Array.from({ length: 1500 }, (_, i) => ({ goal: 'busy', hours: i / 100 }));
  const { records, queries } = standIn([...busy, { goal: 'quiet', hours: 200 }]);
  const { record } = await records.of('busy', '30d');
  expect(record.achieved).toBe(1000);
  expect(Date.parse(record.since)).toBeCloseTo(now - 9.99 * HOUR, -4);
  expect((await records.of('busy', '1h')).record.achieved).toBe(100);

  const before = queries.length;
  const quiet = await records.of('quiet', '30d');
  expect(quiet).toMatchObject({ last: { id: 'quiet:0' }, record: { achieved: 0 } });
  await records.of('quiet', '30d');
  expect(queries.length).toBe(before + 1);
});
