import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { permanent } from 'goalkeeper';
import { bind, command, http, type JobContext } from 'goalkeeper/worker';
import { EFFECTS_FILE, note } from '../effects.ts';
import { BREAK, UPSTREAM_URL } from '../variables.ts';
import {
  refuse,
  refuseQuickly,
  work,
  workByProgram,
  workInline,
  workQuickly,
  workSlowly,
  workUpstream,
} from './goals.ts';

interface Work {
  value: number;
  fails: number;
  ms: number;
}

/** Whether a success is told that is none: the suite must find out. */
const swallows = (process.env[BREAK] ?? '').split(',').includes('swallow');

async function does({ value, fails, ms }: Work, { run, step, attempt, signal }: JobContext) {
  note(run, step, attempt, 'began');
  if (ms > 0) await delay(ms, undefined, { signal });
  if (attempt <= fails) {
    note(run, step, attempt, 'threw');
    throw Object.assign(new Error('the job is not in the mood'), { code: 'not_yet' });
  }
  if (!(swallows && value % 10 === 7)) note(run, step, attempt, 'did');
  return { value };
}

async function refuses({ ms }: Work, { run, step, attempt, signal }: JobContext): Promise<never> {
  note(run, step, attempt, 'began');
  if (ms > 0) await delay(ms, undefined, { signal });
  note(run, step, attempt, 'threw');
  throw permanent('the licence has expired', { code: 'refused' });
}

const url = process.env[UPSTREAM_URL] ?? 'http://127.0.0.1:9';

export const jobs = [
  ...[work, workSlowly, workInline, workQuickly].map((job) => bind(job, does)),
  ...[refuse, refuseQuickly].map((job) => bind(job, refuses)),
  bind(
    workByProgram,
    command({
      argv: ['/bin/sh', fileURLToPath(new URL('./program.sh', import.meta.url))],
      env: { [EFFECTS_FILE]: process.env[EFFECTS_FILE] ?? '', CHAOS_WORKER: String(process.pid) },
    }),
  ),
  bind(workUpstream, http({ url: `${url}/work`, allow: [new URL(url).host] })),
];
