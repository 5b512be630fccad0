// Writes a goals folder, whole or not at all: nothing that is there is overwritten.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GoalsFolder } from './goals-folder.ts';

/** @throws Error that names the files in the way; nothing is written then. */
export function writeFolder(folder: string, files: GoalsFolder): void {
  const names = Object.keys(files) as (keyof GoalsFolder)[];
  const there = names.filter((name) => existsSync(join(folder, name)));
  if (there.length > 0)
    throw new Error(
      `${folder} has ${there.join(' and ')} already, and nothing is overwritten; name another folder with --out`,
    );
  mkdirSync(folder, { recursive: true });
  for (const name of names) writeFileSync(join(folder, name), files[name], { flag: 'wx' });
}
