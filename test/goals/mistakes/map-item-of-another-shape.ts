import { goal } from 'goalkeeper';
import { loadDay, whole } from './jobs-and-goals.ts';

goal({
  ...whole,
  key: ['day'],
  jobs: [loadDay],
  async pursue({ day }, { map }) {
    const loaded = await map([{ day, tabel: 'orders' }], loadDay);
    return { rows: loaded[0]?.rows ?? 0 };
  },
});
