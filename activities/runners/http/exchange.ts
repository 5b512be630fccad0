// One request and its answer, whole or not at all: what may be connected to, which redirects are followed, and how much
// is read is settled here; what an answer means is not.

import * as http from 'node:http';
import * as https from 'node:https';
import { LARGEST_BYTES } from '../../../goals/wire/stored.ts';
import { AttemptFault, outputTooLarge } from '../../attempts/classify.ts';
import type { Destinations } from './destination.ts';
import { networkError } from './http-errors.ts';

export interface ExchangeRequest {
  url: URL;
  method: string;
  headers: Record<string, string>;
  /** Names of headers that go to no other origin. */
  confidential: readonly string[];
  /** JSON. */
  body: string | null;
}

export interface ExchangeAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
  /** Whether nothing told how long the body is: then one that broke off cannot be told from one that ended. */
  isUnbounded: boolean;
}

const REDIRECTS_LIMIT = 5;
const HEADER_BYTES = 32 * 1024;
/** Of an answer that is none of what was asked for, more is read by nobody. */
const REFUSAL_BYTES = 64 * 1024;

/** Throws what the network or the answer's form made impossible. */
export async function exchange(
  asked: ExchangeRequest,
  destinations: Destinations,
  signal: AbortSignal,
): Promise<ExchangeAnswer> {
  let at = asked;
  for (let hops = 0; ; hops++) {
    const answer = await exchangeOnce(at, destinations, signal);
    const { location } = answer.headers;
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer;
    if (hops === REDIRECTS_LIMIT)
      throw redirect(`${asked.url.host} redirects more than ${REDIRECTS_LIMIT} times`);
    at = redirected(at, answer.status, location, destinations);
  }
}

function redirected(
  at: ExchangeRequest,
  status: number,
  location: string,
  destinations: Destinations,
): ExchangeRequest {
  const from = at.url.host;
  if (!URL.canParse(location, at.url.href))
    throw redirect(`${from} redirects to a location that is not a URL`);
  const url = new URL(location, at.url);
  if (!/^https?:$/.test(url.protocol) || (at.url.protocol === 'https:' && url.protocol === 'http:'))
    throw redirect(`${from} redirects to ${url.protocol}, which is less safe`);
  if (!destinations.isAllowed(url))
    throw redirect(`${from} redirects to ${url.host}; if it may, name '${url.host}' in \`allow\``);
  // What others do with 301 and 302 after a POST, ask again without its body, is not what was asked for.
  if (status < 303 && at.method !== 'GET' && at.method !== 'HEAD')
    throw redirect(`${from} answered ${status} to ${at.method}; only 303, 307 and 308 say how to go on`);
  const kept =
    url.origin === at.url.origin
      ? at.headers
      : Object.fromEntries(Object.entries(at.headers).filter(([name]) => !at.confidential.includes(name)));
  return status === 303
    ? { ...at, url, headers: kept, method: 'GET', body: null }
    : { ...at, url, headers: kept };
}

const redirect = (message: string): AttemptFault =>
  new AttemptFault('RedirectRefused', message, {
    code: 'http_redirect_refused',
    class: 'permanent',
    permanent: true,
  });

async function exchangeOnce(
  { url, method, headers, body }: ExchangeRequest,
  destinations: Destinations,
  signal: AbortSignal,
): Promise<ExchangeAnswer> {
  destinations.requireReachable(url);
  const { request } = url.protocol === 'https:' ? https : http;
  const sent = request(url, {
    method,
    // A connection of its own: none that was judged by another list is used again.
    agent: false,
    lookup: destinations.lookup(url),
    maxHeaderSize: HEADER_BYTES,
    signal,
    headers: {
      ...headers,
      'accept-encoding': 'identity',
      ...(body === null
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    },
  });
  try {
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      sent.on('response', resolve).on('error', reject);
      // It would be nobody's: an answer that switches protocols has no body that ends.
      sent.on('upgrade', () =>
        reject(Object.assign(new Error('it switched protocols'), { code: 'HPE_UPGRADE' })),
      );
      sent.end(body ?? undefined);
    });
    return await readAnswer(response, method);
  } catch (error) {
    // Told to stop, by the attempt's timeout or from outside: the wrapper knows why.
    if (signal.aborted) throw signal.reason;
    throw networkError(error, url);
  } finally {
    sent.destroy();
  }
}

async function readAnswer(response: http.IncomingMessage, method: string): Promise<ExchangeAnswer> {
  const { statusCode: status = 0, headers } = response;
  const isSuccess = status >= 200 && status < 300;
  const limit = isSuccess ? LARGEST_BYTES : REFUSAL_BYTES;
  const told = Number(headers['content-length'] ?? 0);
  if (isSuccess && told > limit) throw outputTooLarge(told, limit);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limit) break;
      chunks.push(chunk);
    }
  } catch (error) {
    // Of a refusal the status is enough.
    if (isSuccess) throw truncated(bytes, headers['content-length'], error);
  }
  if (isSuccess && bytes > limit) throw outputTooLarge(bytes, limit);
  const isUnbounded =
    method !== 'HEAD' &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined;
  return { status, headers, body: Buffer.concat(chunks), isUnbounded };
}

/** The answer ended before it was whole. */
export function truncated(bytes: number, of?: string, cause?: unknown): AttemptFault {
  const fault = new AttemptFault(
    'OutputTruncated',
    `the answer broke off after ${bytes}${of === undefined ? '' : ` of ${of}`} bytes`,
    { code: 'output_truncated', class: 'transient', permanent: false },
  );
  return Object.assign(fault, { cause });
}
