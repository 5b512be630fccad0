import { appendFileSync } from 'node:fs';
import { permanent } from 'goalkeeper';
import { bind, type JobContext } from 'goalkeeper/worker';
import { quick, remote, restless } from './goals.ts';

const BLOCKED_MS = 4500;

async function act(
  { what, times }: { what: string; times: number },
  { attempt, run, step, signal }: JobContext,
): Promise<{ attempt: number }> {
  const file = process.env.ATTEMPTS_FILE;
  if (file !== undefined) appendFileSync(file, `${run} ${step} ${attempt} began\n`);
  if (attempt > times) return { attempt };
  switch (what) {
    case 'fail':
      throw Object.assign(new Error('not yet'), { code: 'not_yet' });
    case 'give-up':
      throw permanent('never', { code: 'given_up' });
    case 'hang':
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    case 'block':
      for (const until = Date.now() + BLOCKED_MS; Date.now() < until; );
      return { attempt };
    default:
      return { attempt };
  }
}

export const jobs = [bind(quick, act), bind(restless, act), bind(remote, act)];
