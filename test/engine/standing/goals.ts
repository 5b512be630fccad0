// Goals whose outcomes shall hold at all times, for as short as a test is.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

export const renew = job({
  name: 'standing-renew',
  input: z.object({}),
  output: z.object({ renewed: z.literal(true) }),
  retry: { attempts: 1 },
});

const shared = {
  ...{ owner: 'keepers', team: 'keepers', output: z.object({}), criteria: { held: () => true } },
  jobs: [renew],
};

export const held = goal({
  ...shared,
  name: 'standing-held',
  outcome: 'It is no older than ten seconds',
  input: z.object({ region: z.string() }),
  key: ['region'],
  standing: { fresh: '10s', lead: '5s', input: { region: 'eu' } },
  async pursue(_, { run }) {
    await run(renew, {});
    return {};
  },
});

/** Its key changes with the time. */
export const current = goal({
  ...shared,
  name: 'standing-current',
  outcome: 'The present slot is there',
  input: z.object({ slot: z.string() }),
  key: ['slot'],
  standing: { fresh: '12s', lead: '6s', input: (at) => ({ slot: String(Math.floor(at.getTime() / 4000)) }) },
  async pursue(_, { run }) {
    await run(renew, {});
    return {};
  },
});

/** Nobody pursues it: it is only noticed that nothing ran. */
export const watched = goal({
  ...shared,
  name: 'standing-watched',
  outcome: 'Whoever should renew it did',
  input: z.object({ region: z.string() }),
  key: ['region'],
  heals: 'any',
  standing: { fresh: '10s', pursue: false, input: { region: 'eu' } },
  async pursue(_, { run }) {
    await run(renew, {});
    return {};
  },
});

export default [held, current, watched];
