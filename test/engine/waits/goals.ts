import { event, goal, job, type ReceivedEvent } from 'goalkeeper';
import { z } from 'zod';

export const settled = event('test.payment-settled', {
  source: '/bank/*',
  where: { 'data.currency': ['EUR', 'USD'] },
  match: { 'data.order': 'order.id' },
});

/** Kept for very few. */
export const seldom = event('test.seldom', { match: { subject: 'day' }, keep: { events: 2, for: '1h' } });

export const ship = job({ name: 'waits-ship', input: z.object({ order: z.string() }), output: z.null() });

const amountOf = ({ data }: ReceivedEvent): number => (data as { amount: number }).amount;

export const paid = goal({
  name: 'waits-paid',
  outcome: 'The order is paid, in as many parts as it has',
  owner: 'ada',
  team: 'shop',
  input: z.object({ order: z.object({ id: z.string() }), parts: z.int() }),
  output: z.array(z.number()),
  key: ['order.id'],
  fresh: 1,
  waits: [settled],
  criteria: { all: (parts, input) => parts.length === input.parts },
  async pursue({ parts }, { waitFor }) {
    const amounts: number[] = [];
    while (amounts.length < parts) amounts.push(amountOf(await waitFor(settled)));
    return amounts;
  },
});

export const shipped = goal({
  name: 'waits-shipped',
  outcome: 'The order is shipped once it is paid',
  owner: 'ada',
  team: 'shop',
  input: z.object({ order: z.object({ id: z.string() }) }),
  output: z.number(),
  key: ['order.id'],
  waits: [settled],
  jobs: [ship],
  criteria: { paid: (amount) => amount > 0 },
  async pursue({ order }, { waitFor, run }) {
    const came = await waitFor(settled, { timeout: '1h' });
    await run(ship, { order: order.id });
    return amountOf(came);
  },
});

export const hasty = goal({
  name: 'waits-hasty',
  outcome: 'The order is paid at once',
  owner: 'ada',
  team: 'shop',
  input: z.object({ order: z.object({ id: z.string() }), goesOn: z.boolean() }),
  output: z.boolean(),
  key: ['order.id'],
  waits: [settled],
  criteria: { ended: () => true },
  async pursue({ goesOn }, { waitFor }) {
    const came = await waitFor(settled, { timeout: 300, consequence: goesOn ? 'continue' : 'fail' });
    return came === null;
  },
});

export const counted = goal({
  name: 'waits-counted',
  outcome: 'Two of many events are counted',
  owner: 'ada',
  team: 'shop',
  input: z.object({ day: z.string() }),
  output: z.array(z.string()),
  key: ['day'],
  waits: [seldom],
  criteria: { two: (ids) => ids.length === 2 },
  async pursue(_, { waitFor }) {
    const came = await Promise.all([waitFor(seldom), waitFor(seldom)]);
    return came.map(({ id }) => id);
  },
});

export const delivered = goal({
  name: 'waits-delivered',
  outcome: 'The parcel is delivered',
  owner: 'ada',
  team: 'shop',
  input: z.object({ parcel: z.object({ id: z.string() }) }),
  output: z.boolean(),
  key: ['parcel.id'],
  deadline: '2h',
  waits: [event('test.delivered', { match: { subject: 'parcel.id' } })],
  on: [event('test.sent', { input: { parcel: 'data.parcel' }, delay: '1h' })],
  cancelOn: event('test.withdrawn', {
    where: { 'data.final': true },
    match: { 'data.parcel': 'parcel.id' },
  }),
  criteria: { delivered: (isSo) => isSo },
  async pursue(_, { waitFor }) {
    await waitFor(event('test.delivered', { match: { subject: 'parcel.id' } }));
    return true;
  },
});

export default [paid, shipped, hasty, counted, delivered];
