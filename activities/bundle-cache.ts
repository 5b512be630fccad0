// Bundles that were made before, kept in the user's cache directory: a worker whose goals have not changed starts seconds
// sooner. One is taken only when no file has changed that went into it, or was looked for in vain. The cache is bounded, and
// processes may share it: a file appears whole and goes whole, and one that is gone is made again.

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import { z } from 'zod';

const packed = promisify(gzip);
const unpacked = promisify(gunzip);

/** How much is kept: beyond it the bundles that were used least recently are removed. */
export interface CacheBounds {
  /** Default: 256. */
  count: number;
  /** Bytes on disk. Default: 512 MiB. */
  bytes: number;
  /** Milliseconds since its last use after which a bundle is removed. Default: 7 days. */
  unusedMs: number;
}

const BOUNDS: CacheBounds = { count: 256, bytes: 512 * 1024 * 1024, unusedMs: 7 * 86_400_000 };

/** What a file was: the digest counts where only the time differs, as after another checkout or installation. */
const markSchema = z.object({ bytes: z.number(), changedAt: z.number(), digest: z.string() });
type Mark = z.infer<typeof markSchema>;

/** Files by their absolute paths. Null where there must be none. A line, which the code follows. */
const filesSchema = z.record(z.string(), z.union([markSchema, z.literal('directory'), z.null()]));

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
  readonly #bounds: CacheBounds;

  constructor(directory = bundleDirectory(), bounds: Partial<CacheBounds> = {}) {
    this.#directory = directory;
    this.#bounds = { ...BOUNDS, ...bounds };
  }

  /** The code that was made for these inputs; null when there is none, or a file of it has changed since. */
  async read(inputs: readonly string[]): Promise<string | null> {
    const file = this.fileOf(inputs);
    try {
      const kept = (await unpacked(await readFile(file))).toString();
      const end = kept.indexOf('\n');
      const files = filesSchema.parse(JSON.parse(kept.slice(0, end)));
      const found = await Promise.all(
        Object.entries(files).map(async ([path, mark]) => isUnchanged(path, mark)),
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
      // A folder where a file was looked for is missing too, and there.
      const absent = await Promise.all([...missing].map(async (path) => [path, await markOf(path)] as const));
      const found = Object.fromEntries([...marks, ...absent]);
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      const part = join(this.#directory, `${randomUUID()}.part`);
      await writeFile(
        part,
        await packed(`${JSON.stringify(found)}\n${code}`, { level: constants.Z_BEST_SPEED }),
        {
          mode: 0o600,
        },
      );
      await rename(part, this.fileOf(inputs));
      await this.prune();
    } catch {
      return;
    }
  }

  /** Where the bundle of these inputs is, if it is kept. */
  fileOf(inputs: readonly string[]): string {
    const name = createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
    return join(this.#directory, `${name.slice(0, 32)}.js.gz`);
  }

  /** Paths of what is kept beyond the bounds. Another process may remove some of it meanwhile, or use it. */
  async excess(): Promise<string[]> {
    const names = await readdir(this.#directory).catch(() => []);
    const found = await Promise.all(
      names.map(async (name) => {
        const file = join(this.#directory, name);
        const known = await stat(file).catch(() => null);
        return known === null ? [] : [{ file, bytes: known.size, usedAt: known.mtimeMs }];
      }),
    );
    const latestFirst = found.flat().sort((a, b) => b.usedAt - a.usedAt);
    let bytes = 0;
    return latestFirst
      .filter((one, place) => {
        bytes += one.bytes;
        if (one.usedAt < Date.now() - this.#bounds.unusedMs) return true;
        // The latest is kept however large it is: it has just been made.
        return place > 0 && (place >= this.#bounds.count || bytes > this.#bounds.bytes);
      })
      .map(({ file }) => file);
  }

  /** Removes what is beyond the bounds. Each `write` does. */
  async prune(): Promise<void> {
    for (const file of await this.excess()) await rm(file, { force: true });
  }
}

async function markOf(path: string): Promise<Mark | 'directory' | null> {
  const known = await stat(path).catch(() => null);
  if (known === null) return null;
  if (known.isDirectory()) return 'directory';
  return { bytes: known.size, changedAt: known.mtimeMs, digest: await digestOf(path) };
}

async function isUnchanged(path: string, mark: Mark | 'directory' | null): Promise<boolean> {
  const known = await stat(path).catch(() => null);
  if (known === null || mark === null) return known === mark;
  if (mark === 'directory' || known.isDirectory()) return mark === 'directory' && known.isDirectory();
  if (known.size !== mark.bytes) return false;
  return known.mtimeMs === mark.changedAt || (await digestOf(path)) === mark.digest;
}

const digestOf = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
    .slice(0, 32);
