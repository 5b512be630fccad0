// The goals: which outcome, by which jobs, judged by what. It runs in Temporal's sandbox, so it knows no clock, network or file.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

export const countOrders = job({
  name: 'count-orders',
  input: z.object({ day: z.iso.date() }),
  output: z.object({ orders: z.int(), revenue: z.number() }),
  timeout: '10s',
  retry: { attempts: 5, delay: '200ms' },
});

export const ordersCounted = goal({
  name: 'orders-counted',
  outcome: "The day's orders are counted, and there were some",
  owner: 'me',
  team: 'my-goals',
  input: z.object({ day: z.iso.date() }),
  output: countOrders.output,
  key: ['day'],
  deadline: '1m',
  jobs: [countOrders],
  criteria: {
    'there were orders': ({ orders }) => orders > 0 || 'not a single order',
  },
  async pursue({ day }, { run }) {
    return run(countOrders, { day });
  },
});

export default [ordersCounted];
