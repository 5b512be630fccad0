// Light goals that events and times start.

import { dateIn, event, goal, job, schedule } from 'goalkeeper';
import { z } from 'zod';

export const triggeredNote = job({
  name: 'light-triggered-note',
  quick: true,
  input: z.object({ key: z.string() }),
  output: z.object({ key: z.string() }),
});

const shared = {
  owner: 'tests',
  team: 'light-triggered',
  jobs: [triggeredNote],
  light: { hosts: 1 },
} as const;
const Noted = z.object({ key: z.string(), n: z.int().optional() });

export const triggered = goal({
  ...shared,
  name: 'light-triggered',
  outcome: 'It is noted when it happens, and each day',
  key: ['key'],
  input: Noted,
  output: z.object({ key: z.string() }),
  on: [
    event('light.happened', { input: { key: 'data.key', n: 'data.n' } }),
    event('light.later', { input: { key: 'data.key' }, delay: '1s' }),
    schedule('0 5 * * *', { input: (at) => ({ key: dateIn(at, 'UTC') }) }),
  ],
  criteria: { noted: ({ key }, input) => key === input.key },
  pursue: ({ key }, { run }) => run(triggeredNote, { key }),
});

export const settled = goal({
  ...shared,
  name: 'light-settled',
  outcome: 'The last of it is noted',
  key: ['key', 'n'],
  input: Noted,
  output: z.object({ key: z.string() }),
  on: [
    event('light.changed', {
      input: { key: 'data.key', n: 'data.n' },
      debounce: { after: '2s', by: 'data.key' },
    }),
  ],
  criteria: { noted: ({ key }, input) => key === input.key },
  pursue: ({ key }, { run }) => run(triggeredNote, { key }),
});

export const collected = goal({
  ...shared,
  name: 'light-collected',
  outcome: 'All of them are noted together',
  key: ['batch'],
  input: z.object({ batch: z.string(), items: z.array(Noted) }),
  output: z.object({ noted: z.int() }),
  on: [event('light.one-of-many', { input: { key: 'data.key' }, batch: { size: 3, after: '60s' } })],
  criteria: { all: ({ noted }, { items }) => noted === items.length },
  async pursue({ items }, { run }) {
    await Promise.all(items.map(({ key }) => run(triggeredNote, { key })));
    return { noted: items.length };
  },
});

export default [triggered, settled, collected];
