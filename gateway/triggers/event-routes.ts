// Where events come in: as CloudEvents, or as webhooks that are made into such.

import type { Handler } from 'hono';
import type { Logger } from 'pino';
import type { CloudEvent } from '../../goals/wire/events.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { concurrently } from '../http/concurrently.ts';
import { Problem } from '../http/problems.ts';
import { readBytes } from '../http/read-body.ts';
import { readQuery } from '../http/read-query.ts';
import { noQuery } from '../http/requests.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { readEvents } from './cloud-events.ts';
import { CollectorFull, collectorsOf } from './collectors.ts';
import { type Delivered, delivering } from './deliver-event.ts';
import { eventOfHook, type Hook } from './hooks.ts';

const AT_ONCE = 20;

/** What is sent again too early is refused again, at the price of a look for each goal that had taken it. */
const PAUSED_RETRY_S = '30';

interface Parts {
  temporal: Temporal;
  catalogue: Catalogue;
  hooks: readonly Hook[];
  log: Logger;
}

export function eventRoutes({ temporal, catalogue, hooks, log }: Parts): Record<string, { POST: Handler }> {
  const deliver = delivering({ temporal, catalogue, collectors: collectorsOf(temporal) });

  async function deliverAll(events: readonly CloudEvent[]): Promise<{ items: Delivered[]; next: null }> {
    const items = await concurrently(AT_ONCE, events, deliver).catch((error: unknown) => {
      if (!(error instanceof CollectorFull)) throw error;
      log.warn({ reason: error.message }, 'an event is not taken');
      throw new Problem(
        'worker_unavailable',
        'A batch is as large as it may be, and no worker takes it. Send it again later.',
        {
          headers: { 'retry-after': '30' },
        },
      );
    });
    for (const { id, source, type, goals } of items) {
      log.info(
        { event: { id, source, type }, goals: goals.map(({ goal, how }) => ({ goal, how })) },
        'an event came',
      );
      for (const effect of goals)
        if (effect.how === 'refused')
          log.warn(
            { event: { id, source, type }, ...effect },
            'a goal that means the event does not take it',
          );
    }
    refuseUntaken(items);
    return { items, next: null };
  }

  return {
    '/events': {
      POST: async (c) => {
        readQuery(c, noQuery);
        return c.json(await deliverAll(await readEvents(c)));
      },
    },
    '/hooks/:name': {
      POST: async (c) => {
        const hook = hooks.find(({ name }) => name === c.req.param('name'));
        if (hook === undefined)
          throw new Problem('hook_unknown', 'No webhook of that name is declared in GOALKEEPER_HOOKS.');
        const bytes = await readBytes(c);
        const event = eventOfHook(hook, (name) => c.req.header(name), bytes, Date.now());
        return c.json(await deliverAll([event]));
      },
    },
  };
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
