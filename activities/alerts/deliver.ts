// One delivery of one message to one sink. It succeeds only when the sink said so; everything else is tried again,
// with the same ID, so that a receiver that has it already can drop it.

import { ApplicationFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { Delivery } from '../../goals/wire/alerts.ts';
import { endedBy } from '../ended-by.ts';
import { keyOfSecret, webhookHeaders } from '../sign-webhook.ts';
import { slackBody, webhookBody } from './message.ts';
import type { Sink } from './sinks.ts';

/** Before the server takes the attempt for lost. */
const MARGIN_MS = 2_000;
const GONE = 410;
const LONGEST_RETRY_AFTER_S = 3_600;

export const deliverer =
  (sinks: readonly Sink[], url: string) =>
  async (delivery: Delivery): Promise<void> => {
    const sink = sinks.find(({ name }) => name === delivery.sink);
    if (sink === undefined)
      throw notDelivered(delivery.sink, 'is not known to this worker; another may know it', {});
    const response = await post(sink, delivery, url);
    if (response.ok) return;
    throw notDelivered(sink.name, `answered ${response.status}`, {
      nonRetryable: response.status === GONE,
      retryAfter: response.headers.get('retry-after'),
    });
  };

async function post(sink: Sink, delivery: Delivery, url: string): Promise<Response> {
  const { info, cancellationSignal } = Context.current();
  const body = sink.kind === 'slack' ? slackBody(delivery, url) : webhookBody(delivery, url);
  const signed =
    sink.kind === 'slack'
      ? {}
      : webhookHeaders(delivery.message.id, new Date(), body, keyOfSecret(sink.secret));
  const end = endedBy([cancellationSignal], Math.max(100, info.startToCloseTimeoutMs - MARGIN_MS));
  try {
    const response = await fetch(sink.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'goalkeeper', ...signed },
      body,
      // It would take the message, and its signature, to somebody else.
      redirect: 'manual',
      signal: end.signal,
    });
    await response.body?.cancel();
    return response;
  } catch (error) {
    // Its address may be a secret, as Slack's is: only what kind of trouble it was is told.
    const { code } = ((error as Error).cause ?? {}) as { code?: string };
    throw notDelivered(
      sink.name,
      end.isLate() ? 'did not answer in time' : (code ?? 'cannot be reached'),
      {},
    );
  } finally {
    end.release();
  }
}

function notDelivered(
  sink: string,
  what: string,
  { nonRetryable = false, retryAfter = null }: { nonRetryable?: boolean; retryAfter?: string | null },
): ApplicationFailure {
  const seconds = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) : 0;
  return ApplicationFailure.create({
    type: 'AlertNotDelivered',
    message: `the sink '${sink}' ${what}`,
    nonRetryable,
    category: ApplicationFailureCategory.BENIGN,
    ...(seconds > 0 ? { nextRetryDelay: Math.min(seconds, LONGEST_RETRY_AFTER_S) * 1000 } : {}),
  });
}
