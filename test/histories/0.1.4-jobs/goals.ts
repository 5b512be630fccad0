// As they were when their histories were recorded.

import { goal, job, pool } from 'goalkeeper';
import { z } from 'zod';

const Script = z.object({ script: z.array(z.string()) });
const Done = z.object({ attempt: z.int() });
const scripted = { input: Script, output: Done } as const;

const shared = pool({ name: 'recorded', atOnce: 1, perSecond: 100 });

export const act = job({ ...scripted, name: 'act', retry: { attempts: 3, delay: '20ms' } });
export const actInTurn = job({
  ...scripted,
  name: 'act-in-turn',
  pool: shared,
  retry: { attempts: 3, delay: '50ms' },
});
/** It goes on elsewhere, and is told of by callback: `told`, or `told:<code>`. */
export const actLater = job({ ...scripted, name: 'act-later', retry: { attempts: 3, delay: '50ms' } });
export const tearDown = job({
  name: 'tear-down',
  input: z.object({ what: z.string() }),
  output: z.object({}),
  retry: { attempts: 2, delay: '20ms' },
});

const done = {
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  input: z.object({ key: z.string(), steps: z.array(Script) }),
  output: z.object({ attempts: z.array(z.int()) }),
  criteria: { done: () => true },
} as const;

export const leased = goal({
  ...done,
  name: 'leased',
  outcome: 'Nothing is left behind',
  jobs: [act, tearDown],
  async pursue({ key, steps }, { run, cleanup }) {
    const lease = await cleanup(tearDown, { what: key }, { undoes: [act] });
    const attempts: number[] = [];
    for (const step of steps) attempts.push((await run(act, step)).attempt);
    await lease.release();
    return { attempts };
  },
});

export const inTurn = goal({
  ...done,
  name: 'in-turn',
  outcome: 'Each had its turn',
  jobs: [actInTurn],
  async pursue({ steps }, { run }) {
    const all = await Promise.all(steps.map((step) => run(actInTurn, step)));
    return { attempts: all.map(({ attempt }) => attempt) };
  },
});

export const toldLater = goal({
  ...done,
  name: 'told-later',
  outcome: 'It was done elsewhere',
  jobs: [actLater],
  async pursue({ steps }, { run }) {
    const attempts: number[] = [];
    for (const step of steps) attempts.push((await run(actLater, step)).attempt);
    return { attempts };
  },
});

export default [leased, inTurn, toldLater];
