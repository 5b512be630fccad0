// What tsc says of an author's mistakes: each says what to write instead, and is said once.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('./mistakes', import.meta.url));
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

test('tsc says of each mistake what to write, and of nothing else that it is wrong', async () => {
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
  });
  const errors = stdout
    .split(/^(?=\S)/m)
    .map((error) => /([\w-]+)\.ts\((\d+),\d+\): error (.*)$/s.exec(error) ?? [])
    .map(([, name, line, text]) => ({ name, told: `${name}, line ${line}\n  ${text}` }));
  const mistaken = readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && file !== 'jobs-and-goals.ts')
    .map((file) => file.replace('.ts', ''));
  expect(errors.map(({ name }) => name).sort()).toEqual(mistaken.sort());
  await expect(errors.map(({ told }) => told).join('\n')).toMatchFileSnapshot('./mistakes/what-tsc-says.txt');
});
