// Where events come in: as CloudEvents, or as webhooks that are made into such.

import { deliveredListSchema } from '../../goals/wire/answers.ts';
import { cloudEventSchema } from '../../goals/wire/events.ts';
import { Problem } from '../http/problems.ts';
import { readBytes } from '../http/read-body.ts';
import { route } from '../route-deps.ts';
import { manyEventsSchema, readEvents } from './cloud-events.ts';
import { deliverAll } from './deliver-events.ts';
import { eventOfHook } from './hooks.ts';

const DELIVERED = '`items`, one for each event: which goals it started or joined; `next` is always null';

/** `check_too_long` and a schema that is unusable are a goal's, and told as its refusal. */
const OF_DELIVERY = ['event_early', 'event_paused', 'worker_unavailable'] as const;

export const receiveEvents = route({
  method: 'POST',
  path: '/events',
  role: 'operator',
  summary: 'Takes events, and starts the goals that mean them.',
  body: {
    mediaTypes: ['application/cloudevents+json', 'application/cloudevents-batch+json'],
    description: 'a CloudEvent 1.0, up to 1000 of them, or any body with the attributes as headers `ce-…`',
    like: {
      'application/cloudevents+json': cloudEventSchema,
      'application/cloudevents-batch+json': manyEventsSchema,
    },
  },
  answers: { 200: { description: DELIVERED, schema: deliveredListSchema } },
  problems: OF_DELIVERY,
  handle: async ({ c }, deps) => c.json(await deliverAll(deps, await readEvents(c))),
});

export const receiveWebhook = route({
  method: 'POST',
  path: '/hooks/:name',
  role: 'open',
  summary: 'Takes a signed delivery of a declared webhook as an event.',
  params: { name: 'name of the webhook, as `GOALKEEPER_HOOKS` declares it' },
  // Senders add what they like.
  query: 'ignored',
  body: { mediaTypes: ['application/json'], description: 'the delivery, as its sender signed it' },
  answers: { 200: { description: DELIVERED, schema: deliveredListSchema } },
  problems: ['hook_unknown', 'hook_unverified', ...OF_DELIVERY],
  async handle({ params, c }, deps) {
    const hook = deps.hooks.find(({ name }) => name === params.name);
    if (hook === undefined)
      throw new Problem('hook_unknown', 'No webhook of that name is declared in GOALKEEPER_HOOKS.');
    const bytes = await readBytes(c);
    const event = eventOfHook(hook, (name) => c.req.header(name), bytes, Date.now());
    return c.json(await deliverAll(deps, [event]));
  },
});
