// Goals that are listened to before they are published, or listened to only long after their runs have ended.

import { achieved, failed, goal } from 'goalkeeper';
import { z } from 'zod';

const keyed = {
  ...{ owner: 'tests', key: ['key'], criteria: { there: () => true } },
  ...{ input: z.object({ key: z.string() }), output: z.object({}) },
};

const spoken = { ...keyed, team: 'speakers', usableBy: ['listeners'] };
export const later = goal({
  ...{ ...spoken, name: 'later-heard', outcome: 'It comes after those that listen' },
  pursue: async () => ({}),
});
export const hourly = goal({
  ...{ ...spoken, name: 'later-hourly', outcome: 'It is never reached' },
  pursue: async () => {
    throw new Error('the source is down');
  },
});

const listening = { ...keyed, team: 'listeners', outcome: 'It has heard', pursue: async () => ({}) };
const input = { key: 'key' };
export const afterLater = goal({
  ...{ ...listening, name: 'later-after', on: [achieved('later-heard', { input })] },
});
export const afterHourly = goal({
  ...{ ...listening, name: 'later-after-hourly', on: [failed('later-hourly', { input })] },
});
export const alsoAfterHourly = goal({
  ...{ ...listening, name: 'later-also-after-hourly', on: [failed('later-hourly', { input })] },
});

export default [later, hourly, afterLater, afterHourly, alsoAfterHourly];
