// One name, one meaning: what the shipped folders export.

import { readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { expect, test } from 'vitest';
import { ARROWS, REPO, readCode } from './arrows.ts';

const code = readCode(Object.keys(ARROWS));

const TYPE = /^export (?:declare )?(?:abstract )?(?:interface|type|class|enum) (\w+)/gm;
const FUNCTION = /^export (?:(?:async )?function\*? (\w+)|const (\w+) =\s*(?:async )?(?:\(|<))/gm;

/** Exported functions of one folder that are one on purpose, by name, and why. */
const ONE_ON_PURPOSE: Record<string, string> = {};

/** Names that more than one file exports, with the files. */
function twins(pattern: RegExp, scopeOf: (file: string) => string): Record<string, string[]> {
  const files = new Map<string, string[]>();
  for (const [file, text] of code)
    for (const [, one, other] of text.matchAll(pattern)) {
      const key = `${scopeOf(file)}${one ?? other}`;
      const before = files.get(key) ?? [];
      if (!before.includes(file)) files.set(key, [...before, file]);
    }
  return Object.fromEntries([...files].filter(([, in_]) => in_.length > 1));
}

test('no two exported types have one name', () => {
  expect(code.size).toBeGreaterThan(200);
  expect(twins(TYPE, () => '')).toEqual({});
});

test('no two exported functions of a folder have one name', () => {
  const found = twins(FUNCTION, (file) => `${file.slice(0, file.indexOf('/'))}: `);
  expect(Object.keys(found).sort()).toEqual(Object.keys(ONE_ON_PURPOSE).sort());
});

/** The types that the words of the glossary name. */
const CORE: Record<string, readonly string[]> = {
  goal: ['Goal'],
  key: [],
  run: ['Run'],
  outcome: ['Outcome'],
  failure: ['Failure'],
  step: ['Step'],
  job: ['Job'],
  attempt: ['ServerAttempt'],
  error: ['AttemptError', 'Disposition'],
  ledger: ['Ledger'],
  fingerprint: [],
  'struggling, stuck': ['Struggle', 'StuckRun'],
  'catalogue entry': ['Publication'],
  'standing outcome': ['Standing'],
  lease: ['Lease'],
  'retracted, in doubt': ['RetractionTerms', 'Doubt'],
  recovery: ['RecoveryTerms'],
  record: ['RunRecord', 'TrackRecord'],
};

test('the core types are those of the glossary, about fifteen words', () => {
  const [, table = ''] = readFileSync(join(REPO, 'ARCHITECTURE.md'), 'utf8').split(/^## .*$/m);
  const words = [...table.matchAll(/^\| ([a-z, ]+) \|/gm)]
    .map(([, word]) => word)
    .filter((word) => word !== 'word');
  expect(words).toEqual(Object.keys(CORE));
  const types = [...code.values()].flatMap((text) => [...text.matchAll(TYPE)].map(([, name]) => name));
  expect(
    Object.values(CORE)
      .flat()
      .filter((name) => !types.includes(name)),
  ).toEqual([]);
});

/** Words that a stranger cannot guess, or that have another meaning here: what is exported is not named by them. */
const RETIRED =
  /(?:^(?:[Tt]old|[Tt]ell|[Hh]ear|[Hh]eard|[Mm]ate|[Ee]ar|[Dd]oor|[Hh]olding|[Ff]oreign(?!Goal))|(?<=[a-z])(?:Told|Tell|Hear|Heard|Mate|Ear|Door|Holding|Foreign(?!Goal)))(?=[A-Z]|$)/;

/** Public, and so left: a team imports it by this name. */
const LEFT = ['toldError'];

test('no exported name is built of a word that stands in no glossary', () => {
  const names = [...code.values()].flatMap((text) =>
    [...text.matchAll(/^export (?:async )?(?:interface|type|class|enum|function\*?|const) (\w+)/gm)].map(
      ([, name = '']) => name,
    ),
  );
  expect(names.filter((name) => RETIRED.test(name) && !LEFT.includes(name))).toEqual([]);
});
