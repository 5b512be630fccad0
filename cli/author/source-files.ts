// The files of a team as they are written: what they import, from where, and what they declare. Read and never run, so
// that a place can also be named in a file that does not load.

import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, sep } from 'node:path';

/** An import as it is written. */
export interface WrittenImport {
  specifier: string;
  /** Where the specifier begins in the file, from 0. */
  at: number;
  /** A file of the team's own; null for a package, a part of Node, or what is not there. */
  file: string | null;
}

export interface SourceFile {
  path: string;
  text: string;
  imports: readonly WrittenImport[];
}

/** A place in a file, both from 1. */
export interface SourcePlace {
  file: string;
  line: number;
  column: number;
}

const TEXT_OR_COMMENT =
  /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

/** The code with blanks in place of comments, and every other character where it was. */
export const withoutComments = (code: string): string =>
  code.replace(TEXT_OR_COMMENT, (found) => (found.startsWith('/') ? blank(found) : found));

/** The code with blanks in place of comments and texts. */
export const withoutTexts = (code: string): string => code.replace(TEXT_OR_COMMENT, blank);

const IMPORT = /\b(?:from|import|require)\s*\(?\s*(['"])([^'"\n]+)\1/g;

/** The files reached from these, themselves first: the project's own, not those of packages. */
export function sourceFiles(entries: readonly string[]): SourceFile[] {
  const paths = new Set(entries.filter((path) => existsSync(path)));
  const found: SourceFile[] = [];
  for (const path of paths) {
    const text = readFileSync(path, 'utf8');
    const imports = [...withoutComments(text).matchAll(IMPORT)].map((match): WrittenImport => {
      const specifier = match[2] ?? '';
      return { specifier, at: match.index + match[0].lastIndexOf(specifier), file: fileOf(path, specifier) };
    });
    found.push({ path, text, imports });
    for (const { file } of imports) if (file !== null) paths.add(file);
  }
  return found;
}

/** A specifier may name what a file is compiled to, or leave its extension out. */
const WRITTEN_AS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\.js$/, ['.ts']],
  [/\.mjs$/, ['.mts']],
  [/$/, ['.ts', '.mts', '.js', '.mjs', '.json', '/index.ts', '/index.js']],
];

const INSTALLED = `${sep}node_modules${sep}`;

function fileOf(importer: string, specifier: string): string | null {
  if (isBuiltin(specifier) || /^goalkeeper(\/|$)/.test(specifier)) return null;
  if (/^\.{0,2}\//.test(specifier)) {
    const path = specifier.startsWith('/') ? specifier : join(dirname(importer), specifier);
    const others = WRITTEN_AS.flatMap(([ending, sources]) =>
      ending.test(path) ? sources.map((source) => path.replace(ending, source)) : [],
    );
    return [path, ...others].find(isFile) ?? null;
  }
  try {
    // One of the project's own packages, or an alias for a file.
    const path = realpathSync(createRequire(importer).resolve(specifier));
    return path.includes(INSTALLED) ? null : path;
  } catch {
    return null;
  }
}

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();

export function placeAt({ path, text }: SourceFile, at: number): SourcePlace {
  const before = text.slice(0, at).split('\n');
  return { file: path, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Where the first of the files that imports what is meant does; null where none does. */
export function placeOfImport(
  files: readonly SourceFile[],
  isMeant: (one: WrittenImport) => boolean,
): SourcePlace | null {
  for (const file of files) {
    const one = file.imports.find(isMeant);
    if (one !== undefined) return placeAt(file, one.at);
  }
  return null;
}

const DECLARATION = /\b(goal|job|pool|foreignGoal)\s*\(\s*\{/g;

/** Where the goal, job or pool of the name is declared, or a field of it; null where that is not seen. */
export function placeOfDeclaration(
  files: readonly SourceFile[],
  kind: string,
  name: string,
  field: string | null,
): SourcePlace | null {
  for (const file of files) {
    const code = withoutComments(file.text);
    const starts = [...code.matchAll(DECLARATION)];
    for (const [i, start] of starts.entries()) {
      const own = start[1] === 'foreignGoal' ? 'goal' : start[1];
      const body = code.slice(start.index, starts[i + 1]?.index ?? code.length);
      const named = new RegExp(`\\bname\\s*:\\s*(['"\`])${escaped(name)}\\1`).exec(body);
      if (own !== kind || named === null) continue;
      const inside =
        field === null ? null : new RegExp(`(?<=[{,\\s])${escaped(field)}(?=\\s*[:(,])`).exec(body);
      return placeAt(file, start.index + (inside ?? named).index);
    }
  }
  return null;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
