// A goal whose job is an endpoint, and whose contract names a secret.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

export const ask = job({
  name: 'ask',
  input: z.object({ key: z.string() }),
  output: z.object({ rows: z.int() }),
  timeout: '400ms',
  retry: { attempts: 6, delay: '20ms', backoff: 1 },
  secrets: ['ENDPOINT_TOKEN'],
});

const shared = {
  outcome: 'The endpoint has answered',
  team: 'tests',
  owner: 'tests',
  key: ['key'],
  input: ask.input,
  output: ask.output,
  criteria: { 'there are rows': ({ rows }: { rows: number }) => rows > 0 },
};

export const asked = goal({
  ...shared,
  name: 'asked',
  jobs: [ask],
  pursue: (input, { run }) => run(ask, input),
});

/** Has all the time there is. */
export const askPatiently = job({ ...ask.declared, name: 'ask-patiently', timeout: '1h' });

export const askedPatiently = goal({
  ...shared,
  name: 'asked-patiently',
  jobs: [askPatiently],
  pursue: (input, { run }) => run(askPatiently, input),
});

export default [asked, askedPatiently];
