// The whole log of an attempt, where logs are kept: written in chunks while the attempt goes on. A store that is slow, or away,
// costs lines and no attempt.

import { randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { Logger } from 'pino';
import { LINE_LIMIT, type LogLine, logLevels } from '../../goals/wire/attempt-lines.ts';
import { chunkName, type KeptLine } from '../../goals/wire/kept-logs.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import type { LogOf, LogStore } from '../../process/log-store.ts';
import { redactAll } from '../redact.ts';
import { KeyLines, spokenLine } from './spoken-line.ts';

const { Payload: PayloadProto } = proto.temporal.api.common.v1;

/** How long lines wait for others. */
const WRITE_MS = 1000;
/** From so many characters on nothing is waited for, and from so many nothing is taken, until they are written. */
const FULL_CHARACTERS = 64_000;
const MOST_WAITING = 512_000;
/** Characters of one attempt. */
const MOST_CHARACTERS = 8_000_000;
/** How long the end of an attempt waits for its last lines. */
const END_MS = 1000;
/** Characters of one line: more than beside an error. */
const KEPT_LINE_LIMIT = 4 * LINE_LIMIT;

/** Which attempt it is of. */
export interface LogPlace extends LogOf {
  step: string;
  attempt: number;
}

let kept: LogStore | null = null;

/** From now on this process keeps whole logs there. */
export function keepWholeLogs(store: LogStore | null): void {
  kept = store;
}

/** Where this process keeps them; null where it does not. */
export const wholeLogs = (): LogStore | null => kept;

export class WholeLog {
  readonly #store: LogStore;
  readonly #place: LogPlace;
  readonly #codecs: readonly PayloadCodec[];
  readonly #log: () => Logger;
  readonly #key = new KeyLines();
  #lines: LogLine[] = [];
  #characters = 0;
  #written = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | null = null;
  #hasFailed = false;

  constructor(store: LogStore, place: LogPlace, codecs: readonly PayloadCodec[], log: () => Logger) {
    this.#store = store;
    this.#place = place;
    this.#codecs = codecs;
    this.#log = log;
  }

  /** Of this attempt; null where no logs are kept. */
  static open(place: LogPlace, codecs: readonly PayloadCodec[], log: () => Logger): WholeLog | null {
    return kept === null ? null : new WholeLog(kept, place, codecs, log);
  }

  /** A line as pino wrote it with `LINE_OPTIONS`. */
  push(line: string): void {
    const { level, text } = spokenLine(line);
    const shown = this.#key.hides(text) ? '<redacted>' : text;
    if (this.#characters > MOST_WAITING || this.#written > MOST_CHARACTERS) {
      this.#dropped++;
      return;
    }
    const name = logLevels[level / 10 - 1];
    this.#lines.push({ at: new Date().toISOString(), ...(name && { level: name }), text: shown });
    this.#characters += shown.length;
    this.#written += shown.length;
    if (this.#characters > FULL_CHARACTERS) this.#write();
    else this.#timer ??= setTimeout(() => this.#write(), WRITE_MS).unref();
  }

  /** Waits a moment for the last lines to be written. */
  async end(): Promise<void> {
    if (this.#lines.length === 0 && this.#writing === null && this.#dropped === 0) return;
    if (this.#dropped > 0) {
      const text = `${this.#dropped} lines are not kept: the log is too long, or they came too fast`;
      this.#lines.push({ at: new Date().toISOString(), level: 'warn', text });
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, END_MS);
    });
    const written = async (): Promise<void> => {
      while (this.#lines.length > 0 || this.#writing !== null) {
        this.#write();
        await this.#writing;
      }
    };
    await Promise.race([written(), late]);
    clearTimeout(timer);
  }

  /** One after the other: a slow store is asked for no more than one thing at once. */
  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing !== null || this.#lines.length === 0) return;
    const lines = this.#lines;
    this.#lines = [];
    this.#characters = 0;
    this.#writing = this.#put(lines).finally(() => {
      this.#writing = null;
      if (this.#characters > FULL_CHARACTERS) this.#write();
      else if (this.#lines.length > 0) this.#timer ??= setTimeout(() => this.#write(), WRITE_MS).unref();
    });
  }

  async #put(lines: readonly LogLine[]): Promise<void> {
    const { step, attempt, ...of } = this.#place;
    const texts = redactAll(lines.map(({ text }) => text));
    const told = lines.map(
      (line, i): KeptLine => ({ ...line, text: boundedText(texts[i] ?? '', KEPT_LINE_LIMIT), step, attempt }),
    );
    try {
      const inClear: Payload = {
        metadata: { encoding: new TextEncoder().encode('json/plain') },
        data: new TextEncoder().encode(JSON.stringify(told)),
      };
      let payloads = [inClear];
      for (const codec of this.#codecs) payloads = await codec.encode(payloads);
      const bytes = PayloadProto.encode(payloads[0] ?? inClear).finish();
      const name = chunkName(Date.now(), step, attempt, randomBytes(4).toString('hex'));
      await this.#store.write(of, name, bytes);
    } catch (error) {
      this.#dropped += lines.length;
      if (!this.#hasFailed) this.#log().warn({ err: error }, 'lines of the log could not be kept');
      this.#hasFailed = true;
    }
  }
}
