import { expect, test } from 'vitest';
import { z } from 'zod';
import { goal, schedule } from '../../../goals/index.ts';
import { scheduledInput } from '../../../workflows/triggers/scheduled-input.ts';

const AT = new Date('2026-11-20T05:00:00Z');

function made(give: () => unknown, input: z.ZodType = z.object({ day: z.any() })) {
  const nightly = schedule('0 5 * * *', { name: 'nightly', input: give });
  const loaded = goal({
    ...{ name: 'loaded', outcome: 'It is', owner: 'us', team: 'us', key: [], on: [nightly], input },
    output: z.any(),
    criteria: { loaded: () => true },
    pursue: async () => 1,
  });
  return scheduledInput(loaded, nightly, AT);
}

test('what a schedule gives is the input of its run', () => {
  expect(made(() => ({ day: '2026-11-19' }))).toEqual({ input: { day: '2026-11-19' } });
});

test.each<[give: () => unknown, code: string, said: string]>([
  [() => ({ day: Number.NaN }), 'input_invalid', 'day is NaN, which JSON cannot carry'],
  [() => ({ day: 10n }), 'input_invalid', 'day is a bigint'],
  [
    () => JSON.parse('{'),
    'schedule_input_threw',
    "the schedule 'nightly' threw for 2026-11-20T05:00:00.000Z",
  ],
])('where it gives what JSON cannot carry, or throws, its run fails with that', (give, code, said) => {
  const { input, fault, unmade } = made(give);
  expect(fault).toEqual({ code, message: expect.stringContaining(said) });
  expect([input, unmade]).toEqual([fault?.message, undefined]);
  // A goal that takes any text would be pursued with this one.
  expect(made(give, z.any())).toEqual({ input: null, unmade: fault });
});

test('what cannot even be read when it is thrown is said to be so', () => {
  const thrown = {
    get message(): string {
      throw new Error('no');
    },
  };
  const { fault } = made(() => {
    throw thrown;
  });
  expect(fault?.message).toContain('something that cannot be read');
});
