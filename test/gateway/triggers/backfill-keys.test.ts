import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { inputsOfKeys } from '../../../gateway/triggers/backfill-keys.ts';
import type { ExpectedPart } from '../../../goals/wire/expected-keys.ts';
import type { Publication } from '../../../goals/wire/publication.ts';
import { runKey } from '../../../goals/wire/run-id.ts';

const now = new Date('2026-01-04T12:00:00Z');
const days = {
  path: 'day',
  every: 'day',
  from: '2026-01-01',
  to: null,
  timezone: 'UTC',
  afterMs: 0,
} as const;
const places: ExpectedPart = { path: 'at.place', values: ['eu', 'Zürich'] };
const input = z.object({
  day: z.iso.date(),
  at: z.object({ place: z.string() }),
  full: z.boolean().optional(),
});
const goal = {
  ...{ goal: 'load', key: ['day', 'at.place'], keys: [days, places] },
  input: z.toJSONSchema(input, { io: 'input' }),
} as unknown as Publication;
const numbered = {
  ...{ goal: 'count', key: ['shop'] },
  input: z.toJSONSchema(z.object({ shop: z.int() }), { io: 'input' }),
} as unknown as Publication;

describe('the inputs of a range of declared keys', () => {
  test('have the parts at their paths, the first period first, beside what is given', () => {
    const inputs = inputsOfKeys(goal, { expected: { from: '2026-01-02' }, input: { full: true } }, now);
    expect(inputs).toHaveLength(4);
    expect(inputs?.at(-1)).toEqual({ day: '2026-01-03', at: { place: 'eu' }, full: true });
  });

  test.each<[string, object]>([
    ['declares no key in that range', { from: '2027-01-01' }],
    ['is not of every day; write such as 2026-11-20', { from: '2026' }],
    ['is not a path of the key of load', { part: 'city', from: 'x' }],
  ])('are refused: %s', (why, expected) => {
    expect(() => inputsOfKeys(goal, { expected, input: undefined }, now)).toThrow(why);
  });

  test('are refused where there are too many, or none is declared', () => {
    const many = { ...goal, keys: [{ ...days, from: '1900-01-01' }, places] };
    expect(() => inputsOfKeys(many, { expected: {}, input: undefined }, now)).toThrow('split the range');
    expect(() => inputsOfKeys(numbered, { expected: {}, input: undefined }, now)).toThrow(
      'declares no `keys`',
    );
  });
});

describe('the inputs of a list of keys', () => {
  const of = (publication: Publication, ...keys: string[]) =>
    inputsOfKeys(publication, { keys, input: undefined }, now);

  test('have the parts of each, as the schema types them', () => {
    expect(of(goal, '2026-01-09~us')).toEqual([{ day: '2026-01-09', at: { place: 'us' } }]);
    expect(of(numbered, '7', '8')).toEqual([{ shop: 7 }, { shop: 8 }]);
  });

  test('are those of a declared key where the ID has a digest', () => {
    const meant = { day: '2026-01-03', at: { place: 'Zürich' } };
    expect(of(goal, runKey(meant, goal.key).id)).toEqual([meant]);
    const other = runKey({ ...meant, at: { place: 'Köln' } }, goal.key).id;
    expect(() => of(goal, other)).toThrow('does not tell its parts');
  });

  test('are refused where the input is none, or has another key', () => {
    expect(() => of(goal, 'today~eu')).toThrow('The input of load is not right');
    expect(() => of(numbered, '07')).toThrow("has the key '7'");
  });
});

test('of times there are none', () => {
  expect(inputsOfKeys(goal, { keys: undefined, expected: undefined, input: {} }, now)).toBeUndefined();
});
