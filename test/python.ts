// A Python with one package, in a virtual environment in the user's cache, made once.

import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../deploy/local/child-process.ts';

/** What tests have from PyPI: Temporal's SDK, and a client that asks whatever an OpenAPI document allows and forbids. */
export type PythonPackage = 'temporalio==1.35.0' | 'schemathesis==4.32.5';

/** Path of the interpreter; null, with the reason printed, where there is none and none can be made. */
export async function pythonWith(wanted: PythonPackage): Promise<string | null> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'goalkeeper');
  const place = join(cache, `python-${wanted.replace('==', '-')}`);
  const python = join(place, 'bin', 'python');
  const found = await access(python).then(
    () => true,
    () => false,
  );
  if (found) return python;
  await mkdir(cache, { recursive: true });
  const making = await mkdtemp(join(cache, 'making-'));
  try {
    const run = (command: string, args: string[]) =>
      runCommand(command, args, { env: process.env, limitMs: 180_000 });
    await run('python3', ['-m', 'venv', making]);
    await run(join(making, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', wanted]);
    // Whole or not there: another process may be making it as well.
    await rename(making, place).catch(async (error: unknown) => {
      await access(python).catch(() => {
        throw error;
      });
    });
    return python;
  } catch (error) {
    console.warn(`tests that need ${wanted} are skipped: ${(error as Error).message}`);
    return null;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}
