// Goals of which the run itself holds who may approve.

import { goal } from 'goalkeeper';
import { z } from 'zod';

const shared = {
  owner: 'tests',
  team: 'people',
  key: ['key'],
  input: z.object({ key: z.string() }),
  output: z.object({ by: z.string().nullable() }),
  criteria: { decided: () => true },
};

/** Nobody approves what is their own, and it takes two who approve for the team `people`. */
const byTwo = goal({
  ...shared,
  name: 'eyes-by-two',
  outcome: 'Two people have signed it off',
  async pursue(_, { approve }) {
    const { by } = await approve('sign-off', { by: 'people', count: 2 });
    return { by };
  },
});

const byAnyone = goal({
  ...shared,
  name: 'eyes-by-anyone',
  outcome: 'Somebody has signed it off, perhaps who started it',
  async pursue(_, { approve }) {
    const { by } = await approve('sign-off', { self: true });
    return { by };
  },
});

const byName = goal({
  ...shared,
  name: 'eyes-by-name',
  outcome: 'Ada has signed it off, or somebody of finance',
  async pursue(_, { approve }) {
    const { by } = await approve('sign-off', { by: ['finance', 'ada'] });
    return { by };
  },
});

const relying = goal({
  ...shared,
  name: 'eyes-relying',
  outcome: 'What it needs is signed off by two',
  needs: [byTwo],
  pursue: ({ key }, { achieve }) => achieve(byTwo, { key }),
});

/** It is light until it asks. */
const lightByTwo = goal({
  ...shared,
  name: 'eyes-light-by-two',
  light: { hosts: 1 },
  outcome: 'Two people have signed it off',
  async pursue(_, { approve }) {
    const { by } = await approve('sign-off', { by: 'people', count: 2 });
    return { by };
  },
});

const relyingOnLight = goal({
  ...shared,
  name: 'eyes-relying-on-light',
  outcome: 'What it needs is signed off by two',
  needs: [lightByTwo],
  pursue: ({ key }, { achieve }) => achieve(lightByTwo, { key }),
});

export default [byTwo, byAnyone, byName, relying, lightByTwo, relyingOnLight];
