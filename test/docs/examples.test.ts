// The examples in docstrings compile as a team would write them, and every function that teams import has one.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const REPO = fileURLToPath(new URL('../..', import.meta.url));
const { exports: entries } = JSON.parse(readFileSync(join(REPO, 'package.json'), 'utf8')) as {
  exports: Record<string, string>;
};
/** The entrances that teams write code against. `testing` and `gateway` have guides of their own. */
const PUBLIC = ['.', './worker', './program', './config'];

const read = (path: string): string => readFileSync(join(REPO, path), 'utf8');

interface Exported {
  name: string;
  /** Where it is declared, from the root of the repository. */
  file: string;
}

/** The values that an entrance exports: functions, classes and schemas. */
function valuesOf(entry: string): Exported[] {
  const text = read(entry);
  const passedOn = [...text.matchAll(/^export \{([^}]*)\} from '([^']+)';/gm)].flatMap(([, names, from]) =>
    (names as string)
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type '))
      .map((name) => ({ name, file: relative(REPO, join(REPO, dirname(entry), from as string)) })),
  );
  const own = [...text.matchAll(/^export (?:async )?(?:function|const|class) (\w+)/gm)];
  return [...passedOn, ...own.map(([, name]) => ({ name: name as string, file: entry }))].map(declaredWhere);
}

/** Follows what a file only passes on. */
function declaredWhere({ name, file }: Exported): Exported {
  const passedOn = new RegExp(`^export \\{[^}]*\\b${name}\\b[^}]*\\} from '([^']+)';`, 'm').exec(read(file));
  return passedOn === null
    ? { name, file }
    : declaredWhere({ name, file: join(dirname(file), passedOn[1] as string) });
}

const values = PUBLIC.flatMap((entry) => valuesOf((entries[entry] as string).replace('./', '')));
/** Types have examples too. */
const language = readdirSync(join(REPO, 'goals'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `goals/${name}`);
const files = [...new Set([...values.map(({ file }) => file), ...language, 'deploy/local/main-job.ts'])];

const EXAMPLE = /^ *\* @example\n *\* ```ts\n((?: *\*.*\n)*?) *\* ```$/gm;

/** The docstring right above an exported value; '' where there is none. */
const docOf = ({ name, file }: Exported): string =>
  new RegExp(
    `/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\nexport (?:async )?(?:function|const|class) ${name}\\b`,
  ).exec(read(file))?.[1] ?? '';

test('every function, class and schema that teams import has a docstring with an example', () => {
  expect(values.length).toBeGreaterThan(25);
  const bare = values.filter((value) => !docOf(value).includes('@example\n'));
  expect(bare.map(({ name, file }) => `${name} (${file})`)).toEqual([]);
});

test('every example compiles', () => {
  const examples = files.flatMap((file) =>
    [...read(file).matchAll(EXAMPLE)].map(([, code], i) => ({
      name: `${file.replaceAll('/', '.').replace('.ts', '')}.${i}.mts`,
      code: (code as string).replace(/^ *\* ?/gm, ''),
    })),
  );
  const written = files.reduce((sum, file) => sum + read(file).split('@example').length - 1, 0);
  expect(examples.length).toBe(written);
  // Beside the dependencies, where a team's code would find them.
  const folder = mkdtempSync(join(REPO, 'node_modules', '.examples-'));
  try {
    for (const { name, code } of examples) writeFileSync(join(folder, name), `${code}\nexport {};\n`);
    const paths = Object.fromEntries(
      PUBLIC.map((entry) => [entry.replace('.', 'goalkeeper'), [join(REPO, entries[entry] as string)]]),
    );
    const config = {
      extends: join(REPO, 'tsconfig.json'),
      compilerOptions: { paths, typeRoots: [join(REPO, 'node_modules/@types')] },
      files: examples.map(({ name }) => name),
      include: [],
      exclude: [],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
