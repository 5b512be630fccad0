import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { bind, type JobContext } from 'goalkeeper/worker';
import { waitFor, waitRated } from './goals.ts';

async function wait(
  { file, log, n }: { file: string; log: string; n: number },
  { signal, attempt }: JobContext,
): Promise<{ n: number }> {
  await appendFile(log, `begin ${n} ${attempt}\n`);
  while (!existsSync(file)) await pause(20, undefined, { signal });
  await appendFile(log, `end ${n} ${attempt}\n`);
  return { n };
}

export const jobs = [bind(waitFor, wait), bind(waitRated, wait)];
