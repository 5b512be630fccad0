import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LONGEST } from '../longest-first.ts';
import { REPO } from './arrows.ts';

test('each file of tests that takes long is there, and says why in one line', () => {
  for (const [name, why] of Object.entries(LONGEST)) {
    expect(existsSync(join(REPO, 'test', `${name}.test.ts`)), name).toBe(true);
    expect(why, name).toMatch(/^[^\n]{10,120}$/);
  }
});
