// What the tests of the operators' commands pursue.

import { dateIn, event, goal, job, schedule } from 'goalkeeper';
import { z } from 'zod';
import { act } from '../../engine/goals.ts';

const shared = { owner: 'tests', team: 'cli', key: ['key'] };

/** Walks its steps; each is a script of `act`. */
export const walked = goal({
  ...shared,
  name: 'cli-walked',
  outcome: 'Every step was walked',
  input: z.object({
    key: z.string(),
    steps: z.array(z.string()).default(['ok']),
    least: z.int().optional(),
  }),
  output: z.object({ attempts: z.array(z.int()) }),
  jobs: [act],
  criteria: {
    'enough attempts': ({ attempts }, { least = 0 }) =>
      attempts.reduce((sum, one) => sum + one, 0) >= least || 'too few',
  },
  async pursue({ steps }, { run }) {
    const attempts: number[] = [];
    for (const script of steps) attempts.push((await run(act, { script: script.split(',') })).attempt);
    return { attempts };
  },
});

/** Waits for a person. */
export const signed = goal({
  ...shared,
  name: 'cli-signed',
  outcome: 'Somebody has signed it off',
  input: z.object({ key: z.string() }),
  output: z.object({ rate: z.number() }),
  criteria: { 'a rate was given': ({ rate }) => rate > 0 },
  async pursue(_, { approve, ask }) {
    await approve('sign-off', { by: 'finance' });
    return ask('rate', z.object({ rate: z.number() }));
  },
});

/** Of a day: by its schedule, by an event, or by a backfill. */
export const daily = goal({
  ...shared,
  name: 'cli-daily',
  outcome: 'The day is there',
  key: ['day'],
  input: z.object({ day: z.iso.date() }),
  output: z.object({ day: z.string() }),
  criteria: { 'it is the day': ({ day }, input) => day === input.day },
  on: [
    schedule('0 5 1 1 *', { name: 'yearly', input: (at) => ({ day: dateIn(at, 'UTC') }) }),
    event('cli.day-landed', { input: { day: 'data.day' } }),
  ],
  pursue: async ({ day }) => ({ day }),
});

export const build = job({ name: 'cli-build', input: z.object({ name: z.string() }), output: z.object({}) });
export const tearDown = job({
  ...{ name: 'cli-tear-down', input: z.object({ name: z.string() }), output: z.object({}) },
  retry: { attempts: 1 },
});

/** Creates what its teardown cannot take away. */
export const leased = goal({
  ...shared,
  name: 'cli-leased',
  outcome: 'It was built',
  input: z.object({ key: z.string() }),
  output: z.object({}),
  jobs: [build, tearDown],
  criteria: { built: () => true },
  async pursue({ key: name }, { run, cleanup }) {
    await cleanup(tearDown, { name });
    return run(build, { name });
  },
});

export default [walked, signed, daily, leased];
