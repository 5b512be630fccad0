import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { secret } from '../../../goals/index.ts';
import {
  GOAL_NAME,
  inputDigest,
  NAME_LIMIT,
  parseRunId,
  runId,
  runKey,
  valueAt,
} from '../../../goals/wire/run-id.ts';
import { canonicalJson } from '../../../goals/wire/text/canonical-json.ts';

/** Texts that are likely to look like one another, or like what an ID is made of. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('a', 'B', '1', '.', '_', '-', '~') }),
  fc.string({ unit: fc.constantFrom('a', '~', '/', ' ', '\n', 'é', '😀', '\ud83d', '\0', '"', ':') }),
  fc.constantFrom('null', 'true', '1', '[]', '{}', '', 'only', '..', '~', 'a~b', 'a', 'b'),
  fc.string({ minLength: 100, maxLength: 300 }),
  fc.string({ unit: fc.constantFrom('a', 'B', '1', '.', '_', '-'), minLength: 50, maxLength: 300 }),
);
const part: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.constantFrom(null, undefined, true, false, 0, 1, -1.5, 1e21, 1e-7),
  fc.jsonValue(),
);
const parts = fc.array(part, { minLength: 1, maxLength: 4 });

/** Two keys, of which the second is the first with one part become something that looks like it. */
const alike = fc
  .tuple(parts, fc.nat(3), fc.nat(6), text)
  .map(([values, i, how, other]): [unknown[], unknown[]] => {
    const at = i % values.length;
    const from = values[at];
    const written = typeof from === 'string' ? from : canonicalJson(from);
    const to = [undefined, null, other, written, canonicalJson(from), [from], `${written}~`][how];
    return [values, values.with(at, to)];
  });

const pathsOf = (values: readonly unknown[]): string[] => values.map((_, i) => `p${i}`);
const inputOf = (values: readonly unknown[]): object =>
  Object.fromEntries(values.flatMap((value, i) => (value === undefined ? [] : [[`p${i}`, value]])));
const keyOf = (...values: unknown[]) => runKey(inputOf(values), pathsOf(values));

/** What a person calls the same key: numbers and booleans count as their text (see `runKey`). */
const told = (values: readonly unknown[]): string =>
  canonicalJson(
    values.map((value) => {
      if (value === undefined) return { missing: true };
      if (typeof value === 'object') return { json: canonicalJson(value) };
      return { text: typeof value === 'string' ? value : canonicalJson(value) };
    }),
  );

describe('the ID of a run', () => {
  const goal = fc
    .stringMatching(GOAL_NAME)
    .filter((name) => name.length <= NAME_LIMIT && !name.startsWith('gk-'));

  test('is safe in a path, a log and a shell, and short, whatever the key', () => {
    fc.assert(
      fc.property(goal, parts, (name, values) => {
        const id = runId(name, keyOf(...values).id);
        expect(id).toMatch(/^[a-z][a-z0-9-]*:[A-Za-z0-9._~-]+$/);
        expect(Buffer.byteLength(id)).toBeLessThanOrEqual(200);
        expect(encodeURIComponent(id.replace(':', ''))).toBe(id.replace(':', ''));
      }),
      { numRuns: 1000 },
    );
  });

  test('is told apart again into its goal and its key', () => {
    fc.assert(
      fc.property(goal, parts, (name, values) => {
        const { id } = keyOf(...values);
        expect(parseRunId(runId(name, id))).toEqual({ goal: name, key: id });
      }),
      { numRuns: 1000 },
    );
  });

  test('is the same for the same key and another for another', () => {
    fc.assert(
      fc.property(alike, ([a, b]) => {
        expect(keyOf(...a).id === keyOf(...b).id).toBe(told(a) === told(b));
        expect(keyOf(...a).id).toBe(keyOf(...structuredClone(a)).id);
      }),
      { numRuns: 5000 },
    );
  });

  test('is another for each of many keys that look alike', () => {
    const keys: unknown[][] = [
      ['a', 'b'],
      ['a~b', ''],
      ['', 'a~b'],
      ['a~', 'b'],
      ['a', '~b'],
      ['a~~b', ''],
      ['a b', ''],
      ['a-b', ''],
      ['a/b', ''],
      ['A', 'B'],
      [null, 'b'],
      ['null', 'b'],
      [undefined, 'b'],
      ['undefined', 'b'],
      ['', 'b'],
      [['a'], 'b'],
      ['["a"]', 'b'],
      [{ a: 1 }, 'b'],
      ['{"a":1}', 'b'],
      [{}, 'b'],
      [[], 'b'],
      ['b', null],
      ['b', undefined],
      ['b', 'null'],
      [null, null],
      [null, undefined],
      [undefined, null],
      [undefined, undefined],
      ['null', 'null'],
      ['é', 'b'],
      ['e\u0301', 'b'],
      ['\ud83d', 'b'],
      ['\ud83e', 'b'],
      ['\ufffd', 'b'],
    ];
    const ids = keys.map((values) => keyOf(...values).id);
    expect(new Set(ids).size).toBe(keys.length);
  });

  test('is another for each of many long keys that begin alike', () => {
    const long = 'x'.repeat(200);
    const ids = [long, `${long}x`, `${long}y`, 'x'.repeat(120), 'x'.repeat(121)].map((key) => keyOf(key).id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids[3]).toBe('x'.repeat(120));
    expect(ids[4]).toMatch(/^x{60}~~[0-9a-f]{24}$/);
  });

  test('cannot be had by a key that is written as another one is shown', () => {
    fc.assert(
      fc.property(parts, (values) => {
        const { id } = keyOf(...values);
        // A key that is shown hashed is not the key that reads so.
        if (id.includes('~~') || id.startsWith('~')) expect(keyOf(id).id).not.toBe(id);
      }),
    );
  });

  test('counts a number and a boolean as the text of them', () => {
    expect(keyOf(1).id).toBe('1');
    expect(keyOf(1).id).toBe(keyOf('1').id);
    expect(keyOf(true).id).toBe(keyOf('true').id);
    expect(keyOf('an odd one', 1).id).toBe(keyOf('an odd one', '1').id);
    expect(keyOf(-1.5).id).toBe('-1.5');
    expect(keyOf(-0).id).toBe('0');
  });

  test('does not depend on the order in which an input was written', () => {
    const paths = ['customer', 'day'];
    const one = runKey({ day: '2026-11-20', customer: { id: 7, name: { last: 'x', first: 'y' } } }, paths);
    const two = runKey({ customer: { name: { first: 'y', last: 'x' }, id: 7 }, day: '2026-11-20' }, paths);
    expect(one).toEqual(two);
    expect(runKey({ day: 1, hour: 2 }, ['day', 'hour']).id).not.toBe(
      runKey({ day: 1, hour: 2 }, ['hour', 'day']).id,
    );
  });

  test('does not depend on what is in the input beside the key', () => {
    expect(runKey({ day: '2026-11-20', force: true }, ['day'])).toEqual(
      runKey({ day: '2026-11-20' }, ['day']),
    );
  });
});

describe('the key of a run', () => {
  test('is the value itself where it is safe, several of them joined', () => {
    expect(keyOf('2026-11-20')).toEqual({ id: '2026-11-20', original: '2026-11-20' });
    expect(keyOf('2026-11-20', 'EU_1', 3).id).toBe('2026-11-20~EU_1~3');
    expect(keyOf('A.b_c-D').id).toBe('A.b_c-D');
  });

  test('is one and the same for a goal that names no fields', () => {
    expect(runKey({ day: 1 }, [])).toEqual({ id: 'only', original: 'only' });
    expect(runKey(undefined, [])).toEqual(runKey({}, []));
  });

  test('keeps a readable beginning and the original where it is odd or long', () => {
    const hash = '[0-9a-f]{24}';
    expect(keyOf('Zürich / Nord', 7)).toEqual({
      id: expect.stringMatching(new RegExp(`^Z-rich-Nord-7~~${hash}$`)),
      original: 'Zürich / Nord~7',
    });
    expect(keyOf('x'.repeat(5000))).toEqual({
      id: expect.stringMatching(new RegExp(`^x{60}~~${hash}$`)),
      original: 'x'.repeat(5000),
    });
    expect(keyOf('s3://bucket/key.csv').id).toMatch(new RegExp(`^s3-bucket-key.csv~~${hash}$`));
    expect(keyOf('日本').id).toMatch(new RegExp(`^~${hash}$`));
    expect(keyOf('').id).toMatch(new RegExp(`^~${hash}$`));
  });

  test('is found by paths into the input', () => {
    const input = { customer: { id: 'c7', tags: ['x'] }, day: null };
    expect(runKey(input, ['customer.id']).id).toBe('c7');
    expect(valueAt(input, 'customer.tags.0')).toBe('x');
    expect(valueAt(input, 'day')).toBeNull();
    for (const nowhere of ['customer.name', 'day.year', 'customer.id.length', 'toString', '__proto__', ''])
      expect(valueAt(input, nowhere)).toBeUndefined();
    expect(valueAt(null, 'day')).toBeUndefined();
    expect(valueAt('text', 'length')).toBeUndefined();
  });
});

describe('parseRunId', () => {
  test.each([
    '',
    ':',
    'daily-revenue',
    'daily-revenue:',
    ':2026-11-20',
    'Daily:x',
    '9lives:x',
    'daily_revenue:x',
    'a--b:x',
    'a-:x',
    '-a:x',
    'a:b:c',
    'a:b c',
    'a:b/c',
    'a:b%20c',
    'a:é',
    'a:b\n',
    '\na:b',
    ' a:b',
    "a:b'",
    'a:"b"',
    'a:$b',
    `${'a'.repeat(61)}:x`,
    `a:${'x'.repeat(121)}`,
    'gk-goal:daily-revenue',
    'gk-anything:x',
    'temporal-sys-scheduler:x y',
  ])('takes %j for no ID of a run', (id) => {
    expect(parseRunId(id)).toBeNull();
  });

  test('takes the longest there can be', () => {
    const [goal, key] = ['a'.repeat(60), 'x'.repeat(120)];
    expect(parseRunId(`${goal}:${key}`)).toEqual({ goal, key });
    expect(parseRunId('gkx:only')).toEqual({ goal: 'gkx', key: 'only' });
  });
});

describe('inputDigest', () => {
  test('is the same for equal inputs and another for others', () => {
    expect(inputDigest({ a: 1, b: { c: 2, d: 3 } })).toBe(inputDigest({ b: { d: 3, c: 2 }, a: 1 }));
    expect(inputDigest({ a: 1 })).not.toBe(inputDigest({ a: '1' }));
    expect(inputDigest(undefined)).toBe(inputDigest(null));
    expect(inputDigest({ a: 1 })).toMatch(/^[0-9a-f]{32}$/);
  });
});

test('a secret part of a key is a digest in the ID, which tells its values apart, and stands in the original', () => {
  const paths = ['day', secret('customer.email')];
  const of = (email: unknown) => runKey({ day: '2026-11-20', customer: { email } }, paths);
  expect(of('ada@example.com')).toEqual({
    id: expect.stringMatching(/^2026-11-20~[0-9a-f]{24}$/),
    original: '2026-11-20~ada@example.com',
  });
  const ids = ['ada@example.com', 'bob@example.com', null, 'null', undefined].map((email) => of(email).id);
  expect(new Set(ids).size).toBe(5);
  expect(of(1).id).toBe(of('1').id);
  // One that needs a hash by itself shows nothing of the secret either.
  const long = runKey({ day: 'a b', customer: { email: 'ada' } }, paths).id;
  expect(long).toMatch(/^a-b[0-9a-f~-]+$/);
  expect(long).not.toContain('ada');
});
