import { join } from 'node:path/posix';
import { expect, test } from 'vitest';
import { ARROWS, REPO, readCode } from './arrows.ts';
import { headerOf, idsFor, pageOf, statedIn } from './invariants.ts';

const code = readCode(Object.keys(ARROWS));
const tests = readCode(['test']);
tests.delete('test/house/invariants.ts');
const stated = [...code.keys()].sort().map((file) => ({ file, invariants: statedIn(file) }));
const invariants = stated.flatMap((one) => one.invariants);

/** The files that cite an invariant, the header that states it left out. */
const citing = (files: ReadonlyMap<string, string>, id: string): string[] =>
  [...files]
    .filter(([file, text]) => {
      const isStated = invariants.some((one) => one.id === id && one.file === file);
      const body = isStated ? text.slice(headerOf(text).join('\n').length) : text;
      return new RegExp(`(?<![\\w./-])${id.replace('.', '\\.')}(?!\\d)`).test(body);
    })
    .map(([file]) => file);

test('an invariant has the name of its file and the next number, and no other file has that name', () => {
  expect(invariants.length).toBeGreaterThan(50);
  for (const { file, invariants: own } of stated)
    expect(own.map(({ id }) => id)).toEqual(idsFor(file, own.length));
  expect(invariants.map(({ id }) => id).filter((id, i, all) => all.indexOf(id) !== i)).toEqual([]);
});

test('each invariant is cited where it binds, and by a test that tries to break it', () => {
  expect(invariants.filter(({ id }) => citing(code, id).length === 0).map(({ id }) => id)).toEqual([]);
  expect(invariants.filter(({ id }) => citing(tests, id).length === 0).map(({ id }) => id)).toEqual([]);
});

test('a comment cites no invariant by a letter, nor one that no header states', () => {
  const names = new Set(invariants.map(({ file }) => file.slice(file.lastIndexOf('/') + 1, -'.ts'.length)));
  const known = new Set(invariants.map(({ id }) => id));
  const wrong = [...code, ...tests].flatMap(([file, text]) =>
    [...text.matchAll(/^\s*(?:\/\/|\/?\*\*?) .*$/gm)].flatMap(([line]) =>
      [...line.matchAll(/(?<![\w./-])(?:([a-z][a-z-]*)\.\d+|[A-Z]\d\.)(?= |:|,|\.|$)/g)]
        .filter(([cited, name]) =>
          name === undefined ? / [A-Z]\d\. /.test(line) : names.has(name) && !known.has(cited),
        )
        .map(([cited]) => `${file}: ${cited}`),
    ),
  );
  expect(wrong).toEqual([]);
});

test('docs/reference/invariants.md is what the headers state', async () => {
  await expect(pageOf(invariants)).toMatchFileSnapshot(join(REPO, 'docs/reference/invariants.md'));
});
