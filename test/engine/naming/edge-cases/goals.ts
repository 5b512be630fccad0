// Goals that use steps in odd ways: what authors write, and nobody should have to pay for.

import { goal, job, type Pursuit } from 'goalkeeper';
import { z } from 'zod';

const Done = z.object({ attempt: z.int() });
const What = z.object({ what: z.enum(['work', 'fail', 'give-up', 'hang', 'block']), times: z.int() });

/** The worker times its retries. */
export const quick = job({
  name: 'odd-quick',
  input: What,
  output: Done,
  timeout: '20s',
  heartbeat: '2s',
  retry: { attempts: 5, delay: '20ms', backoff: 1 },
});

/** It never stops by itself, and its retries are quick. */
export const restless = job({
  name: 'odd-restless',
  input: What,
  output: Done,
  timeout: '20s',
  heartbeat: '2s',
  retry: { attempts: 100_000, delay: '20ms', backoff: 1 },
});

/** It runs on a worker of its own, so that a test can take that worker away. */
export const remote = job({
  name: 'odd-remote',
  input: What,
  output: Done,
  timeout: '20s',
  heartbeat: '1s',
  queue: 'test-odd-remote',
  retry: { attempts: 5, delay: '30s', backoff: 1 },
});

const shared = {
  outcome: 'It ended all the same',
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  input: z.object({ key: z.string(), what: What.shape.what.optional() }),
  output: z.object({ ended: z.literal(true) }),
  criteria: { ended: () => true },
  jobs: [quick, restless, remote],
};

type Pursue = (pursuit: Pursuit<typeof quick>, what: z.infer<typeof What>['what']) => Promise<unknown>;

const odd = (name: string, pursue: Pursue, deadline?: '4s') =>
  goal({
    ...shared,
    name,
    ...(deadline === undefined ? {} : { deadline }),
    async pursue({ what = 'work' }, pursuit) {
      await pursue(pursuit as unknown as Pursuit<typeof quick>, what);
      return { ended: true };
    },
  });

/** Starts a step that fails, and never looks at it. */
export const careless = odd('odd-careless', async ({ run }) => {
  void run(quick, { what: 'give-up', times: 9 });
  await run(quick, { what: 'work', times: 0 });
  await run(quick, { what: 'fail', times: 2 });
});

/** Catches everything, for ever. */
export const obstinate = odd('odd-obstinate', async ({ run }) => {
  for (;;)
    try {
      return await run(quick, { what: 'hang', times: 99 });
    } catch {}
});

/** One branch gives up while another has steps to come. */
export const hurried = odd('odd-hurried', async ({ run }) => {
  const chain = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) await run(quick, { what: 'work', times: 0 });
  };
  const quitter = run(quick, { what: 'fail', times: 1 }).then(() =>
    run(quick, { what: 'give-up', times: 9 }),
  );
  await Promise.all([chain(), quitter]);
});

export const bounded = odd(
  'odd-bounded',
  async ({ run }, what) =>
    run((what === 'hang' ? quick : remote) as typeof quick, { what: 'hang', times: 99 }),
  '4s',
);

export const single = odd('odd-single', async ({ run }, what) =>
  run((what === 'fail' ? restless : quick) as typeof quick, { what, times: what === 'fail' ? 99_999 : 1 }),
);

export default [careless, obstinate, hurried, bounded, single];
