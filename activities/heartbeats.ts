// What the server holds of a step that has not ended: its ledger, in one envelope with what the job told on its way, the
// checkpoint and the progress (DESIGN 4.1).
//
// H1. Of two direct heartbeats the later is sent when the earlier is answered, and the SDK, whose own are throttled and
//     come last, has been told the same before.
// H2. A job may tell its progress as often as it likes: an envelope is made a few times a second.

import type { Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import { boundedText } from '../goals/wire/bounded-text.ts';
import type { Progress } from '../goals/wire/error-envelope.ts';
import type { Heartbeat, Later, Ledger } from '../goals/wire/ledger.ts';
import { redact } from './redact.ts';

const PROGRESS_EVERY_MS = 250;
const ANSWER_MS = 2000;
const NOTE_LIMIT = 200;

/** What an attempt tells the server by. */
export interface Beats {
  checkpoint: unknown;
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

  /** Tells the SDK, which tells the server when it sees fit, and at last when the attempt fails. */
  beat(): void {
    this.end();
    this.#beatAt = performance.now();
    this.#context.heartbeat(this.#envelope());
  }

  /** Tells the server directly. Whether it has taken what was held when this was called, or later. */
  taken(): Promise<boolean> {
    const taken = this.#answered.then(() => this.#send());
    this.#answered = taken;
    return taken;
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
    const due = this.#beatAt + PROGRESS_EVERY_MS - performance.now();
    if (due <= 0) this.beat();
    else this.#later = setTimeout(() => this.beat(), due);
  }

  /** Nothing is told by itself any more. */
  end(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
  }

  async #send(): Promise<boolean> {
    const { client, info } = this.#context;
    const envelope = this.#envelope();
    // Before, so that none of its older ones can be told after this.
    this.#context.heartbeat(envelope);
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
