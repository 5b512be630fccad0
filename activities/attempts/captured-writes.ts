// What is written by `console`, and to stdout and stderr, in a process whose stdout is a log: it becomes lines of that log,
// with whose they are, redacted. Isolates load this file, so it imports nearly nothing.

import { format } from 'node:util';
import type { Logger } from 'pino';

type Level = 'debug' | 'info' | 'warn' | 'error';

const METHODS: Readonly<Record<string, Level>> = {
  debug: 'debug',
  trace: 'debug',
  log: 'info',
  info: 'info',
  warn: 'warn',
  error: 'error',
};

/** So much of one text is taken; what a log keeps of a line is less. */
const MOST_CHARACTERS = 16_384;
/** How long the beginning of a line waits for its end. */
const REST_OF_LINE_MS = 100;

/** From here on `logNow` gives the log into which the writes of the running code go. */
export function captureWrites(logNow: () => Logger): void {
  let isWriting = false;
  const write = (log: Logger, level: Level, text: string): void => {
    // What the log itself writes.
    if (isWriting || text.trim() === '') return;
    isWriting = true;
    try {
      log[level](text.slice(0, MOST_CHARACTERS));
    } finally {
      isWriting = false;
    }
  };
  const methods = console as unknown as Record<string, (...given: unknown[]) => void>;
  for (const [method, level] of Object.entries(METHODS))
    methods[method] = (...given) => write(logNow(), level, format(...given));
  capture(process.stdout, (log, text) => write(log, 'info', text));
  capture(process.stderr, (log, text) => write(log, 'warn', text));

  function capture(stream: NodeJS.WriteStream, onLine: (log: Logger, text: string) => void): void {
    const original = stream.write.bind(stream) as (...given: unknown[]) => boolean;
    /** By log: the beginning of a line that has not ended. */
    const begun = new Map<Logger, { text: string; timer: NodeJS.Timeout }>();
    const end = (log: Logger): string => {
      const open = begun.get(log);
      begun.delete(log);
      clearTimeout(open?.timer);
      return open?.text ?? '';
    };
    stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      if (isWriting) return original(chunk, ...rest);
      const encoding = typeof rest[0] === 'string' ? (rest[0] as BufferEncoding) : 'utf8';
      const written = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
      const log = logNow();
      const lines = (end(log) + Buffer.from(written).toString('utf8')).split('\n');
      const last = (lines.pop() ?? '').slice(0, MOST_CHARACTERS);
      for (const line of lines) onLine(log, line);
      if (last !== '') {
        const timer = setTimeout(() => onLine(log, end(log)), REST_OF_LINE_MS).unref();
        begun.set(log, { text: last, timer });
      }
      const callback = rest.find((one) => typeof one === 'function') as (() => void) | undefined;
      if (callback !== undefined) queueMicrotask(callback);
      return true;
    }) as typeof stream.write;
  }
}
