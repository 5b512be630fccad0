// Goals whose jobs fail very often, or with what nobody should see.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const shared = {
  owner: 'tests',
  team: 'tests',
  input: z.object({ key: z.string() }),
  output: z.object({ attempt: z.int() }),
};

export const failOften = job({
  name: 'fail-often',
  input: z.object({ times: z.int() }),
  output: z.object({ attempt: z.int() }),
  timeout: '1s',
  retry: { attempts: 20_000, delay: 0, backoff: 1, jitter: 0 },
});

export const failWith = job({
  name: 'fail-with',
  input: z.object({ what: z.string(), times: z.int() }),
  output: z.object({ attempt: z.int() }),
  timeout: '5s',
  retry: { attempts: 3, delay: '1s', backoff: 1, jitter: 0 },
});

export const patient = goal({
  ...shared,
  name: 'patient',
  outcome: 'It worked in the end',
  input: z.object({ key: z.string(), times: z.int() }),
  key: ['key'],
  criteria: { worked: () => true },
  jobs: [failOften],
  pursue: ({ times }, { run }) => run(failOften, { times }),
});

/** Its steps fail with what is asked for; then `pursue` itself throws, or a criterion tells. */
export const indiscreet = goal({
  ...shared,
  name: 'indiscreet',
  outcome: 'Nothing was given away',
  input: z.object({
    key: z.string(),
    what: z.array(z.string()),
    times: z.int(),
    afterwards: z.string().optional(),
    found: z.string().optional(),
  }),
  output: z.object({ attempt: z.int(), found: z.string().optional() }),
  key: ['key'],
  criteria: { discreet: ({ found }) => found ?? true },
  jobs: [failWith],
  async pursue({ what, times, afterwards, found }, { run }) {
    let attempt = 0;
    for (const one of what) attempt = (await run(failWith, { what: one, times })).attempt;
    if (afterwards !== undefined) throw new Error(reversed(afterwards));
    return { attempt, ...(found === undefined ? {} : { found: reversed(found) }) };
  },
});

/** Inputs are kept as they are: so what is to be hidden must not be in them as it is. */
export const reversed = (text: string): string => [...text].reverse().join('');

export default [patient, indiscreet];
