import { goal } from 'goalkeeper';
import { loadDay, whole } from './jobs-and-goals.ts';

goal({
  ...whole,
  key: ['day'],
  async pursue({ day }, { run }) {
    return run(loadDay, { day, table: 'orders' });
  },
});
