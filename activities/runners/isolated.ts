// A job in a thread or process of its own. Teams call it in their jobs module; the worker keeps the isolates.

import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { JobContext, Runner } from '../bind.ts';
import { environmentProblem, searchPath } from './command/job-environment.ts';
import { Isolate } from './isolated/isolate.ts';

/** Options of `isolated`. */
export interface IsolationOptions {
  /**
   * `'process'`: whatever the job does costs its attempt alone. `'thread'`: it starts more quickly and survives what a job does
   * in JavaScript, but a crash of native code, or memory taken in one piece, ends the worker.
   * @default 'process'
   */
  in?: 'process' | 'thread';
  /** The most memory an attempt may take, in MB, at least 128. Of a thread it is the JavaScript heap only. @default 1024 */
  memoryMb?: number;
  /** Variables of its environment. It also gets PATH and the secrets that its contract names, and nothing else of the worker's. @default {} */
  env?: Readonly<Record<string, string>>;
  /** The most attempts at once in this worker. Further attempts queue; the queue does not count as their time. @default the machine's cores */
  atOnce?: number;
}

const IDLE_MS = 30_000;
const LEAST_MEMORY_MB = 128;

/**
 * Runs a job outside the worker's own thread, so that a busy loop, a late throw or a leak costs the attempt and nothing else.
 * The module exports the job as `run`. Input and output are copied. The worker kills a job that has not ended some time after its
 * signal is aborted: 0.75 s after a timeout, 7.75 s in other cases.
 *
 * @param module The URL of a file.
 * @throws TypeError at once when the module is not a file, or an option makes no sense.
 * @example
 * ```ts
 * import { job } from 'goalkeeper';
 * import { bind, isolated } from 'goalkeeper/worker';
 * import { z } from 'zod';
 *
 * const train = job({ name: 'train', input: z.object({ day: z.string() }), output: z.object({ loss: z.number() }) });
 *
 * export const jobs = [bind(train, isolated(new URL('./train.ts', import.meta.url), { memoryMb: 2048 }))];
 * ```
 */
export function isolated(module: URL, options: IsolationOptions = {}): Runner {
  const { in: where = 'process', memoryMb = 1024, atOnce = availableParallelism(), env = {} } = options;
  if (!(module instanceof URL) || module.protocol !== 'file:' || !existsSync(fileURLToPath(module)))
    throw new TypeError(
      `isolated(${String(module)}): there is no such file; write new URL('./job.ts', import.meta.url)`,
    );
  if (where !== 'process' && where !== 'thread')
    throw new TypeError(`isolated: in is ${JSON.stringify(where)}; give 'process' or 'thread'`);
  if (!(Number.isInteger(memoryMb) && memoryMb >= LEAST_MEMORY_MB))
    throw new TypeError(`isolated: memoryMb is ${memoryMb}; give a whole number from ${LEAST_MEMORY_MB}`);
  if (!(Number.isInteger(atOnce) && atOnce >= 1))
    throw new TypeError(`isolated: atOnce is ${atOnce}; give a whole number from 1`);
  const problem = environmentProblem(env);
  if (problem !== null) throw new TypeError(`isolated: ${problem}`);
  const place = { module, memoryMb, env: { PATH: searchPath(), ...env } };
  const isolates = new Isolates(() => new Isolate(where, place), atOnce);
  const run = (input: unknown, context: JobContext): Promise<unknown> => isolates.run(input, context);
  return Object.assign(run, { turn: (signal: AbortSignal) => isolates.turn(signal) });
}

/** The isolates of one job: those at work, and idle ones that may be used again. */
class Isolates {
  readonly #start: () => Isolate;
  readonly #atOnce: number;
  #idle: Isolate[] = [];
  /** Attempts whose turn it is, and isolates of attempts that are over but have not settled yet. */
  #taken = 0;
  #queue: (() => void)[] = [];

  constructor(start: () => Isolate, atOnce: number) {
    this.#start = start;
    this.#atOnce = atOnce;
  }

  async turn(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#taken >= this.#atOnce) await this.#waited(signal);
    else this.#taken++;
    let isEnded = false;
    return () => {
      if (!isEnded) this.#give();
      isEnded = true;
    };
  }

  async run(input: unknown, context: JobContext): Promise<unknown> {
    this.#idle = this.#idle.filter(({ isFit }) => isFit);
    const isolate = this.#idle.pop() ?? this.#start();
    try {
      return await isolate.run(input, context);
    } finally {
      this.#taken++;
      void this.#settle(isolate).finally(() => this.#give());
    }
  }

  async #settle(isolate: Isolate): Promise<void> {
    if (await isolate.settled) return this.#keep(isolate);
    isolate.kill();
    await isolate.gone;
  }

  #keep(isolate: Isolate): void {
    this.#idle.push(isolate);
    const forget = (): void => {
      this.#idle = this.#idle.filter((one) => one !== isolate);
    };
    void isolate.gone.then(forget);
    setTimeout(() => {
      if (!this.#idle.includes(isolate)) return;
      forget();
      isolate.kill();
    }, IDLE_MS).unref();
  }

  /** Whoever waits longest takes over the turn. */
  #waited(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onTurn = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        this.#queue = this.#queue.filter((one) => one !== onTurn);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(onTurn);
    });
  }

  #give(): void {
    this.#taken--;
    if (this.#taken >= this.#atOnce) return;
    const next = this.#queue.shift();
    if (next === undefined) return;
    this.#taken++;
    next();
  }
}
