// Nobody should need to install Temporal to try goalkeeper: its command is taken from the machine, or else fetched,
// or else built, once, into the user's cache. Whatever is fetched comes to life in a directory beside its place and
// is renamed into it, so that the place holds a whole, working executable or nothing, whoever was interrupted. What is
// downloaded is unpacked only if it is, to the byte, what was published; what is built, Go checks itself.

import { access, constants, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { downloadChecked } from './checked-download.ts';
import { runCommand } from './child-process.ts';

const VERSION = 'v1.5.1';
const GO_PACKAGE = `github.com/temporalio/cli/cmd/temporal@${VERSION}`;
const EXECUTABLE = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
const PLATFORMS: Record<string, string> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
const ARCHITECTURES: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };
/** SHA-256 of the release's archives. A new version has new ones: from the release's checksums.txt. */
export const DIGESTS: Readonly<Record<string, string>> = {
  linux_amd64: 'ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d',
  linux_arm64: 'bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5',
  darwin_amd64: 'bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9',
  darwin_arm64: 'cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415',
};
/** An archive has 70 MB. */
const MOST_BYTES = 200_000_000;
const MENDING =
  'To mend this: install the Temporal CLI (https://docs.temporal.io/cli) and have it on PATH, or set ' +
  'TEMPORAL_ADDRESS to the host:port of a running server, or install Go (https://go.dev/dl) and try again.';

// All in milliseconds.
const LIMITS = {
  answer: 10_000,
  connect: 10_000,
  stall: 20_000,
  unpack: 120_000,
  build: 30 * 60_000,
  progress: 4_000,
};

export interface FindTemporalOptions {
  /** Environment of all commands; PATH, HOME and XDG_CACHE_HOME are read from it. Default: this process's. */
  env?: NodeJS.ProcessEnv | undefined;
  /** Directory all versions are kept in. Default: `goalkeeper` in XDG_CACHE_HOME or `~/.cache`. */
  cacheDir?: string | undefined;
  /** Where the releases are, each in a folder of its version. Default: those of Temporal's repository. */
  downloadUrl?: string | undefined;
  /** SHA-256 of each archive, as `linux_amd64`; one that is not named is not downloaded. Default: the true ones. */
  digests?: Readonly<Record<string, string>> | undefined;
  /** Default: `go`. */
  goCommand?: string | undefined;
  /** Milliseconds, each with a default fit for people waiting. */
  limits?: Partial<typeof LIMITS> | undefined;
  /** Gets a line when fetching begins and at least every 5 seconds from then; nothing when nothing is fetched. */
  onProgress?: ((line: string) => void) | undefined;
  /** Ends everything at once, leaving no process and no temporary file. */
  signal?: AbortSignal | undefined;
}

/** No Temporal CLI on this machine and none to be had; the message says what was tried and how to mend it. */
export class TemporalMissing extends Error {
  override readonly name = 'TemporalMissing';
  readonly code = 'temporal_missing';
}

type Search = ReturnType<typeof withDefaults>;

/**
 * Path of a Temporal CLI that runs: on PATH, in the cache, downloaded (70 MB), or built with Go (about 4 minutes).
 * @throws TemporalMissing when none of these works; the signal's reason when aborted.
 */
export async function findTemporal(options: FindTemporalOptions = {}): Promise<string> {
  const search = withDefaults(options);
  const { cacheDir, say, signal } = search;
  const cached = join(cacheDir, `temporal-${VERSION}`, EXECUTABLE);
  const steps: [what: string, take: () => Promise<string>, fetches: boolean][] = [
    ['`temporal` on PATH', () => onPath(search), false],
    ['the cache', () => ifItRuns(cached, search), false],
    ['the official download', () => intoCache(cached, search, download), true],
    [`go install ${GO_PACKAGE}`, () => intoCache(cached, search, build), true],
  ];
  const failures: string[] = [];
  let said = 0;
  for (const [what, take, fetches] of steps) {
    // Most starts fetch nothing: they need not hear what is not on PATH.
    if (fetches) while (said < failures.length) say(failures[said++] as string);
    try {
      return await take();
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(`${what}: ${reasonOf(error)}`);
    }
  }
  throw new TemporalMissing(
    `No Temporal CLI was found and none could be fetched. Tried:\n- ${failures.join('\n- ')}\n${MENDING}`,
  );
}

function withDefaults(options: FindTemporalOptions) {
  const env = options.env ?? process.env;
  const userCache = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return {
    env,
    cacheDir: resolve(options.cacheDir ?? join(userCache, 'goalkeeper')),
    downloadUrl: options.downloadUrl ?? 'https://github.com/temporalio/cli/releases/download',
    digests: options.digests ?? DIGESTS,
    goCommand: options.goCommand ?? 'go',
    limits: { ...LIMITS, ...options.limits },
    say: options.onProgress ?? (() => {}),
    signal: options.signal,
  };
}

async function onPath(search: Search): Promise<string> {
  let failure: unknown = new Error('none there');
  for (const folder of (search.env.PATH ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const path = join(folder, EXECUTABLE);
    try {
      await access(path, constants.X_OK);
    } catch {
      continue;
    }
    try {
      return await ifItRuns(path, search);
    } catch (error) {
      failure = new Error(`${path} ${reasonOf(error)}`);
    }
  }
  throw failure;
}

async function ifItRuns(path: string, { env, limits, signal }: Search): Promise<string> {
  await runCommand(path, ['--version'], { env, signal, limitMs: limits.answer });
  return path;
}

async function intoCache(
  cached: string,
  search: Search,
  fetchInto: (folder: string, search: Search) => Promise<void>,
): Promise<string> {
  await mkdir(search.cacheDir, { recursive: true });
  const folder = await mkdtemp(join(search.cacheDir, `.fetch-${VERSION}-`));
  try {
    await removeAbandoned(search);
    await fetchInto(folder, search);
    const fetched = join(folder, EXECUTABLE);
    await ifItRuns(fetched, search).catch((error: unknown) => {
      throw new Error(`what came does not run: ${reasonOf(error)}`);
    });
    await mkdir(join(cached, '..'), { recursive: true });
    await rename(fetched, cached);
    return cached;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

// Of launchers killed while they fetched, 250 MB each. None fetches for two hours.
async function removeAbandoned({ cacheDir }: Search): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith('.fetch-')) continue;
    const { mtimeMs } = await stat(join(cacheDir, name)).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > 2 * 3_600_000)
      await rm(join(cacheDir, name), { recursive: true, force: true });
  }
}

async function download(folder: string, search: Search): Promise<void> {
  const { env, downloadUrl, digests, limits, say, signal } = search;
  const platform = PLATFORMS[process.platform];
  const arch = ARCHITECTURES[process.arch];
  if (!platform || !arch) throw new Error(`there is none for ${process.platform} on ${process.arch}`);
  const kind = `${platform}_${arch}`;
  const name = `temporal_cli_${VERSION.slice(1)}_${kind}.${platform === 'windows' ? 'zip' : 'tar.gz'}`;
  const url = `${downloadUrl}/${VERSION}/${name}`;
  if (platform === 'windows') throw new Error(`unpack ${url} yourself and put temporal.exe on PATH`);
  const digest = digests[kind];
  if (digest === undefined)
    throw new Error(`nobody here knows what ${name} should be, so it is not downloaded`);
  say(`Downloading ${url}`);
  const archive = join(folder, 'temporal.tar.gz');
  await downloadChecked(url, archive, { sha256: digest, mostBytes: MOST_BYTES, limits, say, signal });
  const unpacking = ['-xf', archive, '-C', folder, EXECUTABLE];
  await runCommand('tar', unpacking, { env, signal, limitMs: limits.unpack });
}

async function build(folder: string, { env, goCommand, limits, say, signal }: Search): Promise<void> {
  const workFolder = join(folder, 'go');
  await mkdir(workFolder);
  const started = Date.now();
  let modules = 0;
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const state = () => say(`Building for ${seconds()} s, ${modules} modules downloaded`);
  const progress = setInterval(state, limits.progress);
  say(`Building with go install ${GO_PACKAGE}: about 4 minutes the first time`);
  try {
    await runCommand(goCommand, ['install', GO_PACKAGE], {
      // Work files in our own folder: a killed build would leave them in /tmp for ever.
      env: { ...env, GOBIN: folder, GOTMPDIR: workFolder },
      cwd: workFolder,
      signal,
      limitMs: limits.build,
      onLine: (line) => {
        if (line.startsWith('go: downloading ')) modules += 1;
      },
    });
    state();
  } finally {
    clearInterval(progress);
  }
}

/** One line: of a failed fetch, the innermost cause, as the outer ones say "fetch failed" only. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return error.message.split('\n')[0] || String((error as NodeJS.ErrnoException).code ?? error.name);
}
