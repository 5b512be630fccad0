// Where the goal's own code threw, by its stack, which the source map of the bundle has made one of the author's files; and
// what to do where the sandbox has not what it asked for.

import type { Thrown } from './wire/failure.ts';
import { boundedText } from './wire/text/bounded-text.ts';

const STACK_LIMIT = 1000;
const FRAMES = 8;

const placeIn = (frame: string): string | null =>
  /\(?((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/])[^()]*?:\d+:\d+)\)?$/.exec(frame)?.[1] ?? null;

/** Where goalkeeper lies: this file's own frame tells. */
function root(): string {
  const own = (new Error('where').stack ?? '').split('\n').map(placeIn);
  return own.map((place) => /^(.*)\/goals\/thrown-at\.[jt]s:/.exec(place ?? '')?.[1]).find(Boolean) ?? '';
}

/** The author's frames of a stack; null where it has none. */
export function thrownAt(stack: string | undefined): Thrown | null {
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const here = root();
  const isOurs = (place: string): boolean =>
    /\/node_modules\/|^node:/.test(place) ||
    (here !== '' &&
      (place.startsWith(`${here}/workflows/`) ||
        place.startsWith(`${here}/testing/`) ||
        (/^\/goals\//.test(place.slice(here.length)) && place.startsWith(here))));
  const theirs = frames.filter((frame) => {
    const place = placeIn(frame.trim());
    return place !== null && !isOurs(place);
  });
  const [first] = theirs;
  if (first === undefined) return null;
  const place = placeIn(first.trim()) as string;
  return {
    // The folder of a machine says nothing to a reader.
    at: boundedText(place.split('/').slice(-2).join('/'), 200),
    stack: boundedText(
      theirs
        .slice(0, FRAMES)
        .map((frame) => frame.trim())
        .join('\n'),
      STACK_LIMIT,
    ),
  };
}

// What Node and browsers have, and the sandbox has not.
const ELSEWHERE =
  /^(?:(?:Can't find variable: )?(fetch|process|Buffer|require|module|exports|__dirname|__filename|global|setImmediate|clearImmediate|performance|crypto|navigator|window|document|localStorage|XMLHttpRequest|WebSocket|EventSource|Worker|Blob|FormData|Headers|Request|Response|ReadableStream|BroadcastChannel|MessageChannel|structuredClone|queueMicrotask|Deno|Bun) is not defined)/;

/** What to do about it; empty where the error says all that there is. */
export function adviceFor(name: string, message: string): string {
  const missing = name === 'ReferenceError' ? ELSEWHERE.exec(message)?.[1] : undefined;
  if (missing === undefined) return '';
  return ` (a goal's code runs in a sandbox, where ${missing} is not: what reaches out, or differs from one time to the next, belongs in a job)`;
}
