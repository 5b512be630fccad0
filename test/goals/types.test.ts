// What an author's editor says. tsc checks the whole file, and a line under `@ts-expect-error` that compiles is an
// error itself; running it only shows that what compiles also works.

import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { bind, type JobContext } from '../../activities/bind.ts';
import {
  type Goal,
  goal,
  type Job,
  job,
  type Mapped,
  type Pursuit,
  permanent,
  retryAfter,
} from '../../goals/index.ts';

const load = job({
  name: 'load',
  input: z.object({ day: z.string(), limit: z.number().default(10) }),
  output: z.object({ rows: z.number(), at: z.string().transform((text) => new Date(text)) }),
});
const count = job({ name: 'count', input: z.string().transform(Number), output: z.enum(['few', 'many']) });
const undeclared = job({ name: 'undeclared', input: z.object({}), output: z.object({}) });

const shared = { outcome: 'The numbers are there', owner: 'tests', team: 'tests', key: ['day'] };

const needed = goal({
  ...shared,
  name: 'needed',
  input: z.object({ day: z.string(), tries: z.string().transform(Number) }),
  output: z.object({ rows: z.string().transform(Number) }),
  criteria: { 'rows arrived': ({ rows }) => rows > 0 },
  async pursue() {
    return { rows: '3' };
  },
});
const notNeeded = goal({
  ...shared,
  name: 'not-needed',
  input: z.object({ day: z.string() }),
  output: z.object({}),
  criteria: { there: () => true },
  pursue: async () => ({}),
});

/** Never run: its body is what tsc reads. */
const forTheCompiler = (_: () => unknown): void => undefined;

describe('approve and ask', () => {
  test('resolve with who approved, and with what the schema makes of the data', () => {
    forTheCompiler(async () => {
      const { approve, ask } = {} as Pursuit;
      const approval = await approve('sign-off', {
        by: 'finance',
        expires: { after: '2d', consequence: 'approve' },
      });
      expectTypeOf(approval.by).toEqualTypeOf<string | null>();
      expectTypeOf(await ask('tries', z.string().transform(Number))).toEqualTypeOf<number>();
      // @ts-expect-error as what it counts that nobody decided must be said
      await approve('sign-off', { expires: { after: '2d' } });
      // @ts-expect-error nobody's silence is data
      await ask('tries', z.string(), { expires: { after: '2d', consequence: 'approve' } });
    });
  });
});

describe('run', () => {
  test('takes what the schema of the input is given, and resolves with what the schema of the output makes of it', () => {
    const declared = goal({
      ...shared,
      name: 'declared',
      input: z.object({ day: z.string() }),
      output: z.object({ rows: z.number() }),
      jobs: [load, count],
      criteria: { there: () => true },
      async pursue({ day }, { run }) {
        const loaded = await run(load, { day });
        expectTypeOf(loaded).toEqualTypeOf<{ rows: number; at: Date }>();
        const counted = await run(count, '12');
        expectTypeOf(counted).toEqualTypeOf<'few' | 'many'>();
        return { rows: loaded.rows };
      },
    });
    expect(declared.jobs).toEqual([load, count]);
  });

  test('does not compile with a wrong input, a wrong use of the output, or wrong options', () => {
    forTheCompiler(() =>
      goal({
        ...shared,
        name: 'wrong',
        input: z.object({ day: z.string() }),
        output: z.object({ rows: z.number() }),
        jobs: [load, count],
        criteria: { there: () => true },
        async pursue({ day }, { run, sleep }) {
          // @ts-expect-error a number is no day
          await run(load, { day: 20261120 });
          // @ts-expect-error the day is missing
          await run(load, {});
          // @ts-expect-error the input is what was given, before the transform: a text
          await run(count, 12);
          // @ts-expect-error no such option
          await run(load, { day }, { attemps: 3 });
          // @ts-expect-error no such unit of time
          await run(load, { day }, { timeout: '3 weeks' });
          // @ts-expect-error no such unit of time
          await sleep('3 weeks');
          const loaded = await run(load, { day });
          // @ts-expect-error no such field in the output
          loaded.row;
          // @ts-expect-error the output is what the transform made: a date
          loaded.at.toUpperCase();
          // @ts-expect-error the result is a promise until it is awaited
          run(load, { day }).rows;
          return { rows: loaded.rows };
        },
      }),
    );
  });

  test('does not compile with a job that the goal does not declare', () => {
    forTheCompiler(() => {
      const start = { ...shared, input: z.object({ day: z.string() }), output: z.object({}) };
      goal({
        ...start,
        name: 'one-declared',
        jobs: [load],
        criteria: { there: () => true },
        async pursue(_, { run }) {
          // @ts-expect-error not among the jobs
          await run(undeclared, {});
          return {};
        },
      });
      goal({
        ...start,
        name: 'none-declared',
        criteria: { there: () => true },
        async pursue({ day }, { run }) {
          // @ts-expect-error there are no jobs
          await run(load, { day });
          return {};
        },
      });
    });
  });
});

describe('achieve', () => {
  test('takes what the needed goal is given, and resolves with its output', () => {
    const needy = goal({
      ...shared,
      name: 'needy',
      input: z.object({ day: z.string() }),
      output: z.object({ rows: z.number() }),
      needs: [needed],
      criteria: { there: () => true },
      async pursue({ day }, { achieve }) {
        const there = await achieve(needed, { day, tries: '3' });
        expectTypeOf(there).toEqualTypeOf<{ rows: number }>();
        return there;
      },
    });
    expect(needy.needs).toEqual([needed]);
  });

  test('does not compile with an undeclared goal or a wrong input', () => {
    forTheCompiler(() => {
      const start = { ...shared, input: z.object({ day: z.string() }), output: z.object({}) };
      goal({
        ...start,
        name: 'one-declared',
        needs: [needed],
        criteria: { there: () => true },
        async pursue({ day }, { achieve }) {
          // @ts-expect-error not among the needs
          await achieve(notNeeded, { day });
          // @ts-expect-error the input is what was given, before the transform: a text
          await achieve(needed, { day, tries: 3 });
          return {};
        },
      });
      goal({
        ...start,
        name: 'none-declared',
        criteria: { there: () => true },
        async pursue({ day }, { achieve }) {
          // @ts-expect-error there are no needs
          await achieve(notNeeded, { day });
          return {};
        },
      });
    });
  });
});

describe('cleanup', () => {
  const gone = job({ name: 'gone', input: z.object({ name: z.string() }), output: z.object({}) });
  const start = { ...shared, input: z.object({ day: z.string() }), output: z.object({}) };

  test('does not compile with an undeclared job or a wrong input', () => {
    forTheCompiler(() => {
      goal({
        ...start,
        name: 'cleans',
        jobs: [gone],
        criteria: { there: () => true },
        async pursue({ day }, { cleanup }) {
          const lease = await cleanup(gone, { name: day }, { ttl: '1h', undoes: [gone] });
          expectTypeOf(lease.release).returns.resolves.toBeVoid();
          // @ts-expect-error not among the jobs
          await cleanup(undeclared, {});
          // @ts-expect-error not among the jobs
          await cleanup(gone, { name: day }, { undoes: [undeclared] });
          // @ts-expect-error the input has a name
          await cleanup(gone, { day });
          return {};
        },
      });
    });
  });
});

describe('pursue', () => {
  test('gets its input as the schema made it', () => {
    const asked: unknown[] = [];
    const declared = goal({
      ...shared,
      name: 'transformed',
      input: z.object({ day: z.string(), tries: z.string().transform(Number), limit: z.number().default(5) }),
      output: z.object({}),
      criteria: { there: () => true },
      async pursue(input, pursuit) {
        expectTypeOf(input).toEqualTypeOf<{ day: string; tries: number; limit: number }>();
        expectTypeOf(pursuit).toEqualTypeOf<Pursuit<never, never>>();
        asked.push(input);
        return {};
      },
    });
    expectTypeOf<z.input<typeof declared.input>>().toEqualTypeOf<{
      day: string;
      tries: string;
      limit?: number | undefined;
    }>();
    void declared.pursue(declared.input.parse({ day: '2026-11-20', tries: '3' }), {} as Pursuit);
    expect(asked).toEqual([{ day: '2026-11-20', tries: 3, limit: 5 }]);
  });

  test('may return literals for an enum, a literal and a union without `as const`', () => {
    const declared = goal({
      ...shared,
      name: 'literal',
      input: z.object({ day: z.string() }),
      output: z.object({
        way: z.enum(['first', 'second']),
        kind: z.literal('daily'),
        size: z.union([z.literal(1), z.literal(2)]),
        found: z.discriminatedUnion('is', [
          z.object({ is: z.literal('there'), rows: z.number() }),
          z.object({ is: z.literal('missing') }),
        ]),
        pair: z.tuple([z.string(), z.number()]),
      }),
      criteria: { 'a way was found': (o) => o.way === 'first' || `it was ${o.way}` },
      async pursue({ day }) {
        if (day === 'never')
          return { way: 'second', kind: 'daily', size: 2, found: { is: 'missing' }, pair: ['b', 2] };
        return {
          way: 'first',
          kind: 'daily',
          size: 1,
          found: { is: 'there', rows: 3 },
          pair: ['a', 1],
        };
      },
    });
    expectTypeOf<z.output<typeof declared.output>['way']>().toEqualTypeOf<'first' | 'second'>();
    expect(declared.judge('a way was found', { way: 'second' }, {})).toBe('it was second');
  });

  test('may return a literal where the output is an enum itself', () => {
    const declared = goal({
      ...shared,
      name: 'bare-enum',
      input: z.object({ day: z.string() }),
      output: z.enum(['few', 'many']),
      criteria: { many: (o) => o === 'many' },
      pursue: async ({ day }) => (day === '' ? 'few' : 'many'),
    });
    expectTypeOf<z.output<typeof declared.output>>().toEqualTypeOf<'few' | 'many'>();
    expect(declared.judge('many', 'many', {})).toBe(true);
  });

  test('returns what the schema of the output is given, before its transforms', () => {
    expectTypeOf<z.input<typeof needed.output>>().toEqualTypeOf<{ rows: string }>();
    expectTypeOf<z.output<typeof needed.output>>().toEqualTypeOf<{ rows: number }>();
    forTheCompiler(() =>
      goal({
        ...shared,
        name: 'transformed-output',
        input: z.object({ day: z.string() }),
        output: z.object({ rows: z.string().transform(Number) }),
        criteria: { there: () => true },
        // @ts-expect-error a number is what the transform makes, not what it is given
        pursue: async () => ({ rows: 3 }),
      }),
    );
    expect(needed.output.parse({ rows: '3' })).toEqual({ rows: 3 });
  });

  test('does not compile when it returns another shape than the output', () => {
    forTheCompiler(() => {
      const start = { ...shared, name: 'wrong', input: z.object({ day: z.string() }) };
      const output = z.object({ rows: z.number(), way: z.enum(['first', 'second']) });
      goal({
        ...start,
        output,
        criteria: { there: () => true },
        // @ts-expect-error a text is no number
        pursue: async () => ({ rows: '3', way: 'first' }),
      });
      goal({
        ...start,
        output,
        criteria: { there: () => true },
        // @ts-expect-error `way` is missing
        pursue: async () => ({ rows: 3 }),
      });
      goal({
        ...start,
        output,
        criteria: { there: () => true },
        // @ts-expect-error there is no third way
        pursue: async () => ({ rows: 3, way: 'third' }),
      });
      goal({
        ...start,
        output,
        criteria: { there: () => true },
        // @ts-expect-error it returns nothing
        async pursue() {},
      });
      goal({
        ...start,
        output,
        criteria: { there: () => true },
        // @ts-expect-error no promise
        pursue: () => ({ rows: 3, way: 'first' }),
      });
      goal({
        ...start,
        output,
        jobs: [load],
        criteria: { there: () => true },
        // @ts-expect-error a job's output that is another shape, and no literal
        pursue: async ({ day }, { run }) => run(load, { day }),
      });
    });
  });
});

describe('criteria', () => {
  test('judge the output and the input as their schemas made them', () => {
    const declared = goal({
      ...shared,
      name: 'judged',
      input: z.object({ day: z.string(), atLeast: z.string().transform(Number) }),
      output: z.object({ rows: z.string().transform(Number) }),
      criteria: {
        'enough rows': (output, input) => {
          expectTypeOf(output).toEqualTypeOf<{ rows: number }>();
          expectTypeOf(input).toEqualTypeOf<{ day: string; atLeast: number }>();
          return output.rows >= input.atLeast || `only ${output.rows}`;
        },
      },
      pursue: async () => ({ rows: '3' }),
    });
    expect(declared.judge('enough rows', { rows: 3 }, { atLeast: 4 })).toBe('only 3');
  });

  test('do not compile when they read a field that is not there, or give no verdict', () => {
    forTheCompiler(() => {
      const start = {
        ...shared,
        name: 'wrong',
        input: z.object({ day: z.string() }),
        output: z.object({ rows: z.number() }),
        pursue: async () => ({ rows: 3 }),
      };
      goal({
        ...start,
        criteria: {
          // @ts-expect-error no such field in the output
          'rows arrived': (o) => o.row > 0,
        },
      });
      goal({
        ...start,
        criteria: {
          // @ts-expect-error no such field in the input
          'rows arrived': (o, i) => o.rows > i.atLeast,
        },
      });
      goal({
        ...start,
        criteria: {
          // @ts-expect-error a number is no verdict
          'rows arrived': (o) => o.rows,
        },
      });
    });
  });
});

describe('a key', () => {
  const whole = {
    ...{ name: 'keyed', outcome: 'It is there', owner: 'tests', team: 'tests' },
    input: z.object({
      day: z.iso.date(),
      customer: z.object({ id: z.string(), at: z.object({ town: z.string() }) }).optional(),
      labels: z.record(z.string(), z.string()),
      sort: z.union([z.object({ is: z.literal('a'), a: z.string() }), z.object({ is: z.literal('b') })]),
      rest: z.any(),
      tries: z.string().transform(Number),
    }),
    output: z.object({}),
    criteria: { there: () => true },
    pursue: async () => ({}),
  };

  test('is of paths into the input as it is given, however deep', () => {
    const deep = goal({
      ...whole,
      key: ['day', 'customer.id', 'customer.at.town', 'labels.any', 'sort.a', 'rest.x.y'],
    });
    expect(deep.key).toHaveLength(6);
    const listed: readonly string[] = ['day'];
    expect(goal({ ...whole, key: listed }).key).toBe(listed);
    expect(goal({ ...whole, key: [] }).key).toEqual([]);
    expect(goal({ ...whole, input: z.looseObject({}), key: ['whatever'] }).key).toEqual(['whatever']);
  });

  test('does not compile with a path that the input does not have', () => {
    forTheCompiler(() => {
      // @ts-expect-error misspelt
      goal({ ...whole, key: ['dya'] });
      // @ts-expect-error the second of them
      goal({ ...whole, key: ['day', 'costumer.id'] });
      // @ts-expect-error no such field of a customer
      goal({ ...whole, key: ['customer.name'] });
      // @ts-expect-error a text has no fields
      goal({ ...whole, key: ['day.year'] });
    });
  });
});

describe('map', () => {
  test('resolves with the outputs, or, when it tolerates losses, with both', () => {
    forTheCompiler(async () => {
      const { map } = {} as Pursuit<typeof load>;
      const items = [{ day: '2026-11-20' }];
      expectTypeOf(await map(items, load)).toEqualTypeOf<{ rows: number; at: Date }[]>();
      expectTypeOf(await map(items, load, { atOnce: 3 })).toEqualTypeOf<{ rows: number; at: Date }[]>();
      const lossy = await map(items, load, { atOnce: 3, tolerate: { share: 0.1 } });
      expectTypeOf(lossy).toEqualTypeOf<Mapped<{ rows: number; at: Date }>>();
      // @ts-expect-error no such option
      await map(items, load, { atOnec: 3 });
      // @ts-expect-error no such tolerance
      await map(items, load, { tolerate: { most: 3 } });
      // @ts-expect-error not among the jobs
      await map([{}], undeclared);
      // @ts-expect-error the day is missing
      const [first] = await map([{ limit: 3 }], load);
      expectTypeOf(first).toEqualTypeOf<{ rows: number; at: Date } | undefined>();
    });
  });
});

describe('a function that goals share', () => {
  test('is given what a goal may do, whole or as far as it uses it', () => {
    const wait = async ({ sleep, run }: Pursuit) => {
      await sleep('1s');
      return run(load, { day: '2026-11-20' });
    };
    const once = ({ run }: Pursuit<typeof count>) => run(count, '1');
    const needy = ({ achieve }: Pursuit<never, typeof needed>) =>
      achieve(needed, { day: '2026-11-20', tries: '1' });
    forTheCompiler(() =>
      goal({
        ...shared,
        name: 'shares',
        input: z.object({ day: z.string() }),
        output: z.object({}),
        jobs: [load, count],
        needs: [needed],
        criteria: { there: () => true },
        async pursue(_, pursuit) {
          await wait(pursuit);
          await needy(pursuit);
          expectTypeOf(await once(pursuit)).toEqualTypeOf<'few' | 'many'>();
          return {};
        },
      }),
    );
  });
});

describe('declarations', () => {
  test('do not compile without what every goal has', () => {
    forTheCompiler(() => {
      const whole = {
        ...shared,
        name: 'whole',
        input: z.object({ day: z.string() }),
        output: z.object({}),
        criteria: { there: () => true },
        pursue: async () => ({}),
      };
      goal(whole);
      const { owner: _, ...ownerless } = whole;
      // @ts-expect-error no owner
      goal(ownerless);
      const { criteria: __, ...unjudged } = whole;
      // @ts-expect-error no criteria
      goal(unjudged);
      const { key: ___, ...keyless } = whole;
      // @ts-expect-error no key
      goal(keyless);
      // @ts-expect-error no such unit of time
      goal({ ...whole, deadline: '2 fortnights' });
      // @ts-expect-error a field that does not exist
      goal({ ...whole, deadlines: '2h' });
      // @ts-expect-error no such field of a policy
      job({ name: 'wrong', input: z.object({}), output: z.object({}), retry: { attempt: 3 } });
      // @ts-expect-error no schema
      job({ name: 'wrong', input: { day: 'string' }, output: z.object({}) });
    });
  });

  test('of any schemas are assignable to the general goal and job', () => {
    expectTypeOf([needed, notNeeded]).toExtend<readonly Goal[]>();
    expectTypeOf([load, count, undeclared]).toExtend<readonly Job[]>();
  });

  test('of errors carry a code, and what may be retried when', () => {
    expectTypeOf(permanent('gone').goalkeeper.permanent).toEqualTypeOf<boolean>();
    forTheCompiler(() => {
      retryAfter('90s', 'busy');
      retryAfter(90_000, 'busy');
      retryAfter(new Date(), 'busy');
      retryAfter(new Headers().get('retry-after') ?? '', 'busy');
      // @ts-expect-error a code is a text
      permanent('gone', { code: 404 });
      // @ts-expect-error neither a duration nor a date
      retryAfter({ seconds: 3 }, 'busy');
    });
  });
});

describe('bind', () => {
  test('infers the input, the output and the context from the job', () => {
    const binding = bind(load, async (input, context) => {
      expectTypeOf(input).toEqualTypeOf<{ day: string; limit: number }>();
      expectTypeOf(context).toEqualTypeOf<JobContext>();
      return { rows: 3, at: '2026-11-20' };
    });
    expect(binding.job).toBe(load);
    expect(bind(count, (n) => (n > 10 ? 'many' : 'few')).run(12, {} as JobContext)).toBe('many');
  });

  test('does not compile with code that returns another shape, or wants another input', () => {
    forTheCompiler(() => {
      // @ts-expect-error `at` is missing
      bind(load, async () => ({ rows: 3 }));
      // @ts-expect-error the schema is given a text and makes the date itself
      bind(load, async () => ({ rows: 3, at: new Date() }));
      // @ts-expect-error neither few nor many
      bind(count, () => 'some');
      // @ts-expect-error no such field in the input
      bind(load, async ({ date }) => ({ rows: 3, at: date }));
      // @ts-expect-error no such field in the context
      bind(load, async ({ day }, { abort }) => ({ rows: abort, at: day }));
    });
  });
});
