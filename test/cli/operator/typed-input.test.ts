// Pairs at the command line become what the goal's published schema says.

import { expect, test } from 'vitest';
import { z } from 'zod';
import { inputFields, jsonInput, typedInput } from '../../../cli/operator/typed-input.ts';

const Limits = z.object({ rows: z.int(), ratio: z.number().optional() });
const schema = z.toJSONSchema(
  z.object({
    day: z.iso.date(),
    count: z.int().optional(),
    dry: z.boolean().optional(),
    tags: z.array(z.string()).optional(),
    sizes: z.array(z.int()).optional(),
    limits: Limits.optional(),
    zip: z.union([z.string(), z.number()]).optional(),
    mode: z.enum(['few', 'many']).optional(),
    level: z.literal([1, 2]).optional(),
    until: z.int().nullable().optional(),
    labels: z.record(z.string(), z.int()).optional(),
  }),
  { io: 'input', reused: 'ref' },
);
const typed = (...pairs: string[]) => typedInput(pairs, schema);
const wrong = (...pairs: string[]): unknown => {
  try {
    return typed(...pairs);
  } catch (error) {
    return (error as { errors: unknown }).errors;
  }
};

test('each value has the type of its field', () => {
  expect(typed('day=2026-11-20', 'count=5', 'dry=true', 'mode=few', 'level=2', 'until=null')).toEqual({
    ...{ day: '2026-11-20', count: 5, dry: true, mode: 'few', level: 2, until: null },
  });
  expect(typed('limits.rows=5', 'limits.ratio=0.5')).toEqual({ limits: { rows: 5, ratio: 0.5 } });
  expect(typed('limits={"rows":5}')).toEqual({ limits: { rows: 5 } });
  expect(typed('tags=a', 'tags=b', 'sizes=1')).toEqual({ tags: ['a', 'b'], sizes: [1] });
  expect(typed('sizes=[1,2]')).toEqual({ sizes: [1, 2] });
  expect(typed('labels.north=3')).toEqual({ labels: { north: 3 } });
});

test('a text stays one where it may: 01234 is not 1234, and = belongs to the value', () => {
  expect(typed('zip=01234', 'day=a=b')).toEqual({ zip: '01234', day: 'a=b' });
});

test('all fields that are wrong are named at once, each with what it takes', () => {
  expect(wrong('count=five', 'dry=yes', 'dayy=1', 'limits.row=1', 'count2', 'sizes=[1', 'count=1')).toEqual([
    { path: 'count2', message: 'is not a pair; write field=value' },
    { path: 'count', message: 'is given more than once, and is not a list' },
    { path: 'dry', message: '"yes" is not true or false' },
    { path: 'dayy', message: expect.stringContaining('it takes: day, count') },
    { path: 'limits.row', message: 'the goal takes no "row"; it takes: rows, ratio' },
    { path: 'sizes', message: '"[1" is not a list as JSON' },
  ]);
  expect(wrong('limits=7', 'limits.rows=1')).toEqual([{ path: 'limits', message: expect.any(String) }]);
});

test('no number is rounded without a word, and no name reaches a prototype', () => {
  expect(wrong('count=9007199254740993')).toEqual([
    { path: 'count', message: expect.stringContaining('9007199254740992') },
  ]);
  expect(() => jsonInput('{"id":9007199254740993}', 'the input')).toThrow('9007199254740992');
  expect(() => jsonInput('{', 'the input')).toThrow('the input is not JSON');
  const open = typedInput(['__proto__.polluted=1'], {});
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(Object.keys(open)).toEqual(['__proto__']);
});

test('a schema that refers to itself ends', () => {
  const endless = {
    $ref: '#/$defs/a',
    $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }, { type: 'integer' }] } },
  };
  expect(typedInput(['n=1'], { properties: { n: endless }, $defs: endless.$defs })).toEqual({ n: 1 });
});

test('the fields of a schema in words', () => {
  expect(inputFields(schema).slice(0, 4)).toEqual([
    { name: 'day', takes: 'a text, a date, needed' },
    { name: 'count', takes: 'a whole number' },
    { name: 'dry', takes: 'true or false' },
    { name: 'tags', takes: 'a list as JSON' },
  ]);
  expect(inputFields(schema).find(({ name }) => name === 'mode')?.takes).toBe('"few" or "many"');
  expect(inputFields({ type: 'string' })).toEqual([]);
});
