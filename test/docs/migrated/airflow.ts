import { dateIn, goal, job, schedule } from 'goalkeeper';
import { z } from 'zod';

const Day = z.object({ day: z.iso.date() });

export const listRegions = job({ name: 'list-regions', input: Day, output: z.array(z.string()) });

export const loadRegion = job({
  name: 'load-region',
  input: Day.extend({ region: z.string() }),
  output: z.int(),
  timeout: '10m',
  retry: { attempts: 4, delay: '1m', backoff: 1 },
});

export const ordersLoaded = goal({
  name: 'orders-loaded',
  outcome: "The day's orders of every region are in the warehouse",
  owner: 'data@example.com',
  team: 'data',
  input: Day,
  output: z.object({ rows: z.int() }),
  key: ['day'],
  deadline: '2h',
  jobs: [listRegions, loadRegion],
  criteria: { 'there were orders': ({ rows }) => rows > 0 || 'not a single order' },
  on: [
    schedule('0 5 * * *', {
      timezone: 'Europe/Berlin',
      input: (at) => ({ day: dateIn(at, 'Europe/Berlin', -1) }),
    }),
  ],
  async pursue({ day }, { run, map }) {
    const regions = await run(listRegions, { day });
    const rows = await map(
      regions.map((region) => ({ day, region })),
      loadRegion,
    );
    return { rows: rows.reduce((sum, one) => sum + one, 0) };
  },
});
