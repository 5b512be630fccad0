// The goal whose history is recorded beside. Frozen: what is recorded is replayed with it.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

export const check = job({
  name: 'check',
  input: z.object({ code: z.string() }),
  output: z.object({ code: z.string() }),
  quick: true,
  retry: { attempts: 1 },
});

/** Several of its items fail in one answer. */
export const checked = goal({
  name: 'checked',
  outcome: 'Each code is checked',
  owner: 'tests',
  team: 'tests',
  input: z.object({ key: z.string(), codes: z.array(z.string()) }),
  output: z.unknown(),
  key: ['key'],
  jobs: [check],
  criteria: { done: () => true },
  pursue: ({ codes }, { map }) =>
    map(
      codes.map((code) => ({ code })),
      check,
      { tolerate: { count: 1 } },
    ),
});

export default [checked];
