// Prometheus's own programs, where they can be had: from the PATH, from the user's cache, or from Debian's package, which
// is unpacked into that cache and installed nowhere.

import { execFile } from 'node:child_process';
import { access, cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Programs {
  prometheus: string;
  promtool: string;
}

/** Null where this machine neither has them nor can get them. */
export async function prometheusPrograms(): Promise<Programs | null> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'goalkeeper', 'prometheus');
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), cache]) {
    const found = await programsIn(folder);
    if (found !== null) return found;
  }
  const scratch = await mkdtemp(join(tmpdir(), 'prometheus-'));
  try {
    await run('apt-get', ['download', 'prometheus'], { cwd: scratch });
    const [archive = ''] = await readdir(scratch);
    await run('dpkg-deb', ['-x', archive, 'unpacked'], { cwd: scratch });
    await mkdir(cache, { recursive: true });
    for (const name of ['prometheus', 'promtool'])
      await cp(join(scratch, 'unpacked', 'usr', 'bin', name), join(cache, name));
    return await programsIn(cache);
  } catch {
    return null;
  } finally {
    await rm(scratch, { recursive: true });
  }
}

async function programsIn(folder: string): Promise<Programs | null> {
  const programs = { prometheus: join(folder, 'prometheus'), promtool: join(folder, 'promtool') };
  const found = await Promise.allSettled(Object.values(programs).map((path) => access(path)));
  return found.every(({ status }) => status === 'fulfilled') ? programs : null;
}
