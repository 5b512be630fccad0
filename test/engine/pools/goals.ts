// Goals of three names whose jobs share pools, one pool for each test.

import { goal, type Job, job, pool } from 'goalkeeper';
import { z } from 'zod';

const Act = z.object({ script: z.array(z.string()) });

/** Task queue of another worker. */
export const ELSEWHERE = 'test-pools-elsewhere';

const act = (name: string, limits: { atOnce?: number; perSecond?: number }, queue?: string) =>
  job({
    name: `act-${name}`,
    input: Act,
    output: z.object({ attempt: z.int() }),
    pool: pool({ name: `test-${name}`, ...limits }),
    ...(queue === undefined ? {} : { queue }),
    timeout: '30s',
    heartbeat: '1s',
    retry: { attempts: 4, delay: '2s', backoff: 1, jitter: 0 },
    persists: { after: '4s' },
  });

export const poolJobs: Job[] = [
  act('two', { atOnce: 2 }),
  act('rated', { perSecond: 4 }),
  act('cancelled', { atOnce: 1 }),
  act('failing', { atOnce: 1 }),
  act('patient', { atOnce: 1 }),
  act('terminated', { atOnce: 1 }),
  act('turned', { atOnce: 1 }),
  act('elsewhere', { atOnce: 1 }, ELSEWHERE),
  act('renewed', { atOnce: 1 }),
  act('killed', { atOnce: 1, perSecond: 100 }),
];

const walk = (name: string, deadline?: '3s') =>
  goal({
    name,
    ...(deadline === undefined ? {} : { deadline }),
    outcome: 'Every step was walked',
    owner: 'tests',
    team: 'tests',
    key: ['key'],
    jobs: poolJobs,
    input: z.object({ key: z.string(), acts: z.array(Act.extend({ job: z.string() })) }),
    output: z.object({ count: z.int() }),
    criteria: { 'every step ended': () => true },
    async pursue({ acts }, { run }) {
      const walked = acts.map(({ job: name, script }) =>
        run(poolJobs.find((one) => one.name === name) as Job, { script }),
      );
      return { count: (await Promise.all(walked)).length };
    },
  });

export const alpha = walk('pool-alpha');
export const beta = walk('pool-beta');
export const gamma = walk('pool-gamma');

export const hurried = walk('pool-hurried', '3s');

export default [alpha, beta, gamma, hurried];
