// What the deployments of a test declare, each as another module in the same folder would.

import { every, type ScheduleOptions, schedule } from 'goalkeeper';
import { clocked } from '../goals.ts';

const input = (at: Date) => ({ key: at.toISOString() });
const yearly = (options: Partial<ScheduleOptions>) => schedule('0 5 1 1 *', { input, ...options });

export const dropping = 'clock-dropping';
export const first = [
  clocked(dropping, [yearly({}), yearly({ name: 'other' })]),
  clocked('clock-dropped', [yearly({})]),
];
export const second = [clocked(dropping, [yearly({ timezone: 'Europe/Paris', overlap: 'allowAll' })])];

/** They miss times while their worker is away. */
export const missing = {
  all: clocked('clock-all', [every('3s', { input, catchUp: 'all' })]),
  last: clocked('clock-last', [every('3s', { input, catchUp: 'last' })]),
  beside: clocked('clock-last-beside', [every('3s', { input, catchUp: 'last', overlap: 'allowAll' })]),
  none: clocked('clock-none', [every('3s', { input, catchUp: 'none', overlap: 'allowAll' })]),
};

/** They are paused while their worker is away. */
export const resting = {
  all: clocked('clock-resting-all', [every('3s', { input, catchUp: 'all' })]),
  last: clocked('clock-resting-last', [every('3s', { input, catchUp: 'last' })]),
  beside: clocked('clock-resting-beside', [every('3s', { input, catchUp: 'last', overlap: 'allowAll' })]),
};

export default [...Object.values(missing), ...Object.values(resting), ...first];
