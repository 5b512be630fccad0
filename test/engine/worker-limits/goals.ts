// A goal whose jobs wait for a file, as many at once as they may, and note in another when they begin and end.

import { goal, job, pool } from 'goalkeeper';
import { z } from 'zod';

export const waitFor = job({
  name: 'elastic-wait',
  input: z.object({ file: z.string(), log: z.string(), n: z.int() }),
  output: z.object({ n: z.int() }),
  timeout: '2m',
});

export const waitRated = job({
  name: 'elastic-wait-rated',
  input: waitFor.input,
  output: waitFor.output,
  timeout: '2m',
  pool: pool({ name: 'elastic-rated', perSecond: 100 }),
});

export const waiting = goal({
  name: 'elastic-waiting',
  outcome: 'All have waited',
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  input: z.object({
    ...{ key: z.string(), file: z.string(), log: z.string(), jobs: z.int() },
    rated: z.boolean().default(false),
  }),
  output: z.object({ done: z.int() }),
  criteria: { all: ({ done }, { jobs }) => done === jobs },
  jobs: [waitFor, waitRated],
  async pursue({ file, log, jobs, rated }, { run }) {
    const all = Array.from({ length: jobs }, (_, n) => run(rated ? waitRated : waitFor, { file, log, n }));
    return { done: (await Promise.all(all)).length };
  },
});

export default [waiting];
