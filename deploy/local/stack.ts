// Everything on one machine: Temporal, a worker for one team's folder, the gateway, and what else that folder needs.
// Processes are started in order and stopped in the reverse one, so that none is left and none sees another vanish. One
// that ends though nobody stopped it is started again.

import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CALLBACK_SECRET } from '../../goals/wire/callback.ts';
import { DEFAULT_NAMESPACE, namesTemporal, temporalSettings } from '../../process/temporal-settings.ts';
import { freePort, isPortFree } from './free-port.ts';
import { FolderHeld, type HeldFolder, holdFolder } from './held-folder.ts';
import { keepUp, type Running } from './keep-up.ts';
import type { MainJob } from './main-job.ts';
import { ownFolder } from './own-folder.ts';
import { type OwnProcess, startOwnProcess } from './own-process.ts';
import { atOwnTemporal } from './own-temporal.ts';
import { findTemporal } from './temporal-binary.ts';
import { startTemporalServer } from './temporal-server.ts';

/** The main program of one of our folders: its source in the clone, JavaScript in the package. */
const programOf = (folder: string): string =>
  fileURLToPath(new URL(`../../${folder}/main${extname(fileURLToPath(import.meta.url))}`, import.meta.url));

const WORKER = programOf('activities');
const GATEWAY = programOf('gateway');
const TEMPORAL_PORT = 7233;
const TEMPORAL_UI_PORT = 8233;
const STOP_MS = 15_000;

export interface StackOptions {
  /** A team's folder: goals.ts and jobs.ts. Null: who starts the stack starts workers itself (`startWorker`). */
  folder: string | null;
  mainJob: MainJob | null;
  /** Where data and logs are kept. */
  home: string;
  /** Port of the gateway. */
  port: number;
  environment: NodeJS.ProcessEnv;
  onProgress(line: string): void;
  signal: AbortSignal;
}

/** What the stack is told of as it comes up. */
export interface StackAddresses {
  temporal: string;
  /** Null when Temporal is not ours, or was not asked to show one (GOALKEEPER_UI=1). */
  ui: string | null;
  gateway: string;
  /** The folder of all logs. */
  logs: string;
}

interface Part {
  name: string;
  stop(): Promise<void>;
}

export class Stack {
  /** Resolves with a sentence when a part ends again and again that nobody stopped. */
  readonly broken: Promise<string>;
  addresses: StackAddresses;
  readonly #options: StackOptions;
  readonly #parts: Part[] = [];
  #break: (why: string) => void = () => undefined;
  #stopping: Promise<void> | null = null;
  #held: HeldFolder | null = null;
  #environment: NodeJS.ProcessEnv = {};

  constructor(options: StackOptions) {
    this.#options = options;
    this.addresses = { temporal: '', ui: null, gateway: '', logs: options.home };
    this.broken = new Promise((resolveBroken) => {
      this.#break = resolveBroken;
    });
  }

  /** Starts everything. When a part cannot be had nothing is left running, and the Error says what and how to mend it. */
  async start(): Promise<void> {
    const { port, home, environment, folder, mainJob, onProgress } = this.#options;
    try {
      await ownFolder(home);
      await this.#takeHome();
      if (!(await isPortFree(port)))
        throw new Error(
          `port ${port} of 127.0.0.1 is taken by another process, perhaps another goalkeeper. ` +
            `Stop it, or choose another port: PORT=${port + 1} npm start`,
        );
      const isGiven = namesTemporal(environment);
      this.addresses.temporal = isGiven ? temporalSettings(environment).address : await this.#temporal();
      const env = {
        // Where the links in alerts lead.
        GOALKEEPER_URL: `http://127.0.0.1:${port}`,
        // Whoever presses Ctrl-C wants the end; what is cut short goes on with the next start.
        GOALKEEPER_DRAIN: '0s',
        ...(isGiven
          ? environment
          : {
              ...atOwnTemporal(environment, this.addresses.temporal),
              TEMPORAL_NAMESPACE: DEFAULT_NAMESPACE,
            }),
        ...(await this.#callbackSecret()),
      };
      const servers = await allStarted((mainJob?.servers ?? []).map((server) => this.#server(server, env)));
      this.#environment = { ...env, ...Object.fromEntries(servers) };
      onProgress(folder === null ? 'starting the gateway' : 'starting worker and gateway');
      const [gateway] = await allStarted([
        this.#process('gateway', GATEWAY, [], { ...env, PORT: String(port) }),
        ...(folder === null ? [] : [this.#process('worker', WORKER, [resolve(folder)], this.#environment)]),
      ]);
      this.addresses.gateway = gateway?.url ?? `http://127.0.0.1:${port}`;
      const { temporal } = this.addresses;
      await this.#held?.tell({ gateway: this.addresses.gateway, temporal });
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /**
   * Starts a worker for a team's folder, beside what runs: whoever starts it stops it. `name` is that of its log, and of no
   * other that runs.
   * @throws Error saying why it does not take work.
   */
  async startWorker(
    name: string,
    folder: string,
    { env = {}, ...options }: { env?: NodeJS.ProcessEnv; cwd?: string; onLine?: (line: string) => void },
  ): Promise<OwnProcess> {
    const log = join(this.addresses.logs, `${name}.log`);
    const started = await startOwnProcess(name, WORKER, [resolve(folder)], {
      ...options,
      env: { ...this.#environment, ...env },
      log,
    });
    await this.#held?.began(name, started.pid);
    return started;
  }

  /** Stops all parts, the last started first. Resolves when every process is gone. */
  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      for (const part of this.#parts.splice(0).reverse()) await part.stop();
      await this.#held?.release();
    })();
    return this.#stopping;
  }

  /** What worker and gateway sign callbacks with: kept, so that one which comes after a restart is still known. */
  async #callbackSecret(): Promise<NodeJS.ProcessEnv> {
    const { home, environment } = this.#options;
    if (environment[CALLBACK_SECRET] || environment[`${CALLBACK_SECRET}_FILE`]) return {};
    const file = join(home, 'callback-secret');
    await writeFile(file, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600 }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
    return { [`${CALLBACK_SECRET}_FILE`]: file };
  }

  /** The folder of data is one start's; who comes with a Temporal may work beside it, with logs of its own. */
  async #takeHome(): Promise<void> {
    const { home, port, environment, onProgress } = this.#options;
    try {
      this.#held = await holdFolder(home, onProgress);
    } catch (error) {
      if (!(error instanceof FolderHeld) || !namesTemporal(environment)) throw error;
      this.addresses.logs = join(home, `beside-${port}`);
      await ownFolder(this.addresses.logs);
    }
  }

  async #temporal(): Promise<string> {
    const { home, environment, onProgress, signal } = this.#options;
    const binary = await findTemporal({ env: environment, onProgress, signal });
    onProgress('starting Temporal');
    const ports = {
      port: await firstFree(TEMPORAL_PORT),
      uiPort: environment.GOALKEEPER_UI === '1' && (await firstFree(TEMPORAL_UI_PORT)),
    };
    const [databaseFile, log] = [join(home, 'temporal.db'), join(home, 'temporal.log')];
    const start = () => startTemporalServer({ binary, databaseFile, ...ports, log, signal });
    const server = await this.#keep('Temporal', 'Temporal', () =>
      start().catch(async (error: unknown) => {
        // Another start on this machine was quicker to take the usual port. Once the others know ours, it stays.
        const isOurs = this.addresses.temporal !== '' || (await isPortFree(ports.port));
        if (isOurs || signal.aborted) throw error;
        ports.port = await freePort();
        return start();
      }),
    );
    this.addresses.ui = server.uiAddress;
    return server.address;
  }

  async #server(
    { name, file, variable }: MainJob['servers'][number],
    env: NodeJS.ProcessEnv,
  ): Promise<[string, string]> {
    const path = join(resolve(this.#options.folder ?? '.'), file);
    const server = await this.#process(name, path, [], { ...env, PORT: '0' });
    return [variable, server.url ?? ''];
  }

  async #process(
    name: string,
    file: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
  ): Promise<{ url: string | null }> {
    const log = join(this.addresses.logs, `${name}.log`);
    // Where it was is what the others know: it comes back there.
    let port: Record<string, string> = {};
    return this.#keep(name, `the ${name}`, async () => {
      const started = await startOwnProcess(name, file, args, { env: { ...env, ...port }, log });
      if (started.url !== null) port = { PORT: new URL(started.url).port };
      return { ...started, stop: () => started.stop(STOP_MS) };
    });
  }

  /** Starts a part that is to stay up, and remembers it. */
  async #keep<R extends Running>(name: string, spoken: string, start: () => Promise<R>): Promise<R> {
    const { onProgress, signal } = this.#options;
    const kept = await keepUp({
      name: spoken,
      start: async () => {
        const started = await start();
        await this.#held?.began(name, started.pid);
        return started;
      },
      say: (line) => onProgress(`${line} (its log is in ${this.addresses.logs})`),
      giveUp: (why) => this.#break(`${why}; its log is in ${this.addresses.logs}`),
    });
    this.#parts.push({ name, stop: () => kept.stop() });
    signal.throwIfAborted();
    return kept.running;
  }
}

const firstFree = async (port: number): Promise<number> =>
  (await isPortFree(port)) ? port : await freePort();

/** Waits for all, also when one fails: one that were still starting when the others are stopped would be left behind. */
async function allStarted<T>(starting: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(starting);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results.map((result) => (result as PromiseFulfilledResult<T>).value);
}
