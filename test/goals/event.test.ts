import { expect, test } from 'vitest';
import { z } from 'zod';
import { check } from '../../goals/check.ts';
import { type EventOptions, event, goal } from '../../goals/index.ts';
import { publish } from '../../goals/publish.ts';
import { type CloudEvent, inputOf, isMeant } from '../../goals/wire/events.ts';

const goalOn = (
  type: string,
  options: EventOptions,
  input: z.ZodType = z.object({ day: z.string(), note: z.string().optional() }),
  key = ['day'],
) =>
  goal({
    name: 'load-day',
    outcome: 'The day is loaded',
    owner: 'ada',
    team: 'shop',
    input,
    output: z.int(),
    key,
    criteria: { some: () => true },
    on: [event(type, options)],
    pursue: async () => 1,
  });

const termsOf = (options: EventOptions) => {
  const [terms] = publish(goalOn('t', options), { taskQueue: 'q', deployment: 'd', version: 1 }).events ?? [];
  if (terms === undefined) throw new Error('it publishes no events');
  return terms;
};

const cloudEvent = (more: object): CloudEvent => ({
  specversion: '1.0',
  id: '1',
  source: '/erp/eu',
  type: 't',
  ...more,
});

test('a goal publishes which events start it, as data', () => {
  expect(termsOf({ source: '/erp*', where: { 'data.n': [1, null] }, input: { day: 'data.day' } })).toEqual({
    type: 't',
    source: '/erp*',
    where: { 'data.n': [1, null] },
    input: { day: 'data.day' },
  });
  expect(termsOf({ batch: { size: 5, after: '2m' } }).batch).toEqual({ size: 5, afterMs: 120_000 });
});

const day = { day: 'data.day' };
const batched = z.object({ batch: z.string(), items: z.array(z.unknown()) });

test.each<[RegExp | null, Parameters<typeof goalOn>]>([
  [null, ['t', { input: day }]],
  [null, ['t', { input: { day: 'subject', note: 'data.a-b.0' } }]],
  [null, ['t', { input: { n: 'data.n' }, batch: { size: 1000, after: '1d' } }, batched, ['batch']]],
  [/its type is not a text/, ['', { input: day }]],
  [/source is not a text/, ['t', { input: day, source: '' }]],
  [/'Data' is not a path/, ['t', { input: day, where: { Data: 1 } }]],
  [/'data' is compared with/, ['t', { input: day, where: { data: {} as never } }]],
  [/comes from "data..day"/, ['t', { input: { day: 'data..day' } }]],
  [/no field 'hour'/, ['t', { input: { ...day, hour: 'time' } }]],
  [/key 'day' is not taken/, ['t', { input: { note: 'id' } }]],
  [/batch.size is 0/, ['t', { batch: { size: 0, after: '1m' } }, batched, ['batch']]],
  [/batch.after is "2d"/, ['t', { batch: { size: 2, after: '2d' } }, batched, ['batch']]],
  [/and its key `\['batch'\]`/, ['t', { batch: { size: 2, after: '1m' } }]],
])('a worker that starts says %s', (message, declared) => {
  const found = check([goalOn(...declared)]).map(({ what }) => what);
  if (message === null) expect(found).toEqual([]);
  else expect(found.join('\n')).toMatch(message);
});

test.each<[boolean, EventOptions, object]>([
  [true, {}, {}],
  [true, { source: '/erp/eu' }, {}],
  [true, { source: '/erp/*' }, {}],
  [false, { source: '/erp' }, {}],
  [true, { where: { 'data.a.0.b': 2 } }, { data: { a: [{ b: 2 }] } }],
  [false, { where: { 'data.a': 2 } }, { data: { a: '2' } }],
  [true, { where: { 'data.a': [1, 2] } }, { data: { a: 2 } }],
  [false, { where: { 'data.a': null } }, { data: {} }],
  [false, { where: { 'data.constructor.name': 'Object' } }, { data: {} }],
  [false, { where: { 'data.length': 3 } }, { data: 'abc' }],
])('whether an event is meant is %s for %j and %j', (meant, options, more) => {
  expect(isMeant(termsOf(options), cloudEvent(more))).toBe(meant);
});

test('what is not in an event is left out of the input; what is there is taken as it is', () => {
  const input = { day: 'data.day', note: 'data.none.at.all', more: 'data.more', of: 'source' };
  const event = cloudEvent({ data: { day: null, more: { a: [1] } } });
  expect(inputOf(termsOf({ input }), event)).toEqual({ day: null, more: { a: [1] }, of: '/erp/eu' });
});
