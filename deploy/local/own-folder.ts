import { chmod, lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes the folder where there is none. It and the files in it are its user's alone, also those of an earlier version. */
export async function ownFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  for (const name of await readdir(path)) {
    const file = join(path, name);
    const { mode } = await lstat(file);
    const isFile = (mode & 0o170000) === 0o100000;
    // It may be gone by now, as the draft of a file is.
    if (isFile && (mode & 0o077) !== 0) await chmod(file, mode & 0o700).catch(() => undefined);
  }
}
