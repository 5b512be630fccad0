// What is measured of goalkeeper: the same work as in bench/bare, as goals.

import { goal, type Job, job } from 'goalkeeper';
import { z } from 'zod';

const N = z.object({ n: z.int() });
const shared = { input: N, output: N };
/** As often as it likes, at once. */
const often = { attempts: 10, delay: '10ms', backoff: 1, jitter: 0 } as const;

export const step = job({ ...shared, name: 'bench-step', retry: often });
export const inlineStep = job({ ...shared, name: 'bench-inline-step', inline: true, retry: often });
/** Fails twice for each `n`. */
export const flaky = job({ ...shared, name: 'bench-flaky', retry: often });
export const inlineFlaky = job({ ...shared, name: 'bench-inline-flaky', inline: true, retry: often });
export const trivial = job({ ...shared, name: 'bench-trivial', quick: true });
/** Waits 50 ms. */
export const waits = job({ ...shared, name: 'bench-waits', quick: true });

/** Waits `n` ms. */
export const waitsLong = job({ ...shared, name: 'bench-waits-long', quick: true, timeout: '10s' });

/** Fails once, and is tried again by the server. */
export const later = job({ ...shared, name: 'bench-later', retry: { attempts: 3, delay: '4s', jitter: 0 } });
/** Is under way until it is told to stop. */
export const hangs = job({ ...shared, name: 'bench-hangs', timeout: '1h', heartbeat: '5s' });

const Keyed = z.object({ key: z.string(), n: z.int().optional() });

const declared = {
  owner: 'bench',
  team: 'bench',
  outcome: 'It is measured',
  key: ['key'],
  input: Keyed,
  output: N,
};
const criteria = { counted: ({ n }: { n: number }) => n >= 0 };

const inSequence = <J extends Job<typeof N, typeof N>>(
  name: string,
  jobs: readonly J[],
  more: { light?: { hosts: number } } = {},
) =>
  goal({
    ...declared,
    ...more,
    name,
    criteria,
    jobs,
    async pursue(_, { run }) {
      let n = 0;
      for (const one of jobs) n = ((await run(one as never, { n } as never)) as { n: number }).n;
      return { n };
    },
  });

export default [
  inSequence('bench-three', [step, step, step]),
  inSequence('bench-inline-three', [inlineStep, inlineStep, inlineStep]),
  inSequence('bench-flaky-three', [step, flaky, step]),
  inSequence('bench-retried-later', [later]),
  inSequence('bench-hanging', [hangs]),
  inSequence('bench-inline-flaky-three', [inlineStep, inlineFlaky, inlineStep]),
  inSequence('bench-light-three', [trivial, trivial, trivial], { light: { hosts: 2 } }),
  inSequence('bench-light-inline-three', [inlineStep, inlineStep, inlineStep], { light: { hosts: 2 } }),
  goal({
    ...declared,
    name: 'bench-light-waits',
    light: { hosts: 2 },
    criteria,
    jobs: [waitsLong],
    pursue: async ({ n = 0 }, { run }) => run(waitsLong, { n }),
  }),
  goal({
    ...declared,
    name: 'bench-loop',
    criteria,
    jobs: [step],
    async pursue(_, { run }) {
      await run(step, { n: 0 });
      for (;;);
    },
  }),
  goal({
    ...declared,
    name: 'bench-all',
    criteria,
    jobs: [trivial],
    async pursue({ n = 1 }, { run }) {
      const done = await Promise.all(Array.from({ length: n }, (_, i) => run(trivial, { n: i })));
      return { n: done.length };
    },
  }),
  goal({
    ...declared,
    name: 'bench-map',
    criteria,
    jobs: [trivial],
    async pursue({ n = 1 }, { map }) {
      const items = Array.from({ length: n }, (_, i) => ({ n: i }));
      return { n: (await map(items, trivial)).length };
    },
  }),
  goal({
    ...declared,
    name: 'bench-map-waits',
    criteria,
    jobs: [waits],
    async pursue({ n = 1 }, { map }) {
      const items = Array.from({ length: n }, (_, i) => ({ n: i }));
      return { n: (await map(items, waits, { atOnce: 50 })).length };
    },
  }),
  goal({
    ...declared,
    name: 'bench-waiting',
    criteria,
    jobs: [step],
    async pursue(_, { run, approve }) {
      let n = 0;
      for (let i = 0; i < 3; i++) n = (await run(step, { n })).n;
      await approve('go');
      return { n };
    },
  }),
  // A long history: each step an activity of its own.
  goal({
    ...declared,
    name: 'bench-long',
    criteria,
    jobs: [step],
    async pursue({ n = 1 }, { run }) {
      for (let i = 0; i < n; i += 100)
        await Promise.all(Array.from({ length: Math.min(100, n - i) }, () => run(step, { n: i })));
      return { n };
    },
  }),
];
