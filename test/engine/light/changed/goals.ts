// Goals that are light in another way than before. Their only step does what the input says.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

export const changedNote = job({
  name: 'light-changed-note',
  quick: true,
  input: z.object({ does: z.enum(['well', 'fails', 'waits']) }),
  output: z.object({}),
  timeout: '60s',
  heartbeat: '2s',
  retry: { attempts: 1 },
});

const input = z.object({ key: z.string(), does: z.enum(['well', 'fails', 'waits']).default('well') });

/** Light in a way that each test says. */
export const changedIn = (name: string, light: false | { hosts: number } = false) =>
  goal({
    ...{ name, light, outcome: 'It is noted', owner: 'tests', team: 'tests', key: ['key'] },
    ...{ jobs: [changedNote], input, output: z.object({}), criteria: { noted: () => true } },
    pursue: ({ does }, { run }) => run(changedNote, { does }),
  });

export const becomesLight = changedIn('light-becomes');
export const hasMore = changedIn('light-has-more');
export const isNoMore = changedIn('light-is-no-more');
export const changes = changedIn('light-changes');
export const deployed = changedIn('light-deployed', { hosts: 1 });

export default [becomesLight, hasMore, isNoMore, changes, deployed];
