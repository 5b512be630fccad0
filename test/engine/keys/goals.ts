// Goals about a file: the world that they change, and look at.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const File = z.object({ path: z.string() });
const Lines = z.object({ lines: z.int() });

/** Adds a line. */
export const append = job({ name: 'keys-append', input: File, output: Lines });
/** Tells how many lines there are; null when there is no such file. */
export const count = job({ name: 'keys-count', input: File, output: Lines.nullable() });
/** Waits until there is such a file. */
export const wait = job({
  name: 'keys-await',
  input: File,
  output: Lines,
  retry: { attempts: 10_000, delay: '100ms', backoff: 1 },
  persists: { attempts: 10_000 },
});

const shared = {
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  input: z.object({ key: z.string(), path: z.string() }),
  output: Lines,
};

export const looked = goal({
  ...shared,
  name: 'keys-looked',
  outcome: 'The file has two lines',
  jobs: [append],
  already: { job: count, input: ({ path }) => ({ path }) },
  criteria: { 'there are two lines': ({ lines }) => lines >= 2 || `there are ${lines}` },
  async pursue({ path }, { run }) {
    await run(append, { path });
    return run(append, { path });
  },
});

export const refreshed = goal({
  ...shared,
  name: 'keys-refreshed',
  outcome: 'The file has a line of the last seconds',
  fresh: '3s',
  priority: 2,
  fairness: { path: 'key' },
  jobs: [append],
  criteria: { 'there is a line': ({ lines }) => lines > 0 },
  pursue: ({ path }, { run }) => run(append, { path }),
});

export const needy = goal({
  ...shared,
  name: 'keys-needy',
  outcome: 'What it needs is fresh',
  priority: 5,
  key: ['path'],
  needs: [refreshed],
  criteria: { 'there is a line': ({ lines }) => lines > 0 },
  pursue: ({ key, path }, { achieve }) => achieve(refreshed, { key, path: path.replace(/#.*/, '') }),
});

export const stepwise = goal({
  ...shared,
  name: 'keys-stepwise',
  outcome: 'The gate was passed and a line was added',
  input: shared.input.extend({ gate: z.string() }),
  jobs: [wait, append],
  criteria: { 'there is a line': ({ lines }) => lines > 0 },
  async pursue({ path, gate }, { run }) {
    await run(wait, { path: gate });
    return run(append, { path });
  },
});

export default [looked, refreshed, needy, stepwise];
