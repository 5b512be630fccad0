import type { MainJob } from 'goalkeeper/config';

/** What `npm run example -- api-glue` pursues: one goal over three services that fail as services do. */
export const mainJob: MainJob = {
  servers: [
    { name: 'feed', file: 'services/feed.ts', variable: 'FEED_URL' },
    { name: 'airports', file: 'services/airports.py', variable: 'AIRPORTS_URL' },
    { name: 'press', file: 'services/press.ts', variable: 'PRESS_URL' },
  ],
  pursuits: (key) => [
    {
      goal: 'quake-bulletin',
      input: { batch: key },
      ends: 'achieved',
      shows: (output) => `open ${(output as { bulletin: string }).bulletin} in a browser`,
    },
  ],
};
