// Goals that fail without an error of an attempt: by a criterion, a deadline, a decision, an input.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const Key = z.object({ key: z.string() });
export const Counted = z.object({ key: z.string(), missing: z.number() });

export const countRows = job({
  ...{ name: 'troubles-count', input: Counted, output: Counted, timeout: '1m' },
  retry: { attempts: 5, delay: '20ms', backoff: 1 },
});

const shared = { owner: 'ada', team: 'troubles', key: ['key'] };

export const counted = goal({
  ...{ ...shared, name: 'troubles-counted', outcome: 'All rows have arrived' },
  ...{ input: Counted, output: Counted, usableBy: ['boards'] },
  jobs: [countRows],
  criteria: {
    'all rows': ({ missing }) => missing === 0 || `${missing} rows of the troubled shop are missing`,
  },
  pursue: async (input, { run }) => run(countRows, input),
});

export const boarded = goal({
  ...{ ...shared, name: 'troubles-boarded', outcome: 'The board sees all rows', team: 'boards' },
  ...{ input: Counted, output: Key },
  needs: [counted],
  criteria: { seen: () => true },
  async pursue(input, { achieve }) {
    const { key } = await achieve(counted, input);
    return { key };
  },
});

export const hurried = goal({
  ...{ ...shared, name: 'troubles-hurried', outcome: 'It is done at once', deadline: '1s' },
  ...{ input: Key, output: Key },
  criteria: { done: () => true },
  async pursue({ key }, { sleep }) {
    await sleep('1h');
    return { key };
  },
});

export const signed = goal({
  ...{ ...shared, name: 'troubles-signed', outcome: 'Somebody has signed it off' },
  ...{ input: Key, output: Key },
  criteria: { signed: () => true },
  async pursue({ key }, { approve }) {
    await approve('sign-off');
    return { key };
  },
});

export default [counted, boarded, hurried, signed];
