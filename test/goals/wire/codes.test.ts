import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { codes } from '../../../goals/wire/codes.ts';

const REPO = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string): string => readFileSync(`${REPO}${path}`, 'utf8');

/** The code of a folder, file by file, without its comments. */
const codeOf = (folder: string): string[] =>
  readdirSync(`${REPO}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => withoutComments(read(`${folder}/${file}`)));

const withoutComments = (code: string): string => code.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

/** Texts that are codes by their form, in snake_case, or by their place. */
const codesIn = (code: string): string[] => [
  ...[...code.matchAll(/'([a-z]+(?:_[a-z]+)+)'/g)].map(([, text]) => text as string),
  ...[
    ...code.matchAll(
      /\bcode: '([^']*)'|'([^']*)' satisfies Code|(?:causeWithoutAttempt|failedByEngine)\(\s*'([^']*)'/g,
    ),
  ].map(([, ...places]) => places.find((text) => text !== undefined) as string),
];

/** What runners and the rest of the worker give: their other snake_case texts are codes of start problems. */
const faultsIn = (code: string): string[] =>
  [...code.matchAll(/new AttemptFault\([\s\S]*?\bcode: '([^']*)'/g)].map(([, text]) => text as string);

const used = [
  ...[
    ...codeOf('workflows'),
    ...['classified', 'attempt-fault', 'step-failures', 'run-outcome', 'wire/lost-attempts'].map((file) =>
      withoutComments(read(`goals/${file}.ts`)),
    ),
  ].flatMap(codesIn),
  ...codeOf('activities').flatMap(faultsIn),
];

describe('the table of codes', () => {
  test('has every code that workflows and the classification of errors give', () => {
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter((code) => !Object.hasOwn(codes, code))).toEqual([]);
  });

  test('has no code that nothing gives', () => {
    const everywhere = new Set([...used, ...codeOf('views').flatMap(codesIn)]);
    expect(Object.keys(codes).filter((code) => !everywhere.has(code))).toEqual([]);
  });

  test('says of each what it means in sentences', () => {
    for (const [code, text] of Object.entries(codes)) {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(text).toMatch(/^[A-Z].{20,}[^.]\.$/);
      expect(text).not.toMatch(/[|\n]/);
    }
  });
});

describe('docs/reference/codes.md', () => {
  test('is equal to the table: what a code means is its first sentence, how to mend it are the others', () => {
    const [header, , ...rows] = read('docs/reference/codes.md')
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    expect(header).toEqual(['code', 'what it means', 'how to mend it']);
    expect(rows).toEqual(
      Object.entries(codes).map(([code, text]) => {
        const [meaning, ...mend] = text.split(/(?<=\.) /);
        return [`\`${code}\``, meaning, mend.join(' ') || '–'];
      }),
    );
  });
});
