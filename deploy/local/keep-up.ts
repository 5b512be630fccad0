// A part of the stack that is started again when it ends though nobody stopped it: at once, then after longer and longer
// waits, and no more when it has ended too often in a row.

import { describeExit, type Exit } from './child-process.ts';

const WAITS_MS = [200, 1_000, 2_000, 4_000, 8_000];
/** Who has been up as long as this begins anew with the shortest wait. */
const STEADY_MS = 60_000;

export interface Running {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  stop(): Promise<void>;
}

export interface KeepUpOptions<R extends Running> {
  /** As in "the worker". */
  name: string;
  start(): Promise<R>;
  /** Gets a line when it has ended, and when it is up again. */
  say(line: string): void;
  /** Gets a sentence when it is not started again. */
  giveUp(why: string): void;
  /** Milliseconds before each further start. */
  waits?: readonly number[] | undefined;
}

export interface KeptUp<R extends Running> {
  /** What runs, or ran last. */
  readonly running: R;
  stop(): Promise<void>;
}

/** Resolves once it is up for the first time; rejects when that fails. */
export async function keepUp<R extends Running>(options: KeepUpOptions<R>): Promise<KeptUp<R>> {
  const { name, start, say, giveUp, waits = WAITS_MS } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let running = await start();
  let since = Date.now();
  let ends = 0;
  /** Null when it is up. */
  const again = async (): Promise<string | null> => {
    try {
      running = await start();
      since = Date.now();
      // Who stops it did not see this one.
      if (signal.aborted) await running.stop();
      else say(`${name} is up again`);
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const keeping = (async () => {
    for (;;) {
      let why = describeEnd(name, await running.exited);
      if (Date.now() - since >= STEADY_MS) ends = 0;
      for (let failed: string | null = why; failed !== null; ) {
        if (signal.aborted) return;
        why = failed;
        const wait = waits[ends];
        if (wait === undefined) return giveUp(`${why} (${ends + 1} times in a row: it is not started again)`);
        say(`${why}; starting it again${wait < 1000 ? '' : ` in ${wait / 1000} s`}`);
        ends += 1;
        await pause(wait, signal);
        if (signal.aborted) return;
        failed = await again();
      }
    }
  })();
  return {
    get running() {
      return running;
    },
    async stop() {
      stopping.abort();
      await running.stop();
      await keeping;
    },
  };
}

const describeEnd = (name: string, exit: Exit): string => `${name} ${describeExit(exit)}`;

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
