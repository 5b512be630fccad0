// One Temporal development server of our own, on 127.0.0.1 only, set up to be quick (the defaults make
// every step wait 50 ms and every short retry a second). Limits on sizes and counts stay as a cluster has them, so
// that what works here works there.

import { randomInt } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { devNull } from 'node:os';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { grpcCodes } from '../../process/grpc-codes.ts';
import { type Child, describeExit, type Exit, startChild } from './child-process.ts';
import { freePort, isPortFree } from './free-port.ts';
import { openPageGuard, type PageGuard } from './page-guard.ts';
import { stuckDatabase } from './stuck-database.ts';

const READY_MS = 30_000;
const GRACE_MS = 5_000;
const PROBE_MS = 1_000;
const PROBES = 5;
const POLL_MS = 20;

// Values are JSON: an unquoted duration is refused.
const DYNAMIC_CONFIG = {
  'history.transferProcessorMaxPollRPS': 200,
  'history.timerProcessorMaxPollRPS': 200,
  'history.timerProcessorMaxTimeShift': '10ms',
  // Temporal deletes nothing before it has noted that it is done with what closed: by default that is each half minute.
  'history.transferProcessorUpdateAckInterval': '1s',
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  // Its HTTP API, on a port beside, takes what any page of the web sends: so it is asked for by no name at all. Whoever
  // uses Temporal as it is meant to be used does so over gRPC, which no page can speak.
  'frontend.httpAllowedHosts': ['none.invalid'],
};

// The exclusive lock is the system's, gone with the process: without it two servers would share one file, each
// taking the other's work.
const SQLITE_PRAGMAS = ['journal_mode=wal', 'synchronous=normal', 'locking_mode=exclusive'];

export interface TemporalServerOptions {
  /** Path of the Temporal CLI. */
  binary: string;
  /** SQLite file, made when missing, its folder as well. Default: everything in memory, gone with the process. */
  databaseFile?: string | undefined;
  /** Default: a free one. */
  port?: number | undefined;
  /** Port of Temporal's own web UI, for pages of this machine only (page-guard.ts). Default: false, for none. */
  uiPort?: number | false | undefined;
  /** File the server's output is appended to. Default: its end only is kept, in memory. */
  log?: string | undefined;
  /** Settings beside ours, or in their place: values as JSON. */
  dynamicConfig?: Record<string, unknown> | undefined;
  /** Called when the server ends though neither `stop` nor `kill` was called. */
  onExit?: ((exit: Exit, output: string) => void) | undefined;
  /** Ends the start; once started, use `stop`. */
  signal?: AbortSignal | undefined;
}

export interface TemporalServer {
  /** `127.0.0.1:port` */
  readonly address: string;
  /** `http://127.0.0.1:port`, or null when started without a UI. */
  readonly uiAddress: string | null;
  /** Another once its database was stuck (stuck-database.ts): then it is started anew, at the same address, and nothing is lost. */
  readonly pid: number;
  /** Resolves once the process is gone for good, however it ended. */
  readonly exited: Promise<Exit>;
  /** SIGTERM, and SIGKILL after 5 seconds. Resolves when the process is gone. */
  stop(): Promise<void>;
  /** SIGKILL. Resolves when the process is gone; with a database file, what was acknowledged is kept. */
  kill(): Promise<void>;
}

/**
 * Starts a Temporal server and waits, at most 30 seconds, until it answers. It has a process group of its own, so
 * it does not end with a Ctrl-C: call `stop`.
 * @throws Error saying why it did not start (port taken, database in use, …) with the end of its output; the
 * signal's reason when aborted. No process is left then.
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const { databaseFile, log, signal } = options;
  signal?.throwIfAborted();
  const port = options.port ?? (await freePort());
  const uiPort = options.uiPort || null;
  // Asked first: whoever has the port may be a Temporal server too, and would answer for ours.
  for (const wanted of [port, uiPort]) {
    if (wanted !== null && !(await isPortFree(wanted)))
      throw new Error(
        `Temporal's server cannot start: port ${wanted} of 127.0.0.1 is taken by another process.`,
      );
  }
  for (const file of [databaseFile, log]) {
    if (file !== undefined) await mkdir(dirname(resolve(file)), { recursive: true, mode: 0o700 });
  }
  const ui = uiPort === null ? null : await hiddenAddress();
  let isStuck = false;
  const begin = async (): Promise<Child> => {
    const isOfStuck = stuckDatabase();
    const begun = await startChild(options.binary, serverArguments(port, ui, options), {
      ...{ env: serverEnvironment(), log },
      onLine(line) {
        // In memory it would lose all.
        if (databaseFile !== undefined && isOfStuck(line)) void restartStuck();
      },
    });
    let isAsking = false;
    const restartStuck = async (): Promise<void> => {
      if (isAsking || isStuck) return;
      isAsking = true;
      isStuck = !(await readsDatabase(port));
      isAsking = false;
      if (isStuck) await begun.kill().catch(() => undefined);
    };
    await ready(begun, port, options).catch(async (error: unknown) => {
      await begun.kill();
      throw error;
    });
    return begun;
  };
  let child = await begin();
  let guard: PageGuard | null = null;
  try {
    if (databaseFile !== undefined) await makeOwn(databaseFile);
    if (ui !== null && uiPort !== null)
      guard = await openPageGuard({ port: uiPort, target: `http://${ui.host}:${ui.port}` });
  } catch (error) {
    await child.kill();
    throw error;
  }
  let asked = false;
  const untilOver = async (): Promise<Exit> => {
    for (;;) {
      const exit = await child.exited;
      const isAgain = isStuck && !asked;
      isStuck = false;
      if (isAgain) {
        const next = await begin().catch(() => null);
        if (next !== null) child = next;
        // It was asked to end meanwhile.
        if (next !== null && asked) await child.kill();
        if (next !== null) continue;
      }
      await guard?.stop();
      if (!asked) options.onExit?.(exit, child.tail());
      return exit;
    }
  };
  const over = untilOver();
  const ending = (end: () => Promise<void>) => async () => {
    asked = true;
    await end();
    await over;
  };
  return {
    address: `127.0.0.1:${port}`,
    uiAddress: uiPort === null ? null : `http://127.0.0.1:${uiPort}`,
    get pid() {
      return child.pid;
    },
    exited: over,
    stop: ending(() => child.stop(GRACE_MS)),
    kill: ending(() => child.kill()),
  };
}

interface Address {
  host: string;
  port: number;
}

/**
 * Where the UI is, behind its guard: it answers whoever asks, so it is put where no page can guess it, one of Linux's 16
 * million loopback addresses. Elsewhere there is one only, and the port alone is unknown.
 */
async function hiddenAddress(): Promise<Address> {
  const part = (): number => randomInt(1, 255);
  const host = process.platform === 'linux' ? `127.${part()}.${part()}.${part()}` : '127.0.0.1';
  return { host, port: await freePort() };
}

/** SQLite's own files beside it hold the same. */
async function makeOwn(databaseFile: string): Promise<void> {
  for (const end of ['', '-wal', '-shm']) await chmod(`${databaseFile}${end}`, 0o600).catch(() => undefined);
}

function serverArguments(
  port: number,
  ui: Address | null,
  { databaseFile, dynamicConfig }: TemporalServerOptions,
): string[] {
  const config = Object.entries({ ...DYNAMIC_CONFIG, ...dynamicConfig }).map(
    ([key, value]) => `${key}=${JSON.stringify(value)}`,
  );
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--env-file', devNull],
    ...(ui === null ? ['--headless'] : ['--ui-ip', ui.host, '--ui-port', String(ui.port)]),
    ...config.flatMap((setting) => ['--dynamic-config-value', setting]),
    ...(databaseFile === undefined ? [] : ['--db-filename', databaseFile]),
    ...(databaseFile === undefined ? [] : SQLITE_PRAGMAS.flatMap((pragma) => ['--sqlite-pragma', pragma])),
  ];
}

function serverEnvironment(): NodeJS.ProcessEnv {
  // Meant for clients: TEMPORAL_ENV, say, names a set of flags in the user's environment file.
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return { ...Object.fromEntries(own), GOGC: '400' };
}

async function ready(child: Child, port: number, options: TemporalServerOptions): Promise<void> {
  const { signal } = options;
  const ending = new AbortController();
  const onAbort = () => ending.abort();
  signal?.addEventListener('abort', onAbort);
  const timer = setTimeout(onAbort, READY_MS);
  if (signal?.aborted) onAbort();
  try {
    const exit = await Promise.race([child.exited, answers(port, ending.signal)]);
    signal?.throwIfAborted();
    if (exit === true) return;
    throw new Error(whyNotStarted(exit, child.tail(), port, options));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    ending.abort();
  }
}

function whyNotStarted(
  exit: Exit | false,
  output: string,
  port: number,
  options: TemporalServerOptions,
): string {
  const said = output.trim().split('\n').slice(-10).join('\n');
  const why = /database is locked/.test(output)
    ? `the database file ${options.databaseFile} is in use by another process, most likely a server still running`
    : /address already in use/.test(output)
      ? `port ${port} of 127.0.0.1, or one beside it, is taken by another process`
      : exit
        ? `it ${describeExit(exit)}`
        : `it did not answer within ${READY_MS / 1000} s`;
  return `Temporal's server cannot start: ${why}.${said ? ` It said:\n${said}` : ' It said nothing.'}`;
}

/** True once the server answers for its default namespace, false when ended before. */
async function answers(port: number, signal: AbortSignal): Promise<boolean> {
  // A gRPC channel refused once waits a second: so it is asked only when somebody listens.
  while (!(await accepts(port))) {
    if (signal.aborted) return false;
    await delay(POLL_MS);
  }
  const connection = Connection.lazy({ address: `127.0.0.1:${port}` });
  const ask = () => connection.workflowService.describeNamespace({ namespace: 'default' });
  try {
    while (!signal.aborted) {
      try {
        await connection.withDeadline(Date.now() + PROBE_MS, () => connection.withAbortSignal(signal, ask));
        return true;
      } catch {
        await delay(POLL_MS);
      }
    }
    return false;
  } finally {
    await connection.close();
  }
}

/** Whether any of some calls that nobody cuts off gets out of the database what it asks for. */
async function readsDatabase(port: number): Promise<boolean> {
  const connection = Connection.lazy({ address: `127.0.0.1:${port}` });
  const execution = { workflowId: 'gk-none' };
  try {
    for (let i = 0; i < PROBES; i++) {
      try {
        await connection.withDeadline(Date.now() + 2 * PROBE_MS, () =>
          connection.workflowService.describeWorkflowExecution({ namespace: 'default', execution }),
        );
        return true;
      } catch (error) {
        // That there is no such workflow it has read. Of a stuck one even the namespace is unknown, in time.
        const { code, details = '' } = error as { code?: number; details?: string };
        if (code === grpcCodes.NOT_FOUND && !/namespace/i.test(details)) return true;
      }
    }
    return false;
  } finally {
    await connection.close();
  }
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: PROBE_MS });
    const end = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
