import { existsSync } from 'node:fs';
import { permanent } from 'goalkeeper';
import { bind } from 'goalkeeper/worker';
import { carry, lookup, publish, wait } from './goals.ts';

/** How often each item was looked up, and how many were waited for at once at most, by run. */
export const lookups = new Map<string, Map<number, number>>();
export const most = new Map<string, number>();
const now = new Map<string, number>();

const change = (run: string, by: number): void => {
  now.set(run, (now.get(run) ?? 0) + by);
  most.set(run, Math.max(most.get(run) ?? 0, now.get(run) ?? 0));
};

export const jobs = [
  bind(lookup, async ({ n, chars }, { run }) => {
    const of = lookups.get(run) ?? new Map<number, number>();
    lookups.set(run, of.set(n, (of.get(n) ?? 0) + 1));
    return n % 2 === 0 ? { n, text: 'x'.repeat(chars) } : null;
  }),
  bind(wait, async ({ n, ms }, { run }) => {
    change(run, 1);
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
    change(run, -1);
    return n;
  }),
  bind(carry, async ({ n }) => n),
  bind(publish, async ({ gate }) => {
    if (!existsSync(gate)) throw permanent('the gate is shut', { code: 'gate_shut' });
    return {};
  }),
];
