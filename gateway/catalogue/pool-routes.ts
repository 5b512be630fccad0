// The route by which people see the pools that jobs share.

import { poolListSchema } from '../../goals/wire/answers.ts';
import { route } from '../route-deps.ts';
import { readPools } from './pools.ts';

export const listPools = route({
  method: 'GET',
  path: '/pools',
  role: 'viewer',
  summary:
    'Lists the pools that jobs share: their limits, who holds a slot, and who waits for one since when.',
  answers: { 200: { description: '`items` and `next` (always null)', schema: poolListSchema } },
  handle: async ({ c }, deps) => c.json({ items: await readPools(deps), next: null }),
});
