// What an attempt wrote last, kept until it has ended: of a job that writes a gigabyte no more than a few lines.

import {
  type AttemptLines,
  boundedLines,
  LINE_LIMIT,
  type LogLine,
  logLevels,
  NEWEST_LINES_BYTES,
} from '../../goals/wire/attempt-lines.ts';
import { REDACTED } from '../../goals/wire/text/redact.ts';
import { LINE_CHARACTERS, readLine, writtenLine } from '../log-line.ts';
import { redactAll } from '../redact.ts';
import { KeyLines, spokenLine } from './spoken-line.ts';

/** More than the budget of an entry has room for: the shortest lines have 60 bytes of JSON. */
const MOST_LINES = 80;
/** What is longer is cut at once. */
const RAW_CHARACTERS = 2 * LINE_CHARACTERS;

interface Raw {
  at: number;
  line: string;
  /** Of a private key, which is written in several lines. */
  isHidden: boolean;
}

export class LastLines {
  readonly #raw: Raw[] = [];
  #next = 0;
  #count = 0;
  readonly #key = new KeyLines();

  /** How much is held. */
  get heldCharacters(): number {
    return this.#raw.reduce((sum, { line }) => sum + line.length, 0);
  }

  /** A line as pino wrote it with `LINE_OPTIONS`. */
  push(line: string): void {
    const isHidden = this.#key.hides(line);
    const kept = line.length <= RAW_CHARACTERS ? line : shortened(line);
    this.#raw[this.#next] = { at: Date.now(), line: kept, isHidden };
    this.#next = (this.#next + 1) % MOST_LINES;
    this.#count++;
  }

  /** The newest lines, without secrets; null where nothing was written. */
  take(): AttemptLines | null {
    if (this.#count === 0) return null;
    const raw = [...this.#raw.slice(this.#next), ...this.#raw.slice(0, this.#next)];
    const read = newestOf(raw.map(({ line }) => spokenLine(line)));
    raw.splice(0, raw.length - read.length);
    const texts = redactAll(read.map(({ text }) => text));
    const lines = raw.map(({ at, isHidden }, i): LogLine => {
      const level = logLevels[(read[i]?.level ?? 30) / 10 - 1];
      const text = isHidden ? REDACTED : (texts[i] ?? '');
      return { at: new Date(at).toISOString(), ...(level === undefined ? {} : { level }), text };
    });
    return boundedLines({ lines, dropped: this.#count - lines.length }, NEWEST_LINES_BYTES);
  }
}

function shortened(line: string): string {
  try {
    return writtenLine(readLine(line));
  } catch {
    return line.slice(0, LINE_CHARACTERS);
  }
}

/** Those that may be kept, and no more: a pattern costs time for each. */
function newestOf<L extends { text: string }>(lines: readonly L[]): L[] {
  let characters = 0;
  const beyond = lines.findLastIndex(({ text }) => {
    characters += Math.min(text.length, LINE_LIMIT);
    // What is secret in a text makes room for others.
    return characters > 2 * NEWEST_LINES_BYTES;
  });
  return lines.slice(beyond + 1);
}
