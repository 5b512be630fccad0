// Outcomes that shall hold at all times, and what they rest on: a source, which one of them needs, and a dataset, which another keeps fresh.

import { dataset, goal, job } from 'goalkeeper';
import { z } from 'zod';

export const made = job({
  name: 'wrong-make',
  input: z.object({ label: z.string() }),
  output: z.object({ value: z.string() }),
  retry: { attempts: 1 },
});

export const quick = job({
  name: 'wrong-quick',
  quick: true,
  input: z.object({ label: z.string() }),
  output: z.object({ value: z.string() }),
  timeout: '30s',
  retry: { attempts: 1 },
});

const region = z.object({ region: z.string() });
const shared = {
  ...{ team: 'standers', input: region, key: ['region'], output: z.object({ value: z.string() }) },
  ...{ jobs: [made], criteria: { held: () => true } },
} as const;
/** On a busy machine it takes its time until each is achieved at first: before the lead is over, none of them is stale. */
const standing = { fresh: '5m', lead: '2m', input: { region: 'eu' } } as const;

export const source = goal({
  ...shared,
  name: 'wrong-source',
  outcome: 'The source is read',
  owner: 'readers',
  pursue: async (_, { run }) => run(made, { label: 'source' }),
});

/** It rests on the source. */
export const upper = goal({
  ...shared,
  name: 'wrong-upper',
  outcome: 'What rests on the source is there',
  owner: 'uppers',
  needs: [source],
  standing,
  async pursue({ region }, { run, achieve }) {
    await achieve(source, { region });
    return run(made, { label: 'upper' });
  },
});

/** It rests on nothing. */
export const lower = goal({
  ...shared,
  name: 'wrong-lower',
  outcome: 'It is there by itself',
  owner: 'lowers',
  standing,
  pursue: async (_, { run }) => run(made, { label: 'lower' }),
});

/** Its runs share a host. */
export const light = goal({
  ...shared,
  jobs: [quick],
  name: 'wrong-light',
  outcome: 'It is there in a moment',
  owner: 'lighters',
  light: { hosts: 1 },
  standing,
  pursue: async (_, { run }) => run(quick, { label: 'light' }),
});

export const rates = dataset({
  ...{ name: 'wrong-rates', team: 'standers', partition: ['region'], description: 'Rates of a region' },
});

export const filled = goal({
  ...shared,
  name: 'wrong-filled',
  outcome: 'The rates are there',
  owner: 'fillers',
  produces: [rates],
  async pursue({ region }, { run, produce }) {
    const { value } = await run(made, { label: 'rates' });
    await produce(rates, { partition: { region } });
    return { value };
  },
});

/** The rates shall be fresh, whoever produced them. */
export const renewed = goal({
  ...shared,
  name: 'wrong-renewed',
  outcome: 'The rates are fresh',
  owner: 'renewers',
  produces: [rates],
  standing: { ...standing, dataset: rates },
  async pursue({ region }, { run, produce }) {
    const { value } = await run(made, { label: 'rates' });
    await produce(rates, { partition: { region } });
    return { value };
  },
});

export default [source, upper, lower, light, filled, renewed];
