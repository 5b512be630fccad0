// A goal that others listen to, and those that do.

import { achieved, failed, goal, late } from 'goalkeeper';
import { z } from 'zod';

const shared = { owner: 'tests', key: ['key'], criteria: { there: () => true } };

export const heard = goal({
  ...shared,
  name: 'outcomes-heard',
  outcome: 'It is there to be heard of',
  team: 'speakers',
  usableBy: ['listeners'],
  expected: '1s',
  input: z.object({ key: z.string(), how: z.enum(['well', 'badly', 'slowly']) }),
  output: z.object({ rows: z.int() }),
  async pursue({ how }, { sleep }) {
    if (how === 'slowly') await sleep('5s');
    if (how === 'badly') throw new Error('it went badly');
    return { rows: 7 };
  },
});

const listening = (name: string, on: Parameters<typeof goal>[0]['on'], team = 'listeners') =>
  goal({
    ...shared,
    ...{ name, team, outcome: 'It has heard', on: on ?? [] },
    input: z.object({ key: z.string(), rows: z.int().optional(), code: z.string().optional() }),
    output: z.object({}),
    pursue: async () => ({}),
  });

export const afterSuccess = listening('outcomes-after-success', [
  achieved(heard, { input: { key: 'input.key', rows: 'output.rows' } }),
]);
export const afterFailure = listening('outcomes-after-failure', [
  failed('outcomes-heard', { input: { key: 'key', code: 'failure.code' } }),
]);
export const whenLate = listening('outcomes-when-late', [late(heard, { input: { key: 'input.key' } })]);
/** What it makes of the outcome does not fit its input. */
export const misfit = listening('outcomes-misfit', [
  achieved(heard, { input: { key: 'input.key', rows: 'input.how' } }),
]);

export default [heard, afterSuccess, afterFailure, whenLate, misfit];
