import type { Due, VirtualTime } from './virtual-time.ts';

/** What code of a goal is thrown whose run is being closed: no failure of a step's. */
export class Cancelled extends Error {
  override readonly name = 'CancelledFailure';
}

/** What ends together. */
export class Scope {
  isCancelled = false;
  readonly #heard = new Set<() => void>();

  cancel(): void {
    if (this.isCancelled) return;
    this.isCancelled = true;
    for (const hear of [...this.#heard]) hear();
    this.#heard.clear();
  }

  /** Calls `hear` when the scope is cancelled, at once if it is. Returns what ends that. */
  onCancel(hear: () => void): () => void {
    if (this.isCancelled) {
      hear();
      return () => undefined;
    }
    this.#heard.add(hear);
    return () => this.#heard.delete(hear);
  }

  /** Resolves after so long; rejects when the scope is cancelled. */
  sleep(time: VirtualTime, ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let due: Due | undefined;
      const off = this.onCancel(() => {
        due?.cancel();
        reject(new Cancelled('cancelled'));
      });
      if (this.isCancelled) return;
      due = time.in(ms, () => {
        off();
        resolve();
      });
    });
  }

  /** The promise's end, or a rejection when the scope is cancelled before. */
  until<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const off = this.onCancel(() => reject(new Cancelled('cancelled')));
      promise.then(
        (value) => {
          off();
          resolve(value);
        },
        (error: unknown) => {
          off();
          reject(error);
        },
      );
    });
  }
}
