import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { permanent } from 'goalkeeper';
import { bind, type JobContext } from 'goalkeeper/worker';
import { batchReported } from '../batch-reported.ts';
import { find, read, scan, tick, work } from './goals.ts';

/** How often each item was begun, and how many of a run at once at most: what the jobs did, told by no engine. */
export const begun = new Map<string, Map<number, number>>();
export const most = new Map<string, number>();
const now = new Map<string, number>();

async function act(
  { n, script }: { n: number; script?: string[] | undefined },
  { attempt, run, signal }: JobContext,
): Promise<{ n: number; attempt: number }> {
  const of = begun.get(run) ?? new Map<number, number>();
  begun.set(run, of.set(n, (of.get(n) ?? 0) + 1));
  now.set(run, (now.get(run) ?? 0) + 1);
  most.set(run, Math.max(most.get(run) ?? 0, now.get(run) ?? 0));
  try {
    if (process.env.ATTEMPTS_FILE) await appendFile(process.env.ATTEMPTS_FILE, `${n} ${attempt}\n`);
    if (script === undefined) return { n, attempt };
    const [what, detail = ''] = (script[Math.min(attempt, script.length) - 1] ?? 'ok').split(/:(.*)/);
    switch (what) {
      case 'fail':
        throw Object.assign(new Error(`upstream said no (${attempt})`), { code: 'said_no' });
      case 'permanent':
        throw permanent('no retry will heal this', { code: detail });
      case 'later':
        if (!existsSync(detail)) throw permanent('it is not there yet', { code: 'not_yet' });
        return { n, attempt };
      case 'until':
        while (!existsSync(detail)) await pause(20, undefined, { signal });
        return { n, attempt };
      case 'wait':
        await new Promise((resolve) => setTimeout(resolve, Number(detail)));
        signal.throwIfAborted();
        return { n, attempt };
      case 'crash':
        await batchReported();
        process.kill(process.pid, 'SIGKILL');
        return new Promise(() => undefined);
      case 'hang':
        return await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('told to stop')), { once: true });
        });
      default:
        return { n, attempt };
    }
  } finally {
    now.set(run, (now.get(run) ?? 1) - 1);
  }
}

export const jobs = [
  bind(tick, act),
  bind(work, act),
  bind(find, async (dataset) => dataset),
  bind(scan, async (piece) => piece),
  bind(read, async (piece) => piece),
];
