import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fresh, Workbench } from '../workbench.ts';
import goals, { patient, secluded } from './goals.ts';

let bench: Workbench;

beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(fileURLToPath(new URL('./goals.ts', import.meta.url)), goals, []);
});
afterAll(() => bench.close());

test('what a goal keeps in its module is of its run alone, though runs share zod and the language of goals', async () => {
  const inputs = [{ key: fresh('k') }, { key: fresh('k') }, { key: fresh('k') }];
  const stories = await Promise.all(inputs.map((input) => bench.pursue(secluded, input)));
  for (const [i, { run }] of stories.entries())
    expect(run).toMatchObject({
      outcome: 'achieved',
      output: { pursued: 1, keys: [inputs[i]?.key], id: 'sandbox-input' },
    });
});

test("zod's language is the one that the module sets", async () => {
  const { run } = await bench.pursue(secluded, { key: fresh('k') });
  expect(run.output).toMatchObject({ told: expect.stringContaining('Ungültige Eingabe') });
});

test("Temporal's stack trace of an open run names where its goal waits", async () => {
  const run = await bench.start(patient, { key: fresh('k') });
  const where = /goals\.ts:\d+:\d+/;
  expect(await run.query('__stack_trace')).toMatch(/waitsForEver.*goals\.ts:\d+:\d+/);
  const { stacks } = await run.query<{ stacks: { locations: { file_path?: string; line?: number }[] }[] }>(
    '__enhanced_stack_trace',
  );
  const found = stacks
    .flatMap(({ locations }) => locations)
    .map(({ file_path, line }) => `${file_path}:${line}:1`)
    .filter((place) => where.test(place));
  expect(found).not.toEqual([]);
  await run.cancel();
});
