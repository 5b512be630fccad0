// What a run has not heard yet of the errors of a shard's items: a run lives as long as its map, and its history must
// hold all that its shards tell.

import { jsonBytes } from '../../goals/wire/ledger.ts';
import type { ShardReport } from '../../goals/wire/map.ts';

/** Bytes of errors in one telling, but for the ends of items that the run has heard of. */
const AT_ONE_TIME_BYTES = 48 * 1024;

export class ShardNews {
  readonly #most: number;
  readonly #heard = new Map<string, string>();
  /** Bytes of errors told by now, also by the executions before. */
  bytes: number;

  /** `most` bytes in all; what was `told` before counts. */
  constructor(most: number, told: number) {
    this.#most = most;
    this.bytes = told;
  }

  /** The same with the errors that are new: the first of them, and how each ended of which something was heard. */
  in(told: ShardReport): ShardReport {
    let bytes = 0;
    const troubled = told.troubled.filter((item) => {
      const { path, state } = item;
      const before = this.#heard.get(path);
      if (before === JSON.stringify(item)) return false;
      const more = jsonBytes(item);
      const isRoom = bytes + more <= Math.min(AT_ONE_TIME_BYTES, this.#most - this.bytes);
      if (!isRoom && (before === undefined || state === 'running')) return false;
      bytes += more;
      return true;
    });
    this.bytes += bytes;
    return { ...told, troubled };
  }

  heard({ troubled }: ShardReport): void {
    for (const item of troubled) this.#heard.set(item.path, JSON.stringify(item));
  }
}
