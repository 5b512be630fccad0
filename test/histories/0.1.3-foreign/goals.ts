// The goals whose histories are recorded beside: their job is another worker's. Frozen: what is recorded is replayed with them.

import { goal, job, StepFailed } from 'goalkeeper';
import { z } from 'zod';

const Script = z.object({ script: z.array(z.string()) });
const shape = { input: Script, output: z.object({ attempt: z.int() }), queue: 'test-recorded-elsewhere' };

export const act = job({
  ...shape,
  name: 'act',
  timeout: '1s',
  heartbeat: '900ms',
  retry: { attempts: 4, delay: '20ms', backoff: 1, permanent: ['Refused'] },
});
export const actRarely = job({
  ...shape,
  name: 'act-rarely',
  retry: { attempts: 4, delay: '1h', maxDelay: '2h' },
});
export const actSteadily = job({
  ...shape,
  name: 'act-steadily',
  timeout: '20s',
  retry: { attempts: 9, delay: '100ms', backoff: 1 },
  persists: { attempts: 2, after: '300ms' },
});

const jobs = { act, 'act-rarely': actRarely, 'act-steadily': actSteadily };

const walk = (name: string, deadline?: '3s') =>
  goal({
    name,
    outcome: 'Every step was walked',
    owner: 'tests',
    team: 'tests',
    key: ['key'],
    jobs: [act, actRarely, actSteadily],
    input: z.object({
      key: z.string(),
      steps: z.array(Script.extend({ job: z.enum(['act', 'act-rarely', 'act-steadily']) })),
      how: z.enum(['parallel', 'tolerant']).optional(),
    }),
    output: z.object({ outputs: z.array(z.unknown()) }),
    criteria: { 'every step ended': () => true },
    ...(deadline === undefined ? {} : { deadline }),
    async pursue({ steps, how }, { run }) {
      const outputs: unknown[] = [];
      if (how === 'parallel')
        return { outputs: await Promise.all(steps.map(({ job, script }) => run(jobs[job], { script }))) };
      for (const { job, script } of steps)
        try {
          outputs.push(await run(jobs[job], { script }));
        } catch (error) {
          if (how !== 'tolerant' || !(error instanceof StepFailed)) throw error;
          outputs.push(error.code);
        }
      return { outputs };
    },
  });

export const walked = walk('foreign-walked');
export const walkedInTime = walk('foreign-in-time', '3s');

export default [walked, walkedInTime];
