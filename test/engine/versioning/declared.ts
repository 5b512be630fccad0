import { job } from 'goalkeeper';
import { z } from 'zod';

const input = z.object({ key: z.string() });
const declare = <const Name extends string>(name: Name) =>
  job({ name, input, output: input, timeout: '10m', retry: { attempts: 1 } });

export const first = declare('versioned-first');
/** Waits until its key is released. */
export const held = declare('versioned-held');

export const shared = {
  owner: 'ada',
  team: 'versions',
  input,
  output: z.object({ code: z.string() }),
  key: ['key'],
  criteria: { 'it ran': () => true },
} as const;
