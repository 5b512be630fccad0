import { readFile } from 'node:fs/promises';
import { permanent } from 'goalkeeper';
import { bind } from 'goalkeeper/worker';
import { act, count, pass, refuse } from './goals.ts';

export const jobs = [
  bind(act, async (input) => input),
  bind(count, async (input) => input),
  bind(refuse, async () => {
    throw permanent('it does not fit', { code: 'misfit' });
  }),
  bind(pass, async ({ gate }) => {
    const state = await readFile(gate, 'utf8');
    if (state !== 'up') throw new Error(state);
    return { label: 'passed' };
  }),
];
