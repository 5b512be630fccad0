/** Most of one line that is kept; a message of the contract fits in it. */
export const LINE_BYTES = 64 * 1024;

/** A line as text, and whether it was longer than what is kept of one. */
export type OnLine = (text: string, isCut: boolean) => void;

/** Cuts a stream of bytes into lines. It holds one line at most, and of that no more than LINE_BYTES. */
export class Lines {
  readonly #onLine: OnLine;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #bytes = 0;

  constructor(onLine: OnLine) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      this.#keep(chunk.subarray(from, at));
      this.#tell();
      from = at + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  /** Tells a last line that no newline ended. */
  end(): void {
    if (this.#bytes > 0) this.#tell();
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    const room = LINE_BYTES - this.#keptBytes;
    if (room <= 0 || part.length === 0) return;
    // A copy: a short piece would hold on to the whole chunk.
    const kept = Buffer.from(part.subarray(0, room));
    this.#kept.push(kept);
    this.#keptBytes += kept.length;
  }

  #tell(): void {
    const isCut = this.#bytes > LINE_BYTES;
    const text = Buffer.concat(this.#kept).toString('utf8').replace(/\r$/, '');
    // Of a line that a progress bar wrote over and over, what would be left on the screen.
    const shown = text.slice(text.lastIndexOf('\r') + 1);
    const length = this.#bytes;
    this.#kept = [];
    this.#keptBytes = 0;
    this.#bytes = 0;
    this.#onLine(isCut ? `${shown.slice(0, 1900)}… (${length} bytes)` : shown, isCut);
  }
}
