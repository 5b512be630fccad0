// What is wrong with events for which runs wait, by which they are cancelled, and which start them later.

import { expect, test } from 'vitest';
import { z } from 'zod';
import { check } from '../../goals/check.ts';
import { event, type GoalDeclaration, goal, type Job } from '../../goals/index.ts';
import { publish } from '../../goals/publish.ts';
import { dueOf, type HeldEvents, type PaceTerms } from '../../goals/wire/event-pace.ts';

type Declared = Partial<GoalDeclaration<z.ZodType, z.ZodType, Job, never>>;

const orders = (more: Declared) =>
  goal({
    ...{ name: 'orders', outcome: 'x', owner: 'ada', team: 'shop' },
    input: z.object({ order: z.object({ id: z.string() }), day: z.string() }),
    output: z.null(),
    key: ['order.id'],
    criteria: { ended: () => true },
    pursue: async () => null,
    ...(more as object),
  });

const wrongs = (more: Declared): string =>
  check([orders(more)], [])
    .map(({ what }) => what)
    .join('\n');

test('what is right is published as data', () => {
  const declared = orders({
    waits: [event('paid', { source: '/bank/*', match: { 'data.id': 'order.id' }, keep: { for: '2d' } })],
    cancelOn: event('withdrawn', { where: { 'data.final': true }, match: { subject: 'order.id' } }),
    on: [event('placed', { input: { order: 'data.order', day: 'data.day' }, delay: '2h' })],
  });
  expect(check([declared], [])).toEqual([]);
  expect(publish(declared, { taskQueue: 'q', deployment: 'd', version: 1 })).toMatchObject({
    waits: [
      {
        ...{ type: 'paid', source: '/bank/*', where: {}, match: { 'data.id': 'order.id' } },
        keep: { events: 100, forMs: 2 * 86_400_000 },
      },
    ],
    cancels: [{ type: 'withdrawn', where: { 'data.final': true }, match: { subject: 'order.id' } }],
    events: [{ type: 'placed', delayMs: 7_200_000 }],
  });
});

test.each<[string, Declared, string]>([
  ['a path that the input lacks', { waits: [event('a', { match: { subject: 'nr' } })] }, 'no field "nr"'],
  ['too many kept', { waits: [event('a', { keep: { events: 1001 } })] }, 'give 1 to 1000'],
  ['too long kept', { waits: [event('a', { keep: { for: '91d' } })] }, '90 days at most'],
  ['an input', { waits: [event('a', { input: { day: 'time' } })] }, '`input` is for events in `on`'],
  ['match of a trigger', { on: [event('a', { match: { subject: 'day' } })] }, 'are for events in `waits`'],
  ['no event', { waits: ['paid'] as never }, 'lists what is not an event'],
  ['no list', { waits: event('a') as never }, 'waits is not a list'],
  ['a key that is not matched', { cancelOn: event('a') }, "key 'order.id' is not matched"],
  [
    'a match beside the key',
    { cancelOn: event('a', { match: { subject: 'order.id', 'data.day': 'day' } }) },
    "'day' is not a path of the goal's key",
  ],
  [
    'another option',
    { cancelOn: event('a', { match: { subject: 'order.id' }, keep: {} }) },
    '`keep` is not for an event in `cancelOn`',
  ],
  [
    'two ways to hold',
    { on: [event('a', { input: { order: 'data' }, throttle: { every: '1m' }, delay: '1m' })] },
    'throttle and delay stand beside each other',
  ],
  [
    'a time that is none',
    { on: [event('a', { input: { order: 'data' }, debounce: { after: '8d' } })] },
    'debounce.after is "8d"',
  ],
  [
    'a path that is none',
    { on: [event('a', { input: { order: 'data' }, throttle: { every: '1m', by: 'a b..' } })] },
    'is not a path into an event',
  ],
  ['a delay of years', { on: [event('a', { input: { order: 'data' }, delay: '400d' })] }, '366 days at most'],
])('%s is named, with what to write', (_, declared, wrong) => {
  expect(wrongs(declared)).toContain(wrong);
});

test('when the run of what is held is due', () => {
  const held = (pace: Partial<PaceTerms>): HeldEvents => ({
    last: {
      ...{ digest: 'd', item: {}, id: '1', source: '/s', type: 't' },
      pace: { by: [], how: 'debounce', ms: 10, atMostMs: 25, ...pace },
    },
    ...{ firstAt: 100, lastAt: 120, count: 2 },
  });
  // None came for a while, or the first has waited long enough.
  expect(dueOf(held({}), 0)).toBe(125);
  expect(dueOf(held({ atMostMs: 1000 }), 0)).toBe(130);
  // At once where no run began a while ago.
  expect(dueOf(held({ how: 'throttle' }), 0)).toBe(100);
  expect(dueOf(held({ how: 'throttle', ms: 50 }), 90)).toBe(140);
});
