// An isolated job for tests: it does what its input says, well or badly.

import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import type { JobContext } from '../../../activities/bind.ts';
import { permanent, retryAfter } from '../../../goals/index.ts';

let attempts: number = 0;

/** Where it runs, and which attempt of this isolate it is. */
const here = () => ({ pid: process.pid, threadId, nth: ++attempts });

/** That it is under way, and where: in the log, and in the file of the tests that have one. */
function tell(act: string, { log, run }: JobContext): void {
  log.info(here(), act);
  if (process.env.NOTES_FILE) appendFileSync(process.env.NOTES_FILE, `${run} ${act} ${process.pid}\n`);
}

export async function run({ act }: { act: string }, context: JobContext): Promise<unknown> {
  const { signal, log } = context;
  switch (act) {
    case 'where':
      return here();
    case 'environment':
      return process.env;
    case 'writes':
      console.log('by console %d', 7);
      console.error('an error of console');
      console.log(JSON.stringify({ password: 'hunter2-hunter2x' }));
      process.stdout.write('by std');
      process.stdout.write('out\nthe rest');
      process.stderr.write('by stderr\n');
      return null;
    case 'writes-by-a-child':
      await new Promise((resolve) =>
        spawn('echo', ['by a child'], { stdio: ['ignore', 'inherit', 'inherit'] }).on('close', resolve),
      );
      return null;
    case 'forges':
      log
        .child({ step: 'pay#1' })
        .info({ run: 'other:victim', goal: 'other', attempt: 9, time: 0, level: 60, rows: 3 }, 'forged');
      return null;
    case 'floods': {
      const ends = performance.now() + 2500;
      while (performance.now() < ends) {
        for (let n = 0; n < 100; n++) log.info({ n, texts: ['x'.repeat(8000), 'y'.repeat(8000)] }, 'a flood');
        await sleep(20);
      }
      return null;
    }
    case 'context': {
      const { goal, run, step, attempt, idempotencyKey, deadline, lastCheckpoint, secrets, remainingMs } =
        context;
      for (let n = 0; n <= 1000; n++) context.progress(n, 1000, `row ${n}`);
      await context.checkpoint({ row: 7 });
      context.artifact.table('counts', [{ n: 1 }]);
      log.child({ part: 'two' }).warn({ rows: 3 }, 'three rows');
      return {
        told: { goal, run, step, attempt, idempotencyKey, deadline: deadline?.toISOString(), lastCheckpoint },
        secrets: Object.keys(secrets),
        isSecretRight: secrets.TOKEN === 'hidden',
        hasTime: remainingMs > 0 && remainingMs <= 60_000,
      };
    }
    case 'huge-checkpoint':
      await context.checkpoint('x'.repeat(20_000));
      return here();
    case 'checkpoint-then-fail':
      for (let n = 0; n <= 50; n++) void context.checkpoint({ n });
      throw new Error('failed');
    case 'error':
      throw permanent('no such customer', {
        code: 'not_found',
        details: { id: 7 },
        cause: Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' }),
      });
    case 'retry-after':
      throw Object.assign(retryAfter('7s', 'too busy', { code: 'busy' }), { name: 'Busy' });
    case 'type-error':
      return (undefined as unknown as { rows: number }).rows;
    case 'text':
      throw 'just a text';
    case 'dom':
      signal.throwIfAborted();
      throw new DOMException('the operation was aborted', 'AbortError');
    case 'huge-error':
      throw Object.assign(new Error('x'.repeat(10_000_000)), {
        goalkeeper: { permanent: false, retryAfterMs: null, details: 'y'.repeat(10_000_000) },
      });
    case 'huge-output':
      return 'x'.repeat(51 * 1024 * 1024);
    case 'function-output':
      return { toJSON: () => 1, call: () => 2 };
    case 'instance-output':
      return { found: new URLSearchParams('a=1'), rows: [Number.NaN] };
    case 'exit':
      return process.exit(3);
    case 'abort-process':
      return process.abort();
    case 'killed':
      process.kill(process.pid, 'SIGKILL');
      return sleep(60_000);
    case 'busy':
      tell(act, context);
      for (;;) attempts++;
    case 'deaf':
      signal.addEventListener('abort', () => tell('told', context));
      tell(act, context);
      return sleep(600_000);
    case 'takes-8-seconds':
      tell(act, context);
      return sleep(8000);
    case 'obedient':
      log.info(here(), 'waiting');
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await context.checkpoint({ cleaned: true });
      throw signal.reason;
    case 'rejects-unhandled':
      void Promise.reject(Object.assign(new Error('nobody awaits this'), { code: 'forgotten' }));
      return sleep(60_000);
    case 'throws-in-a-timer':
      setTimeout(() => {
        throw Object.assign(new Error('nobody catches this'), { code: 'forgotten' });
      }, 10);
      return sleep(60_000);
    case 'throws-late':
      setTimeout(() => {
        throw new Error('late');
      }, 30);
      return here();
    case 'throws-late-unseen':
      setTimeout(() => {
        throw new Error('later');
      }, 100).unref();
      return here();
    case 'leaves-a-timer':
      setInterval(() => undefined, 1000);
      return here();
    case 'leaves-a-short-timer':
      setTimeout(() => undefined, 5);
      return here();
    case 'loops-late':
      setImmediate(() => {
        for (;;) attempts++;
      });
      return here();
    case 'leaks-heap': {
      const kept: number[][] = [];
      for (;;) {
        kept.push(new Array(10_000).fill(Math.random()));
        if (kept.length % 10 === 0) await sleep(1);
      }
    }
    case 'leaks-heap-at-once':
      return Array.from({ length: 1e8 }, (_, i) => ({ i })).length;
    case 'leaks-buffers': {
      const kept: Buffer[] = [];
      for (;;) {
        kept.push(Buffer.alloc(4_000_000, 1));
        await sleep(5);
      }
    }
    case 'floods-the-log':
      for (let n = 0; n < 50_000; n++) log.info({ n }, 'flood');
      return here();
    case 'leaves-a-child': {
      const child = spawn('sleep', ['600'], { stdio: 'ignore' });
      child.unref();
      log.info({ child: child.pid }, 'child');
      return here();
    }
    default:
      throw new Error(`no such act: ${act}`);
  }
}
