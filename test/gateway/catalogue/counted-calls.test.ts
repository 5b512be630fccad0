// goal-keys.1: however many keys a goal has, an answer makes a bounded number of calls. Temporal is counted here, and not asked.

import { expect, test } from 'vitest';
import { goalKeys, type KeysAsked } from '../../../gateway/catalogue/goal-keys.ts';
import type { LightRows } from '../../../gateway/light/light-rows.ts';
import type { Page } from '../../../gateway/temporal/pages.ts';
import type { Temporal } from '../../../gateway/temporal/temporal.ts';
import type { Publication } from '../../../goals/wire/publication.ts';

const KEYS = 100_000;
const ROUNDS = 2;
const ids = Array.from({ length: KEYS * ROUNDS }, (_, i) => `load:${String(i % KEYS).padStart(6, '0')}`);

function counted(more: Partial<Publication> = {}) {
  let calls = 0;
  const rowOf = (id: string, i: number) => ({
    execution: { workflowId: id, runId: `${id}/${i}` },
    ...{ type: { name: 'load' }, status: 2, startTime: { seconds: 1 }, closeTime: { seconds: 2 } },
  });
  const pages = async (query: string, size: number, token: Uint8Array | null): Promise<Page> => {
    calls++;
    const from = Number(Buffer.from(token ?? []).toString());
    const named = [...query.matchAll(/'(load:[^']+)'/g)].map(([, id]) => id as string);
    const isListed = query.includes('WorkflowId IN');
    const all = isListed
      ? named.filter((id) => id < 'load:1').flatMap((id) => [id, id])
      : ids.slice(from, from + size);
    const next = isListed || from + size >= ids.length ? [] : Buffer.from(String(from + size));
    return {
      executions: all.map((id, i) => rowOf(id, isListed && i >= named.length ? -1 : i)),
      nextPageToken: next,
    } as never;
  };
  const service = {
    countWorkflowExecutions: async () => {
      calls++;
      const payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"Completed"') };
      return { groups: [{ groupValues: [payload], count: ids.length }] };
    },
  };
  const temporal = {
    namespace: 'n',
    call: (make: (given: unknown) => unknown) => make(service),
  } as unknown as Temporal;
  const publication = { goal: 'load', key: ['n'], ...more } as unknown as Publication;
  const standing = async () => {
    calls++;
    return null;
  };
  const read = goalKeys(temporal, pages, standing, {} as LightRows);
  return async (asked: Partial<KeysAsked>) => {
    calls = 0;
    const page = await read({ publication, catalogue: [publication], teams: null }, { limit: 500, ...asked });
    return { ...page, calls };
  };
}

// goal-keys.1
test('those that are found', async () => {
  const read = counted();
  const first = await read({});
  expect(first).toMatchObject({
    of: 'found',
    totals: { keys: null, executions: { achieved: KEYS * ROUNDS } },
  });
  expect(first.next).not.toBeNull();
  expect(first.calls).toBeLessThanOrEqual(5);
  expect((await read({ cursor: first.next ?? '', outcome: undefined })).calls).toBeLessThanOrEqual(5);
});

test('those that are expected, also where a filter means hardly any of them', async () => {
  const hours = { path: 'n', every: 'hour', timezone: 'UTC', afterMs: 0 } as const;
  const read = counted({ keys: [{ ...hours, from: '1900-01-01T00', to: '2026-01-01T00' }] });
  const first = await read({});
  expect(first.totals.expected).toBeGreaterThan(1_000_000);
  expect(first.items).toHaveLength(500);
  expect(first.calls).toBeLessThanOrEqual(4);
  const rare = await read({ outcome: 'failed' });
  expect([rare.items.length, rare.next !== null]).toEqual([0, true]);
  expect(rare.calls).toBeLessThanOrEqual(6);
  expect((await read({ prefix: 'nothing', cursor: undefined })).calls).toBeLessThanOrEqual(2);
});

test('those of the times of a schedule, of which one answer has a bound', async () => {
  const terms = { name: 'often', cron: ['*/15 * * * *'], every: null, timezone: 'UTC', jitterMs: 0 };
  const read = counted({
    schedules: [{ ...terms, overlap: 'skip', catchUp: 'last', withinMs: 0 }],
    scheduleKeys: { often: [{ path: 'n', plusMs: 0 }] },
  });
  const first = await read({});
  expect([first.of, first.times?.schedules, first.items.length]).toEqual(['expected', ['often'], 500]);
  expect(first.totals.expected).toBeGreaterThan(29 * 96);
  expect(first.calls).toBeLessThanOrEqual(5);
  const second = await read({ cursor: first.next ?? '' });
  expect(second.items[0]?.at).toBe(new Date(Date.parse(first.items[499]?.at ?? '') - 900_000).toISOString());
  expect(second.calls).toBeLessThanOrEqual(5);
  const long = { since: { at: new Date(0), text: '1970-01-01T00:00:00.000Z' } };
  await expect(read(long)).rejects.toThrow(/'since' is too long ago.*10000 times/);
});
