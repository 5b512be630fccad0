import { readFile } from 'node:fs/promises';
import { bind } from '../../../activities/bind.ts';
import { act, count, pass } from './goals.ts';

export const jobs = [
  bind(act, async (input) => input),
  bind(count, async (input) => input),
  bind(pass, async ({ gate }) => {
    const state = await readFile(gate, 'utf8');
    if (state !== 'up') throw new Error(state);
    return { label: 'passed' };
  }),
];
