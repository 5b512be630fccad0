// A feed that is down in several ways: a job with retries, whose errors persist soon.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

export const Key = z.object({ key: z.string() });

export const pull = job({
  ...{ name: 'trials-pull', input: Key, output: Key, timeout: '5m' },
  retry: { attempts: 1_000, delay: '200ms', backoff: 1 },
  persists: { attempts: 2 },
});

export const pulled = goal({
  ...{ name: 'trials-pulled', outcome: 'The feed is in', owner: 'feeds', team: 'trials' },
  ...{ input: Key, output: Key, key: ['key'] },
  jobs: [pull],
  criteria: { in: () => true },
  pursue: async ({ key }, { run }) => run(pull, { key }),
});

/** The same, and another goal that stands on it; nothing is wrong with either. */
export const filed = goal({
  ...{ name: 'trials-filed', outcome: 'The file is in', owner: 'filers', team: 'trials' },
  ...{ input: Key, output: Key, key: ['key'] },
  jobs: [pull],
  criteria: { in: () => true },
  pursue: async ({ key }, { run }) => run(pull, { key }),
});

export const readers = goal({
  ...{ name: 'trials-read', outcome: 'The file is read', owner: 'readers', team: 'trials' },
  ...{ input: Key, output: Key, key: ['key'] },
  needs: [filed],
  criteria: { read: () => true },
  pursue: async ({ key }, { achieve }) => achieve(filed, { key: key.slice(0, key.lastIndexOf('-')) }),
});

export default [pulled, filed, readers];
