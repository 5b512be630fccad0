// The chaos suite in its short form, on the development server; and broken on purpose, so that it is known to notice.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { bundled } from '../bundled.ts';
import type { Result } from './report.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

async function chaos(...args: string[]): Promise<{ code: number; told: string; result: Result }> {
  const folder = await mkdtemp(join(tmpdir(), 'chaos-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'result.json');
  const [code, told] = await new Promise<[number, string]>((resolve) => {
    const command = ['--import', 'tsx', 'test/chaos/main.ts', '--json', file, ...args];
    execFile(process.execPath, command, { cwd: ROOT, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve([error === null ? 0 : Number(error.code), `${stderr}${stdout}`]),
    );
  });
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`the suite wrote no result:\n${told}`);
  });
  return { code, told, result: JSON.parse(text) };
}

test('under load and kills every acknowledged run has its one right outcome, and every attempt is told', {
  timeout: 400_000,
}, async () => {
  await bundled(join(ROOT, 'test/chaos/team/goals.ts'));
  const { code, told, result } = await chaos('--minutes', '0.75', '--rate', '4', '--at-once', '25');
  expect(result.verdict, told).toMatchObject({ lost: [], doubled: [], untold: [], missing: [], wrong: [] });
  expect(code).toBe(0);
  // Else it shows nothing.
  expect(result.kills, told).toBeGreaterThan(0);
  expect(Object.keys(result.acknowledged).length).toBeGreaterThan(12);
  expect(result.light, told).toBeGreaterThan(0);
});

test('it finds a success that is none, a run that was ended, a key that was pursued twice and an alert that was dropped', {
  timeout: 400_000,
}, async () => {
  const breaks = 'swallow,terminate,second,forget';
  const { code, told, result } = await chaos(
    '--minutes',
    '0.4',
    '--rate',
    '4',
    '--pause',
    'none',
    '--break',
    breaks,
  );
  expect(code, told).toBe(1);
  const { lost, doubled, missing, wrong } = result.verdict;
  expect(missing.join('\n'), told).toMatch(/is told to be done, and nothing was/);
  expect(lost.join('\n'), told).toMatch(/must be achieved/);
  expect(doubled.join('\n'), told).toMatch(/has 2 executions/);
  expect(wrong.join('\n'), told).toMatch(/alerts tell of 0 failures/);
});

test('what it is not told how to do it refuses', async () => {
  const refused = (...args: string[]) =>
    new Promise<string>((resolve) => {
      execFile(
        process.execPath,
        ['--import', 'tsx', 'test/chaos/main.ts', ...args],
        { cwd: ROOT },
        (error, _, said) => resolve(`${error?.code}: ${said}`),
      );
    });
  const [topology, breaks, minutes] = await Promise.all([
    refused('--topology', 'moon'),
    refused('--break', 'all'),
    refused('--minutes', 'many'),
  ]);
  expect(topology).toMatch(/^2: there is no topology 'moon'; there is development/);
  expect(breaks).toMatch(/^2: nothing breaks by 'all'/);
  expect(minutes).toMatch(/^2: --minutes is 'many'/);
});
