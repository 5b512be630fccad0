// What a shard of a map tells its run: how it stands, while it works and at its end.

import { condition, getExternalWorkflowHandle, patched, sleep, workflowInfo } from '@temporalio/workflow';
import type { FailingItems, ShardTold } from '../goals/wire/map.ts';
import { signalNames } from '../goals/wire/names.ts';
import { readFailingItems } from './pending-ledgers.ts';

/** Between two tellings, in milliseconds; as long as nothing is new, each time twice as long. */
const TELL_MS = 5000;

/** From when on it tells in time of what is new when nothing more comes, and of items that go on alone. */
const PATCH = 'gk-shard-telling';

export interface Telling {
  /** How the shard stands; given what the server holds of items that go on alone. */
  told: (failing: FailingItems) => ShardTold;
  /** Whether there are such items: what becomes of their attempts nobody tells the shard. */
  isAnyAlone: () => boolean;
}

export class ShardTelling {
  readonly #of: Telling;
  #lastAt = Date.now();
  #last = '';
  #isTelling = false;
  #isNew = false;
  #quietMs = TELL_MS;

  constructor(of: Telling) {
    this.#of = of;
  }

  /** A batch was answered. */
  answered(): void {
    this.#isNew = true;
    if (this.#isTelling || (this.#waitMs() > 0 && !patched(PATCH))) return;
    this.#isTelling = true;
    // It fails once the shard's items are cancelled.
    this.#goOn().catch(() => undefined);
  }

  /** An item begins alone, or has ended so. */
  wentAlone(): void {
    if (patched(PATCH)) this.answered();
  }

  /** Nothing is under way any more. */
  last(): Promise<void> {
    return this.#send(this.#of.told({}));
  }

  #waitMs(): number {
    return this.#lastAt + TELL_MS - Date.now();
  }

  async #goOn(): Promise<void> {
    do {
      const waitMs = this.#waitMs();
      if (waitMs > 0) await sleep(waitMs);
      await this.#tell();
      if (!patched(PATCH)) break;
      if (this.#of.isAnyAlone()) await condition(() => this.#isNew, this.#quietMs);
    } while (this.#isNew || this.#of.isAnyAlone());
    this.#isTelling = false;
  }

  async #tell(): Promise<void> {
    this.#isNew = false;
    this.#lastAt = Date.now();
    if (!patched(PATCH)) return this.#send(this.#of.told({}));
    const told = this.#of.told(this.#of.isAnyAlone() ? await readFailingItems() : {});
    const text = JSON.stringify(told);
    this.#quietMs = text === this.#last ? 2 * this.#quietMs : TELL_MS;
    if (text === this.#last) return;
    this.#last = text;
    await this.#send(told);
  }

  async #send(told: ShardTold): Promise<void> {
    const { parent } = workflowInfo();
    if (parent === undefined) return;
    const run = getExternalWorkflowHandle(parent.workflowId, parent.runId);
    // A run that has closed need not hear of it.
    await run.signal(signalNames.mapTold, told).catch(() => undefined);
  }
}
