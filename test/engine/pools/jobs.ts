// Each attempt writes when it began and ended, and who made it.

import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { bind, type JobContext } from '../../../activities/bind.ts';
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
    if (what === 'gate') while (!existsSync(argument)) await sleep(20, undefined, { signal });
    if (what === 'ms') await sleep(Number(argument), undefined, { signal });
  } finally {
    tell('ended');
  }
  return { attempt };
}

export const jobs = poolJobs.map((job) => bind(job, act as never));
