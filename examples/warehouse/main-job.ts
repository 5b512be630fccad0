import type { MainJob } from 'goalkeeper/config';

/** What `npm start` and `npm run demo` pursue: two goals that are reached in spite of errors, and one that is not. */
export const mainJob: MainJob = {
  servers: [{ name: 'landing', file: 'landing.ts', variable: 'LANDING_URL' }],
  pursuits: (key) => [
    { goal: 'flights-in-warehouse', input: { batch: key }, ends: 'achieved' },
    {
      goal: 'delay-report',
      input: { batch: key },
      ends: 'achieved',
      shows: (output) => `open ${(output as { report: string }).report} in a browser`,
    },
    { goal: 'fares-in-warehouse', input: { batch: key }, ends: { failed: 'licence_expired' } },
  ],
};
