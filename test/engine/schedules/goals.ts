// Goals that the clock pursues. Their job notes each attempt in a file, and waits at a gate where its input has one.

import {
  dateIn,
  every,
  type Goal,
  goal,
  job,
  type KeysDeclaration,
  type ScheduleOptions,
  schedule,
} from 'goalkeeper';
import { z } from 'zod';

const Work = z.object({ key: z.string(), gate: z.string().optional() });
const Done = z.object({ key: z.string() });

export const note = job({
  name: 'note',
  input: Work.extend({ goal: z.string() }),
  output: Done,
  timeout: '2m',
  heartbeat: '5s',
  retry: { attempts: 3, delay: '20ms' },
});

export const clocked = (name: string, on: Goal['on'], gate?: string, keys?: KeysDeclaration<'key'>) =>
  goal({
    name,
    ...{ outcome: 'The time is noted', owner: 'tests', team: 'tests', key: ['key'] },
    input: Work,
    output: Done,
    ...(keys === undefined ? {} : { keys }),
    criteria: { noted: ({ key }) => key !== '' },
    jobs: [note],
    on,
    pursue: ({ key, ...rest }, { run }) => run(note, { key, goal: name, ...(gate ? { gate } : {}), ...rest }),
  });

const byTime = (at: Date) => ({ key: at.toISOString() });
const each = (interval: '1s' | '3s', options: Partial<ScheduleOptions> = {}) => [
  every(interval, { input: byTime, ...options }),
];

export const ticking = clocked('clock-ticking', each('1s', { jitter: '300ms' }));
export const held = clocked('clock-held', each('1s'), 'held');
export const newest = clocked('clock-newest', each('3s', { overlap: 'cancelOther' }), 'newest');
export const queued = clocked('clock-queued', each('1s', { overlap: 'bufferAll' }), 'queued');
export const beside = clocked('clock-beside', each('1s', { overlap: 'allowAll' }), 'beside');
export const misfit = clocked('clock-misfit', [
  schedule('0 5 * * *', {
    // What a check at the start cannot foresee.
    input: (at) => (at.getUTCFullYear() < 2020 ? { key: 7 } : byTime(at)),
  }),
  schedule('0 6 * * *', {
    name: 'throwing',
    input: (at) => {
      if (at.getUTCFullYear() < 2020) throw new Error('no data before 2020');
      return byTime(at);
    },
  }),
]);
export const paris = clocked('clock-paris', [
  schedule('30 2 * * *', {
    timezone: 'Europe/Paris',
    input: (at) => ({ key: dateIn(at, 'Europe/Paris', -1) }),
  }),
  ...(['skip', 'cancelOther'] as const).map((overlap) =>
    schedule('30 1 * * *', {
      ...{ name: `new-york-${overlap.toLowerCase()}`, timezone: 'America/New_York', overlap },
      input: (at) => ({ key: `${overlap}-${dateIn(at, 'America/New_York')}` }),
    }),
  ),
]);

export default [ticking, held, newest, queued, beside, misfit, paris];
