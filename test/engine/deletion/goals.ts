// Goals whose runs leave something behind wherever anything is kept.

import { dataset, goal, job } from 'goalkeeper';
import { z } from 'zod';

export const gather = job({
  name: 'forgettable-gather',
  input: z.object({ key: z.string(), canary: z.string(), fails: z.boolean() }),
  output: z.object({ text: z.string() }),
  timeout: '20s',
  retry: { attempts: 1 },
});

export const forgettable = goal({
  name: 'forgettable',
  outcome: 'All that is known of somebody is gathered',
  owner: 'tests',
  team: 'tests',
  input: z.object({
    key: z.string(),
    canary: z.string(),
    fails: z.boolean(),
    customer: z.object({ id: z.string() }),
  }),
  output: z.object({ text: z.string() }),
  key: ['key'],
  personal: ['customer.id'],
  criteria: { 'there is something': ({ text }) => text.length > 0 },
  jobs: [gather],
  pursue: ({ key, canary, fails }, { run }) => run(gather, { key, canary, fails }),
});

const pages = dataset({
  name: 'forgettable-pages',
  team: 'tests',
  description: 'Pages about somebody',
  partition: ['key'],
});
const page = {
  ...{ owner: 'tests', team: 'tests', key: ['key'] as const, fresh: 1 },
  ...{ input: z.object({ key: z.string() }), output: z.object({}), criteria: { there: () => true } },
};

export const written = goal({
  ...page,
  name: 'forgettable-written',
  outcome: 'A page is written',
  produces: [pages],
  async pursue({ key }, { produce }) {
    await produce(pages, { partition: { key } });
    return {};
  },
});

export const readBy = goal({
  ...page,
  name: 'forgettable-read',
  outcome: 'A page is read',
  input: z.object({ key: z.string(), reader: z.string() }),
  key: ['key', 'reader'],
  uses: [pages],
  async pursue({ key }, { use }) {
    await use(pages, { key });
    return {};
  },
});

export default [forgettable, written, readBy];
