// As they were when their histories were recorded.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const Script = z.object({ script: z.array(z.string()) });
const Done = z.object({ attempt: z.int() });

export const act = job({
  name: 'act',
  input: Script,
  output: Done,
  retry: { attempts: 20, delay: '1100ms', backoff: 1, jitter: 0 },
  persists: { attempts: 2 },
});

const done = {
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  input: z.object({ key: z.string(), steps: z.array(Script) }),
  output: z.object({ attempts: z.array(z.int()) }),
  criteria: { done: () => true },
  jobs: [act],
};

/** Three seconds of errors put it at risk. */
export const cut = goal({
  ...done,
  name: 'cut',
  outcome: 'It was done, though little time was left',
  deadline: '1h',
  usual: '3597s',
  async pursue({ steps }, { run }) {
    const attempts: number[] = [];
    for (const step of steps) attempts.push((await run(act, step)).attempt);
    return { attempts };
  },
});

export const awaited = goal({
  ...done,
  name: 'awaited',
  outcome: 'It was done, in time or not',
  expected: '2s',
  async pursue({ steps }, { run }) {
    const attempts: number[] = [];
    for (const step of steps) attempts.push((await run(act, step)).attempt);
    return { attempts };
  },
});

export default [cut, awaited];
