// Goals of a day each, for backfills: their schedules do not come while a test runs.

import { achieved, dateIn, schedule } from 'goalkeeper';
import { clocked } from '../goals.ts';

const yearly = (name: string) =>
  schedule('0 5 * * * 2020-2025', { name, input: (at) => ({ key: dateIn(at, 'UTC') }) });

export const daily = clocked('clock-daily', [yearly('nightly')], 'daily');
export const free = clocked('clock-free', [yearly('nightly')]);
export const stepped = clocked('clock-stepped', [], undefined, {
  key: { every: 'day', from: '2025-05-01', to: '2025-05-14' },
});
export const heard = clocked('clock-heard', [yearly('nightly')]);
export const hearing = clocked('clock-hearing', [achieved(heard, { input: { key: 'input.key' } })]);

export default [daily, free, stepped, heard, hearing];
