// A line of a job's log as a text: its message, and its fields after it.

import { LINE_CHARACTERS, readLine } from '../log-line.ts';

/** A private key has fewer lines. */
const MOST_KEY_LINES = 120;

/** The message, and the fields after it as JSON. */
export function spokenLine(line: string): { level: number; text: string } {
  try {
    const { level, msg = '', fields } = readLine(line);
    const said = Object.keys(fields).length === 0 ? [msg] : [msg, JSON.stringify(fields, withoutStack)];
    return { level, text: said.filter((text) => text !== '').join(' ') };
  } catch {
    return { level: 30, text: line.slice(0, LINE_CHARACTERS) };
  }
}

/** It would push out the lines before: the ledger has that of the error itself. */
const withoutStack = (name: string, value: unknown): unknown => (name === 'stack' ? undefined : value);

/** Which lines are of a private key, which is written in several. */
export class KeyLines {
  /** Lines since one began. */
  #count = 0;

  hides(line: string): boolean {
    const isMark = line.includes('PRIVATE KEY-----');
    if (this.#count === 0 && !isMark) return false;
    const isBegin = isMark && line.lastIndexOf('-----BEGIN ') > line.lastIndexOf('-----END ');
    if (isBegin) this.#count = 1;
    else this.#count = isMark || this.#count === MOST_KEY_LINES ? 0 : this.#count + 1;
    return true;
  }
}
