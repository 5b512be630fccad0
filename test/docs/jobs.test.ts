import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CHECKPOINT_BYTES } from '../../activities/attempts/checkpoint.ts';

const names = (await readdir('docs/guide')).filter((name) => name.endsWith('.md'));
const page = (await Promise.all(names.map((name) => readFile(`docs/guide/${name}`, 'utf8')))).join('\n');

const blocks = (kind: string): [string, string][] =>
  [...page.matchAll(new RegExp(`<!-- ${kind}: (\\S+) -->\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, path, text]) => [path as string, text as string],
  );

test('the files that the guides show are files that the tests run', async () => {
  expect(blocks('file').length).toBeGreaterThan(0);
  for (const [path, text] of blocks('file')) expect(text).toBe(await readFile(path, 'utf8'));
});

test('the lines that they show are lines of files that the tests run', async () => {
  expect(blocks('lines of').length).toBeGreaterThan(0);
  for (const [path, text] of blocks('lines of')) expect(await readFile(path, 'utf8')).toContain(text);
});

test('they say how large a checkpoint may be', () => {
  expect(page).toContain(`keeps up to ${CHECKPOINT_BYTES / 1024} KB of JSON`);
});
