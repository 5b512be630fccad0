// Which runs a recovery takes after a retraction, over a stand-in for Temporal's list.

import { expect, test } from 'vitest';
import { retractedRuns } from '../../../gateway/recoveries/retracted-runs.ts';
import { workflowExecutionStatus } from '../../../goals/wire/temporal-enums.ts';

const root = { run: 'control:1', execution: 'control-1' };
const doubts = Array.from({ length: 7 }, (_, n) => ({
  ...{ run: `sales:${n}`, execution: `sales-${n}`, goal: 'sales', team: 'finance', owner: null },
  ...{ state: 'achieved' as const, through: 'achieve' as const, of: root, path: [root.run, `sales:${n}`] },
}));
const all = [root, ...doubts].map(({ run, execution }) => ({ run, execution }));

/** Where these have a later execution, it was achieved. */
const takenWith = (superseded: readonly string[], most: number) =>
  retractedRuns(
    {
      pages: async () =>
        ({
          executions: all.map(({ run, execution }) => ({
            execution: {
              workflowId: run,
              runId: superseded.includes(run) ? `${execution}-later` : execution,
            },
            status: workflowExecutionStatus.COMPLETED,
          })),
        }) as never,
      temporal: { namespace: 'default', call: async () => ({ history: { events: [] } }) } as never,
      catalogue: { all: async () => [] } as never,
      light: {} as never,
    },
    root,
    doubts,
    'finance',
    most,
  );

test('more than one recovery takes are recovered in parts, those that come first first', async () => {
  const first = await takenWith([], 5);
  expect(first).toMatchObject({ left: 3, achieved: [], team: 'finance' });
  expect(first.runs.map(({ run }) => run)).toEqual([root, ...doubts.slice(0, 4)].map(({ run }) => run));
  const done = first.runs.map(({ run }) => run);
  const second = await takenWith(done, 5);
  expect(second.runs.map(({ run }) => run)).toEqual(['sales:4', 'sales:5', 'sales:6']);
  expect(second).toMatchObject({ left: 0, achieved: done });
});
