// As they were when their histories were recorded.

import { goal, job, StepFailed } from 'goalkeeper';
import { z } from 'zod';

export const act = job({
  name: 'act',
  input: z.object({ gate: z.string() }),
  output: z.object({ done: z.boolean() }),
  retry: { attempts: 1 },
});

const shared = {
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  jobs: [act],
  criteria: { decided: () => true },
};

export const signed = goal({
  ...shared,
  name: 'signed',
  outcome: 'Somebody has signed it off, and it was done',
  input: z.object({
    key: z.string(),
    gate: z.string(),
    expires: z.object({ after: z.number(), consequence: z.enum(['reject', 'approve']) }).optional(),
  }),
  output: z.object({ by: z.string().nullable(), code: z.string() }),
  async pursue({ gate, expires }, { approve, run }) {
    await run(act, { gate: 'open' });
    try {
      const { by } = await approve('sign-off', {
        by: 'finance',
        show: { total: 12.5, note: 'password=hunter2' },
        ...(expires === undefined ? {} : { expires }),
      });
      await run(act, { gate });
      return { by, code: 'done' };
    } catch (error) {
      if (!(error instanceof StepFailed) || error.code !== 'rejected') throw error;
      return { by: null, code: error.code };
    }
  },
});

/** Both are asked at once. */
export const told = goal({
  ...shared,
  name: 'told',
  outcome: 'Somebody has said how many rows there are, and another has signed it off',
  input: z.object({ key: z.string(), gate: z.string() }),
  output: z.object({ rows: z.int(), by: z.string().nullable() }),
  async pursue({ gate }, { approve, ask, run }) {
    const [{ rows }, { by }] = await Promise.all([
      ask('figures', z.object({ rows: z.int().positive() }), { show: 'How many rows?' }),
      approve('sign-off'),
    ]);
    await run(act, { gate });
    return { rows, by };
  },
});

export default [signed, told];
