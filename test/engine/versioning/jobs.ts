import { setTimeout as delay } from 'node:timers/promises';
import { bind } from 'goalkeeper/worker';
import { first, held } from './declared.ts';

const released = new Set<string>();

/** Lets `versioned-held` of this key end. */
export const release = (key: string): void => {
  released.add(key);
};

export const jobs = [
  bind(first, (input) => Promise.resolve(input)),
  bind(held, async (input) => {
    while (!released.has(input.key)) await delay(20);
    return input;
  }),
];
