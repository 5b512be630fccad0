// `npm run bench` itself is too long for a suite of tests: one of its works is measured, as it would be.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bundled } from '../bundled.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const bench = (...args: string[]) =>
  run(process.execPath, ['--import', 'tsx', 'test/bench/main.ts', ...args], { cwd: ROOT });

test('a clean goal of three steps leaves hardly more in Temporal than bare code does, and light ones a fifth of it', {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const file = join(folder, 'results.json');
  const page = join(folder, 'results.md');
  await writeFile(page, 'before\n<!-- figures -->\nold\n<!-- /figures -->\nafter\n');
  await bundled(join(ROOT, 'test/bench/team/goals.ts'));
  const { stdout } = await bench('--only', 'history,costs', '--json', file, '--markdown', page);
  expect(stdout).toMatch(/^\| work +\| variant/m);
  const results = JSON.parse(await readFile(file, 'utf8'));
  const written = await readFile(page, 'utf8');
  expect(written).toMatch(
    /^before\n<!-- figures -->\nMeasured on \d+ cores[\s\S]*\| history of[\s\S]*<!-- \/figures -->\nafter\n$/,
  );
  expect(written).not.toContain('old');
  await rm(folder, { recursive: true, force: true });
  expect(results).toMatchObject([
    { work: 'history of a clean goal of three steps', variant: 'events', ratio: 1 },
    { variant: 'bytes', ratio: expect.any(Number) },
    ...results.slice(2),
  ]);
  expect(results[1].ratio).toBeLessThanOrEqual(1.15);
  const light = results.filter(({ variant }: { variant: string }) => variant === 'light, 50 at once');
  expect(light.map(({ unit }: { unit: string }) => unit)).toEqual(['events', 'bytes', 'actions']);
  // On a busy machine fewer travel together.
  for (const { unit, ratio } of light) expect(ratio, unit).toBeLessThanOrEqual(0.25);
});

test('a work that there is not is refused, and those are named that there are', async () => {
  await expect(bench('--only', 'sleep')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/there is no sleep; there is sealed, threeSteps, /),
  });
});
