// Three goals that one trouble stops: a feed that is down.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const Key = z.object({ key: z.string() });

// Inline, as there are many of them.
const contract = { input: Key, output: Key, timeout: '30s', inline: true, retry: { attempts: 1 } } as const;
export const prepare = job({ ...contract, name: 'recoveries-prepare' });
export const fetchFeed = job({ ...contract, name: 'recoveries-fetch' });

const fed = (name: string) =>
  goal({
    name,
    ...{ outcome: 'The feed is in', owner: 'feeds', team: 'recoveries', input: Key, key: ['key'] },
    output: Key,
    jobs: [prepare, fetchFeed],
    criteria: { in: () => true },
    async pursue({ key }, { run }) {
      await run(prepare, { key });
      return run(fetchFeed, { key });
    },
  });

export const loaded = fed('recoveries-loaded');
export const reported = fed('recoveries-reported');
export const mailed = fed('recoveries-mailed');

export default [loaded, reported, mailed];
