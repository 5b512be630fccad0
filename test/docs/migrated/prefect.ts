import { dateIn, goal, job, schedule } from 'goalkeeper';
import { z } from 'zod';

const Month = z.object({ month: z.string().regex(/^\d{4}-\d\d$/) });
const Invoice = z.object({ id: z.string(), amount: z.number() });

export const collectInvoices = job({
  name: 'collect-invoices',
  input: Month,
  output: z.array(Invoice),
  timeout: '5m',
  retry: { attempts: 4, delay: '1s', backoff: 5 },
});

export const payInvoice = job({
  name: 'pay-invoice',
  input: Invoice,
  output: z.number(),
  retry: { attempts: 3, delay: '30s', backoff: 1 },
});

export const invoicesPaid = goal({
  name: 'invoices-paid',
  outcome: "The month's invoices are paid",
  owner: 'finance@example.com',
  team: 'finance',
  input: Month,
  output: z.object({ paid: z.number() }),
  key: ['month'],
  jobs: [collectInvoices, payInvoice],
  criteria: { 'something was paid': ({ paid }) => paid > 0 || 'nothing was paid' },
  on: [schedule('0 8 1 * *', { input: (at) => ({ month: dateIn(at, 'UTC', -1).slice(0, 7) }) })],
  async pursue({ month }, { run, approve, map }) {
    const invoices = await run(collectInvoices, { month });
    await approve('pay', { show: invoices, expires: { after: '2d', consequence: 'reject' } });
    const amounts = await map(invoices, payInvoice);
    return { paid: amounts.reduce((sum, amount) => sum + amount, 0) };
  },
});
