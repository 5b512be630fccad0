// Ten thousand runs, of which many have older executions, a page at a time. Temporal's lists are counted here, and not asked.

import { expect, test } from 'vitest';
import { pageOfRows, type RowListDeps } from '../../../gateway/runs/list-rows.ts';
import type { Page } from '../../../gateway/temporal/pages.ts';

const RUNS = 10_000;
/** Each third run has an older execution, which failed. */
const executions = Array.from({ length: RUNS }, (_, i) => i).flatMap((i) => [
  { run: i, execution: `e${i}`, startedAt: RUNS - i },
  ...(i % 3 === 0 ? [{ run: i, execution: `older${i}`, startedAt: RUNS - i - 0.5 }] : []),
]);
const idOf = (run: number): string => `load:${String(run).padStart(5, '0')}`;

const ofRun = new Map<string | undefined, typeof executions>();
for (const one of executions) ofRun.set(idOf(one.run), [...(ofRun.get(idOf(one.run)) ?? []), one]);

function counted() {
  const looks = { calls: 0, rows: 0 };
  const rowOf = ({ run, execution, startedAt }: (typeof executions)[number]) => ({
    execution: { workflowId: idOf(run), runId: execution },
    ...{
      type: { name: 'load' },
      status: 2,
      startTime: { seconds: startedAt },
      closeTime: { seconds: RUNS * 2 },
    },
  });
  const pages = async (query: string, size: number, token: Uint8Array | null): Promise<Page> => {
    const from = Number(Buffer.from(token ?? []).toString());
    const named = new Set([...query.matchAll(/'(load:\d+)'/g)].map(([, id]) => id));
    const found = named.size > 0 ? [...named].flatMap((id) => ofRun.get(id) ?? []) : executions;
    const given = found.slice(from, from + size);
    looks.calls++;
    looks.rows += given.length;
    const next = from + size >= found.length ? [] : Buffer.from(String(from + size));
    return { executions: given.map(rowOf), nextPageToken: next } as never;
  };
  const deps = {
    ...{ pages, scope: { teams: null, holds: () => true }, reveals: () => true },
    catalogue: { all: async () => [{ goal: 'load', owner: 'ada', team: 'shop' }] },
    alerts: { kept: async () => ({ stuck: [], accepted: {} }) },
    clock: { now: () => 0 },
    ends: async (rows: readonly unknown[]) => rows.map(() => ({ outcome: 'achieved', failure: null })),
    served: { noWorker: async () => null },
  } as unknown as RowListDeps;
  return { deps, looks };
}

test('each run comes once, in pages that are full and cost the same from the first to the last', async () => {
  const { deps, looks } = counted();
  const seen: string[] = [];
  const costs: { items: number; calls: number; rows: number }[] = [];
  let cursor: string | undefined;
  do {
    Object.assign(looks, { calls: 0, rows: 0 });
    const page = await pageOfRows(deps, { goal: 'load' }, 50, cursor, false);
    seen.push(...page.items.map(({ execution }) => execution));
    costs.push({ items: page.items.length, ...looks });
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  expect(seen.toSorted()).toEqual(Array.from({ length: RUNS }, (_, i) => `e${i}`).toSorted());
  for (const { items, calls, rows } of costs.slice(0, -1)) {
    expect(items).toBeGreaterThan(30);
    expect(calls).toBeLessThanOrEqual(9);
    expect(rows).toBeLessThanOrEqual(400);
  }
  const mean = (some: typeof costs) => some.reduce((sum, { calls }) => sum + calls, 0) / some.length;
  expect(Math.abs(mean(costs.slice(0, 50)) - mean(costs.slice(-51, -1)))).toBeLessThan(1);
});
