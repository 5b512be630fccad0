// Goals whose runs were recorded: what they produce and use must replay.

import { dataset, goal } from 'goalkeeper';
import { z } from 'zod';

const readings = dataset({
  name: 'recorded-readings',
  team: 'histories',
  description: 'Readings of a day',
  partition: ['day'],
});

const Day = z.object({ day: z.string() });
const shared = { owner: 'ada', team: 'histories' };

export const measured = goal({
  ...shared,
  name: 'histories-measured',
  outcome: 'The readings of the day are there',
  input: Day.extend({ rows: z.int() }),
  output: z.object({}),
  key: ['day'],
  produces: [readings],
  criteria: { 'there were readings': (_, { rows }) => rows > 0 || 'not a single reading' },
  async pursue({ day, rows }, { produce }) {
    await produce(readings, { partition: { day }, rows, version: 'v1' });
    return {};
  },
});

export const averaged = goal({
  ...shared,
  name: 'histories-averaged',
  outcome: 'The average of the day is known',
  input: Day,
  output: z.object({ rows: z.int() }),
  key: ['day'],
  needs: [measured],
  criteria: { 'there were readings': ({ rows }) => rows > 0 },
  uses: [readings],
  async pursue({ day }, { achieve, use }) {
    if (day !== 'never') await achieve(measured, { day, rows: 3 });
    const { rows = 0 } = await use(readings, { day });
    return { rows };
  },
});

export default [measured, averaged];
