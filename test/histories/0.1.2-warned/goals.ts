// The goal whose warning is recorded beside. Frozen: what is recorded is replayed with it.

import { goal, measured } from 'goalkeeper';
import { z } from 'zod';

export const counted = goal({
  name: 'counted',
  outcome: 'The rows are counted',
  owner: 'tests',
  team: 'tests',
  input: z.object({ key: z.string(), rows: z.int() }),
  output: z.object({ rows: z.int() }),
  key: ['key'],
  criteria: {
    'within what is usual': ({ rows }) => measured(rows, { within: { factor: 9, of: 'median', last: 3 } }),
    'enough rows': { severity: 'warn', judge: ({ rows }) => measured(rows, { atLeast: 10, unit: 'rows' }) },
  },
  pursue: async ({ rows }) => ({ rows }),
});

export default [counted];
