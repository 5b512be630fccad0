// The routes by which people see schedules, and pause and trigger them.

import { z } from 'zod';
import { verifiedMark } from '../../goals/wire/actor.ts';
import { scheduleListSchema, scheduleViewSchema, triggeredSchema } from '../../goals/wire/answers.ts';
import { actSchema, goalField, reasonedActSchema } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { idempotencyKey } from '../runs/idempotency-key.ts';
import { allSchedules, findSchedule, startTrigger, steerSchedule } from './schedules.ts';

const SCHEDULE_ID = 'ID of the schedule';

export const listSchedules = route({
  method: 'GET',
  path: '/schedules',
  role: 'viewer',
  summary: 'Lists the schedules of goals, with their next times.',
  query: z.strictObject({ goal: goalField.optional() }),
  answers: { 200: { description: '`items` and `next` (always null)', schema: scheduleListSchema } },
  handle: async ({ query, c }, deps) => c.json({ items: await allSchedules(deps, query.goal), next: null }),
});

export const showSchedule = route({
  method: 'GET',
  path: '/schedules/:id',
  role: 'viewer',
  summary: 'Shows a schedule: next times, last triggers, skipped and missed times.',
  params: { id: SCHEDULE_ID },
  answers: { 200: { description: 'the schedule', schema: scheduleViewSchema } },
  problems: ['schedule_unknown'],
  handle: async ({ params, c }, deps) => c.json(await findSchedule(deps, params.id)),
});

export const pauseSchedule = route({
  method: 'POST',
  path: '/schedules/:id/pause',
  role: 'operator',
  summary: 'Pauses a schedule.',
  params: { id: SCHEDULE_ID },
  body: { schema: reasonedActSchema },
  answers: { 200: { description: 'the schedule', schema: scheduleViewSchema } },
  problems: ['schedule_unknown', 'schedule_absent'],
  async handle({ params, body: { by, reason }, caller, c }, deps) {
    const who = { by, ...verifiedMark(caller), reason };
    const schedule = await steerSchedule(deps, 'pause', params.id, who);
    deps.log.info({ schedule: schedule.id, by }, 'a schedule is paused');
    return c.json(schedule);
  },
});

export const unpauseSchedule = route({
  method: 'POST',
  path: '/schedules/:id/unpause',
  role: 'operator',
  summary: 'Ends the pause of a schedule.',
  params: { id: SCHEDULE_ID },
  body: { schema: reasonedActSchema },
  answers: { 200: { description: 'the schedule', schema: scheduleViewSchema } },
  problems: ['schedule_unknown', 'schedule_absent'],
  async handle({ params, body: { by, reason }, caller, c }, deps) {
    const who = { by, ...verifiedMark(caller), reason };
    const schedule = await steerSchedule(deps, 'unpause', params.id, who);
    deps.log.info({ schedule: schedule.id, by }, 'a schedule is no longer paused');
    return c.json(schedule);
  },
});

export const triggerSchedule = route({
  method: 'POST',
  path: '/schedules/:id/trigger',
  role: 'operator',
  summary: 'Triggers a schedule now, whatever its overlap policy says.',
  params: { id: SCHEDULE_ID },
  headers: ['idempotency-key'],
  body: { schema: actSchema },
  answers: { 202: { description: '`schedule`, `trigger` (its ID) and `at`', schema: triggeredSchema } },
  problems: ['idempotency_key_malformed', 'schedule_unknown', 'schedule_absent'],
  async handle({ params: { id }, body: { by, reason = null }, caller, c }, deps) {
    const at = new Date().toISOString();
    const key = idempotencyKey(c.req.header('idempotency-key'));
    const trigger = await startTrigger(deps, id, { at, by, ...verifiedMark(caller), reason }, key);
    deps.log.info({ schedule: id, trigger, by }, 'a schedule was triggered');
    c.header('Location', `/schedules/${id}`);
    return c.json({ schedule: id, trigger, at }, 202);
  },
});
