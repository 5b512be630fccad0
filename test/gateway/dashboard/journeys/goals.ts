// Goals that people have to do with: one that fails until somebody mends something, one that heals, one that asks.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const rows = z.object({ rows: z.int() });
const shared = { owner: 'tests', team: 'journeys', key: ['key'], criteria: { 'rows arrived': () => true } };

export const countLanding = job({ name: 'count-landing', input: z.object({}), output: rows });
export const importFares = job({ name: 'import-fares', input: z.object({ key: z.string() }), output: rows });
export const dropScratch = job({
  name: 'drop-scratch',
  input: z.object({ key: z.string() }),
  output: z.null(),
});
export const countDay = job({
  name: 'count-day',
  input: z.object({ day: z.int() }),
  output: rows,
  quick: true,
  retry: { attempts: 3, delay: '10ms' },
});
export const askUpstream = job({
  name: 'ask-upstream',
  input: z.object({ key: z.string() }),
  output: rows,
  retry: { attempts: 500, delay: '500ms', backoff: 1 },
});

const imported = goal({
  ...shared,
  name: 'journey-fares',
  outcome: 'All fares of the landing zone are in the warehouse',
  input: z.object({ key: z.string() }),
  output: rows,
  jobs: [countLanding, importFares],
  async pursue({ key }, { run }) {
    await run(countLanding, {});
    return run(importFares, { key });
  },
});

const healed = goal({
  ...shared,
  name: 'journey-upstream',
  outcome: 'What upstream has is here',
  input: z.object({ key: z.string() }),
  output: rows,
  jobs: [askUpstream],
  pursue: ({ key }, { run }) => run(askUpstream, { key }),
});

const released = goal({
  ...shared,
  name: 'journey-released',
  outcome: 'The figures are released by somebody of the treasury',
  input: z.object({ key: z.string() }),
  output: z.object({ by: z.string().nullable() }),
  async pursue(_, { approve }) {
    const { by } = await approve('release', { by: ['tess'], show: { total: 12.5, currency: 'EUR' } });
    return { by };
  },
});

const scratched = goal({
  ...shared,
  name: 'journey-scratch',
  outcome: 'The report was made on a scratch schema that is gone',
  input: z.object({ key: z.string() }),
  output: rows,
  jobs: [countLanding, dropScratch],
  async pursue({ key }, { run, cleanup }) {
    await cleanup(dropScratch, { key }, { name: `scratch-${key}`, ttl: '1h' });
    return run(countLanding, {});
  },
});

const counted = goal({
  ...shared,
  name: 'journey-counted',
  outcome: "The day's orders are counted",
  input: z.object({
    key: z.string().min(3),
    atLeast: z.int().min(1),
    currency: z.enum(['EUR', 'USD']),
    filter: z.object({ region: z.string() }).optional(),
  }),
  output: rows,
  jobs: [countLanding],
  pursue: (_, { run }) => run(countLanding, {}),
});

const days = goal({
  ...shared,
  name: 'journey-days',
  outcome: 'Each day of five years is counted',
  input: z.object({ key: z.string(), days: z.int() }),
  output: rows,
  jobs: [countDay],
  async pursue(input, { run }) {
    const all = Array.from({ length: input.days }, (_, i) => run(countDay, { day: i + 1 }));
    // The others end before one that fails ends the run.
    await Promise.allSettled(all);
    await Promise.all(all);
    return { rows: all.length };
  },
});

export default [imported, healed, released, scratched, counted, days];
