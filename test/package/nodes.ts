// Node in the versions that are supported: their binaries are packages of npm, kept in the user's cache directory.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const NODES = ['20.19.6', '22.23.5', '24.22.3', '26.12.1'] as const;

/** The path of that Node; else why it cannot be had here. */
export async function nodeBinary(version: string): Promise<{ path: string } | { missing: string }> {
  if (process.versions.node === version) return { path: process.execPath };
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(homedir(), '.cache', 'goalkeeper', `node-${version}`);
  const path = join(folder, 'node_modules', name, 'bin', 'node');
  try {
    if (!existsSync(path)) {
      await mkdir(folder, { recursive: true });
      const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];
      await run('npm', ['install', '--prefix', folder, ...quiet, `${name}@${version}`]);
    }
    await run(path, ['--version']);
    return { path };
  } catch (error) {
    return { missing: `${name}@${version} cannot be had: ${(error as Error).message.split('\n')[0]}` };
  }
}
