import { z } from 'zod';
import { event, goal } from '../../../goals/index.ts';

const common = {
  owner: 'ada',
  team: 'shop',
  criteria: { 'there were some': (n: number) => n > 0 },
  output: z.int(),
};

/** Of one event each. */
export const dayLoaded = goal({
  ...common,
  name: 'day-loaded',
  outcome: 'The day is loaded',
  input: z.object({ day: z.iso.date() }),
  key: ['day'],
  on: [event('test.day-landed', { input: { day: 'data.day' } })],
  async pursue() {
    return 1;
  },
});

const file = z.object({ file: z.string(), rows: z.int().optional() });
const batched = (name: string, size: number, after: `${number}s`) =>
  goal({
    ...common,
    name,
    outcome: 'The files are loaded',
    input: z.object({ batch: z.string(), items: z.array(file) }),
    key: ['batch'],
    on: [event(`test.${name}`, { input: { file: 'data.file', rows: 'data.rows' }, batch: { size, after } })],
    async pursue({ items }) {
      return items.length;
    },
  });

export const byNumber = batched('files-by-number', 3, '3600s');
export const byTime = batched('files-by-time', 1000, '2s');
export const byEither = batched('files-by-either', 4, '3600s');

export default [dayLoaded, byNumber, byTime, byEither];
