// More closed runs than a slice holds, where only a stand-in for Temporal is quick enough.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ClosedPage, closedRuns, type ListPage } from '../../views/closed-runs.ts';

/** Lists as Temporal does: what closed last first, a page at a time. */
function standIn(closedAt: readonly number[]) {
  const sizes: number[] = [];
  const list: ListPage = async (query, size, token) => {
    const [from, to] = [...query.matchAll(/'(\d{4}-[^']+)'/g)].map(([, time]) => Date.parse(time as string));
    const rows = closedAt
      .map((ms, i) => ({ ms, i }))
      .filter(({ ms }) => ms >= (from as number) && ms < (to as number))
      .sort((a, b) => b.ms - a.ms);
    const skip = token === null ? 0 : Number(Buffer.from(token).toString());
    const page = rows.slice(skip, skip + size);
    sizes.push(page.length);
    const executions = page.map(({ ms, i }) => ({
      execution: { workflowId: `load-day:${i}`, runId: String(i).padStart(6, '0') },
      type: { name: 'load-day' },
      closeTime: { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 },
    }));
    const isMore = skip + size < rows.length;
    return {
      executions,
      nextPageToken: isMore ? Buffer.from(String(skip + size)) : null,
    } as unknown as ClosedPage;
  };
  return { list, sizes };
}

async function read(closedAt: readonly number[], from: number, to: number, size: number) {
  const { list, sizes } = standIn(closedAt);
  const found: { closedAt: number; execution: string }[] = [];
  for await (const run of closedRuns(list, 'TRUE', from, to, size)) found.push(run);
  return { found, sizes };
}

test('whatever closed when, each is given once and in order, with no more than a slice held', async () => {
  const times = fc.array(fc.oneof(fc.nat(50), fc.nat(100_000)), { maxLength: 120 });
  await fc.assert(
    fc.asyncProperty(times, fc.integer({ min: 1, max: 20 }), async (closedAt, size) => {
      const { found, sizes } = await read(closedAt, 10, 90_000, size);
      const wanted = closedAt
        .map((ms, i) => ({ ms, execution: String(i).padStart(6, '0') }))
        .filter(({ ms }) => ms >= 10 && ms < 90_000)
        .sort((a, b) => a.ms - b.ms || a.execution.localeCompare(b.execution));
      expect(found.map(({ execution }) => execution)).toEqual(wanted.map(({ execution }) => execution));
      expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(size);
    }),
    { numRuns: 100 },
  );
});

test('ten thousand within ninety days cost few more queries than slices', async () => {
  const ninetyDays = 90 * 86_400_000;
  const closedAt = Array.from({ length: 10_000 }, (_, i) => Math.floor((i / 10_000) * ninetyDays));
  const { found, sizes } = await read(closedAt, 0, ninetyDays, 500);
  expect(found).toHaveLength(10_000);
  expect(sizes.length).toBeLessThan(80);
});
