// Large payloads as files of a directory: a folder for each workflow that they are of, and in it files named for the SHA-256 of
// what is in them. One host's workers share it, or those of several over a file system that they all mount.
//
// Two runs with the same value have it twice: so that one of them can be deleted, and the other goes on.

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Payload, StorageDriver, StorageDriverStoreContext } from '@temporalio/common';
// A CommonJS module, of which Node finds no names.
import proto from '@temporalio/proto';
import type { Forgetting, StoredOf } from './forgetting.ts';

const { Payload: PayloadProto } = proto.temporal.api.common.v1;

/** The name is in histories: never change it. */
export const DIRECTORY_DRIVER = 'goalkeeper.directory';

const SHA256 = /^[0-9a-f]{64}$/;
const FOLDER = /^[0-9a-f]{32}$/;

interface Claim {
  claimData: Record<string, string>;
}

export class DirectoryDriver implements StorageDriver, Forgetting {
  readonly name = DIRECTORY_DRIVER;
  readonly type = DIRECTORY_DRIVER;
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  store(context: StorageDriverStoreContext | null, payloads: Payload[]): Promise<Claim[]> {
    const { target } = context ?? {};
    const of =
      target?.kind === 'workflow' && target.id !== undefined
        ? { of: folderOf({ namespace: target.namespace, id: target.id }) }
        : {};
    return Promise.all(
      payloads.map(async (payload) => {
        const bytes = PayloadProto.encode(payload).finish();
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const claimData = { sha256, ...of };
        await this.#write(this.#file(claimData), bytes);
        return { claimData };
      }),
    );
  }

  retrieve(_context: unknown, claims: Claim[]): Promise<Payload[]> {
    return Promise.all(
      claims.map(async ({ claimData }) => {
        const { sha256 = '', of } = claimData;
        if (!SHA256.test(sha256)) throw new Error('a reference to a stored payload names no SHA-256');
        if (of !== undefined && !FOLDER.test(of))
          throw new Error('a reference to a stored payload names no folder of a workflow');
        const file = this.#file(claimData);
        const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
          throw new Error(
            `the stored payload ${file} cannot be read (${error.code}); do all workers have this directory? See GOALKEEPER_STORAGE.`,
          );
        });
        if (createHash('sha256').update(bytes).digest('hex') !== sha256)
          throw new Error(`the stored payload ${file} is not what was stored: its SHA-256 is another`);
        return PayloadProto.decode(bytes);
      }),
    );
  }

  async forget(of: StoredOf): Promise<number> {
    const folder = join(this.#directory, 'of', folderOf(of));
    const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    await rm(folder, { recursive: true, force: true });
    return files.length;
  }

  /** What an earlier version stored is shared by all workflows. */
  #file({ sha256 = '', of }: Record<string, string>): string {
    const folder = of === undefined ? sha256.slice(0, 2) : join('of', of);
    return join(this.#directory, folder, sha256);
  }

  /** All of it or nothing: a worker may die meanwhile, and another write the same. */
  async #write(file: string, bytes: Uint8Array): Promise<void> {
    const known = await stat(file).catch(() => null);
    const now = new Date();
    // So that its age tells when it was needed last.
    if (known?.size === bytes.length && (await isWhole(file))) return utimes(file, now, now);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const part = `${file}.${randomUUID()}`;
    try {
      const handle = await open(part, 'wx', 0o600);
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(part, file);
    } finally {
      await rm(part, { force: true });
    }
  }
}

/** No ID as it is: it may hold a key that says much. */
const folderOf = ({ namespace, id }: Pick<StoredOf, 'namespace' | 'id'>): string =>
  createHash('sha256').update(`${namespace}\n${id}`).digest('hex').slice(0, 32);

/** Whether a file is what its name says: a disk may have failed, or somebody written into it. */
async function isWhole(file: string): Promise<boolean> {
  const bytes = await readFile(file).catch(() => null);
  return bytes !== null && createHash('sha256').update(bytes).digest('hex') === basename(file);
}
