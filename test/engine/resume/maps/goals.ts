// Goals that map, and then do something with what came of it. Scripts: `ok`; `later:<file>`, which fails for good as long
// as the file is not there.

import { goal, job, type Pursuit } from 'goalkeeper';
import { z } from 'zod';

const Item = z.object({ n: z.int(), script: z.string(), padding: z.string() });
const Sum = z.object({ of: z.int() });

export const item = job({ name: 'resume-item', quick: true, input: Item, output: z.object({ n: z.int() }) });
export const sum = job({ name: 'resume-sum', input: Sum.extend({ script: z.string() }), output: Sum });

const Output = z.object({ done: z.int(), lost: z.int() });
export const look = job({
  name: 'resume-look',
  input: z.object({ there: z.string() }),
  output: Output.nullable(),
});

const Input = z.object({
  key: z.string(),
  count: z.int(),
  padding: z.int().default(0),
  scripts: z.record(z.string(), z.string()).default({}),
  tolerate: z.int().default(0),
  last: z.string().default('ok'),
  there: z.string().default(''),
});

async function pursue(
  { count, padding, scripts, tolerate, last }: z.output<typeof Input>,
  { run, map }: Pick<Pursuit<typeof item | typeof sum>, 'run' | 'map'>,
) {
  const items = Array.from({ length: count }, (_, n) => ({
    ...{ n, script: scripts[n] ?? 'ok', padding: 'x'.repeat(padding) },
  }));
  const { lost } = await map(items, item, { tolerate: { count: tolerate } });
  const { of } = await run(sum, { of: count, script: 'ok' });
  const { of: done } = await run(sum, { of: of - lost.length, script: last });
  return { done, lost: lost.length };
}

const shared = {
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  input: Input,
  output: Output,
  criteria: { done: () => true },
  jobs: [item, sum],
};

export const mapped = goal({ ...shared, name: 'resume-mapped', outcome: 'Most items are done', pursue });

/** Looks first whether somebody has done it already. */
export const looked = goal({
  ...shared,
  name: 'resume-looked',
  outcome: 'Most items are done, by whomever',
  already: { job: look, input: ({ there }) => ({ there }) },
  pursue,
});

export default [mapped, looked];
