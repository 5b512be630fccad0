// The codes of a process that cannot start: the table, the code that uses them, and the page are one.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startCodes } from '../../process/start-codes.ts';
import { readCode } from './arrows.ts';

const code = readCode(['activities', 'cli', 'deploy', 'gateway', 'process']);

test('docs/reference/start-codes.md has each code with its title, meaning and mend, and no other', () => {
  const page = readFileSync('docs/reference/start-codes.md', 'utf8');
  const listed = [...page.matchAll(/^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$/gm)].map(
    ([, name, title, meaning, mend]) => [name, { title, meaning, mend }],
  );
  expect(Object.fromEntries(listed)).toEqual(startCodes);
  expect(listed.map(([name]) => name)).toEqual(Object.keys(startCodes).sort());
});

test('each code of the table is used', () => {
  const text = [...code]
    .filter(([file]) => file !== 'process/start-codes.ts')
    .map(([, source]) => source)
    .join('\n');
  expect(Object.keys(startCodes).filter((name) => !text.includes(`'${name}'`))).toEqual([]);
});
