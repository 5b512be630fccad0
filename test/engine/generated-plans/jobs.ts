import { appendFileSync } from 'node:fs';
import { permanent, retryAfter } from 'goalkeeper';
import { bind, type JobContext } from 'goalkeeper/worker';
import { play, playSlowly } from './goals.ts';

/** Does what the script says of the attempt, and writes what it did to the file that ATTEMPTS_FILE names. */
async function act(
  { leaf, script }: { leaf: string; script: string[] },
  { run, step, attempt, signal }: JobContext,
): Promise<{ leaf: string }> {
  const [what = 'ok', code = ''] = (script[attempt - 1] ?? 'ok').split(':');
  const say = (did: string) =>
    appendFileSync(process.env.ATTEMPTS_FILE as string, `${run} ${step} ${attempt} ${leaf} ${did}\n`);
  say('began');
  switch (what) {
    case 'ok':
      return { leaf };
    case 'bad-output':
      say('threw output_invalid');
      return {} as never;
    case 'hang':
      return new Promise((_resolve, reject) => {
        const stop = (): void => {
          if ((signal.reason as Error).name === 'TimeoutError') say('threw timeout');
          reject(signal.reason);
        };
        signal.addEventListener('abort', stop, { once: true });
      });
    default: {
      await new Promise((resolve) => setTimeout(resolve, 3));
      // What throws when it has been told to stop is no error, but of the time it took.
      if (!signal.aborted) say(`threw ${code}`);
      else if ((signal.reason as Error).name === 'TimeoutError') say('threw timeout');
      if (what === 'permanent') throw permanent(`${leaf} for good`, { code });
      if (what === 'later') throw retryAfter('10ms', `${leaf} is busy`, { code });
      throw Object.assign(new Error(`${leaf} failed`), { code });
    }
  }
}

export const jobs = [bind(play, act), bind(playSlowly, act)];
