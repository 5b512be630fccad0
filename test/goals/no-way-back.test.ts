import { expect, test } from 'vitest';
import { z } from 'zod';
import { check } from '../../goals/check.ts';
import { goal, job } from '../../goals/index.ts';
import { noWayBack } from '../../goals/no-way-back.ts';

interface Tree {
  at: Date;
  children: Tree[];
}
const tree: z.ZodType<Tree> = z.lazy(() => z.object({ at: z.date(), children: z.array(tree) }));

test.each<[z.ZodType, string]>([
  [z.date(), 'its output is z.date()'],
  [z.object({ at: z.date() }), 'its output: at is z.date()'],
  [z.object({ rows: z.array(z.object({ at: z.date().optional() })) }), 'rows.….at is z.date()'],
  [z.object({ at: z.date().nullable().default(null) }), 'at is z.date()'],
  [z.object({ at: z.union([z.date(), z.null()]) }), 'at is z.date()'],
  [
    z.discriminatedUnion('k', [
      z.object({ k: z.literal('a'), at: z.date() }),
      z.object({ k: z.literal('b') }),
    ]),
    'at is',
  ],
  [z.tuple([z.string(), z.bigint()]), '[1] is z.bigint()'],
  [z.record(z.string(), z.set(z.string())), '… is z.set()'],
  [z.map(z.string(), z.string()), 'is z.map()'],
  [z.literal(10n), 'is z.bigint()'],
  [
    z
      .string()
      .pipe(z.string())
      .and(z.object({ s: z.symbol() })),
    's is z.symbol()',
  ],
  [z.date().transform(String), 'is z.date()'],
  [tree, 'at is z.date()'],
])('a schema that JSON does not bring back is told with its place', (schema, said) => {
  expect(noWayBack('its output', schema)).toContain(said);
});

test.each<[string, z.ZodType]>([
  ['a text of a date', z.object({ at: z.iso.datetime() })],
  ['what makes a date of a text', z.object({ at: z.coerce.date() })],
  [
    'a codec of a text',
    z.codec(z.iso.datetime(), z.date(), { decode: (text) => new Date(text), encode: String }),
  ],
  ['what is made by code', z.preprocess((text) => new Date(String(text)), z.date())],
  ['a date or its text', z.union([z.date(), z.iso.datetime()])],
  ['a bigint of a text', z.coerce.bigint()],
  ['anything', z.object({ a: z.any(), b: z.unknown(), c: z.custom<Date>() })],
  ['nothing', z.void()],
])('%s comes back', (_, schema) => {
  expect(noWayBack('its output', schema)).toBeNull();
});

test('a worker does not start with jobs or goals whose values would never come back, and says what to write', () => {
  const load = job({
    name: 'load',
    input: z.object({ until: z.date() }),
    output: z.object({ at: z.date() }),
  });
  const loaded = goal({
    ...{ name: 'loaded', outcome: 'It is loaded', owner: 'us', team: 'us', key: ['day'], jobs: [load] },
    input: z.object({ day: z.string() }),
    output: z.object({ at: z.date() }),
    criteria: { loaded: () => true },
    pursue: (_, { run }) => run(load, { until: new Date() }),
  });
  expect(check([loaded], [load]).map(({ where, what }) => `${where}: ${what}`)).toEqual([
    expect.stringContaining("job 'load': its input: until is z.date()"),
    expect.stringContaining(
      "job 'load': its output: at is z.date(), which does not come back from JSON; write z.iso.datetime()",
    ),
    expect.stringContaining("goal 'loaded': its output: at is z.date()"),
  ]);
});
