import { appendFile } from 'node:fs/promises';
import { permanent, retryAfter } from 'goalkeeper';
import { bind, type JobContext } from 'goalkeeper/worker';
import { act, actElsewhere, actRarely, actSlowly, actSteadily } from './goals.ts';

/** Each attempt that began, one line each, in the file that ATTEMPTS_FILE names: what a job did, told by no engine. */
async function act1(
  { script }: { script: string[] },
  { attempt, signal, run, step }: JobContext,
): Promise<{ attempt: number }> {
  if (process.env.ATTEMPTS_FILE) await appendFile(process.env.ATTEMPTS_FILE, `${run} ${step} ${attempt}\n`);
  const [what = 'ok', detail = ''] = (script[attempt - 1] ?? 'ok').split(':');
  switch (what) {
    case 'ok':
      return { attempt };
    case 'fail':
      throw Object.assign(new Error(`upstream said no (${attempt})`), detail === '' ? {} : { code: detail });
    case 'permanent':
      throw permanent('no retry will heal this', { code: detail });
    case 'later':
      throw retryAfter(detail, 'too busy');
    case 'bad-output':
      return { attempt: 'one' } as never;
    case 'huge-output':
      return { attempt, padding: 'x'.repeat(51 * 1024 * 1024) } as never;
    case 'hang':
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('told to stop')), { once: true });
      });
    case 'clean-up':
      // Told to stop, it still has something to do that takes a while.
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await new Promise((resolve) => setTimeout(resolve, Number(detail)));
      await appendFile(process.env.ATTEMPTS_FILE as string, `${run} ${step} cleaned up\n`);
      throw new Error('stopped, and cleaned up');
    default:
      throw new Error(`no such act: ${what}`);
  }
}

export const jobs = [bind(act, act1), bind(actSlowly, act1), bind(actRarely, act1), bind(actSteadily, act1)];
export const elsewhere = [bind(actElsewhere, act1)];
