// Goals that produce a dataset, use it, and are started by it.

import { dataset, goal, updated } from 'goalkeeper';
import { z } from 'zod';

export const orders = dataset({
  name: 'test-orders',
  team: 'lake',
  description: 'Orders of a day',
  partition: ['day', 'shop'],
  schema: z.object({ order: z.string() }),
  usableBy: ['reports'],
});

export const rates = dataset({ name: 'test-rates', team: 'lake', description: 'All exchange rates' });

const Day = z.object({ day: z.string(), shop: z.string() });
const criteria = { there: () => true };

export const loaded = goal({
  name: 'datasets-loaded',
  outcome: 'The orders of the day are in the lake',
  owner: 'ada',
  team: 'lake',
  input: Day.extend({ rows: z.int(), how: z.enum(['well', 'badly', 'slowly']).optional() }),
  output: z.object({ rows: z.int() }),
  key: ['day', 'shop'],
  fresh: 1,
  produces: [orders, rates],
  criteria,
  async pursue({ day, shop, rows, how }, { produce, sleep }) {
    await produce(orders, { partition: { day, shop }, rows: 1 });
    await produce(orders, { partition: { day, shop }, rows, version: `v${rows}`, where: `lake/${day}` });
    if (how === 'badly') throw new Error('it went badly');
    if (how === 'slowly') await sleep('1h');
    return { rows };
  },
});

export const summed = goal({
  name: 'datasets-summed',
  outcome: 'The rows are known',
  owner: 'ada',
  team: 'reports',
  input: Day.extend({ after: z.boolean().optional() }),
  output: z.object({ rows: z.int(), where: z.string() }),
  key: ['day', 'shop'],
  fresh: 1,
  uses: [orders],
  criteria,
  async pursue({ day, shop }, { use }) {
    const { rows = 0, where = '' } = await use(orders, { day, shop });
    return { rows, where };
  },
});

/** Needs the goal that produces what it uses. */
export const summedAtOnce = goal({
  name: 'datasets-summed-at-once',
  outcome: 'The rows are known at once',
  owner: 'ada',
  team: 'lake',
  input: Day,
  output: z.object({ rows: z.int() }),
  key: ['day', 'shop'],
  needs: [loaded],
  uses: [orders, rates],
  produces: [rates],
  criteria,
  async pursue({ day, shop }, { achieve, produce, use }) {
    await achieve(loaded, { day, shop, rows: 40 });
    await produce(rates, { rows: 3 });
    return { rows: (await use(orders, { day, shop })).rows ?? 0 };
  },
});

/** Uses what one that needs another has made. */
export const rated = goal({
  name: 'datasets-rated',
  outcome: 'The rates are known',
  owner: 'ada',
  team: 'lake',
  input: z.object({ shop: z.string() }),
  output: z.object({ rows: z.int() }),
  key: ['shop'],
  fresh: 1,
  uses: [rates],
  criteria,
  pursue: async (_, { use }) => ({ rows: (await use(rates)).rows ?? 0 }),
});

const many = dataset({ name: 'test-many', team: 'lake', description: 'Many days', partition: ['day'] });

/** More than a thousand partitions are expected. */
export const plenty = goal({
  name: 'datasets-plenty',
  outcome: 'The day of many is there',
  owner: 'ada',
  team: 'lake',
  input: z.object({ day: z.string() }),
  output: z.object({}),
  key: ['day'],
  keys: { day: { every: 'day', from: '2020-01-01', to: '2022-12-31' } },
  produces: [many],
  criteria,
  async pursue({ day }, { produce }) {
    await produce(many, { partition: { day } });
    return {};
  },
});

/** Its team may not use them. */
export const curious = goal({
  name: 'datasets-curious',
  outcome: 'Somebody else knows the rows',
  owner: 'eve',
  team: 'lake',
  input: Day,
  output: z.object({ rows: z.int() }),
  key: ['day', 'shop'],
  criteria,
  async pursue({ day, shop }, { use }) {
    return { rows: (await use(orders, { day, shop })).rows ?? 0 };
  },
});

export const followed = goal({
  name: 'datasets-followed',
  outcome: 'It has followed the orders',
  owner: 'ada',
  team: 'reports',
  input: Day.extend({ rows: z.int() }),
  output: z.object({}),
  key: ['day', 'shop'],
  fresh: 1,
  on: [updated(orders, { input: { day: 'partition.day', shop: 'partition.shop', rows: 'rows' } })],
  criteria,
  pursue: async () => ({}),
});

const days = dataset({ name: 'test-days', team: 'lake', description: 'Days', partition: ['day'] });

export const daily = goal({
  name: 'datasets-daily',
  outcome: 'The day is there',
  owner: 'ada',
  team: 'lake',
  input: z.object({ day: z.string() }),
  output: z.object({}),
  key: ['day'],
  keys: { day: { every: 'day', from: '2026-11-01', to: '2026-11-04' } },
  fresh: 1,
  produces: [days],
  criteria,
  async pursue({ day }, { produce }) {
    await produce(days, { partition: { day } });
    return {};
  },
});

const kept = dataset({ name: 'test-kept', team: 'lake', description: 'Kept fresh' });

/** A standing outcome: that the dataset is fresh. `idle` is achieved and does not produce it. */
const keeping = (name: string, produces: boolean, of = kept) =>
  goal({
    ...{ name, outcome: 'The dataset is fresh', owner: 'ada', team: 'lake', criteria },
    ...{ input: z.object({ region: z.string() }), output: z.object({}), key: ['region'] },
    produces: [of],
    standing: { fresh: '1h', input: { region: 'eu' }, dataset: of },
    async pursue(_, { produce }) {
      if (produces) await produce(of, {});
      return {};
    },
  });

export const keeper = keeping('datasets-keeper', true);
export const idle = keeping(
  'datasets-idle',
  false,
  dataset({ name: 'test-idle', team: 'lake', description: 'Never produced' }),
);

export default [keeper, idle, daily, plenty, loaded, summed, summedAtOnce, rated, curious, followed];
