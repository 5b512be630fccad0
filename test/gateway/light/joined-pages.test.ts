// Two lists in one order, whose pages neither know of the other. Temporal is imitated here, as is whoever reads hosts.

import { expect, test } from 'vitest';
import type { LightPlace } from '../../../gateway/light/host-histories.ts';
import { joinedPages } from '../../../gateway/light/joined-pages.ts';
import type { LightPage } from '../../../gateway/light/light-rows.ts';
import type { Page } from '../../../gateway/temporal/pages.ts';

const timeOf = (ms: number) => ({ seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 });
const rowOf = (execution: string, closed: number | null) => ({
  execution: { workflowId: `load:${execution}`, runId: execution },
  ...(closed === null ? {} : { closeTime: timeOf(closed) }),
});

/** Temporal's rows: three that are open, then closed ones, of which many at the same moment. */
const listedRows = [
  ...['o1', 'o2', 'o3'].map((execution) => rowOf(execution, null)),
  ...Array.from({ length: 157 }, (_, i) => rowOf(`l${i}`, 100_000 - 10 * Math.floor(i / 3))),
];
const lights = Array.from({ length: 211 }, (_, i) => ({
  execution: `h${String(999 - i)}`,
  closed: 100_020 - 7 * Math.floor(i / 5),
}));

const listed = async (size: number, token: Uint8Array | null): Promise<Page> => {
  const from = Number(Buffer.from(token ?? []).toString());
  const next = from + size >= listedRows.length ? [] : Buffer.from(String(from + size));
  return { executions: listedRows.slice(from, from + size), nextPageToken: next } as never;
};

/** Reads `budget` of them at most, and says since when it knows all. */
const lightWithin =
  (budget: number) =>
  async (after: LightPlace | null, size: number): Promise<LightPage> => {
    const isAfter = (one: LightPlace): boolean =>
      after === null ||
      one.closed < after.closed ||
      (one.closed === after.closed && one.execution < after.execution);
    const left = lights.filter(isAfter);
    const read = left.slice(0, budget);
    const isWhole = read.length === left.length;
    const since = isWhole ? Number.NEGATIVE_INFINITY : (left[budget]?.closed ?? 0);
    const sure = read.filter(({ closed }) => closed > since);
    const shown = sure.slice(0, size);
    const last = shown.at(-1) ?? null;
    const isAll = shown.length === sure.length;
    return {
      rows: shown.map(({ execution, closed }) => rowOf(execution, closed) as never),
      next: isAll ? (isWhole ? null : { closed: since, execution: '~' }) : last,
      since: isAll ? since : (last?.closed ?? since),
    };
  };

async function all(pages: ReturnType<typeof joinedPages>, size: number) {
  const rows: { execution: string; closed: number }[] = [];
  let token: Uint8Array | null = null;
  let asked = 0;
  do {
    const page: Page = await pages(size, token);
    expect((page.executions ?? []).length).toBeLessThanOrEqual(size);
    for (const { execution, closeTime } of page.executions ?? [])
      rows.push({
        execution: execution?.runId ?? '',
        closed: closeTime ? Number(closeTime.seconds) * 1000 + Number(closeTime.nanos) / 1e6 : 1e9,
      });
    token = page.nextPageToken?.length ? page.nextPageToken : null;
  } while (token !== null && ++asked < 2_000);
  return rows;
}

// joined-pages.1
test.each([
  [1, 1_000],
  [7, 1_000],
  [50, 1_000],
  [500, 1_000],
  [50, 9],
  [7, 6],
])(
  'pages of %i have each row once and in order, also where %i light runs are read for each',
  async (size, budget) => {
    const rows = await all(joinedPages(listed, lightWithin(budget), { isApart: false }), size);
    expect(rows.map(({ execution }) => execution).sort()).toEqual(
      [
        ...listedRows.map(({ execution }) => execution.runId),
        ...lights.map(({ execution }) => execution),
      ].sort(),
    );
    const times = rows.map(({ closed }) => closed);
    expect(times).toEqual([...times].sort((a, b) => b - a));
  },
);

test('a list in no order of time is followed by the light runs', async () => {
  const rows = await all(joinedPages(listed, lightWithin(40), { isApart: true }), 30);
  expect(rows.slice(0, listedRows.length).every(({ execution }) => !execution.startsWith('h'))).toBe(true);
  expect(new Set(rows.map(({ execution }) => execution)).size).toBe(listedRows.length + lights.length);
  expect(rows).toHaveLength(listedRows.length + lights.length);
});

test('a cursor of somebody else is refused', async () => {
  const pages = joinedPages(listed, lightWithin(40), { isApart: false });
  await expect(pages(10, Buffer.from('{"listed":7}'))).rejects.toThrow(/cursor/);
});
