import { existsSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bind } from 'goalkeeper/worker';
import { make, note } from './goals.ts';

const folder = process.env.RETRACTED_FOLDER ?? '';
const made = (label: string, day: string) => appendFile(join(folder, 'made'), `${label} ${day}\n`);
const valueFor = async (label: string) => ({
  value: await readFile(join(folder, `${label}.value`), 'utf8').catch(() => label),
});

export const jobs = [
  bind(make, async ({ label, day }) => {
    await made(label, day);
    while (existsSync(join(folder, `hold ${label} ${day}`)))
      await new Promise((resolve) => setTimeout(resolve, 50));
    return valueFor(label);
  }),
  bind(note, async ({ label, day }) => {
    await made(label, day);
    if (existsSync(join(folder, `fail ${label} ${day}`)))
      throw Object.assign(new Error('the bank is down'), { code: 'light_marks_bank_down' });
    return valueFor(label);
  }),
];
