// One message posted to an address from a worker's settings, in the manner of Standard Webhooks: how alerts and records leave.

import { createHmac } from 'node:crypto';
import { nextRetry } from '../goals/http-status.ts';
import { endedBy } from './ended-by.ts';

export interface SignedPost {
  url: string | URL;
  body: string;
  /** Those of its signature, where it is signed: see `webhookHeaders`. */
  headers: Record<string, string>;
  signal: AbortSignal;
  /** For how long an answer is waited for, in milliseconds. */
  withinMs: number;
}

export interface PostAnswer {
  status: number;
  /** For an `ApplicationFailure`: not before the answer's `Retry-After`. */
  retry: { nextRetryDelay?: number };
}

/** No answer came; whether the message got there is known of some codes only. Its text names no address. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
  /** Of the system or of `fetch`, such as `ECONNREFUSED`. */
  readonly code: string | undefined;
  /** Whether it is that time was over. */
  readonly isLate: boolean;

  constructor(error: unknown, isLate: boolean) {
    // fetch hides in the cause what was wrong.
    const { cause, message } = error as { cause?: { code?: string; message?: string }; message: string };
    super(cause?.message || message);
    this.code = cause?.code;
    this.isLate = isLate;
  }
}

/**
 * Posts it once.
 *
 * @throws {Unanswered} when no answer came.
 */
export async function postSigned({ url, body, headers, signal, withinMs }: SignedPost): Promise<PostAnswer> {
  const end = endedBy([signal], withinMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'goalkeeper', ...headers },
      body,
      // It would take the message, and its signature, to somebody else.
      redirect: 'manual',
      signal: end.signal,
    });
    await response.body?.cancel();
    return { status: response.status, retry: nextRetry(response.headers.get('retry-after')) };
  } catch (error) {
    throw new Unanswered(error, end.isLate());
  } finally {
    end.release();
  }
}

/** The key in a secret of Standard Webhooks: base64, with or without `whsec_` before it. */
export const keyOfSecret = (secret: string): Buffer => Buffer.from(secret.replace(/^whsec_/, ''), 'base64');

/**
 * The headers with which Standard Webhooks (1.0) has a message sent; `at` is the time of the try. Without a key it is
 * not signed; of two keys each signs, so that a receiver may know either.
 */
export function webhookHeaders(
  id: string,
  at: Date,
  body: string,
  key: Buffer | readonly Buffer[] | null,
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  const keys = Buffer.isBuffer(key) ? [key] : (key ?? []);
  if (keys.length === 0) return headers;
  const signatures = keys.map((one) =>
    createHmac('sha256', one).update(`${id}.${timestamp}.${body}`).digest('base64'),
  );
  return { ...headers, 'webhook-signature': signatures.map((signature) => `v1,${signature}`).join(' ') };
}
