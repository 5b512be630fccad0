import { existsSync } from 'node:fs';
import { permanent } from 'goalkeeper';
import { bind } from 'goalkeeper/worker';
import { makeText, measureText, pass } from './goals.ts';

/** How often each key's text was made. */
export const made = new Map<string, number>();

export const jobs = [
  bind(makeText, async ({ key, bytes, fails }, { attempt }) => {
    if (attempt <= fails) throw new Error('not yet');
    made.set(key, (made.get(key) ?? 0) + 1);
    return { text: key.padEnd(bytes, '.') };
  }),
  bind(measureText, async ({ text }) => ({ bytes: text.length })),
  bind(pass, async ({ file }) => {
    if (!existsSync(file)) throw permanent('not now', { code: 'not_now' });
    return { passed: true as const };
  }),
];
