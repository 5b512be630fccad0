// A goal of very many runs, each of which has one quick step.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

export const manyNote = job({
  name: 'light-many-note',
  quick: true,
  input: z.object({ n: z.int() }),
  output: z.object({ n: z.int() }),
});

const shared = {
  owner: 'tests',
  team: 'light-many',
  key: ['n'] as ['n'],
  jobs: [manyNote],
  input: z.object({ n: z.int() }),
  output: z.object({ n: z.int() }),
  criteria: { 'it is its own': ({ n }: { n: number }, given: { n: number }) => n === given.n },
};

export const many = goal({
  ...shared,
  name: 'light-many',
  outcome: 'It is noted, among very many',
  light: { hosts: 2 },
  pursue: ({ n }, { run }) => run(manyNote, { n }),
});

/** Beside it, asked for now and then. */
export const steady = goal({
  ...shared,
  name: 'light-steady',
  outcome: 'It is noted, beside a flood',
  light: { hosts: 2 },
  pursue: ({ n }, { run }) => run(manyNote, { n }),
});

export default [many, steady];
