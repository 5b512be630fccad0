import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fresh, Workbench } from '../workbench.ts';
import goals, { secluded } from './goals.ts';

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
