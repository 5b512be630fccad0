// Records posted to a URL, in the manner of Standard Webhooks: at least once each, with the execution as `webhook-id`, by
// which the receiver knows a record that it has already.

import { ApplicationFailure } from '@temporalio/activity';
import { endedBy } from '../../ended-by.ts';
import { nextRetry } from '../../http-status.ts';
import { webhookHeaders } from '../../sign-webhook.ts';
import type { RecordSink } from '../record-sink.ts';

const TIMEOUT_MS = 10_000;
/** With these a receiver says that it will never take this one record, while it may take all others. */
const NEVER = [413, 422];

export const webhookSink = (url: URL, key: Buffer | null, timeoutMs = TIMEOUT_MS): RecordSink => ({
  kind: 'webhook',
  open: async () => undefined,
  has: async () => false,
  async write(run, record, signal) {
    const body = JSON.stringify({
      type: 'run.closed',
      timestamp: new Date(run.closedAt).toISOString(),
      data: record,
    });
    const end = endedBy([signal], timeoutMs);
    const { status, retryAfter } = await posted(
      url,
      body,
      webhookHeaders(run.execution, new Date(), body, key),
      end.signal,
    ).finally(end.release);
    if (status >= 200 && status < 300) return 'kept';
    if (NEVER.includes(status)) return 'refused';
    throw ApplicationFailure.create({
      type: 'RecordNotKept',
      message: `${url.host} answered ${status}`,
      ...nextRetry(retryAfter),
    });
  },
});

async function posted(
  url: URL,
  body: string,
  signed: Record<string, string>,
  signal: AbortSignal,
): Promise<{ status: number; retryAfter: string | null }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signed },
      body,
      redirect: 'manual',
      signal,
    });
    await response.body?.cancel();
    return { status: response.status, retryAfter: response.headers.get('retry-after') };
  } catch (error) {
    // fetch hides in the cause what was wrong.
    const { cause, message } = error as Error;
    throw new Error(`no answer from ${url.host}: ${(cause as Error | undefined)?.message || message}`);
  }
}
