// A goal that is light in the first release, and needed by another in the second, where it is light no more.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

export const noted = job({
  ...{ name: 'light-needing-note', quick: true, input: z.object({ key: z.string() }), output: z.object({}) },
});

const shared = {
  ...{ owner: 'tests', team: 'tests', key: ['key'], criteria: { noted: () => true } },
  ...{ input: z.object({ key: z.string() }), output: z.object({}) },
};

export const neededIn = (light: boolean) =>
  goal({
    ...shared,
    ...{ name: 'light-needed-once', outcome: 'It is noted', jobs: [noted], light: light && { hosts: 1 } },
    pursue: ({ key }, { run }) => run(noted, { key }),
  });

export const needingIn = (needed: ReturnType<typeof neededIn>) =>
  goal({
    ...shared,
    ...{ name: 'light-needing', outcome: 'What it needs is noted', needs: [needed] },
    pursue: ({ key }, { achieve }) => achieve(needed, { key }),
  });

export default [neededIn(true)];
