// Goals that map. Their jobs do what the item's script says, attempt by attempt: `ok`, `fail`, `permanent:<code>`,
// `wait:<ms>`, `hang`, `crash` (takes the worker down), `later:<file>` (fails as long as the file is not there),
// `until:<file>` (waits for it).

import { Dataset, goal, job } from 'goalkeeper';
import { z } from 'zod';

const Item = z.object({ n: z.int(), script: z.array(z.string()).optional(), padding: z.string().optional() });
const Done = z.object({ n: z.int(), attempt: z.int() });
const retry = { attempts: 4, delay: '10ms', backoff: 1, jitter: 0 } as const;
const contract = { input: Item, output: Done, timeout: '10m', heartbeat: '6s', retry } as const;

export const tick = job({ ...contract, name: 'tick', quick: true });
export const work = job({ ...contract, name: 'work' });
export const scan = job({
  name: 'scan',
  input: z.looseObject({ uri: z.string() }),
  output: z.unknown(),
  scale: { by: 'bytes', per: 100 },
});
export const read = job({ name: 'read', input: z.looseObject({ uri: z.string() }), output: z.unknown() });
export const find = job({ name: 'find', input: Dataset, output: Dataset });

const Tolerate = z.union([
  z.object({ count: z.int() }),
  z.object({ share: z.number() }),
  z.object({ codes: z.array(z.string()) }),
]);
const shared = { owner: 'tests', team: 'tests', key: ['key'], criteria: { done: () => true } };

/** So many items, those in `scripts` with a script of their own. */
const Input = z.object({
  key: z.string(),
  count: z.int(),
  job: z.enum(['tick', 'work']).default('tick'),
  scripts: z.record(z.string(), z.array(z.string())).default({}),
  all: z.array(z.string()).optional(),
  padding: z.int().default(0),
  atOnce: z.int().optional(),
  tolerate: Tolerate.optional(),
});
type Input = z.output<typeof Input>;

function itemsOf({ count, scripts, all, padding }: Input): z.input<typeof Item>[] {
  const text = 'x'.repeat(padding);
  return Array.from({ length: count }, (_, n) => {
    const script = scripts[n] ?? all;
    return { n, ...(script && { script }), ...(padding > 0 && { padding: text }) };
  });
}

export const every = goal({
  ...shared,
  name: 'map-every',
  outcome: 'Each item is done',
  input: Input,
  output: z.object({ count: z.int(), inOrder: z.boolean(), attempts: z.int() }),
  jobs: [tick, work],
  async pursue(input, { map }) {
    const done = await map(itemsOf(input), input.job === 'tick' ? tick : work, {
      ...(input.atOnce && { atOnce: input.atOnce }),
    });
    return {
      count: done.length,
      inOrder: done.every(({ n }, i) => n === i),
      attempts: done.reduce((sum, { attempt }) => sum + attempt, 0),
    };
  },
});

export const most = goal({
  ...shared,
  name: 'map-most',
  outcome: 'Most items are done',
  input: Input,
  output: z.object({ done: z.int(), inOrder: z.boolean(), lost: z.array(z.unknown()) }),
  jobs: [tick, work],
  async pursue(input, { map }) {
    const { results, lost } = await map(itemsOf(input), input.job === 'tick' ? tick : work, {
      tolerate: (input.tolerate ?? { count: 0 }) as never,
    });
    return {
      done: results.filter((result) => result !== undefined).length,
      inOrder: results.every((result, i) => result === undefined || result.n === i),
      lost,
    };
  },
});

/** Copes with losses, and is not reached with any. */
export const whole = goal({
  ...shared,
  name: 'map-whole',
  outcome: 'Nothing is lost',
  input: Input,
  output: z.object({ done: z.int(), inOrder: z.boolean(), lost: z.int() }),
  criteria: { 'nothing is lost': ({ lost }) => lost === 0 },
  jobs: [tick, work],
  async pursue(input, { map }) {
    const { results, lost } = await map(itemsOf(input), tick, { tolerate: { share: 1 } });
    const inOrder = results.every((result, i) => result === undefined || result.n === i);
    return { done: results.length - lost.length, inOrder, lost: lost.length };
  },
});

export const dataset = goal({
  ...shared,
  name: 'map-dataset',
  outcome: 'Each piece is read',
  input: z.object({ key: z.string(), dataset: Dataset, job: z.enum(['scan', 'read']) }),
  output: z.object({ pieces: z.array(z.unknown()) }),
  jobs: [find, scan, read],
  async pursue({ dataset, job }, { run, map }) {
    const found = await run(find, dataset);
    return { pieces: await map(found, job === 'scan' ? scan : read) };
  },
});

/** Maps over whatever it is given. */
export const given = goal({
  ...shared,
  name: 'map-given',
  outcome: 'What is given is read',
  input: z.object({ key: z.string(), items: z.array(z.unknown()) }),
  output: z.object({ lost: z.array(z.unknown()) }),
  jobs: [read],
  async pursue({ items }, { map }) {
    const { lost } = await map(items as { uri: string }[], read, { tolerate: { count: 1 } });
    return { lost };
  },
});

export default [every, most, whole, dataset, given];
