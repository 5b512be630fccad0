// A download that is kept only if it is, to the byte, what was published: by https alone, also where it is sent on to, and
// never more than an upper size.

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

const MOST_REDIRECTS = 5;

export interface DownloadOptions {
  /** What it must be, in hexadecimal digits. */
  sha256: string;
  mostBytes: number;
  /** Milliseconds until the answer begins, between bytes, and between lines of progress. */
  limits: { connect: number; stall: number; progress: number };
  /** Gets a line of progress. */
  say(line: string): void;
  signal?: AbortSignal | undefined;
}

/**
 * Downloads into the file.
 * @throws Error saying in one line why not, the file gone; the signal's reason when aborted.
 */
export async function downloadChecked(url: string, file: string, options: DownloadOptions): Promise<void> {
  try {
    const came = await fetchFile(url, file, options);
    if (came !== options.sha256)
      throw new Error(`it is not what was published: its SHA-256 is ${came} and should be ${options.sha256}`);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/** The SHA-256 of what came. */
async function fetchFile(url: string, file: string, options: DownloadOptions): Promise<string> {
  const { mostBytes, limits, say, signal } = options;
  const ending = new AbortController();
  const giveUpIn = (ms: number, why: string) =>
    setTimeout(() => ending.abort(new Error(`${why} for ${ms / 1000} s`)), ms);
  const onAbort = () => ending.abort(signal?.reason);
  const heard = () => {
    clearTimeout(silence);
    silence = giveUpIn(limits.stall, 'no bytes came');
  };
  signal?.throwIfAborted();
  let silence = giveUpIn(limits.connect, 'no answer');
  let received = 0;
  let total = 0;
  const hash = createHash('sha256');
  const state = () => {
    const share = total > 0 ? ` of ${megabytes(total)} MB (${Math.floor((100 * received) / total)}%)` : ' MB';
    say(`Downloaded ${megabytes(received)}${share}`);
  };
  const progress = setInterval(state, limits.progress);
  signal?.addEventListener('abort', onAbort);
  try {
    const response = await answerOf(url, ending.signal);
    if (!response.ok || !response.body) throw new Error(`the server answered HTTP ${response.status}`);
    heard();
    total = Number(response.headers.get('content-length'));
    const tooLarge = () => new Error(`it is larger than ${megabytes(mostBytes)} MB`);
    if (total > mostBytes) throw tooLarge();
    const watched = async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        heard();
        received += chunk.length;
        if (received > mostBytes) throw tooLarge();
        hash.update(chunk);
        yield chunk;
      }
    };
    await pipeline(response.body, watched, createWriteStream(file, { mode: 0o600 }), {
      signal: ending.signal,
    });
    state();
    return hash.digest('hex');
  } catch (error) {
    // Else a pipeline's own AbortError hides why.
    throw ending.signal.aborted ? ending.signal.reason : error;
  } finally {
    ending.abort();
    clearTimeout(silence);
    clearInterval(progress);
    signal?.removeEventListener('abort', onAbort);
  }
}

async function answerOf(from: string, signal: AbortSignal): Promise<Response> {
  let url = from;
  for (let redirects = 0; ; redirects++) {
    // Of this machine itself are the servers of tests.
    if (!url.startsWith('https:') && !(isLoopback(from) && isLoopback(url)))
      throw new Error(`${new URL(url).origin} is not https`);
    const response = await fetch(url, { signal, redirect: 'manual' });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    if (redirects === MOST_REDIRECTS)
      throw new Error(`the server sends on more than ${MOST_REDIRECTS} times`);
    url = new URL(location, url).href;
  }
}

const isLoopback = (url: string): boolean => new URL(url).hostname === '127.0.0.1';

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
