// Writes the rules of lint that follow from the table of arrows into biome.json.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPO } from './arrows.ts';
import { lintRules } from './lint-rules.ts';

const path = join(REPO, 'biome.json');
const config = JSON.parse(await readFile(path, 'utf8'));
const isOther = (override: { linter?: { rules?: { style?: { noRestrictedImports?: unknown } } } }): boolean =>
  override.linter?.rules?.style?.noRestrictedImports === undefined;
const overrides = [...lintRules(), ...config.overrides.filter(isOther)];
await writeFile(path, `${JSON.stringify({ ...config, overrides }, null, 2)}\n`);
