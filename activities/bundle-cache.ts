// Bundles that were made before, kept in the user's cache directory: a worker whose goals have not changed starts seconds
// sooner. One is taken only when no file has changed that went into it, or was looked for in vain.

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import { z } from 'zod';

const packed = promisify(gzip);
const unpacked = promisify(gunzip);

/** After so long without use a bundle is removed. */
const UNUSED_MS = 7 * 86_400_000;

/** Files by their absolute paths: size and time of change. Null where there must be none. A line, which the code follows. */
const filesSchema = z.record(z.string(), z.string().nullable());

/** What went into a bundle, as webpack tells it. */
export interface Ingredients {
  files: Iterable<string>;
  missing: Iterable<string>;
}

/** `$XDG_CACHE_HOME/goalkeeper/bundles`, or below `~/.cache`. */
export const bundleDirectory = (environment: Record<string, string | undefined> = process.env): string =>
  join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'goalkeeper', 'bundles');

export class BundleCache {
  readonly #directory: string;

  constructor(directory = bundleDirectory()) {
    this.#directory = directory;
  }

  /** The code that was made for these inputs; null when there is none, or a file of it has changed since. */
  async read(inputs: readonly string[]): Promise<string | null> {
    const file = this.#file(inputs);
    try {
      const kept = (await unpacked(await readFile(file))).toString();
      const end = kept.indexOf('\n');
      const files = filesSchema.parse(JSON.parse(kept.slice(0, end)));
      const found = await Promise.all(
        Object.entries(files).map(async ([path, mark]) => (await markOf(path)) === mark),
      );
      if (!found.every(Boolean)) return null;
      const now = new Date();
      await utimes(file, now, now);
      return kept.slice(end + 1);
    } catch {
      // Never kept, or half of it: it is made.
      return null;
    }
  }

  /** Keeps it. That it cannot be kept is no error: it is made again. */
  async write(inputs: readonly string[], code: string, { files, missing }: Ingredients): Promise<void> {
    try {
      const marks = await Promise.all([...files].map(async (path) => [path, await markOf(path)] as const));
      const found = Object.fromEntries([...marks, ...[...missing].map((path) => [path, null] as const)]);
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      const part = join(this.#directory, `${randomUUID()}.part`);
      await writeFile(
        part,
        await packed(`${JSON.stringify(found)}\n${code}`, { level: constants.Z_BEST_SPEED }),
        {
          mode: 0o600,
        },
      );
      await rename(part, this.#file(inputs));
      await this.#prune();
    } catch {
      return;
    }
  }

  #file(inputs: readonly string[]): string {
    const name = createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
    return join(this.#directory, `${name.slice(0, 32)}.js.gz`);
  }

  async #prune(): Promise<void> {
    for (const name of await readdir(this.#directory)) {
      const file = join(this.#directory, name);
      const known = await stat(file).catch(() => null);
      if (known !== null && known.mtimeMs < Date.now() - UNUSED_MS) await rm(file, { force: true });
    }
  }
}

async function markOf(path: string): Promise<string | null> {
  const known = await stat(path).catch(() => null);
  if (known === null) return null;
  return known.isDirectory() ? 'directory' : `${known.size} ${known.mtimeMs}`;
}
