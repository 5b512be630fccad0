// Goals whose runs are counted. Each is expected at once, so that what takes any time is late.

import { goal, job, pool } from 'goalkeeper';
import { z } from 'zod';
import { act, actSlowly } from '../goals.ts';

const Script = z.object({ script: z.array(z.string()) });

/** Its calls travel together, or inline. */
export const tick = job({
  name: 'tick',
  quick: true,
  input: z.object({ fails: z.int() }),
  output: z.object({ attempt: z.int() }),
  retry: { attempts: 5, delay: '20ms' },
});

const piece = {
  input: z.object({ n: z.int(), fails: z.int(), padding: z.string() }),
  output: z.object({ run: z.string() }),
  retry: { attempts: 2, delay: '20ms' },
} as const;
export const pieceOf = job({ ...piece, name: 'piece', quick: true });
export const pooledPiece = job({
  ...piece,
  name: 'pooled-piece',
  pool: pool({ name: 'metrics', atOnce: 50 }),
});

export const measured = goal({
  name: 'measured',
  outcome: 'Everything was counted',
  owner: 'tests',
  team: 'accountants',
  key: ['key'],
  expected: '1ms',
  input: z.object({
    key: z.string(),
    steps: z.array(Script).default([]),
    slow: Script.nullable().default(null),
    ticks: z.array(z.int()).default([]),
    mapped: z.array(z.int()).default([]),
    good: z.boolean().default(true),
    /** So many large items, the last of which fail once. */
    pieces: z.object({ count: z.int(), fail: z.int(), pooled: z.boolean() }).nullable().default(null),
  }),
  output: z.object({ good: z.boolean() }),
  jobs: [act, actSlowly, tick, pieceOf, pooledPiece],
  criteria: { good: ({ good }) => good },
  async pursue({ steps, slow, ticks, mapped, good, pieces }, { run, map }) {
    for (const step of steps) await run(act, step);
    await Promise.all(ticks.map((fails) => run(tick, { fails })));
    if (mapped.length > 0)
      await map(
        mapped.map((fails) => ({ fails })),
        tick,
      );
    if (slow !== null) await run(actSlowly, slow);
    if (pieces === null) return { good };
    const { count, fail, pooled } = pieces;
    const items = Array.from({ length: count }, (_, n) => ({
      ...{ n, fails: n < count - fail ? 0 : 1, padding: 'x'.repeat(60_000) },
    }));
    const done = await map(items, pooled ? pooledPiece : pieceOf);
    return { good: new Set(done.map(({ run: told }) => told)).size === 1 };
  },
});

export default [measured];
