// Large payloads as files of a directory, named for the SHA-256 of what is in them. One host's workers share it, or those
// of several over a file system that they all mount.

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Payload, StorageDriver } from '@temporalio/common';
// A CommonJS module, of which Node finds no names.
import proto from '@temporalio/proto';

const { Payload: PayloadProto } = proto.temporal.api.common.v1;

/** The name is in histories: never change it. */
export const DIRECTORY_DRIVER = 'goalkeeper.directory';

const SHA256 = /^[0-9a-f]{64}$/;

export class DirectoryDriver implements StorageDriver {
  readonly name = DIRECTORY_DRIVER;
  readonly type = DIRECTORY_DRIVER;
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  store(_context: unknown, payloads: Payload[]): Promise<{ claimData: Record<string, string> }[]> {
    return Promise.all(
      payloads.map(async (payload) => {
        const bytes = PayloadProto.encode(payload).finish();
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        await this.#write(this.#file(sha256), bytes);
        return { claimData: { sha256 } };
      }),
    );
  }

  retrieve(_context: unknown, claims: { claimData: Record<string, string> }[]): Promise<Payload[]> {
    return Promise.all(
      claims.map(async ({ claimData: { sha256 = '' } }) => {
        if (!SHA256.test(sha256)) throw new Error('a reference to a stored payload names no SHA-256');
        const file = this.#file(sha256);
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

  #file(sha256: string): string {
    return join(this.#directory, sha256.slice(0, 2), sha256);
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

/** Whether a file is what its name says: a disk may have failed, or somebody written into it. */
async function isWhole(file: string): Promise<boolean> {
  const bytes = await readFile(file).catch(() => null);
  return bytes !== null && createHash('sha256').update(bytes).digest('hex') === basename(file);
}
