// What the tests of a day's work by the command line pursue.

import { dataset, every, goal, job } from 'goalkeeper';
import { z } from 'zod';

const Part = z.object({ day: z.iso.date(), region: z.string() });
const Rows = z.object({ rows: z.int() });

/** Fails where its source is down. */
export const fill = job({ name: 'cli-fill', input: Part, output: Rows, retry: { attempts: 1 } });

/** Of a day and a region, as its keys say. */
export const filled = goal({
  ...{ name: 'cli-filled', outcome: 'The part is filled', owner: 'filling', team: 'cli' },
  key: ['day', 'region'],
  keys: {
    day: { every: 'day', from: '2025-11-01', to: '2025-11-02', timezone: 'UTC' },
    region: ['eu', 'us'],
  },
  input: Part,
  output: Rows,
  jobs: [fill],
  criteria: { 'rows arrived': ({ rows }) => rows > 0 },
  pursue: (part, { run }) => run(fill, part),
});

/** Each of its times has a run, but while that of an earlier time is open. */
export const punctual = goal({
  ...{ name: 'cli-punctual', outcome: 'The time is signed', owner: 'punctual', team: 'cli', key: ['at'] },
  input: z.object({ at: z.string() }),
  output: z.object({}),
  criteria: { signed: () => true },
  on: [every('6s', { name: 'ticks', input: (at) => ({ at: at.toISOString() }) })],
  async pursue(_, { approve }) {
    await approve('sign-off', { by: 'finance' });
    return {};
  },
});

const Day = z.object({ day: z.iso.date() });

const prices = dataset({
  ...{ name: 'cli-prices', team: 'cli', description: 'The prices of a day', partition: ['day'] },
});

/** Makes what `quoted` uses. */
export const priced = goal({
  ...{ name: 'cli-priced', outcome: 'The day has prices', owner: 'pricing', team: 'cli', key: ['day'] },
  keys: { day: { every: 'day', from: '2025-11-01', to: '2025-11-03', timezone: 'UTC' } },
  ...{ input: Day, output: z.object({}), produces: [prices], criteria: { priced: () => true } },
  async pursue({ day }, { produce }) {
    await produce(prices, { partition: { day }, rows: 3 });
    return {};
  },
});

export const quoted = goal({
  ...{ name: 'cli-quoted', outcome: 'Customers have quotes', owner: 'sales', team: 'cli', key: ['day'] },
  ...{ input: Day, output: z.object({}), uses: [prices], criteria: { quoted: () => true } },
  async pursue({ day }, { use }) {
    await use(prices, { day });
    return {};
  },
});

export default [filled, punctual, priced, quoted];
