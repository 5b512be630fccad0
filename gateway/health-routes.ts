// The routes by which an installation watches the gateway itself.

import { z } from 'zod';

import { route } from './route-deps.ts';

export const showHealth = route({
  method: 'GET',
  path: '/healthz',
  role: 'open',
  summary: 'Says that the process is up.',
  query: 'ignored',
  answers: { 200: { description: '`{ "status": "up" }`', schema: z.object({ status: z.literal('up') }) } },
  handle: ({ c }) => c.json({ status: 'up' }),
});

export const showReadiness = route({
  method: 'GET',
  path: '/readyz',
  role: 'open',
  summary: 'Says whether Temporal answers.',
  query: 'ignored',
  answers: {
    200: {
      description:
        '`{ "status": "ready" }`; `access` is `stale` while a broken access file leaves the one before it in force',
      schema: z.object({ status: z.literal('ready'), access: z.literal('stale').optional() }),
    },
  },
  async handle({ c }, { temporal, access }) {
    await temporal.call((service) => service.describeNamespace({ namespace: temporal.namespace }));
    return c.json({ status: 'ready', ...(access?.state() === 'stale' ? { access: 'stale' as const } : {}) });
  },
});

export const readMetrics = route({
  method: 'GET',
  path: '/metrics',
  role: 'viewer',
  summary: 'Gives the metrics of goals and queues, also while Temporal is down.',
  answers: { 200: { description: 'metrics', mediaType: 'text/plain' } },
  async handle({ c }, { metrics }) {
    const { type, text } = await metrics();
    return c.body(text, 200, { 'content-type': type });
  },
});
