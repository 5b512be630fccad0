// How far one answer about lineage looks, over stand-ins for Temporal and the catalogue: so many histories, so many things, and no more.

import { expect, test } from 'vitest';
import { goalLineage } from '../../../gateway/datasets/goal-lineage.ts';
import { runLineage } from '../../../gateway/datasets/run-lineage.ts';
import type { Publication } from '../../../goals/wire/publication.ts';
import type { Run } from '../../../goals/wire/run-view.ts';
import { workflowExecutionStatus } from '../../../goals/wire/temporal-enums.ts';

const bounds = { direction: 'down', depth: 4, limit: 200 } as const;
const publication = (goal: string, needs: string[] = []): Publication =>
  ({ goal, needs, retired: false, team: 'lake', owner: 'ada' }) as never;
const goals = [publication('base'), publication('sales', ['base'])];
const runOf = (id: string, more: object = {}): Run =>
  ({
    id,
    execution: `of-${id}`,
    outcome: 'achieved',
    why: { kind: 'request', ref: null },
    steps: [],
    ...more,
  }) as never;

/** Each of a thousand runs may have used the base: as many histories are read as are asked for. */
function thousand() {
  const counted = { histories: 0, lists: 0 };
  const row = (n: number) => ({
    ...{ execution: { workflowId: `sales:${n}`, runId: `of-sales:${n}` }, type: { name: 'sales' } },
    status: workflowExecutionStatus.COMPLETED,
  });
  const service = {
    listWorkflowExecutions: async ({ query, pageSize, nextPageToken }: Record<string, never>) => {
      // When the base was achieved.
      if (!String(query).includes('WorkflowType IN')) return { executions: [] };
      counted.lists++;
      const from = nextPageToken === null ? 0 : Number(new TextDecoder().decode(nextPageToken));
      const to = Math.min(1_000, from + Number(pageSize));
      return {
        executions: Array.from({ length: to - from }, (_, i) => row(from + i)),
        nextPageToken: to < 1_000 ? new TextEncoder().encode(String(to)) : null,
      };
    },
    getWorkflowExecutionHistory: async () => {
      counted.histories++;
      return { history: { events: [] } };
    },
  };
  const temporal = { namespace: 'default', call: (make: (its: typeof service) => unknown) => make(service) };
  const deps = { temporal, catalogue: { all: async () => goals }, shown: (run: Run) => run };
  return { counted, deps };
}

test('a run is looked through for users in three hundred histories, and the answer says that there is more', async () => {
  const { counted, deps } = thousand();
  const lineage = await runLineage({ ...deps, runs: {} } as never, runOf('base:1'), bounds);
  expect(lineage).toMatchObject({ root: 'run of-base:1', nodes: [{ name: 'base:1' }], truncated: true });
  expect([counted.histories, counted.lists]).toEqual([300, 3]);
});

test('a run on which more rest than an answer holds has that many, and the answer says that there is more', async () => {
  // Up, it needs five hundred.
  const steps = Array.from({ length: 500 }, (_, n) => ({
    kind: 'goal',
    run: `base:${n}`,
    state: 'succeeded',
  }));
  const { deps } = thousand();
  const runs = { find: async (id: string) => id, story: async (id: string) => ({ run: runOf(id) }) };
  const all = { ...deps, runs } as never;
  const up = { ...bounds, direction: 'up' } as const;
  for (const limit of [1, 50, 200]) {
    const { nodes, edges, truncated } = await runLineage(all, runOf('sales:1', { steps }), { ...up, limit });
    expect([nodes.length, edges.length, truncated]).toEqual([limit, limit - 1, true]);
  }
  const few = runOf('sales:1', { steps: steps.slice(0, 199) });
  const whole = await runLineage(all, few, up);
  expect([whole.nodes.length, whole.truncated]).toEqual([200, false]);
});

test('so does a goal, and how many steps away it looks is bounded, too', () => {
  const fan = [publication('base'), ...Array.from({ length: 500 }, (_, n) => publication(`g${n}`, ['base']))];
  const wide = goalLineage('base', fan, bounds);
  expect([wide.nodes.length, wide.edges.length, wide.truncated]).toEqual([200, 199, true]);
  const whole = goalLineage('base', fan.slice(0, 200), bounds);
  expect([whole.nodes.length, whole.truncated]).toEqual([200, false]);
  const chain = Array.from({ length: 20 }, (_, n) => publication(`g${n}`, n === 0 ? [] : [`g${n - 1}`]));
  const deep = goalLineage('g0', chain, bounds);
  expect([deep.nodes.map(({ depth }) => depth), deep.truncated]).toEqual([[0, 1, 2, 3, 4], true]);
  expect(goalLineage('g16', chain, bounds).truncated).toBe(false);
});
