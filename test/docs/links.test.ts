import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const documents = [
  ...(await readdir('.')).filter((name) => name.endsWith('.md')),
  ...(await readdir('docs', { recursive: true }))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** The anchors of a document's headings, as they are made of them on the web. */
const anchorsOf = async (path: string): Promise<string[]> =>
  [...(await readFile(path, 'utf8')).matchAll(/^#{1,4} (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

test.each(documents)(
  'every link of %s leads to a file that is there, and to a heading of it',
  async (path) => {
    const text = await readFile(path, 'utf8');
    const wrong: string[] = [];
    for (const [, link = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : normalize(join(dirname(path), file));
      if (!existsSync(target)) wrong.push(link);
      else if (anchor !== undefined && !(await anchorsOf(target)).includes(anchor)) wrong.push(link);
    }
    expect(wrong).toEqual([]);
  },
);

test('the README is a page: 900 words at most', async () => {
  expect((await readFile('README.md', 'utf8')).split(/\s+/).filter(Boolean).length).toBeLessThanOrEqual(900);
});

test('every file of the repository that the documents name is there', async () => {
  const wrong: string[] = [];
  for (const path of documents.filter((path) => path !== 'CHANGELOG.md'))
    for (const [, file = ''] of (await readFile(path, 'utf8')).matchAll(
      /`((?:activities|cli|deploy|docs|examples|gateway|goals|process|program|test|views|workflows)\/[\w./-]+\.(?:ts|md|sh|py|yaml))`/g,
    ))
      if (!existsSync(file)) wrong.push(`${path}: ${file}`);
  expect(wrong).toEqual([]);
});
