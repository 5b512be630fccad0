// What the job `act` does: `ok`; `big:<bytes>`, an output of that size; `gate:<file>`: it waits until `<file>` or
// `<file>.shut` is there, and then succeeds or fails for good; `hang-once`: its first attempt never ends.

import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { permanent } from 'goalkeeper';
import { bind, type JobContext } from 'goalkeeper/worker';
import type { z } from 'zod';
import { type Act, act, type Done } from './goals.ts';

/** A line for each attempt that begins and each that succeeds, in the file that ATTEMPTS_FILE names. */
async function perform(
  { label, script }: z.output<typeof Act>,
  { run, step, attempt, signal, idempotencyKey }: JobContext,
): Promise<z.input<typeof Done>> {
  const note = (what: string) =>
    appendFile(
      process.env.ATTEMPTS_FILE as string,
      `${run} ${label} ${what} ${step} ${attempt} ${idempotencyKey}\n`,
    );
  await note('began');
  const [what, detail = ''] = script.split(':') as [string, string?];
  if (what === 'hang-once' && attempt === 1) await new Promise<void>((resolve) => aborted(signal, resolve));
  if (what === 'gate') {
    while (!existsSync(detail) && !existsSync(`${detail}.shut`) && !signal.aborted)
      await new Promise((resolve) => setTimeout(resolve, 20));
    if (signal.aborted) throw new Error('told to stop');
    if (!existsSync(detail)) throw permanent('the gate is shut', { code: 'gate_shut' });
  }
  await note('succeeded');
  return { label, ...(what === 'big' ? { padding: 'x'.repeat(Number(detail)) } : {}) };
}

const aborted = (signal: AbortSignal, then: () => void): void => {
  signal.addEventListener('abort', then, { once: true });
};

export const jobs = [bind(act, perform)];
