// Each attempt tells of itself in a file, as those of the chaos suite do: by no engine.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { permanent } from 'goalkeeper';
import { bind, type JobContext } from 'goalkeeper/worker';
import { note } from '../../../chaos/effects.ts';
import { write } from './light-installed.ts';

/** The worker's environment variable that names the folder in which a test says by files what it waits for. */
export const SAID = 'LIGHT_INSTALLED_SAID';
const isSaid = (what = ''): boolean => existsSync(join(process.env[SAID] ?? '', what));

async function writes({ script }: { script: string[] }, { run, step, attempt, signal }: JobContext) {
  note(run, step, attempt, 'began');
  const [what, detail] = (script[attempt - 1] ?? 'ok').split(':');
  while (what === 'until' && !isSaid(detail)) await delay(50, undefined, { signal });
  const isRefused = what === 'needs' && !isSaid(detail);
  if (what === 'fail' || isRefused) note(run, step, attempt, 'threw');
  if (what === 'fail') throw Object.assign(new Error('upstream said no'), { code: 'said_no' });
  if (isRefused) throw permanent('the licence has expired', { code: 'refused' });
  note(run, step, attempt, 'did');
  return { attempt };
}

export const jobs = [bind(write, writes)];
