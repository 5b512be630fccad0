// As the goals were when these histories were recorded. They are not to be changed.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

/** What each attempt does: `ok`, `fail`, `permanent`, or `wait:<ms>`. */
const Script = z.object({ script: z.array(z.string()).default([]) });
const contract = {
  input: Script,
  output: z.object({ attempt: z.int() }),
  timeout: '30s',
  retry: { attempts: 3, delay: '10ms', backoff: 1, jitter: 0 },
} as const;

export const note = job({ ...contract, name: 'recorded-note', quick: true });
export const jot = job({ ...contract, name: 'recorded-jot', inline: true });

export const recorded = goal({
  name: 'recorded-light',
  outcome: 'It is noted',
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  light: { hosts: 1 },
  jobs: [note, jot],
  input: z.object({
    key: z.string(),
    steps: z.array(Script.extend({ job: z.enum(['recorded-note', 'recorded-jot']) })),
    isWell: z.boolean().default(true),
  }),
  output: z.object({ attempts: z.array(z.int()) }),
  deadline: '1m',
  criteria: { 'it was well': (_, { isWell }) => isWell || 'it was not' },
  async pursue({ steps }, { run }) {
    const attempts: number[] = [];
    for (const { job, script } of steps)
      attempts.push((await run(job === 'recorded-jot' ? jot : note, { script })).attempt);
    return { attempts };
  },
});

export default [recorded];
