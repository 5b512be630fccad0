import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkInput } from '../../gateway/check-input.ts';
import type { Problem } from '../../gateway/problems.ts';
import type { Publication } from '../../goals/wire/publication.ts';

function verdict(schema: unknown, input: unknown): 'fits' | string {
  try {
    checkInput({ goal: 'a-goal', input: schema } as Publication, input);
    return 'fits';
  } catch (error) {
    return (error as Problem).code;
  }
}

const cases: Record<string, [z.ZodType, unknown[], unknown[]]> = {
  date: [z.iso.date(), ['2024-02-29'], ['2023-02-29', '2024-1-1', 4]],
  'date-time': [z.iso.datetime(), ['2024-02-29T23:59:59.123Z'], ['2024-02-29 23:59']],
  'local date-time': [z.iso.datetime({ local: true }), ['2024-02-29T23:59'], ['2024-02-29']],
  time: [z.iso.time(), ['23:59', '23:59:01.5'], ['24:00']],
  duration: [z.iso.duration(), ['P1DT2H', 'PT1.5S', 'P3W'], ['1d']],
  url: [z.url(), ['https://a.example/b?c=d#e', 'http://exämple.com/ü'], ['a b']],
  email: [z.email(), ["o'hara+x@a.example"], ['@a']],
  'unicode email': [z.email({ pattern: z.regexes.unicodeEmail }), ['日本@exämple.com'], ['x']],
  uuid: [z.uuid(), ['01a1fc1c-7de1-78ea-9b49-ff9b15263b6b'], ['x']],
  ipv6: [z.ipv6(), ['::1', 'fe80::1'], ['1.2.3.4', ':::']],
  hostname: [z.hostname(), ['a.example', 'a.example.'], ['-']],
  emoji: [z.emoji(), ['🎯'], ['x']],
  base64url: [z.base64url(), ['YQ'], ['?']],
  nanoid: [z.nanoid(), ['V1StGXR8_Z5jdHi6B-myT'], ['x']],
  'own pattern': [z.string().regex(/^\p{Lu}[\w.-]+\/$/u), ['Éa-b/'], ['éa/']],
  cents: [z.number().multipleOf(0.01), [0.07, 1.1, 4.35], [0.001]],
  int: [z.int(), [0, -5], [1.5, '1']],
  tuple: [z.tuple([z.string(), z.int()]), [['a', 1]], [['a'], ['a', 1, 2], [1, 'a']]],
  record: [z.record(z.string(), z.int()), [{ a: 1 }], [{ a: 'x' }]],
  strict: [z.strictObject({ a: z.int().optional() }), [{}, { a: 1 }], [{ b: 1 }]],
  loose: [z.object({ a: z.int() }), [{ a: 1, b: 2 }], [{}]],
  defaulted: [z.object({ a: z.int().default(3) }), [{}, { a: 1 }], [{ a: 'x' }]],
  nullable: [z.object({ a: z.string().nullable() }), [{ a: null }], [{}]],
  enum: [z.enum(['a', 'b']), ['a'], ['c']],
  union: [
    z.discriminatedUnion('k', [z.object({ k: z.literal('a'), n: z.int() }), z.object({ k: z.literal('b') })]),
    [{ k: 'a', n: 1 }, { k: 'b' }],
    [{ k: 'a' }, { k: 'c' }],
  ],
  'a field called format, one called pattern': [
    z.object({ format: z.literal('date'), pattern: z.literal('^x$') }),
    [{ format: 'date', pattern: '^x$' }],
    [{ format: 'x', pattern: '^x$' }],
  ],
};

test.each(Object.entries(cases))(
  '%s: the gateway takes what the worker takes',
  (_name, [schema, good, bad]) => {
    const published = z.toJSONSchema(schema, { io: 'input' });
    for (const input of good) {
      expect(schema.safeParse(input).success, JSON.stringify(input)).toBe(true);
      expect(verdict(published, input), JSON.stringify(input)).toBe('fits');
    }
    for (const input of bad) {
      expect(schema.safeParse(input).success, JSON.stringify(input)).toBe(false);
      expect(verdict(published, input), JSON.stringify(input)).toBe('input_invalid');
    }
  },
);

test('a schema that refers to itself is walked as deep as the input goes', () => {
  const Node: z.ZodType = z.object({
    name: z.string(),
    get next() {
      return Node.optional();
    },
  });
  const published = z.toJSONSchema(Node, { io: 'input' });
  expect(verdict(published, { name: 'a', next: { name: 'b' } })).toBe('fits');
  expect(verdict(published, { name: 'a', next: { name: 4 } })).toBe('input_invalid');
});

test('the same `$id` in two goals is no trouble', () => {
  expect(verdict({ $id: 'x', type: 'string' }, 'a')).toBe('fits');
  expect(verdict({ $id: 'x', type: 'number' }, 'a')).toBe('input_invalid');
});

test('errors name nested fields by a dotted path, and never quote the input', () => {
  const schema = z.toJSONSchema(z.object({ rows: z.array(z.strictObject({ 'a/b': z.int() })) }));
  try {
    checkInput({ goal: 'a-goal', input: schema as object } as Publication, {
      rows: [{ 'a/b': 'secret', c: 1 }],
    });
    expect.unreachable();
  } catch (error) {
    expect((error as Problem).extras.members?.errors).toEqual([
      { path: 'rows.0.c', message: 'is no field of this input' },
      { path: 'rows.0.a/b', message: 'must be integer' },
    ]);
  }
});
