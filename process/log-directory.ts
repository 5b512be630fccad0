// Whole logs as files of a directory: a folder for each run, and in it a file for each chunk.

import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isChunkName } from '../goals/wire/kept-logs.ts';
import { folderOfLog, type LogOf, type LogStore } from './log-store.ts';

export class LogDirectory implements LogStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = join(directory, 'logs');
  }

  async write(of: LogOf, name: string, bytes: Uint8Array): Promise<void> {
    const folder = this.#folder(of);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // A reader sees all of it or nothing.
    const part = join(folder, `.${randomUUID()}`);
    await writeFile(part, bytes, { mode: 0o600 });
    await rename(part, join(folder, name));
  }

  async list(of: LogOf, after: string | null, limit: number): Promise<string[]> {
    const names = await readdir(this.#folder(of)).catch(nothingWhereGone);
    return names
      .filter((name) => isChunkName(name) && (after === null || name > after))
      .sort()
      .slice(0, limit);
  }

  read(of: LogOf, name: string): Promise<Uint8Array | null> {
    return readFile(join(this.#folder(of), name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
  }

  async forget(of: LogOf): Promise<number> {
    const names = await readdir(this.#folder(of)).catch(nothingWhereGone);
    await rm(this.#folder(of), { recursive: true, force: true });
    return names.filter(isChunkName).length;
  }

  async expire(before: number): Promise<void> {
    for (const name of await readdir(this.#directory).catch(nothingWhereGone)) {
      const folder = join(this.#directory, name);
      const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
      if (/^[0-9a-f]{32}$/.test(name) && mtimeMs < before) await rm(folder, { recursive: true, force: true });
    }
  }

  #folder(of: LogOf): string {
    return join(this.#directory, folderOfLog(of));
  }
}

const nothingWhereGone = (error: NodeJS.ErrnoException): string[] => {
  if (error.code === 'ENOENT') return [];
  throw error;
};
