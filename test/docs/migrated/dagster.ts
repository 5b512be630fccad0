import { dateIn, goal, job, schedule } from 'goalkeeper';
import { z } from 'zod';

const Day = z.object({ day: z.iso.date() });

export const loadOrders = job({
  name: 'load-orders',
  input: Day,
  output: z.object({ rows: z.int() }),
  retry: { attempts: 4, delay: '10s', backoff: 2 },
});

export const sumRevenue = job({ name: 'sum-revenue', input: Day, output: z.object({ revenue: z.number() }) });

export const orders = goal({
  name: 'orders',
  outcome: "The day's orders are in the warehouse",
  owner: 'data@example.com',
  team: 'data',
  input: Day,
  output: loadOrders.output,
  key: ['day'],
  jobs: [loadOrders],
  criteria: { 'there were orders': ({ rows }) => rows > 0 || 'not a single order' },
  pursue: ({ day }, { run }) => run(loadOrders, { day }),
});

export const revenue = goal({
  name: 'revenue',
  outcome: "The day's revenue is known",
  owner: 'data@example.com',
  team: 'data',
  input: Day,
  output: sumRevenue.output,
  key: ['day'],
  jobs: [sumRevenue],
  needs: [orders],
  criteria: { 'it is not negative': ({ revenue }) => revenue >= 0 },
  on: [
    schedule('0 5 * * *', {
      timezone: 'Europe/Berlin',
      input: (at) => ({ day: dateIn(at, 'Europe/Berlin', -1) }),
    }),
  ],
  async pursue({ day }, { run, achieve }) {
    await achieve(orders, { day });
    return run(sumRevenue, { day });
  },
});
