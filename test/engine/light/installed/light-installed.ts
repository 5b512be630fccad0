// A light goal that a whole installation serves, in two releases. Its steps do what the input says, attempt by attempt.

import { event, goal, job } from 'goalkeeper';
import { z } from 'zod';

/** `ok`, `fail`; `until:<file>` waits for the file, and `needs:<file>` fails for good without it. */
const Script = z.object({ script: z.array(z.string()).default([]) });

export const write = job({
  name: 'light-installed-write',
  quick: true,
  input: Script,
  output: z.object({ attempt: z.int() }),
  timeout: '60s',
  retry: { attempts: 20, delay: '20ms', backoff: 1.5, maxDelay: '2s' },
});

export const installedInRelease = (release: number) =>
  goal({
    name: 'light-installed',
    outcome: 'Each step of it is written',
    owner: 'tests',
    team: 'tests',
    key: ['key'],
    light: { hosts: 3 },
    on: [event('light.told', { input: { key: 'data.key', steps: 'data.steps' } })],
    jobs: [write],
    input: z.object({
      key: z.string(),
      steps: z.array(z.array(z.string())),
      unmet: z.boolean().default(false),
    }),
    output: z.object({ attempts: z.array(z.int()), release: z.int() }),
    criteria: { 'it was meant to be': (_, { unmet }) => !unmet || 'it was not' },
    async pursue({ steps }, { run }) {
      const attempts: number[] = [];
      for (const script of steps) attempts.push((await run(write, { script })).attempt);
      return { attempts, release };
    },
  });
