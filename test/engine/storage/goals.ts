// Goals whose inputs and results are large.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const Text = z.object({ text: z.string() });

/** Makes a text of so many bytes, after it has failed so many times. */
export const makeText = job({
  name: 'large-make',
  input: z.object({ key: z.string(), bytes: z.int(), fails: z.int() }),
  output: Text,
  timeout: '30s',
  retry: { attempts: 6, delay: '50ms', backoff: 1 },
});

export const measureText = job({
  name: 'large-measure',
  input: Text,
  output: z.object({ bytes: z.int() }),
  timeout: '30s',
});

export const REMOTE_QUEUE = 'test-large-remote';

/** Of a worker that a test brings itself. */
export const remote = job({
  name: 'large-remote',
  input: Text,
  output: z.object({ bytes: z.int() }),
  queue: REMOTE_QUEUE,
});

/** Fails for good as long as there is no such file. */
export const pass = job({
  name: 'large-pass',
  input: z.object({ file: z.string() }),
  output: z.object({ passed: z.literal(true) }),
});

const shared = {
  outcome: 'A large text is made and measured',
  owner: 'tests',
  team: 'tests',
  key: ['key'],
};

const Input = z.object({
  key: z.string(),
  bytes: z.int(),
  fails: z.int().optional(),
  file: z.string().optional(),
  padding: z.string().optional(),
  rests: z.boolean().optional(),
});

export const large = goal({
  ...shared,
  name: 'large-text',
  input: Input,
  output: Text.extend({ bytes: z.int() }),
  criteria: { 'as long as asked': ({ bytes }, asked) => bytes === asked.bytes },
  jobs: [makeText, measureText, pass],
  async pursue({ key, bytes, fails = 0, file, rests }, { run, sleep }) {
    const { text } = await run(makeText, { key, bytes, fails });
    const measured = await run(measureText, { text });
    if (rests) await sleep('1s');
    if (file !== undefined) await run(pass, { file });
    return { text, bytes: measured.bytes };
  },
});

/** Needs it twice, which is one run: begun by the first, and joined by the second. */
export const needy = goal({
  ...shared,
  name: 'large-needy',
  input: Input,
  output: z.object({ bytes: z.array(z.int()) }),
  criteria: { both: ({ bytes }) => bytes.length === 2 },
  needs: [large],
  async pursue(input, { achieve }) {
    const both = [await achieve(large, input), await achieve(large, input)];
    return { bytes: both.map(({ text }) => text.length) };
  },
});

export const distant = goal({
  ...shared,
  name: 'large-distant',
  input: Input,
  output: z.object({ bytes: z.int() }),
  criteria: { 'as long as asked': ({ bytes }, asked) => bytes === asked.bytes },
  jobs: [remote],
  pursue: ({ bytes }, { run }) => run(remote, { text: '.'.repeat(bytes) }),
});

export default [large, needy, distant];
