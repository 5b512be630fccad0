// A job that an endpoint does: a service, a cloud function. The input goes there as JSON, its answer is the output.
//
// http.1. Nothing but the author's own text says where a request goes; private addresses and redirects only by a list.
// http.2. An answer is taken whole, or is an error that says why not; never more of it is read than could be used.
// http.3. No secret is in an error or an output, whatever the endpoint answers.

import type { Duration, Job } from '../../goals/index.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { inexactIn } from '../../goals/wire/text/inexact.ts';
import { REDACTED } from '../../goals/wire/text/redact.ts';
import { AttemptFault, outputInexact } from '../attempts/classify.ts';
import { CompletesLater, promiseCallback, withinOf } from '../attempts/completes-later.ts';
import type { Runner } from '../bind.ts';
import { redact } from '../redact.ts';
import { destinationsOf } from './http/destination.ts';
import { type ExchangeAnswer, exchange, truncated } from './http/exchange.ts';
import { refusal, reportedErrorIn } from './http/http-errors.ts';
import { addressOf, requireHeaders, type Secret, writtenHeaders } from './http/http-request.ts';

export { type Secret, secret } from './http/http-request.ts';

/** Options of `http`. */
export interface HttpOptions {
  /** The endpoint. Path and query may have placeholders for fields of the input: `https://erp.example/orders/{order.id}?day={day}`. */
  url: string;
  /** GET and DELETE send no body; the others send the input as JSON. @default 'POST' */
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Headers of the request. `secret` makes a value of a secret that the job's contract names. @default {} */
  headers?: Readonly<Record<string, string | Secret>>;
  /** Hosts that may have a private address, and that a redirect may lead to: `['127.0.0.1:8080', 'erp.internal']`. @default none */
  allow?: readonly string[];
  /** The endpoint may answer 202 and complete the attempt by a callback, up to `within` later (docs/guide/endpoints.md). @default it may not */
  later?: { within: Duration };
}

const BODILESS = ['GET', 'DELETE'];
/** What is shorter is in everything, and nobody's secret. */
const SECRET_LENGTH = 8;
const SHOWN = 80;
const ADDRESS_LENGTH = 300;

/**
 * Runs a job by a request to an endpoint. The job's contract decides on retries and timeout.
 *
 * @throws TypeError when the URL, a header or a host can never be right.
 * @example
 * ```ts
 * import { job } from 'goalkeeper';
 * import { bind, http, secret } from 'goalkeeper/worker';
 * import { z } from 'zod';
 *
 * const placeOrder = job({
 *   name: 'place-order',
 *   input: z.object({ sku: z.string() }),
 *   output: z.object({ id: z.string() }),
 *   secrets: ['ERP_TOKEN'],
 * });
 *
 * export const jobs = [
 *   bind(
 *     placeOrder,
 *     http({
 *       url: 'https://erp.example/orders',
 *       headers: { authorization: secret('ERP_TOKEN', (token) => `Bearer ${token}`) },
 *     }),
 *   ),
 * ];
 * ```
 */
export function http<J extends Job>({
  url: template,
  method = 'POST',
  headers: given = {},
  allow = [],
  later,
}: HttpOptions): Runner<J> {
  const address = addressOf(template);
  requireHeaders(given);
  const destinations = destinationsOf(allow);
  const within = later === undefined ? null : withinOf(later.within);
  const confidential = Object.keys(given).map((name) => name.toLowerCase());

  return async (input, { secrets, signal, idempotencyKey, log }) => {
    const { headers, hidden } = writtenHeaders(given, secrets);
    const url = address(input);
    const callback = within === null ? null : promiseCallback(within);
    if (callback !== null) hidden.push(callback.url);
    const answer = await exchange(
      {
        url,
        method,
        headers: {
          accept: 'application/json, application/problem+json',
          ...headers,
          'idempotency-key': idempotencyKey,
          ...(callback === null ? {} : { 'goalkeeper-callback': callback.url }),
        },
        confidential: [...confidential, 'goalkeeper-callback'],
        body: BODILESS.includes(method) ? null : JSON.stringify(input),
      },
      destinations,
      signal,
    );
    log.debug({ status: answer.status, bytes: answer.body.length }, 'the endpoint answered');
    return outputOf(answer, `${method} ${shownAddress(url)}`, hidden, callback) as never;
  };
}

/** What was asked, as an error may tell it. */
const shownAddress = (url: URL): string => redact(boundedText(url.href, ADDRESS_LENGTH));

type Promised = ReturnType<typeof promiseCallback>;

function outputOf(
  answer: ExchangeAnswer,
  what: string,
  hidden: readonly string[],
  callback: Promised | null,
): unknown {
  const { status, headers } = answer;
  const isSuccess = status >= 200 && status < 300;
  const text = textOf(answer.body, hidden);
  const body = text === null ? undefined : jsonOf(text);
  const told = reportedErrorIn(body, headers);
  if (told !== null) throw told;
  if (!isSuccess) throw refusal(status, headers, body, what);
  if (status === 202) throw callback === null ? laterUnexpected(what) : new CompletesLater(callback.later);
  if (status === 204 || status === 205) return null;
  if (answer.body.length === 0) throw outputEmpty(`${what} answered ${status} with nothing`);
  if (body !== undefined) {
    const inexact = inexactIn(text ?? '');
    if (inexact !== null) throw outputInexact(inexact);
    return body;
  }
  // http.2: an answer that broke off is an error.
  if (answer.isUnbounded && /^\s*["[{]/.test(text ?? '') && !/["\]}]\s*$/.test(text ?? ''))
    throw truncated(answer.body.length);
  const type = headers['content-type'] ?? 'no content type';
  throw outputNotJson(
    `${what} answered ${status} with what is no JSON (${type}): ${(text ?? '').slice(0, SHOWN)}`,
  );
}

/** As UTF-8, without the secrets that were sent; null when it is not UTF-8. */
function textOf(body: Buffer, hidden: readonly string[]): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return (
      hidden
        // http.3: an endpoint may echo what it was sent.
        .filter((secret) => secret.length >= SECRET_LENGTH)
        .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
        .reduce((clean, secret) => clean.replaceAll(secret, REDACTED), text)
    );
  } catch {
    return null;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const outputEmpty = (message: string): AttemptFault =>
  new AttemptFault('OutputInvalid', message, { code: 'output_empty', class: 'data', permanent: true });

const outputNotJson = (message: string): AttemptFault =>
  new AttemptFault('OutputInvalid', message, { code: 'output_not_json', class: 'data', permanent: true });

const laterUnexpected = (what: string): AttemptFault =>
  new AttemptFault(
    'LaterUnexpected',
    `${what} answered 202, so its output comes later; let it come by a callback: \`later: { within: '1h' }\``,
    { code: 'http_later_unexpected', class: 'code', permanent: true },
  );
