// Goals whose runs are counted. Each is expected at once, so that what takes any time is late.

import { z } from 'zod';
import { goal, job } from '../../../goals/index.ts';
import { act, actSlowly } from '../goals.ts';

const Script = z.object({ script: z.array(z.string()) });

/** Its calls travel together, or inline. */
export const tick = job({
  name: 'tick',
  quick: true,
  input: z.object({ fails: z.int() }),
  output: z.object({ attempt: z.int() }),
  retry: { attempts: 5, delay: '20ms' },
});

export const measured = goal({
  name: 'measured',
  outcome: 'Everything was counted',
  owner: 'tests',
  team: 'accountants',
  key: ['key'],
  expected: '1ms',
  input: z.object({
    key: z.string(),
    steps: z.array(Script).default([]),
    slow: Script.nullable().default(null),
    ticks: z.array(z.int()).default([]),
    mapped: z.array(z.int()).default([]),
    good: z.boolean().default(true),
  }),
  output: z.object({ good: z.boolean() }),
  jobs: [act, actSlowly, tick],
  criteria: { good: ({ good }) => good },
  async pursue({ steps, slow, ticks, mapped, good }, { run, map }) {
    for (const step of steps) await run(act, step);
    await Promise.all(ticks.map((fails) => run(tick, { fails })));
    if (mapped.length > 0)
      await map(
        mapped.map((fails) => ({ fails })),
        tick,
      );
    if (slow !== null) await run(actSlowly, slow);
    return { good };
  },
});

export default [measured];
