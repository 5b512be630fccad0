// What the server holds of a step that has not ended: its ledger, in one envelope with what the job told on its way, the
// checkpoint and the progress.
//
// heartbeats.1. The state that the server holds never becomes older. Of two direct heartbeats the later is sent when the earlier is answered.
//     The SDK sends its own by another way: it gets no state while direct ones go, and a direct one waits for the state that it just got.
// heartbeats.2. A job may report its progress as often as it likes: an envelope is made a few times a second.

import type { Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import type { Progress } from '../../goals/wire/error-envelope.ts';
import type { Heartbeat, Later, Ledger } from '../../goals/wire/ledger.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { redact } from '../redact.ts';

const PROGRESS_EVERY_MS = 250;
const ANSWER_MS = 2000;
/** So long what the SDK was told may be on its way. */
const ON_ITS_WAY_MS = 500;
const NOTE_LIMIT = 200;

/** What an attempt tells the server by. */
export interface Beats {
  checkpoint: unknown;
  begin(): void;
  beat(): void;
  taken(): Promise<boolean>;
  progress(done: number, total: number | null, note: string | null): void;
  end(): void;
}

interface Held {
  ledger: Ledger;
  told: boolean;
  halted: number | undefined;
  later: Later | null;
}

export class Heartbeats implements Beats {
  /** What the last `checkpoint` of the step kept, in whichever attempt; undefined when nothing did. */
  checkpoint: unknown;
  readonly #context: Context;
  readonly #log: Logger;
  readonly #held: () => Held;
  #progress: Progress | null;
  #beatAt = Number.NEGATIVE_INFINITY;
  #later: NodeJS.Timeout | undefined;
  #answered: Promise<unknown> = Promise.resolve();

  /** `carried` is what the attempt before had told; `held` what else the envelope carries by now. */
  constructor(context: Context, log: Logger, carried: Heartbeat | undefined, held: () => Held) {
    this.checkpoint = carried?.checkpoint;
    this.#progress = carried?.progress ?? null;
    this.#context = context;
    this.#log = log;
    this.#held = held;
  }

  /** Tells the server directly what the attempts before this one left; nobody waits for it. */
  begin(): void {
    void this.#inTurn();
  }

  /** Tells the SDK, which tells the server when it sees fit, and at last when the attempt fails. */
  beat(): void {
    this.end();
    this.#tellSdk(this.#envelope());
  }

  /** Tells the server directly. Whether it has taken what was held when this was called, or later. */
  async taken(): Promise<boolean> {
    if (await this.#inTurn()) return true;
    // It tries for longer.
    this.beat();
    return false;
  }

  /** Numbers that are none are not told: JSON has no NaN, and a garbled envelope would take the ledger along. */
  progress(done: number, total: number | null, note: string | null): void {
    if (!Number.isFinite(done)) return;
    this.#progress = {
      done,
      total: Number.isFinite(total) ? total : null,
      note: typeof note === 'string' ? note : null,
    };
    if (this.#later !== undefined) return;
    // heartbeats.2: calls within the interval share one envelope.
    const due = this.#beatAt + PROGRESS_EVERY_MS - performance.now();
    if (due <= 0) this.beat();
    else this.#later = setTimeout(() => this.beat(), due);
  }

  /** Nothing is told by itself any more. */
  end(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
  }

  #inTurn(): Promise<boolean> {
    // heartbeats.1: the next one leaves once the one before is answered.
    const taken = this.#answered.then(() => this.#send());
    this.#answered = taken;
    return taken;
  }

  #tellSdk(envelope: Heartbeat): void {
    this.#beatAt = performance.now();
    this.#context.heartbeat(envelope);
  }

  async #send(): Promise<boolean> {
    const { client, info } = this.#context;
    const early = this.#beatAt + ON_ITS_WAY_MS - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    const envelope = this.#envelope();
    // What it keeps back for a while would else be older, and come later.
    if (this.#beatAt > Number.NEGATIVE_INFINITY) this.#tellSdk(envelope);
    try {
      await client.withDeadline(Date.now() + ANSWER_MS, () =>
        client.activity.heartbeat(info.taskToken, envelope),
      );
      return true;
    } catch (error) {
      this.#log.debug({ err: error }, 'the server did not take a heartbeat');
      return false;
    }
  }

  #envelope(): Heartbeat {
    const { ledger, told, halted, later } = this.#held();
    const { checkpoint } = this;
    return {
      gk: 1,
      ledger,
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...(this.#progress === null ? {} : { progress: boundedProgress(this.#progress) }),
      ...(halted === undefined ? {} : { halted }),
      ...(told ? { told } : {}),
      ...(later === null ? {} : { later }),
    };
  }
}

const boundedProgress = ({ done, total, note }: Progress): Progress => ({
  done,
  total,
  note: note === null ? null : boundedText(redact(note.slice(0, 10 * NOTE_LIMIT)), NOTE_LIMIT),
});
