// The table of environment variables, what reads them, and the page that lists them are one.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jobVariables } from '../../goals/wire/names.ts';
import { unknownVariables, type Variable, variables } from '../../process/variables.ts';
import { variablesPage } from './variables-page.ts';

const SHIPPED = [
  'activities',
  'cli',
  'deploy',
  'gateway',
  'goals',
  'process',
  'program',
  'views',
  'workflows',
];

/** Names of our own form that are not read from an environment of ours. */
const OTHERS: Record<string, string> = {
  TEMPORAL_BROADCAST_ADDRESS: "of Temporal's own image",
  TEMPORAL_DEFAULT_NAMESPACE: "of the image of Temporal's UI",
  TEMPORAL_ENV: "of Temporal's command line; a comment",
  TEMPORAL_PORT: 'a constant of deploy/local',
  TEMPORAL_UI_PORT: 'a constant of deploy/local',
};

const files = new Map(
  [
    'docker-compose.yml',
    'Dockerfile',
    ...SHIPPED.flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(ts|py|sh|ya?ml)$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name)),
    ),
  ]
    .filter((file) => file !== 'process/variables.ts')
    .map((file) => [file, readFileSync(file, 'utf8')] as const),
);
const rows = Object.values(variables).flatMap((group) => Object.entries<Variable>(group));
const jobs: readonly string[] = Object.values(jobVariables);

test('every variable of ours that a shipped file names is in the table', () => {
  const names = new Set([
    ...rows.flatMap(([name, { hasFile }]) => (hasFile ? [name, `${name}_FILE`] : [name])),
    ...jobs,
    ...Object.keys(OTHERS),
  ]);
  const strangers = [...files].flatMap(([file, text]) =>
    [...text.matchAll(/\b(?:GOALKEEPER|TEMPORAL|METRICS)_[A-Z][A-Z_]*[A-Z]\b/g)]
      .filter(([name]) => !names.has(name))
      .map(([name]) => `${file}: ${name}`),
  );
  expect(strangers).toEqual([]);
});

test('every variable that a shipped file takes from an environment by name is in the table', () => {
  const ofFiles = rows.flatMap(([name, { hasFile }]) => (hasFile === true ? [`${name}_FILE`] : []));
  const names = new Set([...rows.map(([name]) => name), ...ofFiles, ...jobs]);
  // Of the system, and of the programs that goalkeeper starts or talks to.
  const ofOthers =
    /^(PATH|HOME|TERM|TZ|NODE_ENV|HOSTNAME|APPDATA|XDG_CONFIG_HOME|AWS_\w+|POSTGRES_\w+|PG\w*|GOBIN|GOPROXY|NUM_HISTORY_SHARDS)$/;
  const strangers = [...files]
    .filter(([file]) => file.endsWith('.ts'))
    .flatMap(([file, text]) => [
      ...[...text.matchAll(/\b(?:process\.env|environment)\.([A-Z][A-Z_]+)/g)].map(([, name = '']) => [
        file,
        name,
      ]),
      ...[...text.matchAll(/\{([^{}]*)\}(?:: NodeJS\.ProcessEnv)? = process\.env\b/g)].flatMap(
        ([, list = '']) => [...list.matchAll(/\b[A-Z][A-Z_]+\b/g)].map(([name]) => [file, name]),
      ),
    ])
    .filter(([, name = '']) => !names.has(name) && !ofOthers.test(name));
  expect(strangers).toEqual([]);
});

test("every variable of the table is read: by a file of ours, or by Temporal's client where it says so", () => {
  const code = [...files]
    .filter(([file]) => file.endsWith('.ts'))
    .map(([, text]) => text)
    .join('\n');
  const temporals = readFileSync('node_modules/@temporalio/envconfig/lib/envconfig-toml.js', 'utf8');
  const unread = rows
    .filter(([name, { isTemporals }]) => !(isTemporals ? temporals : code).includes(name.replace('…', '')))
    .map(([name]) => name);
  expect(unread).toEqual([]);
});

test('docs/reference/configuration.md is the table; `node --import tsx test/house/write-variables.ts` writes it', () => {
  expect(readFileSync('docs/reference/configuration.md', 'utf8')).toBe(variablesPage());
});

test('a misspelt variable is warned of with the nearest name, and one of a job is known', () => {
  expect(
    unknownVariables({
      GOALKEEPER_SLOT_MOST: '3',
      GOALKEEPER_SOMETHING_ELSE_ALTOGETHER: '',
      GOALKEEPER_CALLBACK_SECRET_FILE: '/x',
      GOALKEEPER_ATTEMPT: '1',
      SLOTS_MOST: '3',
    }),
  ).toEqual([
    'unknown variable GOALKEEPER_SLOT_MOST; did you mean GOALKEEPER_SLOTS_MOST?',
    'unknown variable GOALKEEPER_SOMETHING_ELSE_ALTOGETHER; docs/reference/configuration.md lists all',
  ]);
});
