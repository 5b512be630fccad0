// One request and its retries. A request is retried only where a repeat does nothing twice: a GET, or one with an idempotency
// key. All attempts and the pauses between them share one time limit.

import { GoalkeeperProblem, GoalkeeperUnreachable, isProblemAnswer } from './problem.ts';
import { rest, type Span, spanMs } from './span.ts';

/** How to reach a gateway. */
export interface ClientOptions {
  /** Of the gateway, such as `http://127.0.0.1:8080`. */
  url: string;
  /** Sent as `Authorization: Bearer …`. */
  token?: string | undefined;
  /** How often a request that may be repeated is retried. Default: 4. */
  retries?: number;
  /** For a request with its retries, beside what it waits for an outcome. Default: 30 s. */
  timeout?: Span;
  /** For one attempt, beside what it waits for an outcome. Default: 10 s. */
  attemptTimeout?: Span;
  /** Default: the global one. */
  fetch?: typeof fetch;
}

/** What every method takes as its last argument. */
export interface CallOptions {
  /** Gives up as soon as it is aborted: the method then throws the signal's reason. */
  signal?: AbortSignal | undefined;
}

export interface ClientCall extends CallOptions {
  query?: object | undefined;
  /** Sent as JSON unless `contentType` says another type; a text goes as it is. */
  body?: unknown;
  contentType?: string | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  idempotencyKey?: string | undefined;
  /** How long the gateway may wait for an outcome, in milliseconds. */
  waitMs?: number | undefined;
  /** Its answer goes on for as long as there is something to say: the limits count until it begins. */
  streams?: boolean;
}

export type ClientMethod = 'GET' | 'POST' | 'DELETE';

/** Sends a request; resolves with an answer that is not a problem. */
export type Send = (method: ClientMethod, path: string, call?: ClientCall) => Promise<Response>;

const RETRIED = new Set([429, 502, 503, 504]);
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** The gateway's own limit. */
const LONGEST_WAIT_MS = 60_000;

/** Makes the function by which a client asks its gateway. */
export function sender(options: ClientOptions): Send {
  const { token, retries = 4, fetch: ask = (...given) => globalThis.fetch(...given) } = options;
  const base = options.url.replace(/\/+$/, '');
  const [timeoutMs, attemptMs] = [spanMs(options.timeout ?? '30s'), spanMs(options.attemptTimeout ?? '10s')];
  return async (method, path, call = {}) => {
    const waitMs = Math.min(call.waitMs ?? 0, LONGEST_WAIT_MS);
    const until = performance.now() + timeoutMs + waitMs;
    const tries = method === 'GET' || call.idempotencyKey !== undefined ? retries + 1 : 1;
    const url = base + path + queryOf(call.query);
    for (let attempt = 1; ; attempt++) {
      call.signal?.throwIfAborted();
      const left = Math.max(1, until - performance.now());
      // One signal of both, by hand: a garbage collection would take its timeout away from `AbortSignal.any`.
      const limit = new AbortController();
      const stop = (): void => limit.abort(call.signal?.reason);
      call.signal?.addEventListener('abort', stop, { once: true });
      const timer = setTimeout(() => limit.abort(tooLong()), Math.min(attemptMs + waitMs, left));
      const found = await answerOf(
        () => ask(url, requestOf(method, call, token, limit.signal)),
        call.streams,
      );
      clearTimeout(timer);
      // What streams goes on, and can be given up still.
      if (!call.streams || 'error' in found) call.signal?.removeEventListener('abort', stop);
      call.signal?.throwIfAborted();
      if ('response' in found && found.response.ok) return found.response;
      const after = 'response' in found ? retryAfterMs(found.response.headers.get('retry-after')) : null;
      const pauseMs = after ?? Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
      const isPassing = 'error' in found || RETRIED.has(found.response.status);
      if (!isPassing || attempt >= tries || performance.now() + pauseMs >= until)
        throw await errorOf(found, base, attempt);
      await rest(pauseMs, call.signal);
    }
  };
}

type Found = { response: Response } | { error: unknown };

/** The whole answer, unless it streams: one that breaks off is as good as none. */
async function answerOf(ask: () => Promise<Response>, streams = false): Promise<Found> {
  try {
    const response = await ask();
    if (streams && response.ok) return { response };
    const { status, headers } = response;
    const text = await response.text();
    return { response: new Response(text === '' ? null : text, { status, headers }) };
  } catch (error) {
    return { error };
  }
}

const tooLong = (): DOMException => new DOMException('it took too long', 'TimeoutError');

function requestOf(
  method: ClientMethod,
  call: ClientCall,
  token: string | undefined,
  limit: AbortSignal,
): RequestInit {
  const { body, contentType = 'application/json', idempotencyKey, waitMs = 0 } = call;
  const waits = Math.ceil(Math.min(waitMs, LONGEST_WAIT_MS) / 1000);
  return {
    method,
    signal: limit,
    headers: {
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': contentType }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      ...(waits > 0 ? { prefer: `wait=${waits}` } : {}),
      ...call.headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  };
}

async function errorOf(found: Found, base: string, attempts: number): Promise<Error> {
  if ('error' in found) return new GoalkeeperUnreachable(base, whyOf(found.error), attempts, found.error);
  const { response } = found;
  const body: unknown = await response.json().catch(() => null);
  if (isProblemAnswer(body)) return new GoalkeeperProblem(body);
  return new GoalkeeperUnreachable(
    base,
    `what is there answered ${response.status}, and not as a gateway`,
    attempts,
  );
}

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'it took too long';
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}

/** Seconds or a date, in milliseconds from now; null where it says neither. */
function retryAfterMs(header: string | null): number | null {
  if (header === null) return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

function queryOf(query: object = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`;
}

/** A request whose answer is JSON. */
export async function json<Answer>(
  send: Send,
  method: ClientMethod,
  path: string,
  call?: ClientCall,
): Promise<Answer> {
  return (await send(method, path, call)).json() as Promise<Answer>;
}
