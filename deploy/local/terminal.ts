import { stripVTControlCharacters, styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Lines for a person; without colour where the output is no terminal or NO_COLOR is set. */
export class Terminal {
  readonly #out: NodeJS.WriteStream;
  readonly #colour: boolean;

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.#out = out;
    this.#colour = out.isTTY && !process.env.NO_COLOR;
  }

  line(text = ''): void {
    // What jobs and upstreams said must not steer the terminal: only our own styles may.
    this.#out.write(`${text}\n`);
  }

  style(style: Style, text: string): string {
    const plain = stripVTControlCharacters(text);
    return this.#colour ? styleText(style, plain, { validateStream: false }) : plain;
  }
}
