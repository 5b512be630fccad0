// Goals whose maps come to the bounds of what a history, a shard and a limit bear.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const retry = { attempts: 2, delay: '10ms', backoff: 1, jitter: 0 } as const;

/** Some things there are, with a long text, and some there are not. */
export const lookup = job({
  name: 'bounds-lookup',
  input: z.object({ n: z.int(), chars: z.int() }),
  output: z.object({ n: z.int(), text: z.string() }).nullish(),
  quick: true,
  retry,
});
export const wait = job({
  name: 'bounds-wait',
  input: z.object({ n: z.int(), ms: z.int() }),
  output: z.int(),
  quick: true,
  retry,
});
export const carry = job({
  name: 'bounds-carry',
  input: z.object({ n: z.int(), text: z.string() }),
  output: z.int(),
  quick: true,
  retry,
});
export const publish = job({
  name: 'bounds-publish',
  input: z.object({ gate: z.string() }),
  output: z.object({}),
  retry: { attempts: 1 },
});

const shared = { owner: 'tests', team: 'tests', key: ['key'], criteria: { done: () => true } };
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

export const lookedUp = goal({
  ...shared,
  name: 'bounds-looked-up',
  outcome: 'All is looked up and published',
  input: z.object({ key: z.string(), count: z.int(), chars: z.int(), gate: z.string() }),
  output: z.object({ there: z.int(), nulls: z.int(), inOrder: z.boolean() }),
  jobs: [lookup, publish],
  async pursue({ count, chars, gate }, { map, run }) {
    const found = await map(
      upTo(count).map((n) => ({ n, chars })),
      lookup,
    );
    await run(publish, { gate });
    return {
      there: found.filter((one) => one).length,
      nulls: found.filter((one) => one === null).length,
      inOrder: found.every((one, n) => !one || one.n === n),
    };
  },
});

export const oneByOne = goal({
  ...shared,
  name: 'bounds-one-by-one',
  outcome: 'One after the other is done',
  input: z.object({ key: z.string(), count: z.int(), slow: z.array(z.int()), atOnce: z.int() }),
  output: z.object({ done: z.int() }),
  jobs: [wait],
  async pursue({ count, slow, atOnce }, { map }) {
    const items = upTo(count).map((n) => ({ n, ms: slow.includes(n) ? 150 : 0 }));
    return { done: (await map(items, wait, { atOnce })).length };
  },
});

export const again = goal({
  ...shared,
  name: 'bounds-again',
  outcome: 'Map after map is done',
  input: z.object({ key: z.string(), maps: z.int(), count: z.int(), chars: z.int() }),
  output: z.object({ done: z.int() }),
  jobs: [carry],
  async pursue({ maps, count, chars }, { map }) {
    const text = 'x'.repeat(chars);
    let done = 0;
    for (let i = 0; i < maps; i++)
      done += (
        await map(
          upTo(count).map((n) => ({ n: i * count + n, text })),
          carry,
        )
      ).length;
    return { done };
  },
});

export default [lookedUp, oneByOne, again];
