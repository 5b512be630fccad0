import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

test('the parts of files that the page on jobs shows are in the files that run', async () => {
  const page = await readFile('docs/jobs.md', 'utf8');
  const shown = [...page.matchAll(/<!-- lines of: (\S+) -->\n```ts\n([\s\S]*?)```/g)];
  expect(shown.length).toBeGreaterThan(0);
  for (const [, path, text] of shown) expect(await readFile(path as string, 'utf8')).toContain(text);
});
