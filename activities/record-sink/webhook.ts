// Records posted to a URL, in the manner of Standard Webhooks: at least once each, with the execution as `webhook-id`, by
// which the receiver knows a record that it has already.

import type { RecordSink } from '../record-sink.ts';
import { webhookHeaders } from '../sign-webhook.ts';

const TIMEOUT_MS = 10_000;
/** With these a receiver says that it will never take this one record, while it may take all others. */
const NEVER = [413, 422];

export const webhookSink = (url: URL, key: Buffer | null): RecordSink => ({
  kind: 'webhook',
  open: async () => undefined,
  has: async () => false,
  async write(run, record, signal) {
    const body = JSON.stringify({
      type: 'run.closed',
      timestamp: new Date(run.closedAt).toISOString(),
      data: record,
    });
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...webhookHeaders(run.execution, new Date(), body, key),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    }).catch((error: Error) => {
      // fetch hides in the cause what was wrong.
      throw new Error(
        `no answer from ${url.host}: ${(error.cause as Error | undefined)?.message || error.message}`,
      );
    });
    await response.body?.cancel();
    if (response.ok) return 'kept';
    if (NEVER.includes(response.status)) return 'refused';
    throw new Error(`${url.host} answered ${response.status}`);
  },
});
