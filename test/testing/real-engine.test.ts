import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ordersCounted } from '../../examples/first-goal/goals.ts';
import { realEngine } from '../../testing/index.ts';
import { bundled } from '../bundled.ts';

const homes = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('goalkeeper-test-'));

test('the whole engine pursues a goal for one test, and leaves nothing', async () => {
  await bundled(resolve('examples/first-goal/goals.ts'));
  const before = homes();
  const engine = await realEngine({ folder: 'examples/first-goal' });
  try {
    expect(await engine.pursue(ordersCounted, { day: '2026-11-20' })).toMatchObject({ outcome: 'achieved' });
    await expect(engine.pursue(ordersCounted, { day: 'no day' })).rejects.toThrow(/422|400/);
  } finally {
    await engine.close();
  }
  await expect(fetch(engine.url)).rejects.toThrow();
  expect(homes().filter((name) => !before.includes(name))).toEqual([]);
  expect(existsSync('examples/first-goal/.goalkeeper')).toBe(false);
}, 180_000);
