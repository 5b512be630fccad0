import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Effects } from './effects.ts';

async function effects() {
  const folder = await mkdtemp(join(tmpdir(), 'effects-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'effects');
  const told = new Effects(file);
  const inFlight = (...pids: number[]) =>
    told.inFlight(new Set(pids)).map(({ run, step, attempt }) => `${run} ${step} ${attempt}`);
  return { file, told, inFlight, tell: (...lines: string[]) => appendFile(file, `${lines.join('\n')}\n`) };
}

test('in flight is what a process has begun and not ended', async () => {
  const { inFlight, tell } = await effects();
  await tell('a work#1 1 began 7 100', 'a work#2 1 began 7 100', 'b work#1 1 began 8 100');
  expect(inFlight(7)).toEqual(['a work#1 1', 'a work#2 1']);
  await tell('a work#1 1 did 7 110', 'b work#1 1 threw 8 110');
  expect(inFlight(7, 8)).toEqual(['a work#2 1']);
});

test('nothing is in flight in a process that was killed', async () => {
  const { inFlight, tell } = await effects();
  await tell('a work#1 1 began 7 100');
  expect(inFlight(8, 9)).toEqual([]);
});

test('an attempt that was left is not in flight, though it never told its end', async () => {
  const { inFlight, tell } = await effects();
  await tell('a work#1 1 began 7 100', 'a work#1 2 began 8 200');
  expect(inFlight(7)).toEqual([]);
  await tell('a work#1 1 did 7 300');
  expect(inFlight(7, 8)).toEqual(['a work#1 2']);
});

test('a line that is half written is taken once it is whole', async () => {
  const { file, told, inFlight } = await effects();
  await appendFile(file, 'a work#1 1 began 7 100\nb work');
  expect(told.now()).toHaveLength(1);
  await appendFile(file, '#2 1 began 7 100\n');
  expect(inFlight(7)).toEqual(['a work#1 1', 'b work#2 1']);
});
