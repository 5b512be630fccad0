import { createHmac } from 'node:crypto';

/** The key in a secret of Standard Webhooks: base64, with or without `whsec_` before it. */
export const keyOfSecret = (secret: string): Buffer => Buffer.from(secret.replace(/^whsec_/, ''), 'base64');

/**
 * The headers with which Standard Webhooks (1.0) has a message sent; `at` is the time of the try. Without a key it is
 * not signed.
 */
export function webhookHeaders(
  id: string,
  at: Date,
  body: string,
  key: Buffer | null,
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (key === null) return headers;
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}
