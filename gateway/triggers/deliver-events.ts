// The events of one request, delivered: to all goals that mean them, or refused, to be sent again.

import type { Logger } from 'pino';
import type { Delivered } from '../../goals/wire/answers.ts';
import type { CloudEvent } from '../../goals/wire/events.ts';
import { concurrently } from '../http/concurrently.ts';
import { Problem } from '../http/problems.ts';
import type { DeliverEvent } from './deliver-event.ts';
import { EventsFull } from './full-workflows.ts';

const AT_ONCE = 20;

/** What is sent again too early is refused again, at the price of a look for each goal that had taken it. */
const PAUSED_RETRY_S = '30';

export async function deliverAll(
  { deliver, log }: { deliver: DeliverEvent; log: Logger },
  events: readonly CloudEvent[],
): Promise<{ items: Delivered[]; next: null }> {
  const items = await concurrently(AT_ONCE, events, deliver).catch((error: unknown) => {
    if (!(error instanceof EventsFull)) throw error;
    log.warn({ reason: error.message }, 'an event is not taken');
    throw new Problem(
      'worker_unavailable',
      'What takes the events of a batch, or for runs that wait, is as full as it may be, and no worker empties it. Send it again later.',
      { headers: { 'retry-after': '30' } },
    );
  });
  for (const { id, source, type, goals } of items) {
    const event = { id, source, type };
    log.info({ event, goals: goals.map(({ goal, how }) => ({ goal, how })) }, 'an event came');
    for (const effect of goals)
      if (effect.how === 'refused')
        log.warn({ event, ...effect }, 'a goal that means the event does not take it');
  }
  refuseUntaken(items);
  return { items, next: null };
}

/** A `Problem` when a goal takes an event later only. Sent again, it is taken once by each goal, also by those that had. */
function refuseUntaken(items: readonly Delivered[]): void {
  const untaken = items.flatMap(({ goals }) =>
    goals.flatMap((effect) => (effect.how === 'refused' && effect.code === 'goal_paused' ? effect : [])),
  );
  const [first] = untaken;
  if (first === undefined) return;
  const goals = [...new Set(untaken.map(({ goal }) => goal))];
  const others = goals.length === 1 ? '' : ` So are ${goals.length - 1} others that mean these events.`;
  throw new Problem('event_paused', `${first.message}${others} Send the same again until it is taken.`, {
    headers: { 'retry-after': PAUSED_RETRY_S },
    members: { items },
  });
}
