// What a shard of a map tells its run: how it stands, while it works and at its end.

import { getExternalWorkflowHandle, patched, sleep, workflowInfo } from '@temporalio/workflow';
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
    if (this.#isTelling) return;
    const waitMs = this.#lastAt + TELL_MS - Date.now();
    if (waitMs <= 0) this.#go(this.#tell());
    else if (patched(PATCH)) this.#go(sleep(waitMs).then(() => this.#tell()));
  }

  /** An item has ended that went alone. */
  ended(): void {
    if (patched(PATCH)) this.answered();
  }

  /** Nothing is under way any more. */
  last(): Promise<void> {
    return this.#send(this.#of.told({}));
  }

  #go(telling: Promise<void>): void {
    this.#isTelling = true;
    const told = (): void => {
      this.#isTelling = false;
      if (!patched(PATCH)) return;
      if (this.#isNew) this.answered();
      else if (this.#of.isAnyAlone()) {
        this.#quietMs *= 2;
        this.#go(sleep(this.#quietMs).then(() => this.#tell()));
      }
    };
    // It fails once the shard's items are cancelled.
    telling.then(told, () => undefined);
  }

  async #tell(): Promise<void> {
    this.#isNew = false;
    this.#lastAt = Date.now();
    if (!patched(PATCH)) return this.#send(this.#of.told({}));
    const told = this.#of.told(this.#of.isAnyAlone() ? await readFailingItems() : {});
    const text = JSON.stringify(told);
    if (text === this.#last) return;
    this.#last = text;
    this.#quietMs = TELL_MS;
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
