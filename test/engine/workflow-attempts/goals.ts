// Goals whose jobs are activities of a worker in Python.

import { goal, type Job, job, StepFailed } from 'goalkeeper';
import { z } from 'zod';

const Script = z.object({ script: z.array(z.string()) });
const Done = z.object({
  attempt: z.int(),
  key: z.string().optional(),
  place: z.tuple([z.string(), z.int()]).optional(),
});
const shape = { input: Script, output: Done };
const HELPED = 'test-python';
const PLAIN = 'test-python-plain';
const quickly = { delay: '20ms', backoff: 1 } as const;

/** With the helper: it is heartbeated by itself. */
export const act = job({
  name: 'py-act',
  ...shape,
  queue: HELPED,
  timeout: '20s',
  heartbeat: '1s',
  retry: { ...quickly, attempts: 4 },
});
export const blocking = job({
  ...shape,
  name: 'py-blocking',
  queue: HELPED,
  retry: { ...quickly, attempts: 2 },
});
/** Without, and without heartbeats. */
export const plain = job({
  ...shape,
  name: 'py-plain',
  queue: PLAIN,
  timeout: '2s',
  retry: { ...quickly, attempts: 3, permanent: ['PermissionError', 'ValueTooLarge'] },
});
/** Its next attempt is an hour away. */
export const rarely = job({
  ...shape,
  name: 'py-rarely',
  queue: PLAIN,
  retry: { attempts: 9, delay: '1h', maxDelay: '2h' },
});
/** It struggles by the number of its attempts. */
export const stubborn = job({
  ...shape,
  name: 'py-stubborn',
  queue: PLAIN,
  retry: { attempts: 900, delay: '300ms', backoff: 1 },
  persists: { attempts: 2 },
});
/** It struggles by the time that its errors last. */
export const lasting = job({
  ...shape,
  name: 'py-quick',
  queue: PLAIN,
  timeout: '20s',
  retry: { ...quickly, attempts: 900 },
  persists: { after: '1s' },
});
export const lookAlike = job({
  name: 'py-look-alike',
  input: Script,
  output: z.object({ output: z.string() }),
  queue: PLAIN,
});
export const nothing = job({ name: 'py-nothing', input: Script, output: z.null(), queue: PLAIN });
export const unreadable = job({ ...shape, name: 'py-unreadable', queue: PLAIN, retry: { attempts: 1 } });
/** Bound by a goalkeeper worker of another team. */
export const ours = job({
  name: 'ts-ours',
  input: Script,
  output: z.object({ output: z.string() }),
  queue: 'test-typescript',
  timeout: '3s',
  heartbeat: '2s',
  retry: { ...quickly, attempts: 4 },
});

const jobs: Job[] = [act, blocking, plain, rarely, stubborn, lasting, lookAlike, nothing, unreadable, ours];
const shared = {
  outcome: 'Every step was walked',
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  jobs,
  input: z.object({
    key: z.string(),
    steps: z.array(Script.extend({ job: z.string() })),
    tolerant: z.boolean().optional(),
  }),
  output: z.object({ outputs: z.array(z.unknown()) }),
  criteria: { 'every step ended': () => true },
};

const walk = (name: string, deadline?: '3s') =>
  goal({
    ...shared,
    name,
    ...(deadline === undefined ? {} : { deadline }),
    async pursue({ steps, tolerant = false }, { run }) {
      const outputs: unknown[] = [];
      for (const { job: name, script } of steps)
        try {
          outputs.push(await run(jobs.find((job) => job.name === name) as Job, { script }));
        } catch (error) {
          if (!(tolerant && error instanceof StepFailed)) throw error;
          outputs.push(error.code);
        }
      return { outputs };
    },
  });

export const walked = walk('py-walked');
export const walkedInTime = walk('py-walked-in-time', '3s');

export default [walked, walkedInTime];
