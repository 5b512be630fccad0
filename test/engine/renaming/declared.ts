// One team's goals before one of them is renamed, and after.

import { type Goal, goal, job, schedule } from 'goalkeeper';
import { z } from 'zod';

const Input = z.object({ key: z.string(), gate: z.string().nullable() });

/** Waits until the test opens it; one that is closed for good fails. */
export const gate = job({
  name: 'renaming-gate',
  input: z.object({ gate: z.string().nullable() }),
  output: z.object({ passed: z.boolean() }),
  timeout: '10s',
  retry: { attempts: 1_000, delay: '100ms', backoff: 1 },
});

const shared = { owner: 'tests', team: 'tests', key: ['key'], input: Input, criteria: { done: () => true } };

/** The goal, and one that needs it and has a second step after. */
export function declared(name: string, formerly: readonly string[]): Goal[] {
  const renamed = goal({
    ...shared,
    ...{ name, formerly, outcome: 'The orders of the day are there', usableBy: 'all' as const },
    output: z.object({ passed: z.boolean() }),
    jobs: [gate],
    standing: { fresh: '1d', input: { key: 'standing', gate: null } },
    on: [
      schedule('0 5 1 1 *', {
        name: 'yearly',
        input: (at) => ({ key: `at-${at.getUTCFullYear()}`, gate: 'scheduled' }),
      }),
    ],
    pursue: (input, { run }) => run(gate, { gate: input.gate }),
  });
  const needing = goal({
    ...shared,
    ...{ name: 'renaming-report', outcome: 'The report of the day is there' },
    output: z.object({ both: z.boolean() }),
    jobs: [gate],
    needs: [renamed],
    async pursue({ key, ...input }, { run, achieve }) {
      const { passed } = await achieve(renamed, { key: `${key}-needed`, gate: null });
      await run(gate, { gate: input.gate });
      const later = await achieve(renamed, { key: `${key}-later`, gate: null });
      return { both: passed && later.passed };
    },
  });
  return [renamed, needing];
}
