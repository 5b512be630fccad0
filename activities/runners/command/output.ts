// Reads what a program writes as its output, and checks that it is one JSON value.

import type { Readable } from 'node:stream';
import { LARGEST_BYTES } from '../../../goals/wire/stored.ts';
import { boundedText } from '../../../goals/wire/text/bounded-text.ts';
import { inexactIn } from '../../../goals/wire/text/inexact.ts';
import { outputInexact } from '../../attempts/classify.ts';
import { type CommandEnd, outputEmpty, outputNotJson, outputTruncated } from './command-faults.ts';

/** What the program wrote for its output, up to what an output may be; then the rest is dropped. */
export class CollectedOutput {
  #chunks: Buffer[] = [];
  #size = 0;
  isTooLarge = false;

  constructor(stream: Readable, onTooLarge: () => void) {
    stream.on('data', (chunk: Buffer) => {
      if (this.isTooLarge) return;
      this.#size += chunk.length;
      this.#chunks.push(chunk);
      // White space around it is no matter.
      if (this.#size <= LARGEST_BYTES + 1024) return;
      this.isTooLarge = true;
      this.#chunks = [];
      onTooLarge();
    });
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** The program's output: one JSON value in UTF-8, and nothing beside it. */
export function outputFrom(bytes: Buffer, about: CommandEnd): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw outputNotJson(about, 'it is no UTF-8');
  }
  if (text.trim() === '') throw outputEmpty(about);
  let output: unknown;
  try {
    output = JSON.parse(text.trimEnd());
  } catch (error) {
    if (isBegun(text.trimEnd(), error as Error)) throw outputTruncated(about, bytes.length);
    const shown = boundedText(text.trim(), 60);
    throw outputNotJson(
      about,
      `it begins with ${JSON.stringify(shown)}, and the error is: ${(error as Error).message}`,
    );
  }
  const inexact = inexactIn(text);
  if (inexact !== null) throw outputInexact(inexact);
  return output;
}

/** Whether the text is JSON as far as it goes. */
const isBegun = (text: string, { message }: Error): boolean =>
  /^\s*[[{]/.test(text) &&
  (message.startsWith('Unexpected end') || Number(/at position (\d+)/.exec(message)?.[1]) === text.length);
