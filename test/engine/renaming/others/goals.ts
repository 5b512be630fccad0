// Another team's, which listens to the goal by its first name and is not deployed anew.

import { achieved, goal } from 'goalkeeper';
import { z } from 'zod';

export default [
  goal({
    ...{ name: 'renaming-listener', outcome: 'It has heard', owner: 'others', team: 'others' },
    ...{
      key: ['key'],
      input: z.object({ key: z.string() }),
      output: z.object({}),
      criteria: { heard: () => true },
    },
    on: [achieved('renaming-daily', { input: { key: 'key' } })],
    pursue: async () => ({}),
  }),
];
