import { expect, test } from 'vitest';
import { ARROWS, readCode } from './arrows.ts';

/** Node 20 drops a timeout that only a composite of signals holds: who waits by it waits for ever (nodejs/node#57736). */
const COMPOSITE =
  /AbortSignal\s*(?:\?\.|\.)\s*any\b|AbortSignal\s*\[\s*['"`]any|\bany\b[^;]*\}\s*=\s*AbortSignal\b/;
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

const composes = (code: string): boolean => COMPOSITE.test(code.replace(COMMENT, ''));

test('no signal is composed by AbortSignal.any: a garbage collection would take its timeout away', () => {
  const code = readCode([...Object.keys(ARROWS), 'examples', 'test']);
  const composed = [...code].filter(([, text]) => composes(text)).map(([file]) => file);
  expect(composed.filter((file) => file !== 'test/house/signals.test.ts')).toEqual([]);
});

test.each([
  ['const end = AbortSignal.any([a, AbortSignal.timeout(1)]);', true],
  ['const end = AbortSignal\n  .any([a, b]);', true],
  ['const { any } = AbortSignal;', true],
  ["AbortSignal['any']([a])", true],
  ['// never AbortSignal.any', false],
  ['fetch(url, { signal: AbortSignal.timeout(1) })', false],
])('%j is told for what it is', (code, isComposite) => {
  expect(composes(code)).toBe(isComposite);
});
