import type { WorkflowHandle } from '@temporalio/client';
import { type ReplayResult, type ReplayWorkerOptions, Worker } from '@temporalio/worker';
import { afterAll } from 'vitest';

interface Given {
  history: unknown;
  workflowId: string;
}

/** Replays histories one after the other, all by one worker: to begin one costs more than to replay a history. */
export class Replayer {
  readonly #options: () => ReplayWorkerOptions;
  readonly #given: Given[] = [];
  #results: AsyncIterableIterator<ReplayResult> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: () => ReplayWorkerOptions) {
    this.#options = options;
  }

  /** `options` are asked for at the first replay. */
  static forThisFile(options: () => ReplayWorkerOptions): Replayer {
    const replayer = new Replayer(options);
    afterAll(async () => {
      await replayer.#last;
      await replayer.#results?.return?.();
    });
    return replayer;
  }

  /** Throws when today's code would not have written the history of this workflow. */
  async replay(handle: WorkflowHandle): Promise<void> {
    const { workflowId } = handle;
    this.#given.push({ history: await handle.fetchHistory(), workflowId });
    const result = this.#last.then(() => this.#next());
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #next(): Promise<void> {
    this.#results ??= Worker.runReplayHistories(this.#options(), this.#histories());
    const { value } = (await this.#results.next()) as IteratorYieldResult<ReplayResult>;
    if (value.error) throw value.error;
  }

  /** One for each result that is asked for. */
  async *#histories(): AsyncGenerator<Given> {
    for (;;) yield this.#given.shift() as Given;
  }
}
