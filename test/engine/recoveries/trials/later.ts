// The same goal, and its code has changed.

import { goal } from 'goalkeeper';
import { filed, Key, pull, readers } from './goals.ts';

export const pulled = goal({
  ...{ name: 'trials-pulled', outcome: 'The feed is in', owner: 'feeds', team: 'trials' },
  ...{ input: Key, output: Key, key: ['key'] },
  jobs: [pull],
  criteria: { in: () => true },
  async pursue({ key }, { run }) {
    const got = await run(pull, { key });
    return { key: got.key };
  },
});

export default [pulled, filed, readers];
