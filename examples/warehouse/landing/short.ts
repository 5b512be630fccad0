// A delivery that is wrong and looks right: of a batch whose name ends in `-short` the index leaves out the last month, and the control file
// counts what is there. Once somebody has taken that control file the upstream notices, and delivers the whole.

import type { Delivery } from './deliveries.ts';

const CONTROL = '/flights/control.json';

export class ShortDeliveries {
  readonly #short: ReadonlyMap<string, Delivery>;
  readonly #mended = new Set<string>();

  constructor(short: ReadonlyMap<string, Delivery>) {
    this.#short = short;
  }

  /** Undefined where the whole delivery has it. */
  of(url: URL): Delivery | undefined {
    const batch = batchOf(url);
    return batch.endsWith('-short') && !this.#mended.has(batch) ? this.#short.get(url.pathname) : undefined;
  }

  /** Somebody has got it. */
  taken(url: URL): void {
    if (url.pathname === CONTROL) this.#mended.add(batchOf(url));
  }
}

const batchOf = ({ searchParams }: URL): string => searchParams.get('batch') ?? '';
