import { readFile } from 'node:fs/promises';
import { bind, type JobContext } from 'goalkeeper/worker';
import { hold, pass, passPatiently, passQuickly, passRarely, passTwice } from './goals.ts';

const stateOf = (gate: string): Promise<string> => readFile(gate, 'utf8');

async function passGate({ gate }: { gate: string }, { attempt }: JobContext) {
  const state = await stateOf(gate);
  if (state !== 'up') throw Object.assign(new Error(state), { code: 'gate_down' });
  return { attempt };
}

async function holdGate(input: { gate: string }, context: JobContext) {
  const { signal, attempt } = context;
  if (attempt === 1) return passGate(input, context);
  while ((await stateOf(input.gate)) !== 'up') {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { attempt };
}

export const jobs = [
  ...[pass, passQuickly, passTwice, passPatiently, passRarely].map((job) => bind(job, passGate)),
  bind(hold, holdGate),
];
