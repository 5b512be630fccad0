import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const page = await readFile('docs/threat-model.md', 'utf8');
const named = [...page.matchAll(/^\|.*\| `(test\/[^`]+)`: (.+) \|$/gm)].map(
  ([, file = '', title = '']) => [file, title] as const,
);

test('each threat has a test', () => {
  const threats = page.split('\n').filter((line) => /^\|(?! threat \|| ---)/.test(line));
  expect(named.length).toBe(threats.length);
  expect(named.length).toBeGreaterThan(20);
});

test.each(named)('%s has the test that is named: %s', async (file, title) => {
  expect(existsSync(file), file).toBe(true);
  expect(await readFile(file, 'utf8')).toContain(title);
});
