import { appendFile } from 'node:fs/promises';
import { permanent } from 'goalkeeper';
import { bind, type JobContext } from 'goalkeeper/worker';
import { batchReported } from '../batch-reported.ts';
import { jot, mark, note, noteRarely, write } from './goals.ts';

/** `step attempt` of each attempt that began, by run: what the jobs did, told by no engine. */
export const begun = new Map<string, string[]>();

async function act(
  { script, label }: { script: string[]; label?: string | undefined },
  { attempt, run, step, signal }: JobContext,
): Promise<{ attempt: number; padding?: string }> {
  const line = `${step} ${attempt}`;
  begun.set(run, [...(begun.get(run) ?? []), line]);
  if (process.env.ATTEMPTS_FILE && label !== 'quiet')
    await appendFile(process.env.ATTEMPTS_FILE, `${line}\n`);
  const [what = 'ok', detail = ''] = (script[attempt - 1] ?? 'ok').split(':');
  switch (what) {
    case 'ok':
      return { attempt };
    case 'fail':
      throw Object.assign(new Error(`upstream said no (${attempt})`), { code: 'said_no' });
    case 'permanent':
      while (detail && !begun.get(run)?.includes(detail))
        await new Promise((resolve) => setTimeout(resolve, 10));
      throw permanent('no retry will heal this', { code: 'gone' });
    case 'big':
      return { attempt, padding: 'x'.repeat(Number(detail)) };
    case 'wait':
      await new Promise((resolve) => setTimeout(resolve, Number(detail)));
      signal.throwIfAborted();
      return { attempt };
    case 'crash':
      await batchReported();
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => undefined);
    default:
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('told to stop')), { once: true });
      });
  }
}

export const jobs = [note, jot, mark, write, noteRarely].map((job) => bind(job, act));
