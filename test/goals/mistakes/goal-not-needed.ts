import { goal } from 'goalkeeper';
import { dayLoaded, whole } from './jobs-and-goals.ts';

goal({
  ...whole,
  key: ['day'],
  async pursue({ day, customer }, { achieve }) {
    return achieve(dayLoaded, { day, customer });
  },
});
