import { permanent } from 'goalkeeper';
import { bind } from 'goalkeeper/worker';
import { gate } from './declared.ts';

/** Gates that are open. */
export const opened = new Set<string>();

export const jobs = [
  bind(gate, async ({ gate: name }) => {
    if (name === 'closed' && !opened.has(name)) throw permanent('it is closed', { code: 'gate_closed' });
    if (name !== null && !opened.has(name)) throw new Error('not yet');
    return { passed: true };
  }),
];
