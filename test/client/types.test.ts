// What the editor of a client's user says. tsc checks the file; running it shows only that what compiles works.

import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { createClient, type GoalkeeperProblem, type RunOf } from '../../client/index.ts';
import { goal } from '../../goals/index.ts';
import type { Failure } from '../../goals/wire/failure.ts';
import type { ProblemCode } from '../../goals/wire/problem-codes.ts';

const shared = { outcome: 'It is there', owner: 'tests', team: 'tests', key: ['day'] };
const dailyRevenue = goal({
  ...shared,
  name: 'daily-revenue',
  input: z.object({ day: z.string(), tries: z.string().transform(Number), limit: z.number().default(5) }),
  output: z.object({ rows: z.number() }),
  criteria: { there: () => true },
  pursue: async () => ({ rows: 1 }),
});
const top3 = goal({
  ...shared,
  name: 'top-3',
  input: z.object({ day: z.string() }),
  output: z.string(),
  criteria: { there: () => true },
  pursue: async () => 'a',
});
const team = [dailyRevenue, top3];

const forTheCompiler = (_: () => unknown): void => undefined;

test('goals are typed by their module alone: by name, in camel case, by what their schemas are given', () => {
  expect(dailyRevenue.name).toBe('daily-revenue');
  expectTypeOf(dailyRevenue.name).toEqualTypeOf<'daily-revenue'>();
  forTheCompiler(async () => {
    const client = createClient<typeof team>({ url: 'http://gateway' });
    const run = await client.goals.dailyRevenue.start({ day: 'd', tries: '3' }, { wait: '30s' });
    expectTypeOf(run.goal).toEqualTypeOf<'daily-revenue'>();
    // @ts-expect-error an output is there only where it is achieved
    run.output;
    // @ts-expect-error a failure is there only where it failed
    run.failure;
    if (run.outcome === 'achieved') expectTypeOf(run.output).toEqualTypeOf<{ rows: number }>();
    else if (run.outcome === 'failed') expectTypeOf(run.failure).toEqualTypeOf<Failure>();
    // @ts-expect-error neither achieved nor cancelled has a failure
    else run.failure;
    // @ts-expect-error the input is what was given, before the transform: a text
    await client.goals.dailyRevenue.start({ day: 'd', tries: 3 });
    // @ts-expect-error the day is missing
    await client.goals['daily-revenue'].start({ tries: '3' });
    // @ts-expect-error no such time span
    await client.goals['top-3'].start({ day: 'd' }, { wait: 'soon' });
    // @ts-expect-error no such goal
    client.goals.weeklyRevenue;
    // @ts-expect-error a digit after the dash: it has its exact name only
    client.goals.top3;
    const top = await client.goal('top-3').start({ day: 'd' });
    if (top.outcome === 'achieved') expectTypeOf(top.output).toEqualTypeOf<string>();
  });
});

test('goals are typed by what goalkeeper generate writes, and are not typed where nothing is given', () => {
  forTheCompiler(async () => {
    const client = createClient<{ 'daily-revenue': { input: { day: string }; output: { rows: number } } }>({
      url: 'http://gateway',
    });
    const run = await client.goals.dailyRevenue.start({ day: 'd' });
    if (run.outcome === 'achieved') expectTypeOf(run.output.rows).toBeNumber();
    const untyped = await createClient({ url: 'http://gateway' }).goal('whatever').start({ a: 1 });
    if (untyped.outcome === 'achieved') expectTypeOf(untyped.output).toBeUnknown();
    expectTypeOf(await client.runs.get('id')).toEqualTypeOf<RunOf>();
  });
});

test('problems are typed by their code', () => {
  forTheCompiler(() => {
    const { code } = {} as GoalkeeperProblem;
    expectTypeOf(code).toEqualTypeOf<ProblemCode>();
    // @ts-expect-error no such code
    return code === 'run_opened';
  });
});
