import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseWithin } from '../../../activities/attempts/bounded-parse.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const many = <T>(n: number, of: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => of(i));

function cost(schema: z.ZodType, value: unknown, ms?: number) {
  parseWithin(schema, null);
  collect();
  const [before, used] = [process.cpuUsage(), process.memoryUsage().heapUsed];
  const parsed = parseWithin(schema, value, ms);
  const { user, system } = process.cpuUsage(before);
  const mb = (process.memoryUsage().heapUsed - used) / 2 ** 20;
  return { what: parsed.success ? 'fits' : parsed.what, ms: (user + system) / 1000, mb };
}

const fields = (n: number) => Object.fromEntries(many(n, (i) => [`f${i}`, z.string()]));
const Tree: z.ZodType = z.lazy(() =>
  z.union(many(4, (i) => z.object({ next: z.array(Tree).optional(), [`k${i}`]: z.literal(i) }))),
);

const hostile: Record<string, [z.ZodType, unknown]> = {
  '300,000 objects that lack 30 fields': [z.array(z.object(fields(30))), many(300_000, () => ({}))],
  '740,000 misfits of a union of 20': [
    z.object({ a: z.array(z.union(many(20, (i) => z.object({ [`k${i}`]: z.string() })))) }),
    { a: many(740_000, () => 1) },
  ],
  '100,000 texts that break three rules each': [
    z.array(z.string().min(3).max(1).regex(/^x/)),
    many(100_000, () => 'ab'),
  ],
  '100,000 values that the author refuses': [
    z.array(z.string().refine(() => false)),
    many(100_000, () => 'a'),
  ],
  'a record of 100,000 misfits': [
    z.record(z.string(), z.string()),
    Object.fromEntries(many(100_000, (i) => [`k${i}`, 1])),
  ],
  'lists, of which no arm of a union takes any item': [
    z.union([z.array(z.string()), z.array(z.boolean())]),
    many(740_000, () => 1),
  ],
  'lists of such lists': [
    z.array(z.union([z.array(z.string().min(2)), z.array(z.boolean())])),
    many(300, () => many(1_000, () => 'a')),
  ],
  'a tree that fits nowhere': [Tree, { next: many(50_000, () => ({ next: [{}] })) }],
  tuples: [z.array(z.tuple([z.string(), z.string()])), many(300_000, () => [1, 2])],
};

test.each(Object.entries(hostile))('%s cost a moment, and are said in a few', (_name, [schema, value]) => {
  const { what, ms, mb } = cost(schema, value);
  expect(what).toMatch(/^does not fit its schema/);
  expect(what.length).toBeLessThan(100_000);
  expect(ms).toBeLessThan(1_000);
  expect(mb).toBeLessThan(50);
});

test('a pattern that would take hours is stopped', () => {
  const slow = z.object({ a: z.string().regex(/^(\w+\s?)*$/) });
  const { what, ms } = cost(slow, { a: `${'a'.repeat(40)}!` }, 100);
  expect(what).toBe('takes longer than 100 ms to be held against its schema');
  expect(ms).toBeLessThan(500);
});

test('what fits is what zod makes of it, though arms before had thousands of misfits', () => {
  const schema = z.object({
    list: z.union([z.array(z.string()), z.array(z.int())]),
    day: z.string().default('today'),
  });
  expect(parseWithin(schema, { list: many(5_000, (i) => i) })).toMatchObject({
    success: true,
    data: { list: { length: 5_000 }, day: 'today' },
  });
});

test('a few misfits are all said, in the words of zod', () => {
  const schema = z.object({ a: z.string(), b: z.array(z.int()), c: z.union([z.int(), z.null()]) });
  expect(parseWithin(schema, { a: 1, b: [1, 'x', null], c: 'y' })).toEqual({
    success: false,
    what: `does not fit its schema: ${z.prettifyError(
      schema.safeParse({ a: 1, b: [1, 'x', null], c: 'y' }).error as z.ZodError,
    )}`,
  });
});

test('many are said to be many, with the first of them', () => {
  expect(
    parseWithin(
      z.array(z.string()),
      many(2_000, () => 1),
    ),
  ).toEqual({
    success: false,
    what: expect.stringMatching(
      /^does not fit its schema in more than 500 places, such as: .*expected string/,
    ),
  });
});
