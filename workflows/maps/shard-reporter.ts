// What a shard of a map tells its run: how it stands, while it works and at its end.

import { condition, getExternalWorkflowHandle, sleep, workflowInfo } from '@temporalio/workflow';
import type { FailingItems, ShardReport, ShardTerms } from '../../goals/wire/map.ts';
import { signalNames } from '../../goals/wire/names.ts';
import { patched, patches } from '../patches.ts';
import { ShardNews } from './shard-news.ts';

/**
 * Between two tellings, in milliseconds; as long as nothing is new, each time twice as long. Of a map that has been at it
 * for long a part of its age, so that the history of its run stays short.
 */
const TELL_MS = 5000;
const OF_AGE = 1 / 30;
const LONGEST_MS = 300_000;

export interface ShardReporting {
  /** How the shard stands; given what the server holds of items that go on alone. */
  told: (failing: FailingItems) => ShardReport;
  /** Whether there are such items: what becomes of their attempts nobody tells the shard. */
  isAnyAlone: () => boolean;
  /** Their errors. */
  failing: () => Promise<FailingItems>;
}

export class ShardReporter {
  readonly #of: ShardReporting;
  #lastAt = Date.now();
  #last = '';
  #isTelling = false;
  #isNew = false;
  #quietMs = TELL_MS;
  readonly #since: number | undefined;
  readonly #news: ShardNews;

  /** `toldBytes` by the executions before. */
  constructor(
    { since, mostToldBytes = Number.POSITIVE_INFINITY }: Pick<ShardTerms, 'since' | 'mostToldBytes'>,
    toldBytes: number,
    of: ShardReporting,
  ) {
    this.#of = of;
    this.#since = since;
    this.#news = new ShardNews(mostToldBytes, toldBytes);
  }

  /** Of errors. */
  get toldBytes(): number {
    return this.#news.bytes;
  }

  /** A batch was answered. */
  answered(): void {
    this.#isNew = true;
    if (this.#isTelling || (this.#waitMs() > 0 && !patched(patches.shardTelling))) return;
    this.#isTelling = true;
    // It fails once the shard's items are cancelled.
    this.#goOn().catch(() => undefined);
  }

  /** An item begins alone, or has ended so. */
  wentAlone(): void {
    if (patched(patches.shardTelling)) this.answered();
  }

  /** Nothing is under way any more. */
  last(): Promise<void> {
    return this.#send(this.#of.told({}));
  }

  #waitMs(): number {
    const now = Date.now();
    const age = this.#since === undefined ? 0 : now - this.#since;
    return this.#lastAt + Math.max(TELL_MS, Math.min(age * OF_AGE, LONGEST_MS)) - now;
  }

  async #goOn(): Promise<void> {
    do {
      const waitMs = this.#waitMs();
      if (waitMs > 0) await sleep(waitMs);
      await this.#tell();
      if (!patched(patches.shardTelling)) break;
      if (this.#of.isAnyAlone()) await condition(() => this.#isNew, this.#quietMs);
    } while (this.#isNew || this.#of.isAnyAlone());
    this.#isTelling = false;
  }

  async #tell(): Promise<void> {
    this.#isNew = false;
    this.#lastAt = Date.now();
    if (!patched(patches.shardTelling)) return this.#send(this.#of.told({}));
    const told = this.#of.told(this.#of.isAnyAlone() ? await this.#of.failing() : {});
    const text = JSON.stringify(told);
    this.#quietMs = text === this.#last ? 2 * this.#quietMs : TELL_MS;
    if (text === this.#last) return;
    this.#last = text;
    await this.#send(told);
  }

  async #send(told: ShardReport): Promise<void> {
    const { parent } = workflowInfo();
    if (parent === undefined) return;
    const run = getExternalWorkflowHandle(parent.workflowId, parent.runId);
    const news = this.#since === undefined ? told : this.#news.in(told);
    // A run that has closed need not hear of it.
    await run.signal(signalNames.mapTold, news).then(
      () => this.#news.heard(news),
      () => undefined,
    );
  }
}
