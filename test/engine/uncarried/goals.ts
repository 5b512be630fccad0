// Goals whose code hands on what JSON cannot carry, forgets what it began, or judges nothing.

import { goal, job, type Pursuit } from 'goalkeeper';
import { z } from 'zod';

/** Gives back what it is told to. */
export const carry = job({
  name: 'carry',
  input: z.any(),
  output: z.any(),
  retry: { attempts: 1 },
});

export const carryQuick = job({ name: 'carry-quick', input: z.any(), output: z.any(), quick: true });

const circular: { self?: unknown } = {};
circular.self = circular;
let reads = 0;

export const GIVEN: Record<string, () => unknown> = {
  bigint: () => 10n,
  circular: () => ({ rows: [circular] }),
  nan: () => ({ rows: [{ price: Number.NaN }] }),
  map: () => ({ rows: new Map([['a', 1]]) }),
  promise: () => ({ rows: Promise.resolve(1) }),
  getter: () => ({
    get rows(): number {
      throw new Error('not yours');
    },
  }),
  // Read once too often, it throws.
  fickle: () => ({
    get rows(): number {
      if (reads++ % 3 === 2) throw new Error('not again');
      return 1;
    },
  }),
  fine: () => ({ rows: [1], at: new Date(0), nothing: undefined }),
};

type Pursue = (pursuit: Pursuit<typeof carry>) => Promise<unknown> | unknown;

export const PURSUITS: Record<string, Pursue> = {
  'input of a step': ({ run }) => run(carry, { rows: [{ price: Number.NaN }] }),
  'input of a quick step': ({ run }) => run(carryQuick, { rows: [10n] }),
  'item of a map': ({ map }) => map([1, { price: Number.POSITIVE_INFINITY }], carry),
  'output of a job': ({ run }) => run(carry, { give: 'nan' }),
  'output of a quick job': ({ run }) => run(carryQuick, { give: 'nan' }),
  'what a person is shown': ({ approve }) => approve('sign-off', { show: { rows: [new Set([1])] } }),
  'a question that nobody can answer': ({ ask }) => ask('when', z.object({ at: z.date() })),
  'a step': ({ run }) => {
    void run(carry, 1);
  },
  'a quick step': async ({ run }) => {
    void run(carryQuick, 1);
    await run(carry, 2);
  },
  'a map': ({ map }) => {
    void map([1, 2], carry);
  },
  'an approval': ({ approve }) => {
    void approve('sign-off');
  },
  'a sleep': async ({ run, sleep }) => {
    void sleep('1h');
    await run(carry, 1);
  },
  'the loser of a race': ({ run, sleep }) => Promise.race([run(carry, 1), sleep('1h')]),
  'a step whose end is heard by then': ({ run }) => {
    run(carry, 1).then(
      () => undefined,
      () => undefined,
    );
  },
  'a step that is returned': ({ run }) => run(carry, 1),
};

const shared = {
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  input: z.object({ key: z.string(), what: z.string() }),
  output: z.any(),
  jobs: [carry, carryQuick],
};

export const giving = goal({
  ...shared,
  name: 'giving',
  outcome: 'Something was given',
  criteria: { given: () => true },
  pursue: ({ what }) => Promise.resolve(GIVEN[what]?.()),
});

export const passing = goal({
  ...shared,
  name: 'passing',
  outcome: 'Something was passed on',
  criteria: { passed: () => true },
  async pursue({ what }, pursuit) {
    await PURSUITS[what]?.(pursuit as unknown as Pursuit<typeof carry>);
    return 'done';
  },
});

const VERDICTS: Record<string, () => unknown> = {
  promise: () => Promise.reject(new Error('nobody hears it')),
  nothing: () => undefined,
  'empty text': () => '',
  number: () => 1,
  no: () => false,
  yes: () => true,
};

export const judging = goal({
  ...shared,
  name: 'judging',
  outcome: 'Something was judged',
  criteria: { judged: (_, { what }) => VERDICTS[what]?.() as boolean },
  pursue: async () => 'done',
});

/** Its schema's own code throws. */
export const unreadable = goal({
  ...shared,
  name: 'unreadable',
  outcome: 'Something was read',
  input: shared.input.refine(({ what }) => {
    if (what === 'input') throw new TypeError('the schema is wrong');
    return true;
  }),
  output: z.any().refine(() => {
    throw new TypeError('the schema is wrong');
  }),
  criteria: { read: () => true },
  pursue: async () => 'done',
});

export default [giving, passing, judging, unreadable];
