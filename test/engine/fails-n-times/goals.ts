// Twenty steps in four chains, side by side; each of them fails a few times before it works, and takes its time.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const shared = {
  input: z.object({ fails: z.int() }),
  output: z.object({ attempt: z.int() }),
  timeout: '10s' as const,
  heartbeat: '2s' as const,
};

/** The worker times its retries. */
export const flake = job({ ...shared, name: 'flake', retry: { attempts: 60, delay: '50ms', backoff: 1 } });

/** The server times its retries. */
export const flakeSlowly = job({
  ...shared,
  name: 'flake-slowly',
  retry: { attempts: 60, delay: '1s', backoff: 1 },
});

export const flaky = goal({
  name: 'flaky',
  outcome: 'Twenty steps were walked',
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  input: z.object({ key: z.string(), fails: z.array(z.int()) }),
  output: z.object({ steps: z.int() }),
  criteria: { 'all of them': ({ steps }, { fails }) => steps === fails.length },
  jobs: [flake, flakeSlowly],
  async pursue({ fails }, { run }) {
    let steps = 0;
    const chain = async (from: number): Promise<void> => {
      for (let i = from; i < fails.length; i += 4) {
        await run(i % 5 === 0 ? flakeSlowly : flake, { fails: fails[i] as number });
        steps++;
      }
    };
    await Promise.all([0, 1, 2, 3].map(chain));
    return { steps };
  },
});

export default [flaky];
