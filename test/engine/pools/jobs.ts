// Each attempt writes when it began and ended, and who made it.

import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { retryAfter } from 'goalkeeper';
import { bind, type JobContext } from 'goalkeeper/worker';
import { poolJobs } from './goals.ts';

async function act({ script }: { script: string[] }, { attempt, run, step, signal }: JobContext) {
  const tell = (what: string): void =>
    appendFileSync(
      process.env.ATTEMPTS_FILE as string,
      `${JSON.stringify({ run, step, attempt, what, at: Date.now(), pid: process.pid })}\n`,
    );
  tell('began');
  try {
    const [what = 'ok', argument = ''] = script[attempt - 1]?.split(':') ?? [];
    if (what === 'fail') throw new Error('it failed');
    if (what === 'hang') await sleep(60_000, undefined, { signal });
    if (what === 'gate' || what === 'again' || what === 'fail-at')
      while (!existsSync(argument)) await sleep(20, undefined, { signal });
    if (what === 'fail-at') throw new Error('it failed');
    if (what === 'again') throw retryAfter(0, 'once more');
    if (what === 'ms') await sleep(Number(argument), undefined, { signal });
  } finally {
    tell('ended');
  }
  return { attempt };
}

/** As a runner whose isolates are all in use would, it has no turn for what comes first. */
async function turn(signal: AbortSignal): Promise<() => void> {
  const file = `${process.env.ATTEMPTS_FILE}.turn`;
  if (existsSync(file)) return () => undefined;
  writeFileSync(file, '');
  await new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  throw new Error('unreachable');
}

export const jobs = poolJobs.map((job) => {
  const run = (input: { script: string[] }, context: JobContext) => act(input, context);
  return bind(job, (job.name === 'act-turned' ? Object.assign(run, { turn }) : run) as never);
});
