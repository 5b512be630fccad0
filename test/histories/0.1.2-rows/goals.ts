// The goals whose histories are recorded beside. Frozen: what is recorded is replayed with them.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const Script = z.object({ script: z.array(z.string()) });
const Done = z.object({ attempt: z.int() });

export const act = job({
  name: 'act',
  input: Script,
  output: Done,
  retry: { attempts: 9, delay: '700ms', backoff: 1, jitter: 0 },
  persists: { attempts: 2 },
});

export const quick = job({
  name: 'quick',
  input: Script,
  output: Done,
  quick: true,
  retry: { attempts: 3, delay: '10ms' },
});

const input = z.object({ key: z.string(), steps: z.array(Script), items: z.array(Script), rows: z.int() });

const shared = {
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  input,
  output: z.object({ rows: z.int() }),
  criteria: { 'rows arrived': ({ rows }: { rows: number }) => rows > 0 || 'not a single row' },
  jobs: [act, quick],
};

/** Two seconds of errors make it late. */
export const listed = goal({
  ...shared,
  name: 'listed',
  outcome: 'It was done, and a list says how',
  expected: '2s',
  async pursue({ steps, items, rows }, { run, map }) {
    for (const step of steps) await run(act, step).catch((error) => tolerated(step.script, error));
    if (items.length > 0) await map(items, quick, { tolerate: { count: 1 } });
    return { rows };
  },
});

/** Two seconds of errors put it at risk. */
export const hurried = goal({
  ...shared,
  name: 'hurried',
  outcome: 'It was done, though little time was left',
  deadline: '1h',
  usual: '3598s',
  async pursue({ steps, rows }, { run }) {
    for (const step of steps) await run(act, step);
    return { rows };
  },
});

function tolerated(script: readonly string[], error: unknown): null {
  if (script.includes('tolerated')) return null;
  throw error;
}

export default [listed, hurried];
