// Pages of those rows of a list that no query finds by themselves: of many that Temporal lists, those that fit.
//
// sieved-pages.1. Each row that fits is on one page: a page ends where Temporal's token says, right after a row that fits.
// sieved-pages.2. A page looks at a bounded number of rows: one that is not full says where to go on.

import type { Page } from '../temporal/pages.ts';

type Row = NonNullable<Page['executions']>[number];
type PagesOf = (size: number, token: Uint8Array | null) => Promise<Page>;

/** sieved-pages.2: rows that one page looks at. */
const LOOK = 250;

export const sievedPages =
  (listed: PagesOf, fits: (row: Row) => boolean): PagesOf =>
  async (size, token) => {
    for (let look = Math.max(size, LOOK); ; ) {
      const page = await listed(look, token);
      const rows = page.executions ?? [];
      const fitting = rows.flatMap((row, i) => (fits(row) ? [{ row, place: i + 1 }] : []));
      if (fitting.length <= size) return { ...page, executions: fitting.map(({ row }) => row) };
      // sieved-pages.1: the same from its beginning, and no further.
      look = fitting[size - 1]?.place ?? size;
    }
  };
