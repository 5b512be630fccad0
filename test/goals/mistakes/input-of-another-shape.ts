import { goal } from 'goalkeeper';
import { loadDay, whole } from './jobs-and-goals.ts';

goal({
  ...whole,
  key: ['day'],
  jobs: [loadDay],
  async pursue({ day }, { run }) {
    return run(loadDay, { day });
  },
});
