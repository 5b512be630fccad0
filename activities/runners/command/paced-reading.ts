// Reads what a program writes no faster than its worker can bear: the program then waits for its reader, and the jobs beside it
// do not wait for the program.

import type { Readable } from 'node:stream';
import { Lines, type OnLine } from './lines.ts';

/** Of each window so much is spent on one stream at most. */
const WINDOW_MS = 100;
const MOST_MS = 20;

/** Tells each line that the stream holds. */
export function readPaced(stream: Readable, onLine: OnLine): void {
  const lines = new Lines(onLine);
  let began = Number.NEGATIVE_INFINITY;
  let spent = 0;
  stream.on('data', (chunk: Buffer) => {
    const begun = performance.now();
    if (begun - began >= WINDOW_MS) {
      began = begun;
      spent = 0;
    }
    lines.push(chunk);
    spent += performance.now() - begun;
    if (spent < MOST_MS) return;
    stream.pause();
    setTimeout(() => stream.resume(), Math.max(0, began + WINDOW_MS - performance.now()));
  });
  stream.once('close', () => lines.end());
}
