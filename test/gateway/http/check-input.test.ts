import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkInput } from '../../../gateway/http/check-input.ts';
import { withCheckTime } from '../../../gateway/http/check-time.ts';
import type { Problem } from '../../../gateway/http/problems.ts';
import { asJsonSchema } from '../../../goals/publish.ts';
import type { Publication } from '../../../goals/wire/publication.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

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
  'a pattern that minds no case, whose flag cannot be published': [z.string().regex(/^abc$/i), ['ABC'], [4]],
  'a pattern that is none by the rules of Unicode': [z.string().regex(/^[\w-.]+$/), ['a-b.c'], ['ä']],
  'a pattern that counts an emoji as two': [z.string().regex(/^..$/), ['🎯'], ['abc']],
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
    const published = asJsonSchema(schema);
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
      { path: 'rows.0.c', message: 'is not a field of this input' },
      { path: 'rows.0.a/b', message: 'must be integer' },
    ]);
  }
});

describe('what is hostile', () => {
  interface Cost {
    code: string;
    ms: number;
    mb: number;
    errors: number;
  }

  /** What one request costs, of the processor and of memory, with the schema known already. */
  function cost(schema: unknown, input: unknown): Cost {
    verdict(schema, null);
    collect();
    const [before, used] = [process.cpuUsage(), process.memoryUsage().heapUsed];
    let problem: Problem | null = null;
    try {
      withCheckTime(() => checkInput({ goal: 'a-goal', input: schema } as Publication, input));
    } catch (error) {
      problem = error as Problem;
    }
    const { user, system } = process.cpuUsage(before);
    const mb = (process.memoryUsage().heapUsed - used) / 2 ** 20;
    const errors = (problem?.extras.members?.errors as unknown[] | undefined) ?? [];
    return { code: problem?.code ?? 'fits', ms: (user + system) / 1000, mb, errors: errors.length };
  }

  const arms = (n: number) =>
    z.union(Array.from({ length: n }, (_, i) => z.object({ [`kind${i}`]: z.string() })));
  const Tree: z.ZodType = z.lazy(() =>
    z.union(
      Array.from({ length: 8 }, (_, i) => z.object({ next: Tree.optional(), [`k${i}`]: z.literal(i) })),
    ),
  );
  let chain: object = {};
  for (let i = 0; i < 400; i++) chain = { next: chain };
  const many = <T>(n: number, of: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => of(i));

  const hostile: Record<string, [schema: unknown, input: unknown, codes: string[]]> = {
    'a pattern that matches in many ways': [
      asJsonSchema(z.object({ a: z.string().regex(/^(\w+\s?)*$/) })),
      { a: `${'a'.repeat(40)}!` },
      ['check_too_long'],
    ],
    'a pattern that takes the square of a long text': [
      asJsonSchema(z.string().regex(/\s+$/)),
      `${' '.repeat(1_500_000)}x`,
      ['check_too_long'],
    ],
    'a key with such a pattern': [
      { type: 'object', patternProperties: { '^(a+)+$': { type: 'string' } } },
      { [`${'a'.repeat(60)}!`]: 1 },
      ['check_too_long'],
    ],
    '740,000 misfits of a union of 8': [
      asJsonSchema(z.object({ a: z.array(arms(8)) })),
      { a: many(740_000, () => 1) },
      ['input_invalid'],
    ],
    '740,000 misfits of a union of 20': [
      asJsonSchema(z.object({ a: z.array(arms(20)) })),
      { a: many(740_000, () => 1) },
      ['input_invalid'],
    ],
    '500,000 objects that lack 30 fields': [
      asJsonSchema(z.array(z.object(Object.fromEntries(many(30, (i) => [`f${i}`, z.string()]))))),
      many(500_000, () => ({})),
      ['input_invalid'],
    ],
    'items that must differ, each an object': [
      { type: 'array', uniqueItems: true },
      many(100_000, (i) => ({ i })),
      ['check_too_long'],
    ],
    'a union that refers to itself, and a chain that fits none of it': [
      asJsonSchema(Tree),
      chain,
      ['input_invalid', 'check_too_long'],
    ],
    'a thousand patterns of which each is slow': [
      asJsonSchema(
        z.array(
          z
            .string()
            .regex(/^(a|a)*$/)
            .or(z.string()),
        ),
      ),
      many(1_000, () => `${'a'.repeat(24)}!`),
      ['check_too_long'],
    ],
  };

  test.each(Object.entries(hostile))('%s holds the gateway for a moment', (_name, [schema, input, codes]) => {
    const { code, ms, mb, errors } = cost(schema, input);
    expect(codes).toContain(code);
    expect(errors).toBeLessThanOrEqual(50);
    // The check's own bound is 100; the rest is the errors' words, on a slow processor.
    expect(ms).toBeLessThan(500);
    // A quick processor makes more garbage in that time; to say all that is wrong would take far more.
    expect(mb).toBeLessThan(200);
  });

  test('the checks of one request share a time, however many there are', () => {
    const slow = asJsonSchema(z.string().regex(/^(a|a)*$/));
    verdict(slow, 'a');
    const before = process.cpuUsage();
    const codes = withCheckTime(() => many(50, () => verdict(slow, `${'a'.repeat(40)}!`)));
    const { user, system } = process.cpuUsage(before);
    expect(new Set(codes)).toEqual(new Set(['check_too_long']));
    expect((user + system) / 1000).toBeLessThan(250);
  });

  test('as many inputs as one request may have, keys of a backfill or events, are checked in that time', () => {
    const schema = asJsonSchema(z.object({ day: z.iso.date(), region: z.string().max(40) }));
    const fits = { day: '2026-11-30', region: 'eu' };
    const codes = withCheckTime(() => many(2_000, () => verdict(schema, fits)));
    expect(new Set(codes)).toEqual(new Set(['fits']));
  });

  test('all that is wrong with a small input is said, and of a large one the first', () => {
    const schema = asJsonSchema(z.array(z.object({ a: z.string(), b: z.iso.date() })));
    expect(cost(schema, [{}, { a: 1, b: 'x' }]).errors).toBe(4);
    expect(
      cost(
        schema,
        many(2_000, () => ({})),
      ).errors,
    ).toBe(1);
    const said = (input: unknown): unknown => {
      try {
        checkInput({ goal: 'a-goal', input: schema } as Publication, input);
      } catch (error) {
        return (error as Problem).extras.members?.errors;
      }
    };
    const large = many(2_000, (i) => ({ a: 'x', b: i === 1_999 ? 'no day' : '2026-11-20' }));
    expect(said(large)).toEqual([{ path: '1999.b', message: 'must be a valid date' }]);
  });

  const text = fc.constantFrom<(s: z.ZodString) => z.ZodType>(
    (s) => s,
    (s) => s.min(3).max(9),
    (s) => s.regex(/^[a-z]+$/),
    (s) => s.regex(/^(\w+\s?)*$/),
    (s) => s.regex(/^(a|a)*$/),
    (s) => s.regex(/[\w.+-]+@[\w-]+\.[\w.]+/),
    (s) => s.regex(/^(?=.*a)(?!.*bb).*$/),
    (s) => s.regex(/^(a+)\1+$/),
  );
  const leaf = fc.oneof(
    text.map((form) => form(z.string())),
    fc.constantFrom<z.ZodType>(
      ...[z.iso.date(), z.iso.datetime(), z.email(), z.url(), z.uuid(), z.ipv6(), z.hostname(), z.base64()],
      ...[
        z.int(),
        z.number().multipleOf(0.01),
        z.boolean(),
        z.null(),
        z.enum(['a', 'b']),
        z.literal(7),
        z.any(),
      ],
    ),
  );
  const { schema: anySchema } = fc.letrec<{ schema: z.ZodType }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      tie('schema').map((of) => z.array(of)),
      tie('schema').map((of) => z.record(z.string(), of)),
      tie('schema').map((of) => of.nullable().optional()),
      fc.array(tie('schema'), { minLength: 1, maxLength: 12 }).map((of) => z.union(of)),
      fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((of) => z.tuple(of as [z.ZodType])),
      fc
        .dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'next'), tie('schema'))
        .chain((shape) =>
          fc.constantFrom<z.ZodType>(z.object(shape), z.strictObject(shape), z.looseObject(shape)),
        ),
      fc.tuple(tie('schema'), tie('schema')).map(([a, b]) => z.intersection(a, b)),
      fc.array(tie('schema'), { minLength: 1, maxLength: 6 }).map((of) => {
        const self: z.ZodType = z.lazy(() =>
          z.union(of.map((one, i) => z.object({ next: self.optional(), [`k${i}`]: one }))),
        );
        return self;
      }),
    ),
  }));
  const piece = fc.constantFrom<unknown>(
    ...[1, 0.5, true, null, '', 'a', 'x@y', '2026-11-20', {}, [], { a: 1 }, { next: {} }, [[1]], [{}]],
    ...[`${'a'.repeat(40)}!`, `${'ab '.repeat(20)}!`],
  );
  const body = fc.oneof(
    fc.json({ maxDepth: 5 }).map((json) => JSON.parse(json)),
    piece,
    // As many as there is room for.
    piece.chain((one) => {
      const n = Math.floor(1_500_000 / (JSON.stringify(one).length + 1));
      return fc.constantFrom<unknown>(
        ...[many(n, () => structuredClone(one)), { a: many(n, () => structuredClone(one)) }],
        Object.fromEntries(many(Math.min(n, 100_000), (i) => [`k${i}`, one])),
      );
    }),
    fc.constantFrom('a', ' ', 'ab ', 'a@').map((part) => `${part.repeat(1_400_000 / part.length)}\u0001`),
    fc.constant(chain),
  );

  test('any schema that zod can say, with any body, is answered in a moment or refused', () => {
    fc.assert(
      fc.property(anySchema, body, (schema, input) => {
        const published = asJsonSchema(schema);
        // What a busy machine adds is not there again; what the check costs is.
        const tries = [cost(published, input)];
        const isDear = ({ ms, mb }: Cost): boolean => ms >= 250 || mb >= 100;
        while (tries.length < 3 && tries.every(isDear)) tries.push(cost(published, input));
        const { code, ms, mb, errors } = tries.find((one) => !isDear(one)) ?? (tries[0] as Cost);
        expect(['fits', 'input_invalid', 'check_too_long']).toContain(code);
        expect(errors).toBeLessThanOrEqual(50);
        expect(ms).toBeLessThan(500);
        expect(mb).toBeLessThan(100);
      }),
      { numRuns: 120, interruptAfterTimeLimit: 60_000 },
    );
  });
});
