// Files below the warehouse's directory. Steps name them relative to it, so that a name stays true when it moves.

import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** The absolute path of a file below WAREHOUSE_DIR. */
export const pathOf = (file: string): string =>
  resolve(process.env.WAREHOUSE_DIR || '.goalkeeper/warehouse', file);

/** Writes a file so that it is there whole or not at all, however the process ends and whoever else writes it. */
export async function writeWhole(file: string, content: string | Buffer): Promise<void> {
  const path = pathOf(file);
  const unfinished = `${path}.${randomUUID()}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(unfinished, content);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
