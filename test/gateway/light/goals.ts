// A goal of many small runs, one for each day and region.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

export const REGIONS = Array.from({ length: 100 }, (_, n) => `r${String(n).padStart(2, '0')}`);

export const listMark = job({
  name: 'list-mark',
  input: z.object({ fails: z.boolean() }),
  output: z.null(),
  quick: true,
  retry: { attempts: 3, delay: '10ms', backoff: 1, jitter: 0 },
});

export const listed = goal({
  name: 'light-listed',
  outcome: 'The figures of a region are there',
  owner: 'figures',
  team: 'light-figures',
  input: z.object({ day: z.string(), region: z.string(), fails: z.boolean().optional() }),
  output: z.object({ rows: z.int() }),
  key: ['day', 'region'],
  keys: { day: { every: 'day', from: '2026-01-01', to: '2026-01-30' }, region: REGIONS },
  tags: ['region'],
  light: { hosts: 1 },
  jobs: [listMark],
  criteria: { 'rows arrived': ({ rows }) => rows > 0 },
  async pursue({ fails }, { run }) {
    if (fails !== undefined) await run(listMark, { fails });
    return { rows: 3 };
  },
});

export default [listed];
