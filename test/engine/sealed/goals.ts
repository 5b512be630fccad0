// Goals whose values, errors and questions all hold a text that must be nowhere but where somebody may read it.

import { event, every, goal, job, secret } from 'goalkeeper';
import { z } from 'zod';

export const CANARY = 'canary-4f1d9c';

const Customer = z.object({ customer: z.string() });

export const look = job({
  name: 'sealed-look',
  input: Customer,
  output: Customer.extend({ padding: z.string() }),
  timeout: '30s',
  heartbeat: '5s',
  retry: { attempts: 3, delay: '300ms' },
});

export const bill = job({ name: 'sealed-bill', input: Customer, output: Customer, timeout: '30s' });

export const refuse = job({ name: 'sealed-refuse', input: Customer, output: Customer, timeout: '30s' });

const shared = { owner: 'tests', team: 'tests', criteria: { done: () => true } };
const Order = z.object({ order: z.string(), customer: z.string(), fails: z.boolean().optional() });

export const order = goal({
  ...shared,
  name: 'sealed-order',
  outcome: 'The order is billed',
  key: ['order'],
  input: Order,
  output: Customer,
  jobs: [look, bill, refuse],
  on: [event('test.ordered', { input: { order: 'data.order', customer: 'data.customer' } })],
  async pursue({ customer, fails }, { run, map, approve, artifact }) {
    artifact.markdown('customer', customer);
    const found = await run(look, { customer });
    await map(
      [1, 2, 3].map((n) => ({ customer: `${customer} ${n}` })),
      bill,
      { atOnce: 2 },
    );
    await approve('sign-off', { show: { customer } });
    if (fails) await run(refuse, { customer });
    return { customer: found.customer };
  },
});

export const clocked = goal({
  ...shared,
  name: 'sealed-clocked',
  outcome: 'The customer is billed each time',
  key: ['order', secret('customer')],
  input: Order,
  output: Customer,
  jobs: [bill],
  on: [every('1s', { input: (at) => ({ order: String(at.getTime()), customer: CANARY }) })],
  pursue: ({ customer }, { run }) => run(bill, { customer }),
});

export default [order, clocked];
