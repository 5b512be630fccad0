// Incidents of a namespace with more runs than are looked at, where only a stand-in for Temporal is quick enough.

import { expect, test } from 'vitest';
import type { Catalogue } from '../../../gateway/catalogue/catalogue.ts';
import { incidentsFrom } from '../../../gateway/runs/incidents.ts';
import type { Runs } from '../../../gateway/runs/runs.ts';
import { clockOf } from '../../../gateway/temporal/clock.ts';
import type { Temporal } from '../../../gateway/temporal/temporal.ts';
import { silent } from '../workbench.ts';

const now = Math.floor(Date.now() / 1000) * 1000;
const minutesAgo = (n: number): number => now - n * 60_000;

const EARLIER = / AND CloseTime < '/;
const payload = (data: unknown) => ({
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify(data)),
});

/** `hurt` runs, of which the nth closed n minutes ago; and what one that closed before any window has met. */
function standIn(hurt: number, before: readonly string[] = []) {
  const asked = { queries: [] as string[], described: 0 };
  const listWorkflowExecutions = async ({ query, pageSize }: { query: string; pageSize: number }) => {
    asked.queries.push(query);
    if (EARLIER.test(query)) {
      const searchAttributes = { indexedFields: { GkFingerprints: payload(before) } };
      return { executions: before.length === 0 ? [] : [{ searchAttributes }], nextPageToken: null };
    }
    const executions = Array.from({ length: Math.min(hurt, pageSize) }, (_, i) => ({
      execution: { workflowId: `load:${i}`, runId: `${i}` },
      type: { name: 'load' },
      status: 2,
      closeTime: { seconds: minutesAgo(i) / 1000, nanos: 0 },
    }));
    return { executions, nextPageToken: hurt > pageSize ? Buffer.from('more') : null };
  };
  const call = (make: (service: unknown) => unknown) => make({ listWorkflowExecutions });
  const runs = {
    describe: async (id: string, runId: string) => {
      asked.described++;
      return { id, runId };
    },
    story: async ({ id, runId }: { id: string; runId: string }) => ({
      run: { id, goal: 'load', team: "o'hara", outcome: 'achieved', failure: null },
      errors: [
        {
          ...{ fingerprint: 'aa', type: 'Error', code: 'down', message: 'down', class: 'transient' },
          ...{ at: new Date(minutesAgo(Number(runId))).toISOString(), disposition: 'recovered' },
        },
      ],
      omitted: [],
    }),
  };
  const catalogue = { all: async () => [{ goal: 'load', team: "o'hara" }] };
  const incidents = incidentsFrom({
    temporal: { namespace: 'x', call } as never as Temporal,
    catalogue: catalogue as never as Catalogue,
    runs: runs as never as Runs,
    clock: clockOf(),
    log: silent,
    light: {} as never,
  });
  return { incidents, asked };
}

test('only so many runs are looked at, and the answer says since when', async () => {
  const { incidents, asked } = standIn(10_000);
  const page = await incidents.page({ window: '30d' }, 50, undefined);
  expect(page).toMatchObject({
    truncated: true,
    since: new Date(minutesAgo(499)).toISOString(),
    next: null,
    items: [{ fingerprint: 'aa', occurrences: 500, healedRuns: 500, failedRuns: 0 }],
  });
  expect([asked.queries.length, asked.described]).toEqual([2, 500]);
});

test('what was read of a closed run is never read again, and who asks at the same time asks once', async () => {
  const { incidents, asked } = standIn(100);
  const pages = await Promise.all(
    Array.from({ length: 20 }, () => incidents.page({ window: '24h' }, 50, undefined)),
  );
  expect(pages.every(({ truncated }) => !truncated)).toBe(true);
  await incidents.page({ window: '36h' }, 50, undefined);
  expect([asked.queries.length, asked.described]).toEqual([4, 100]);
});

test('what healed before the window is not of it', async () => {
  const { incidents } = standIn(100);
  expect((await incidents.page({ window: '1h' }, 50, undefined)).items[0]?.occurrences).toBeLessThanOrEqual(
    61,
  );
});

test('the name of a team with quotes is not put into a query, and an unknown one is not asked for', async () => {
  const { incidents, asked } = standIn(3);
  const { items } = await incidents.page({ window: '24h', team: "o'hara" }, 50, undefined);
  expect(items).toMatchObject([{ teams: ["o'hara"], healedRuns: 3 }]);
  expect(asked.queries[0]).toContain("WorkflowType IN ('load')");
  expect(asked.queries[0]).not.toContain('hara');
  expect((await incidents.page({ window: '24h', team: "' OR 1=1" }, 50, undefined)).items).toEqual([]);
  expect(asked.queries).toHaveLength(2);
});

test('of a trouble that hurt runs before the window it is said that it began before', async () => {
  const [known, unknown] = [standIn(3, ['zz', 'aa']), standIn(3, ['zz'])];
  for (const [{ incidents }, earlier] of [
    [known, true],
    [unknown, false],
  ] as const) {
    const { items } = await incidents.page({ window: '24h' }, 50, undefined);
    expect(items).toMatchObject([{ fingerprint: 'aa', earlier }]);
    expect(await incidents.details({ window: '24h' }, 'aa')).toMatchObject({ earlier });
  }
  expect(known.asked.queries[1]).toContain("GkFingerprints IN ('aa')");
});
