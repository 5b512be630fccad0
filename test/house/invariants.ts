// The invariants, as the headers of files state them: `// lease.1. The teardown begins when …`.

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path/posix';
import { REPO } from './arrows.ts';

export interface Invariant {
  /** The name of its file and a number: `lease.1`. */
  id: string;
  file: string;
  text: string;
}

const STATED = /^\/\/ ([a-z][a-z0-9-]*\.\d+)\. (.*)$/;
const CONTINUED = /^\/\/ {2,}(.*)$/;

/** The lines of comment that a file begins with. */
export const headerOf = (code: string): string[] =>
  /^(?:\/\/.*\n)*/.exec(code)?.[0].split('\n').slice(0, -1) ?? [];

/** The invariants that the header of a file states, in order. */
export function statedIn(file: string): Invariant[] {
  const found: Invariant[] = [];
  for (const line of headerOf(readFileSync(join(REPO, file), 'utf8'))) {
    const [, id, text = ''] = STATED.exec(line) ?? [];
    const last = found.at(-1);
    const more = CONTINUED.exec(line)?.[1];
    if (id !== undefined) found.push({ id, file, text });
    else if (more !== undefined && last !== undefined) last.text += ` ${more}`;
  }
  return found;
}

/** The IDs that the invariants of a file must have. */
export const idsFor = (file: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${basename(file, '.ts')}.${i + 1}`);

/** docs/reference/invariants.md. */
export const pageOf = (invariants: readonly Invariant[]): string => `# Invariants

Each file states in its header the invariants that it keeps. An invariant has the name of its file and a number. A comment cites the ID at
the line that keeps the invariant, and another one at the test that tries to break it. This page is made of the headers:
\`npx vitest run --update=true test/house/invariants.test.ts\` writes it.

| invariant | what holds | file |
| --- | --- | --- |
${invariants.map(({ id, text, file }) => `| \`${id}\` | ${text.replaceAll('|', '\\|')} | [\`${file}\`](../../${file}) |`).join('\n')}
`;
