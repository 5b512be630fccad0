// One delivery of one message to one sink. It succeeds only when the sink said so; everything else is tried again,
// with the same ID, so that a receiver that has it already can drop it.

import { ApplicationFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { z } from 'zod';
import { ALERT_HEALED, type Delivery } from '../../goals/wire/alerts.ts';
import { type PostAnswer, postSigned, Unanswered } from '../post-signed.ts';
import { settledAmong } from './settled.ts';
import { alertSinkOf, type Sink } from './sinks.ts';

/** Before the server takes the attempt for lost. */
const MARGIN_MS = 2_000;
const GONE = 410;
/** What is sent so much later than it was written is looked at once more. */
const LOOK_AGAIN_MS = 1_000;
const beatSchema = z.object({ mayHaveIt: z.boolean() });
/** No connection, no message. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export const deliverer =
  (sinks: readonly Sink[], url: string) =>
  async (delivery: Delivery): Promise<void> => {
    const sink = sinks.find(({ name }) => name === delivery.sink);
    if (sink === undefined)
      throw notDelivered(delivery.sink, 'is not known to this worker; another may know it');
    await lookAgain(delivery);
    const context = Context.current();
    // Whatever comes of this attempt, it may have got there: only what the sink itself refuses has surely not.
    context.heartbeat({ mayHaveIt: true });
    const { status, retry } = await post(sink, delivery, url);
    if (status >= 200 && status < 300) return;
    context.heartbeat({ mayHaveIt: mayHaveIt(delivery) });
    throw notDelivered(sink.name, `answered ${status}`, { nonRetryable: status === GONE, ...retry });
  };

/** Ends the delivery, should all have healed that it would tell: nobody is told of it any more. */
async function lookAgain(delivery: Delivery): Promise<void> {
  const { look, message } = delivery;
  const { info, log } = Context.current();
  const isLate = info.currentAttemptScheduledTimestampMs - Date.parse(message.at) > LOOK_AGAIN_MS;
  if (!look || !isLate) return;
  const settled = await settledAmong(look).catch((error: unknown) => {
    log.warn('what an alert tells is sent without another look', { error });
    return [];
  });
  if (settled.length < look.watched.length) return;
  throw ApplicationFailure.create({
    type: ALERT_HEALED,
    message: 'all that it would have told is settled by now',
    nonRetryable: true,
    category: ApplicationFailureCategory.BENIGN,
    details: [mayHaveIt(delivery)],
  });
}

/** As an earlier attempt left it. */
const mayHaveIt = (delivery: Delivery): boolean =>
  delivery.mayHaveIt === true ||
  beatSchema.safeParse(Context.current().info.heartbeatDetails).data?.mayHaveIt === true;

async function post(sink: Sink, delivery: Delivery, url: string): Promise<PostAnswer> {
  const { info, cancellationSignal: signal } = Context.current();
  const kind = alertSinkOf(sink);
  const body = kind.body(delivery, url);
  const headers = kind.headers(sink, delivery, body);
  const withinMs = Math.max(100, info.startToCloseTimeoutMs - MARGIN_MS);
  try {
    return await postSigned({ url: sink.url, body, headers, signal, withinMs });
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    const { code, isLate } = error;
    if (UNSENT.has(code ?? '')) Context.current().heartbeat({ mayHaveIt: mayHaveIt(delivery) });
    // Its address may be a secret, as Slack's is: only what kind of trouble it was is told.
    throw notDelivered(sink.name, isLate ? 'did not answer in time' : (code ?? 'cannot be reached'));
  }
}

function notDelivered(
  sink: string,
  what: string,
  retry: { nonRetryable?: boolean; nextRetryDelay?: number } = {},
): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'AlertNotDelivered',
    message: `the sink '${sink}' ${what}`,
    category: ApplicationFailureCategory.BENIGN,
    ...retry,
  });
}
