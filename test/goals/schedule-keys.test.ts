// How the keys of scheduled runs follow from their times is found out, or is not known: never guessed.

import { expect, test } from 'vitest';
import { z } from 'zod';
import { dateIn, every, goal, type Schedule, schedule, secret } from '../../goals/index.ts';
import { publish } from '../../goals/publish.ts';
import { clockTimes } from '../../goals/wire/clock-times.ts';
import { runKey } from '../../goals/wire/run-id.ts';
import { keyAt } from '../../goals/wire/schedule-keys.ts';

const publishedWith = (on: Schedule[], key = ['day']) =>
  publish(
    goal({
      ...{ name: 'prices-there', outcome: 'The prices are there', owner: 'ada', team: 'shop' },
      key: key as ['day'],
      input: z.object({ day: z.unknown(), region: z.string().optional() }),
      output: z.object({}),
      criteria: { fine: () => true },
      pursue: async () => ({}),
      on,
    }),
    { taskQueue: 'q', deployment: 'd', version: 1 },
  );
const daily = (input: (at: Date) => unknown, timezone = 'Europe/Paris') =>
  schedule('0 0 * * *', { timezone, input: input as never });

test.each([
  ['the day before, by the clocks of the zone', daily((at) => ({ day: dateIn(at, 'Europe/Paris', -1) }))],
  ['the day, in UTC', daily((at) => ({ day: at.toISOString().slice(0, 10) }), 'UTC')],
  ['its month', schedule('0 4 1 * *', { input: (at) => ({ day: at.toISOString().slice(0, 7) }) })],
  ['its year', schedule('0 4 2 1 *', { input: (at) => ({ day: at.toISOString().slice(0, 4) }) })],
  ['its hour', every('1h', { input: (at) => ({ day: at.toISOString().slice(0, 13) }) })],
  ['its week', schedule('0 4 * * 3', { input: (at) => ({ day: dateIn(at, 'UTC', -2) }) })],
  ['the time itself', every('15m', { input: (at) => ({ day: at.toISOString() }) })],
  [
    'a while before it',
    every('15m', { input: (at) => ({ day: new Date(at.getTime() - 900_000).toISOString() }) }),
  ],
])('%s', (_, one) => {
  const parts = publishedWith([one]).scheduleKeys?.schedule ?? [];
  expect(parts).toHaveLength(1);
  // Over the end of a year, a leap day, and both changes of the clock.
  for (const from of ['2027-12-31', '2028-02-28', '2028-03-25', '2028-10-28'].map(Date.parse))
    for (const at of [...clockTimes(one.terms, from, from + 3 * 86_400_000)].slice(0, 100))
      expect(keyAt(parts, at).key).toBe(runKey(one.input(new Date(at)), ['day']).id);
});

test('with other parts that are the same at each time', () => {
  const both = daily((at) => ({ day: dateIn(at, 'Europe/Paris'), region: 'eu' }));
  expect(publishedWith([both], ['day', 'region']).scheduleKeys).toEqual({
    schedule: [
      { path: 'day', every: 'day', timezone: 'Europe/Paris', plus: 0 },
      { path: 'region', value: 'eu' },
    ],
  });
});

test.each([
  ['what differs on some days', daily((at) => ({ day: dateIn(at, 'UTC', at.getUTCDay() === 6 ? -1 : 0) }))],
  ['the day of another zone', every('1h', { input: (at) => ({ day: dateIn(at, 'Asia/Tokyo') }) })],
  ['what is no text', daily((at) => ({ day: { at: at.toISOString() } }))],
  [
    'what throws in summer',
    daily((at) => {
      if (at.getUTCMonth() === 6) throw new Error('closed');
      return { day: dateIn(at, 'Europe/Paris') };
    }),
  ],
])('%s is not published', (_, one) => {
  expect(publishedWith([one])).not.toHaveProperty('scheduleKeys');
});

test('nor is what is secret', () => {
  const one = daily((at) => ({ day: dateIn(at, 'Europe/Paris') }));
  expect(publishedWith([one], [secret('day')])).not.toHaveProperty('scheduleKeys');
});
