// The goal of docs/guide/criteria.md.

import { goal, measured } from 'goalkeeper';
import { simulate } from 'goalkeeper/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';

const loaded = goal({
  ...{ name: 'loaded', outcome: 'The rows are loaded', owner: 'ada', team: 'shop', key: ['day'] },
  input: z.object({ day: z.string(), rows: z.int(), unpriced: z.int() }),
  output: z.object({ rows: z.int(), unpriced: z.int() }),
  criteria: {
    'the rows arrived': ({ rows }) =>
      measured(rows, { atLeast: 100, unit: 'rows', within: { factor: 2, of: 'median', last: 14 } }),
    'few rows are without a price': {
      severity: 'warn',
      judge: ({ rows, unpriced }) => measured(unpriced / rows, { atMost: 0.05 }),
    },
  },
  pursue: async ({ rows, unpriced }) => ({ rows, unpriced }),
});

test('the goal of the guide fails by the value that the guide shows, and warns where it says so', async () => {
  const past = { 'the rows arrived': Array.from({ length: 14 }, () => 100) };
  const failed = await simulate(loaded, { input: { day: 'a', rows: 300, unpriced: 0 }, past });
  expect(failed.failure?.message).toBe(
    'not met: the rows arrived: measured 300 rows; the median of the last 14 runs is 100, so 50 to 200 is expected',
  );
  const warned = await simulate(loaded, { input: { day: 'a', rows: 120, unpriced: 60 }, past });
  expect(warned).toMatchObject({
    outcome: 'achieved',
    criteria: [
      { met: true },
      { met: false, severity: 'warn', message: 'measured 0.5; at most 0.05 is allowed' },
    ],
  });
});
