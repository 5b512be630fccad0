// Pages of the rows that fit, of a list that is longer. Temporal is imitated here.

import { expect, test } from 'vitest';
import { sievedPages } from '../../../gateway/runs/sieved-pages.ts';
import type { Page } from '../../../gateway/temporal/pages.ts';

const idOf = (row: NonNullable<Page['executions']>[number]): string => row.execution?.workflowId ?? '';

function counted(ids: readonly string[]) {
  const looks: number[] = [];
  const listed = async (size: number, token: Uint8Array | null): Promise<Page> => {
    looks.push(size);
    const from = Number(Buffer.from(token ?? []).toString());
    const next = from + size >= ids.length ? [] : Buffer.from(String(from + size));
    const executions = ids.slice(from, from + size).map((workflowId) => ({ execution: { workflowId } }));
    return { executions, nextPageToken: next } as never;
  };
  const fits = (row: NonNullable<Page['executions']>[number]): boolean => idOf(row).startsWith('fits');
  return { looks, pages: sievedPages(listed, fits) };
}

async function all(pages: ReturnType<typeof sievedPages>, size: number): Promise<string[][]> {
  const found: string[][] = [];
  let token: Uint8Array | null = null;
  do {
    const page: Page = await pages(size, token);
    found.push((page.executions ?? []).map(idOf));
    token = page.nextPageToken?.length ? page.nextPageToken : null;
  } while (token !== null);
  return found;
}

test('each row that fits is on one page, in the order of the list', async () => {
  const ids = Array.from({ length: 1000 }, (_, i) => (i % 7 < 3 || i > 900 ? `fits-${i}` : `other-${i}`));
  const { pages } = counted(ids);
  for (const size of [1, 10, 50, 100, 400]) {
    const found = await all(pages, size);
    // sieved-pages.1
    expect(found.flat()).toEqual(ids.filter((id) => id.startsWith('fits')));
    expect(Math.max(...found.map(({ length }) => length))).toBeLessThanOrEqual(size);
  }
});

test('a page looks at a bounded number of rows, and says where to go on though nothing fits', async () => {
  const { pages, looks } = counted([...Array.from({ length: 600 }, (_, i) => `other-${i}`), 'fits']);
  const first = await pages(50, null);
  expect(first.executions).toEqual([]);
  expect(first.nextPageToken?.length).toBeGreaterThan(0);
  // sieved-pages.2
  expect(looks).toEqual([250]);
  expect((await all(pages, 50)).flat()).toEqual(['fits']);
});
