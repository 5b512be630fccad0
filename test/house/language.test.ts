// The words of README.md and docs/: subject first, the actor by name, and the few turns of phrase that stop readers.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { expect, test } from 'vitest';
import { REPO } from './arrows.ts';

const pages = [
  'README.md',
  ...readdirSync(join(REPO, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((name) => `docs/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.md')),
];

/** The sentences of a page, and of the cells of its tables, without code and comments. */
function sentencesOf(page: string): string[] {
  const prose = readFileSync(join(REPO, page), 'utf8')
    .replace(/```[\s\S]*?```/g, '\n\n')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/`[^`\n]*`/g, 'CODE')
    .replace(/\]\([^)]*\)/g, ']');
  return prose
    .split(/\n\s*\n|\n(?=\s*(?:[-*|#]|\d+\.) ?)|\|/)
    .flatMap((block) => block.replace(/\s+/g, ' ').split(/(?<=[.!?:]) (?=[A-Z])/))
    .map((sentence) => sentence.replace(/^[\s#>*-]+/, '').trim())
    .filter((sentence) => sentence !== '');
}

const sentences = new Map(pages.map((page) => [page, sentencesOf(page)]));

/** Page and sentence of all that match. */
const found = (isWrong: (sentence: string) => boolean): string[] =>
  [...sentences].flatMap(([page, all]) => all.filter(isWrong).map((sentence) => `${page}: ${sentence}`));

test('it reads sentences', () => {
  expect(pages.length).toBeGreaterThan(40);
  expect([...sentences.values()].flat().length).toBeGreaterThan(2000);
});

test('nothing "is no …": write "is not a …" ("there is no …" is plain)', () => {
  expect(
    found((sentence) => /(?<!\bthere )\b(?:is|are|was|were) no\b(?! longer\b| more than\b)/i.test(sentence)),
  ).toEqual([]);
});

test('no sentence begins with What or Who, unless it asks: name the thing or the actor', () => {
  expect(
    found(
      (sentence) =>
        /^(?:What|Who|Whoever|Whatever)\b/.test(sentence) && sentence.length > 30 && !sentence.endsWith('?'),
    ),
  ).toEqual([]);
});

test('no bound is "so many": write "up to N"', () => {
  expect(found((sentence) => /\bso (?:many|long after)\b/i.test(sentence))).toEqual([]);
});

test('a page tells at most three times: programs report, show, send, say', () => {
  const counts = [...sentences].map(
    ([page, all]) => [page, all.join('\n').match(/\b(?:tell|tells|told)\b/gi)?.length ?? 0] as const,
  );
  expect(counts.filter(([, count]) => count > 3)).toEqual([]);
});
