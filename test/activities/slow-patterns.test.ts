import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { slowPart } from '../../activities/prove-pattern.ts';
import { patternsIn } from '../../activities/schema-parts.ts';
import { slowPatterns } from '../../activities/slow-patterns.ts';
import { goal, job } from '../../goals/index.ts';

describe('a pattern', () => {
  test.each([
    /^(\w+\s?)*$/,
    /^(a|a)*$/,
    /^(\w|\d)*$/,
    /^(?:a+b?)+$/,
    /^(([a-z])+.)+[A-Z]([a-z])+$/,
    /^(a?){30}a{30}$/,
    /^(.*a){12}$/,
    /^\s*.*\s*$/,
    /\s+$/,
    /foo.*bar/,
    /[\w.+-]+@[\w-]+\.[\w.]+/,
    /^\S+@\S+\.\S+$/,
    /<!--[\s\S]*?-->/,
    /^(?:é+)*$/u,
    /^(?:\p{L}+ ?)*$/u,
    /^(x+x+)+y/i,
  ])('%s can blow up', (pattern) => {
    expect(slowPart(pattern)).not.toBeNull();
  });

  test.each([
    /^[a-z0-9]+(?:-[a-z0-9]+)*$/,
    /^([a-z]+,)*[a-z]+$/,
    /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/,
    /^(?=.*\d)(?=.*[a-z]).{8,}$/,
    /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/,
    /^\/?([^/\0]+\/)*[^/\0]+$/,
    /^\$?(\d{1,3}(,\d{3})*|\d+)(\.\d{2})?$/,
    /^https?:\/\/[^\s/$.?#].[^\s]*$/,
    /^([a-zA-Z0-9]+\.)+com$/,
    /^\p{Lu}[\w.-]+\/$/u,
    /^CUST-\d+$/g,
    /x/,
    new RegExp('^[\\p{L}--[a-z]]+$', 'v' as string),
  ])('%s cannot', (pattern) => {
    expect(slowPart(pattern)).toBeNull();
  });

  test.each(
    Object.entries(z.regexes).flatMap(([name, known]) =>
      known instanceof RegExp ? [[name, known] as const] : [],
    ),
  )("of zod's own format %s cannot", (_name, pattern) => {
    expect(slowPart(pattern)).toBeNull();
  });
});

const slow = /^(\w+\s?)*$/;

describe('the patterns of a schema', () => {
  const Tree: z.ZodType = z.object({
    get next() {
      return Tree.optional();
    },
    name: z.string().regex(slow),
  });

  test.each<[string, z.ZodType, string]>([
    ['a field', z.object({ a: z.string().regex(slow) }), 'input.a'],
    [
      'a field of a list',
      z.object({ a: z.array(z.strictObject({ b: z.string().regex(slow) })) }),
      'input.a[].b',
    ],
    ['what may be missing', z.object({ a: z.string().regex(slow).nullable().default('x') }), 'input.a'],
    ['an arm of a union', z.union([z.int(), z.object({ a: z.string().regex(slow) })]), 'input.a'],
    ['a key', z.record(z.string().regex(slow), z.int()), 'a key of input'],
    ['a map', z.map(z.string(), z.string().regex(slow)), 'input[]'],
    ['a tuple', z.tuple([z.int(), z.string().regex(slow)]), 'input'],
    [
      'what is made of something else',
      z
        .string()
        .transform((text) => text.trim())
        .pipe(z.string().regex(slow)),
      'input',
    ],
    ['what refers to itself', Tree, 'input.name'],
    ['what is said lately', z.lazy(() => z.object({ a: z.string().regex(slow) })), 'input.a'],
    ['a format of its own', z.email({ pattern: slow }), 'input'],
    [
      'an intersection',
      z.intersection(z.object({ a: z.string().regex(slow) }), z.looseObject({})),
      'input.a',
    ],
  ])('are found in %s', (_where, schema, path) => {
    expect(patternsIn(schema, 'input').filter(({ pattern }) => pattern === slow)).toEqual([
      { path, pattern: slow },
    ]);
  });

  test('are refused by the name of the goal or job, and the path', () => {
    const load = job({
      name: 'load',
      input: z.object({}),
      output: z.object({ note: z.string().regex(slow) }),
    });
    const day = goal({
      ...{ name: 'day-loaded', outcome: 'The day is there', owner: 'data', deadline: '1h', jobs: [load] },
      ...{ input: z.object({ day: z.string().regex(slow), other: z.iso.date() }), key: ['day'] },
      ...{ output: z.object({}), criteria: [], pursue: async () => ({}) },
    } as never);
    const found = slowPatterns([day], [load]);
    expect(found.map(({ where }) => where)).toEqual(["goal 'day-loaded'", "job 'load'"]);
    expect(found[0]?.what).toContain('the pattern of input.day, /^(\\w+\\s?)*$/, can take hours');
    expect(found[1]?.what).toContain('the pattern of output.note');
  });
});
