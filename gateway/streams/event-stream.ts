// One reader of server-sent events. It is told the latest state whenever it has taken the one before: who reads slowly gets
// fewer, and nothing piles up. It ends with its last event, when the gateway stops, when its reader goes or takes nothing, and
// when its reader may no longer look.
//
// event-stream.1. However it ends, it ends once, and holds nothing of the gateway after that: no timer, no place, no hub.
// event-stream.2. The bytes that wait for readers that do not read are bounded: one event for each, and a number for all of them.

import type { Watcher } from './hubs.ts';
import { comment, retry, type Said } from './said.ts';

/** A reader that lost the stream comes back after so long. */
const RETRY_MS = 2_000;

/** What all streams of a gateway hold together for readers that do not read. */
export interface QueuedBytes {
  /** Adds so many bytes. False when that is too much. */
  add(bytes: number): boolean;
}

export interface EventStreamOptions {
  /** Aborted when its reader is gone. */
  gone: AbortSignal;
  /** Aborted when the gateway stops. */
  stopping: AbortSignal;
  /** The ID of what the reader had last; null when it had nothing. */
  lastEventId: string | null;
  /** So often a comment keeps the connection, in milliseconds. */
  pingMs: number;
  queued: QueuedBytes;
  /** Whether its reader may still look; asked before each comment. */
  mayStill(): Promise<boolean>;
  /** Gives up the connection, where the reader does not take what would end it. */
  cut(): void;
  /** Called once, when it has ended. */
  onEnd(): void;
}

export class EventStream implements Watcher {
  readonly body: ReadableStream<Uint8Array>;
  readonly #options: EventStreamOptions;
  readonly #ping: NodeJS.Timeout;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #isOver = false;
  /** The reader asks for more. */
  #isWanted = false;
  /** How often the reader has asked, and how often it had at the last comment. */
  #taken = 0;
  #takenAtPing = 0;
  /** The ID of the state that it knows; null when it must be told again. */
  #known: string | null;
  #next: Said | null = null;
  #nextBytes = 0;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#known = options.lastEventId;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => this.#over(),
      },
      { highWaterMark: 0 },
    );
    this.#ping = setInterval(() => void this.#onPing(), options.pingMs);
    options.gone.addEventListener('abort', this.#onGone);
    options.stopping.addEventListener('abort', this.#onStop);
    if (options.gone.aborted) this.#onGone();
    else if (options.stopping.aborted) this.#onStop();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  said(said: Said): void {
    if (this.#isOver || (said.id !== null && said.id === this.#known && !said.isLast)) return;
    this.#known = said.id;
    if (this.#isWanted) this.#send(said);
    else {
      this.#next = said;
      // Before its first reading it only waits for the answer to begin.
      if (this.#taken > 0) this.#hold(said.bytes.length);
    }
  }

  ended(): void {
    // The last event is still to be taken.
    if (this.#next?.isLast) return;
    this.#endWith('something went wrong here; come back');
  }

  #pull(): void {
    const next = this.#next;
    if (this.#taken++ === 0) this.#controller?.enqueue(retry(RETRY_MS));
    else if (next === null) this.#isWanted = true;
    else {
      this.#next = null;
      this.#hold(0);
      this.#send(next);
    }
  }

  #send({ bytes, isLast }: Said): void {
    this.#isWanted = false;
    this.#controller?.enqueue(bytes);
    if (isLast) this.#over();
  }

  /** Counts what waits for its reader. */
  #hold(bytes: number): void {
    const more = bytes - this.#nextBytes;
    this.#nextBytes = bytes;
    // event-stream.2
    if (!this.#options.queued.add(more)) this.#cut();
  }

  async #onPing(): Promise<void> {
    const may = await this.#options.mayStill();
    if (this.#isOver) return;
    // Until its answer has begun nobody can read.
    const isRead = this.#taken > this.#takenAtPing || this.#taken === 0;
    this.#takenAtPing = this.#taken;
    if (!may) this.#endWith('you may no longer look');
    else if (this.#isWanted) {
      this.#isWanted = false;
      this.#controller?.enqueue(comment('ping'));
    } else if (!isRead) this.#cut();
  }

  readonly #onGone = (): void => this.#over();
  readonly #onStop = (): void => this.#endWith('the gateway stops; come back');

  #endWith(text: string): void {
    if (this.#isOver) return;
    this.#controller?.enqueue(comment(text));
    this.#over();
  }

  #cut(): void {
    if (this.#isOver) return;
    this.#over();
    this.#options.cut();
  }

  #over(): void {
    if (this.#isOver) return;
    // event-stream.1
    this.#isOver = true;
    clearInterval(this.#ping);
    this.#options.gone.removeEventListener('abort', this.#onGone);
    this.#options.stopping.removeEventListener('abort', this.#onStop);
    this.#next = null;
    this.#options.queued.add(-this.#nextBytes);
    this.#nextBytes = 0;
    try {
      this.#controller?.close();
    } catch {
      // Its reader has cancelled it.
    }
    this.#options.onEnd();
  }
}
