import { permanent } from 'goalkeeper';
import { bind } from 'goalkeeper/worker';
import { dropDay, importDay } from './goals.ts';

export const jobs = [
  bind(importDay, async ({ how, team }) => {
    if (how !== 'fail') return { rows: 7 };
    throw permanent(`The licence of ${team} has expired`, { code: 'licence_expired' });
  }),
  bind(dropDay, async () => {
    throw permanent('another session still uses the schema', { code: 'schema_in_use' });
  }),
];
