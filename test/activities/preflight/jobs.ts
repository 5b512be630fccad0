import { setTimeout as delay } from 'node:timers/promises';
import { bind } from 'goalkeeper/worker';
import { loadA, loadB, loadC } from './declared.ts';

const released = new Set<string>();

/** Lets `load-b` of this key end. */
export const release = (key: string): void => {
  released.add(key);
};

export const jobs = [
  // Larger than what stays in a history.
  bind(loadA, ({ key }) => Promise.resolve({ key, text: 'x'.repeat(300 * 1024) })),
  bind(loadB, async (input) => {
    while (!released.has(input.key)) await delay(20);
    return input;
  }),
  bind(loadC, (input) => Promise.resolve(input)),
];
