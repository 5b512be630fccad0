import { expect, test } from 'vitest';
import { z } from 'zod';
import { check } from '../../goals/check.ts';
import { problemOfCron } from '../../goals/cron.ts';
import {
  calendar,
  dateIn,
  every,
  goal,
  type Schedule,
  type ScheduleOptions,
  schedule,
} from '../../goals/index.ts';
import { publish } from '../../goals/publish.ts';

const input = (at: Date) => ({ day: dateIn(at, 'UTC') });
const goalOn = (...on: Schedule[]) =>
  goal({
    ...{ name: 'fine', outcome: 'It is there', owner: 'tests', team: 'tests', key: ['day'], on },
    input: z.object({ day: z.iso.date() }),
    output: z.object({}),
    criteria: { fine: () => true },
    pursue: async () => ({}),
  });
const problems = (...on: Schedule[]): string[] => check([goalOn(...on)]).map(({ what }) => what);
const nightly = (options: Partial<Record<keyof ScheduleOptions, unknown>> = {}) =>
  schedule('0 5 * * *', { input, ...options } as ScheduleOptions);

test.each([
  ...['0 5 * * *', '*/15 8-18 * * mon-fri', '0 0 1,15 jan-jun 0', '30 2 * * 7', '@daily'],
  ...['0 0 13 * 5', '0 0 13 * +fri', '0 5 */2 * +mon'],
  ...['0 5 * * * 2027', '15 30 6 1 * * 2026-2030', calendar({ month: 3, dayOfMonth: [1, 15], hour: 6 })],
])('%s is a cron expression', (cron) => expect(problemOfCron(cron)).toBeNull());

test.each([
  ['0 5 * *', '4 fields'],
  ['60 5 * * *', "'60' is not a valid minute"],
  ['0 24 * * *', "'24' is not a valid hour"],
  ['0 5 0 * *', "'0' is not a valid day of the month"],
  ['0 5 * foo *', "'foo' is not a valid month"],
  ['0 5 * * 8', "'8' is not a valid day of the week"],
  ['0 5-3 * * *', "'5-3' is not a valid hour"],
  ['*/0 * * * *', "'*/0' is not a valid minute"],
  ['0 5 */2 * mon', "write '+mon' for days that are both, or two expressions for days that are either"],
  ['@sometimes', '1 fields'],
  [7, 'is not a cron expression'],
])('%s is none, and it is said why', (cron, why) => expect(problemOfCron(cron)).toContain(why));

test('calendars are cron expressions with seconds and years', () => {
  expect(calendar({ dayOfWeek: 'mon-fri', hour: [6, 18] })).toBe('0 0 6,18 * * mon-fri *');
  // Every field must fit, where cron takes either day.
  expect(calendar({ dayOfMonth: 13, dayOfWeek: 'fri' })).toBe('0 0 0 13 * +fri *');
});

test('a date is that of the time zone, whatever the length of the days', () => {
  const midnight = new Date('2026-10-24T22:30:00Z');
  expect(dateIn(midnight, 'UTC')).toBe('2026-10-24');
  expect(dateIn(midnight, 'Europe/Paris')).toBe('2026-10-25');
  expect(dateIn(midnight, 'Europe/Paris', 1)).toBe('2026-10-26');
  expect(dateIn(new Date('2026-03-01T12:00:00Z'), 'Europe/Paris', -1)).toBe('2026-02-28');
});

test('schedules of each kind are fine, and published as data', () => {
  const goal = goalOn(
    nightly({ timezone: 'Europe/Paris', jitter: '5m', overlap: 'allowAll', catchUp: 'all', within: '2d' }),
    every('15m', { name: 'often', offset: '2m', input, overlap: 'bufferAll' }),
  );
  expect(check([goal])).toEqual([]);
  expect(publish(goal, { taskQueue: 'q', deployment: 'd', version: 1 }).schedules).toEqual([
    {
      ...{ name: 'schedule', cron: ['0 5 * * *'], every: null, timezone: 'Europe/Paris' },
      ...{ jitterMs: 300_000, overlap: 'allowAll', catchUp: 'all', withinMs: 172_800_000 },
    },
    {
      ...{ name: 'often', cron: [], every: { ms: 900_000, offsetMs: 120_000 }, timezone: 'UTC' },
      ...{ jitterMs: 0, overlap: 'bufferAll', catchUp: 'all', withinMs: 604_800_000 },
    },
  ]);
  expect(publish(goalOn(), { taskQueue: 'q', deployment: 'd', version: 1 })).not.toHaveProperty('schedules');
});

test.each([
  [nightly({ timezone: 'Mars/Olympus' }), '"Mars/Olympus" is not a time zone'],
  [nightly({ timezone: '+02:00' }), '"+02:00" is not a time zone'],
  [nightly({ gap: 'twice' }), 'gap is none of once, skip'],
  [
    schedule('* * * * * 0 *', { timezone: 'Europe/Paris', input }),
    'it comes so often that Temporal would lose times where the clock of Europe/Paris is changed',
  ],
  [nightly({ name: 'At Night' }), 'its name is not kebab-case'],
  [nightly({ overlap: 'sometimes' }), 'overlap is none of skip'],
  [nightly({ catchUp: 'some' }), 'catchUp is none of all'],
  [nightly({ jitter: 'a bit' }), 'jitter is "a bit"'],
  [nightly({ overlap: 'bufferAll', catchUp: 'last' }), 'choose'],
  [nightly({ overlap: 'cancelOther', catchUp: 'all' }), 'choose'],
  [nightly({ input: undefined }), 'has no input'],
  [nightly({ input: () => ({ day: 'today' }) }), "does not fit the goal's"],
  [
    nightly({
      input: () => {
        throw new Error('no such day');
      },
    }),
    'no such day',
  ],
  [schedule('every day', { input }), 'not a cron expression'],
  [schedule([], { input }), 'has no cron expression'],
  [every('10ms', { input }), 'not an interval of a second or more'],
  [
    every('1500ms', { input }),
    `its interval is "1500ms", and schedules take whole seconds only; write '1s' or '2s'`,
  ],
  [every(90_500, { input }), "write '90s' or '91s'"],
  [every('0.99m', { input }), "write '59s' or '60s'"],
  [
    every('15m', { offset: '250ms', input }),
    `offset is "250ms", and schedules take whole seconds only; write '1s'`,
  ],
])('%o is refused at the start', (wrong, why) => {
  expect(problems(wrong).join()).toContain(why);
});

test('two schedules of a goal need names', () => {
  expect(problems(nightly(), nightly())).toEqual([
    "has several schedules named 'schedule'; give each a `name` of its own",
  ]);
});
