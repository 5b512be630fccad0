import { goal } from 'goalkeeper';
import { whole } from './jobs-and-goals.ts';

goal({
  ...whole,
  key: ['day'],
  criteria: { 'rows arrived': ({ rows }) => rows },
  pursue: async () => ({ rows: 1 }),
});
