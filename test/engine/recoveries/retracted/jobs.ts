import { existsSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bind } from 'goalkeeper/worker';
import { make } from './goals.ts';

const folder = process.env.RETRACTED_FOLDER ?? '';

export const jobs = [
  bind(make, async ({ label, day }) => {
    await appendFile(join(folder, 'made'), `${label} ${day}\n`);
    while (existsSync(join(folder, `hold ${label} ${day}`)))
      await new Promise((resolve) => setTimeout(resolve, 50));
    return { value: await readFile(join(folder, `${label}.value`), 'utf8').catch(() => label) };
  }),
];
