import { type EventOptions, event, goal } from 'goalkeeper';
import { z } from 'zod';

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

/** The commit that takes longer than it is debounced. */
export const SLOW = 100;

const paced = (name: string, options: EventOptions) =>
  goal({
    ...common,
    name,
    outcome: 'The last commit is built',
    input: z.object({ repo: z.string(), commit: z.int() }),
    key: ['repo'],
    fresh: 1,
    on: [event(`test.${name}`, { input: { repo: 'data.repo', commit: 'data.commit' }, ...options })],
    async pursue({ commit }, { sleep }) {
      if (commit === SLOW) await sleep('6s');
      return commit;
    },
  });

export const debounced = paced('repo-debounced', { debounce: { after: '3s', by: 'data.repo' } });
export const throttled = paced('repo-throttled', { throttle: { every: '8s' } });

export default [dayLoaded, byNumber, byTime, byEither, debounced, throttled];
