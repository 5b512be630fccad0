// Temporal's production server and its schema tool, as a team's cluster runs them: built from their source, once,
// into the user's cache, with what its container image starts them by.

import { chmod, copyFile, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { runCommand } from '../local/child-process.ts';

export const VERSION = 'v1.32.0';
const MODULE = 'go.temporal.io/server';
const LIMIT_MS = 30 * 60_000;
const PROGRESS_MS = 4_000;

export interface TemporalServerFiles {
  /** Has `temporal-server` and `temporal-sql-tool`. */
  bin: string;
  /** What its server image starts. */
  entrypoint: string;
}

export interface FindTemporalServerOptions {
  /** Environment of all commands; PATH, HOME and XDG_CACHE_HOME are read from it. Default: this process's. */
  env?: NodeJS.ProcessEnv | undefined;
  /** Gets a line when building begins and at least every 5 seconds from then. */
  onProgress?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * The server in the cache, or else built into it with Go: about 5 minutes.
 * @throws Error saying what failed and how to mend it; the signal's reason when aborted.
 */
export async function findTemporalServer(
  options: FindTemporalServerOptions = {},
): Promise<TemporalServerFiles> {
  const { env = process.env, onProgress = () => {}, signal } = options;
  const cache = resolve(join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'goalkeeper'));
  const place = join(cache, `temporal-server-${VERSION}`);
  if (!(await exists(place))) {
    await mkdir(cache, { recursive: true });
    // A name that deploy/local/temporal-binary.ts clears away, should this process be killed.
    const folder = await mkdtemp(join(cache, `.fetch-server-${VERSION}-`));
    try {
      await build(folder, env, onProgress, signal);
      await rename(folder, place).catch(async (error: unknown) => {
        // Another process was quicker.
        if (!(await exists(place))) throw error;
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw new Error(
        `Temporal's server ${VERSION} cannot be built: ${(error as Error).message}. ` +
          'Install Go (https://go.dev/dl), and have its modules reachable, then try again.',
      );
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  }
  return { bin: join(place, 'bin'), entrypoint: join(place, 'entrypoint.sh') };
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function build(
  folder: string,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const [bin, work] = [join(folder, 'bin'), join(folder, 'work')];
  await mkdir(bin);
  await mkdir(work);
  const started = Date.now();
  const progress = setInterval(
    () => say(`Building Temporal's server for ${Math.round((Date.now() - started) / 1000)} s`),
    PROGRESS_MS,
  );
  say(`Building Temporal's server ${VERSION} with Go: about 5 minutes the first time`);
  const go = (args: string[], onLine?: (line: string) => void) =>
    runCommand('go', args, {
      env: { ...env, GOBIN: bin, GOTMPDIR: work },
      cwd: work,
      signal,
      limitMs: LIMIT_MS,
      onLine,
    });
  try {
    for (const [program, name] of [
      ['cmd/server', 'temporal-server'],
      ['cmd/tools/sql', 'temporal-sql-tool'],
    ] as const) {
      await go(['install', `${MODULE}/${program}@${VERSION}`]);
      await rename(join(bin, program.split('/').at(-1) as string), join(bin, name));
    }
    const said: string[] = [];
    await go(['mod', 'download', '-json', `${MODULE}@${VERSION}`], (line) => said.push(line));
    const { Dir: source } = JSON.parse(said.slice(said.indexOf('{')).join('\n')) as { Dir: string };
    await copyFile(join(source, 'docker', 'scripts', 'sh', 'entrypoint.sh'), join(folder, 'entrypoint.sh'));
    // Go keeps its modules read-only.
    await chmod(join(folder, 'entrypoint.sh'), 0o755);
    await rm(work, { recursive: true });
  } finally {
    clearInterval(progress);
  }
}
