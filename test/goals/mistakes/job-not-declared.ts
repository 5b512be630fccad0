import { goal } from 'goalkeeper';
import { loadDay, notify, whole } from './jobs-and-goals.ts';

goal({
  ...whole,
  key: ['day'],
  jobs: [loadDay],
  async pursue({ day }, { run }) {
    await run(notify, { text: 'begun' });
    return run(loadDay, { day, table: 'orders' });
  },
});
