import { appendFileSync } from 'node:fs';
import { bind, type JobContext } from 'goalkeeper/worker';
import { flake, flakeSlowly } from './goals.ts';

/** Writes each attempt to the file that ATTEMPTS_FILE names as it begins, and as it ends. A kill cannot take that back. */
async function act(
  { fails }: { fails: number },
  { run, step, attempt, signal }: JobContext,
): Promise<{ attempt: number }> {
  const say = (did: string) =>
    appendFileSync(process.env.ATTEMPTS_FILE as string, `${run} ${step} ${attempt} ${did}\n`);
  say('began');
  await new Promise((resolve) => setTimeout(resolve, 150 + ((attempt * 97) % 250)));
  signal.throwIfAborted();
  say(attempt > fails ? 'worked' : 'threw');
  if (attempt > fails) return { attempt };
  throw Object.assign(new Error(`not yet: ${attempt} of ${fails}`), { code: 'not_yet' });
}

export const jobs = [bind(flake, act), bind(flakeSlowly, act)];
