import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { bind } from '../../../activities/bind.ts';
import { waitFor } from './goals.ts';

export const jobs = [
  bind(waitFor, async ({ file, log, n }, { signal, attempt }) => {
    await appendFile(log, `begin ${n} ${attempt}\n`);
    while (!existsSync(file)) await pause(20, undefined, { signal });
    await appendFile(log, `end ${n} ${attempt}\n`);
    return { n };
  }),
];
