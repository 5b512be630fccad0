import { expect, test } from 'vitest';
import { ARROWS, readCode } from './arrows.ts';
import { headerOf } from './invariants.ts';

/** Whether a reader who opens the file is told what it is: by a header, or by the docstring of its first export. */
function isIntroduced(text: string): boolean {
  if (headerOf(text.replace(/^#!.*\n/, '')).length > 0 || text.startsWith('/**')) return true;
  const before = text.slice(0, text.search(/^export /m)).trimEnd();
  return (
    text.search(/^export /m) >= 0 &&
    before.endsWith('*/') &&
    before.lastIndexOf('/**') > before.lastIndexOf('\n\n')
  );
}

test('each file that ships begins with a header, or its first export has a docstring', () => {
  const bare = [...readCode(Object.keys(ARROWS))]
    .filter(([, text]) => !isIntroduced(text))
    .map(([file]) => file);
  expect(bare).toEqual([]);
});

test('no docstring is only a letter and a number', () => {
  const empty = [...readCode(Object.keys(ARROWS))].filter(([, text]) =>
    /\/\*\*\s*(?:[A-Z]\d|[a-z-]+\.\d+)\.?\s*\*\//.test(text),
  );
  expect(
    empty.map(([file, text]) => `${file}: ${/\/\*\*\s*(?:[A-Z]\d|[a-z-]+\.\d+)\.?\s*\*\//.exec(text)?.[0]}`),
  ).toEqual([]);
});
