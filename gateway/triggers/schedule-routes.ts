// The routes by which people see schedules, and pause and trigger them.

import type { Context } from 'hono';
import type { Logger } from 'pino';
import { readBody } from '../http/read-body.ts';
import { readQuery } from '../http/read-query.ts';
import { noQuery, retryBody, schedulesQuery, triggerBody } from '../http/requests.ts';
import { idempotencyKey } from '../runs/idempotency-key.ts';
import type { Schedules } from './schedules.ts';

export function scheduleRoutes(schedules: Schedules, log: Logger) {
  const id = (c: Context): string => c.req.param('id') ?? '';
  const steered = (what: 'pause' | 'unpause') => async (c: Context) => {
    readQuery(c, noQuery);
    const { by, reason } = await readBody(c, retryBody);
    const schedule = await schedules[what](id(c), by, reason);
    log.info({ schedule: schedule.id, by, what }, 'a schedule was paused or goes on');
    return c.json(schedule);
  };
  return {
    '/schedules': {
      GET: async (c: Context) => c.json(await schedules.list(readQuery(c, schedulesQuery).goal)),
    },
    '/schedules/:id': {
      GET: async (c: Context) => {
        readQuery(c, noQuery);
        return c.json(await schedules.find(id(c)));
      },
    },
    '/schedules/:id/pause': { POST: steered('pause') },
    '/schedules/:id/unpause': { POST: steered('unpause') },
    '/schedules/:id/trigger': {
      POST: async (c: Context) => {
        readQuery(c, noQuery);
        const { by, reason = null } = await readBody(c, triggerBody);
        const at = new Date().toISOString();
        const asked = await schedules.trigger(
          id(c),
          { at, by, reason },
          idempotencyKey(c.req.header('idempotency-key')),
        );
        log.info({ schedule: id(c), ...asked, by }, 'a schedule was triggered');
        c.header('Location', `/schedules/${id(c)}`);
        return c.json({ schedule: id(c), ...asked, at }, 202);
      },
    },
  };
}
