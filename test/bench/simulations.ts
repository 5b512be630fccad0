// A process that simulates a goal of three steps, and prints as JSON how long the first run took, and how many a second.

import { z } from 'zod';
import { goal, job } from '../../goals/index.ts';
import { fake, simulate } from '../../testing/index.ts';
import { milliseconds, rate } from './measure.ts';
import type { Simulations } from './simulate.ts';

const RUNS = 1000;
const ROUNDS = 5;

const step = job({
  name: 'step',
  input: z.object({ n: z.number() }),
  output: z.object({ n: z.number() }),
});

const three = goal({
  ...{ name: 'three-steps', outcome: 'Three steps are done', owner: 'bench', team: 'bench', key: ['day'] },
  ...{ input: z.object({ day: z.string() }), output: z.object({ n: z.number() }), jobs: [step] },
  criteria: { 'three were done': ({ n }) => n === 3 },
  async pursue(_, { run }) {
    const one = await run(step, { n: 0 });
    const two = await run(step, one);
    return run(step, two);
  },
});

const jobs = [fake(step, ({ n }) => ({ n: n + 1 }))];

const coldMs = await milliseconds(() => simulate(three, { input: { day: 'first' }, jobs }));
const rates: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  let n = 0;
  rates.push(await rate(RUNS, 1, () => simulate(three, { input: { day: `${round}-${n++}` }, jobs })));
}
// What else the machine does only ever makes a round slower.
console.log(JSON.stringify({ coldMs, perSecond: Math.max(...rates) } satisfies Simulations));
