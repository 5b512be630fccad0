// Everything on one machine: Temporal, a worker for one team's folder, the gateway, and what else that folder needs.
// Processes are started in order and stopped in the reverse one, so that none is left and none sees another vanish.

import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CALLBACK_SECRET } from '../goals/wire/callback.ts';
import { describeExit } from './child-process.ts';
import { freePort, isPortFree } from './free-port.ts';
import type { MainJob } from './main-job.ts';
import { type OwnProcess, startOwnProcess } from './own-process.ts';
import { findTemporal } from './temporal-binary.ts';
import { startTemporalServer } from './temporal-server.ts';

const WORKER = fileURLToPath(new URL('../activities/main.ts', import.meta.url));
const GATEWAY = fileURLToPath(new URL('../gateway/main.ts', import.meta.url));
const TEMPORAL_PORT = 7233;
const TEMPORAL_UI_PORT = 8233;
const STOP_MS = 15_000;

export interface StackOptions {
  /** A team's folder: goals.ts and jobs.ts. */
  folder: string;
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
  /** Null when Temporal is not ours, or shows none. */
  ui: string | null;
  gateway: string;
}

interface Part {
  name: string;
  stop(): Promise<void>;
}

export class Stack {
  /** Resolves with a sentence when a part ends that nobody stopped. */
  readonly broken: Promise<string>;
  addresses: StackAddresses = { temporal: '', ui: null, gateway: '' };
  readonly #options: StackOptions;
  readonly #parts: Part[] = [];
  #break: (why: string) => void = () => undefined;
  #stopping: Promise<void> | null = null;

  constructor(options: StackOptions) {
    this.#options = options;
    this.broken = new Promise((resolveBroken) => {
      this.#break = resolveBroken;
    });
  }

  /** Starts everything. When a part cannot be had nothing is left running, and the Error says what and how to mend it. */
  async start(): Promise<void> {
    const { port, home, environment, folder, mainJob, onProgress } = this.#options;
    try {
      if (!(await isPortFree(port)))
        throw new Error(
          `port ${port} of 127.0.0.1 is taken by another process, perhaps another goalkeeper. ` +
            `Stop it, or choose another port: PORT=${port + 1} npm start`,
        );
      await mkdir(home, { recursive: true });
      this.addresses.temporal = environment.TEMPORAL_ADDRESS || (await this.#temporal());
      const env = {
        // Whoever presses Ctrl-C wants the end; what is cut short goes on with the next start.
        GOALKEEPER_DRAIN: '0s',
        ...environment,
        TEMPORAL_ADDRESS: this.addresses.temporal,
        ...(await this.#callbackSecret()),
      };
      const servers = await allStarted((mainJob?.servers ?? []).map((server) => this.#server(server, env)));
      onProgress('starting worker and gateway');
      const [, gateway] = await allStarted([
        this.#process('worker', WORKER, [resolve(folder)], {
          // Where the links in alerts lead.
          GOALKEEPER_URL: `http://127.0.0.1:${port}`,
          ...env,
          ...Object.fromEntries(servers),
        }),
        this.#process('gateway', GATEWAY, [], { ...env, PORT: String(port) }),
      ]);
      this.addresses.gateway = gateway?.url ?? `http://127.0.0.1:${port}`;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops all parts, the last started first. Resolves when every process is gone. */
  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      for (const part of this.#parts.splice(0).reverse()) await part.stop();
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

  async #temporal(): Promise<string> {
    const { home, environment, onProgress, signal } = this.#options;
    const binary = await findTemporal({ env: environment, onProgress, signal });
    onProgress('starting Temporal');
    const server = await startTemporalServer({
      binary,
      databaseFile: join(home, 'temporal.db'),
      port: (await isPortFree(TEMPORAL_PORT)) ? TEMPORAL_PORT : await freePort(),
      uiPort: (await isPortFree(TEMPORAL_UI_PORT)) ? TEMPORAL_UI_PORT : await freePort(),
      log: join(home, 'temporal.log'),
      signal,
      onExit: (exit) =>
        this.#break(`Temporal ${describeExit(exit)}; its log is ${join(home, 'temporal.log')}`),
    });
    this.#parts.push({ name: 'Temporal', stop: () => server.stop() });
    this.addresses.ui = server.uiAddress;
    return server.address;
  }

  async #server(
    { name, file, variable }: MainJob['servers'][number],
    env: NodeJS.ProcessEnv,
  ): Promise<[string, string]> {
    const server = await this.#process(name, join(resolve(this.#options.folder), file), [], {
      ...env,
      PORT: '0',
    });
    return [variable, server.url ?? ''];
  }

  async #process(
    name: string,
    file: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
  ): Promise<OwnProcess> {
    const log = join(this.#options.home, `${name}.log`);
    const started = await startOwnProcess(name, file, args, { env, log });
    this.#parts.push({ name, stop: () => started.stop(STOP_MS) });
    this.#options.signal.throwIfAborted();
    void started.exited.then((exit) => this.#break(`the ${name} ${describeExit(exit)}; its log is ${log}`));
    return started;
  }
}

/** Waits for all, also when one fails: one that were still starting when the others are stopped would be left behind. */
async function allStarted<T>(starting: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(starting);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results.map((result) => (result as PromiseFulfilledResult<T>).value);
}
