import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { readTemplate, wrongWithName } from './template.ts';

/** What a new folder may hold already. */
const HARMLESS = new Set(['.git', '.DS_Store']);

/**
 * Makes a project in a folder, which is new or empty; the folder's name is the project's. Returns the names of its files.
 * @throws Error that says what is in the way, and what to do; nothing is written then.
 */
export function createProject(folder: string, version: string): string[] {
  const root = resolve(folder);
  const name = basename(root);
  const wrong = wrongWithName(name);
  if (wrong !== null) throw new Error(wrong);
  const there = existsSync(root) ? readdirSync(root).filter((file) => !HARMLESS.has(file)) : [];
  if (there.length > 0)
    throw new Error(
      `${folder} is not empty: it has ${there.slice(0, 3).join(', ')}${there.length > 3 ? ', …' : ''}. Name another folder, or add goals to ` +
        `what is there: cd ${folder}, npm install goalkeeper zod, npx goalkeeper init`,
    );
  const { manifest, files } = readTemplate(name, version);
  mkdirSync(root, { recursive: true });
  const all = new Map([['package.json', `${JSON.stringify(manifest, null, 2)}\n`], ...files]);
  for (const [file, text] of all) writeFileSync(join(root, file), text, { flag: 'wx' });
  return [...all.keys()];
}
