// The routes by which people see who was told, say that they are on it, and close what they accept.

import type { Context } from 'hono';
import { z } from 'zod';
import { verifiedMark } from '../goals/wire/actor.ts';
import { alertSchema, type Mark, muteSchema } from '../goals/wire/alerts.ts';
import {
  alertListSchema,
  pendingAlertSchema,
  pendingMuteSchema,
  pendingRunSchema,
} from '../goals/wire/answers.ts';
import { runSchema } from '../goals/wire/run-view.ts';
import { boundedText } from '../goals/wire/text/bounded-text.ts';
import { goalOf } from './catalogue/goals.ts';
import { Problem } from './http/problems.ts';
import { actorField, actSchema, goalField, reasonedActSchema, reasonField } from './http/request-fields.ts';
import type { Caller } from './http/route.ts';
import { type RouteDeps, route } from './route-deps.ts';

const ALERT_ID = 'ID of an alert';
const PENDING = 'Temporal keeps it, and it takes effect as soon as a worker is up';

const listAlertsSchema = z.strictObject({
  state: z.enum(['open', 'closed']).optional().describe('default: both'),
  goal: goalField.optional(),
});

export const listAlerts = route({
  method: 'GET',
  path: '/alerts',
  role: 'viewer',
  summary: 'Lists the alerts, newest first, and which goals are muted.',
  query: listAlertsSchema,
  answers: { 200: { description: '`items`, `next` (always null) and `mutes`', schema: alertListSchema } },
  async handle({ query: { state, goal }, c }, { alerts, catalogue }) {
    const [{ alerts: all, mutes }, published] = await Promise.all([alerts.kept(), catalogue.all()]);
    const teams = new Map(published.map((one) => [one.goal, one.team]));
    const items = all.filter(
      (alert) =>
        (state === undefined || alert.state === state) &&
        (goal === undefined || alert.goals.some((alerted) => alerted.goal === goal)),
    );
    const owned = mutes.map((mute) => {
      const team = teams.get(mute.goal);
      return team === undefined ? mute : { ...mute, team };
    });
    return c.json({ items, next: null, mutes: owned });
  },
});

export const showAlert = route({
  method: 'GET',
  path: '/alerts/:id',
  role: 'viewer',
  summary: 'Shows an alert: what it is about, whom it reached and when.',
  params: { id: ALERT_ID },
  answers: { 200: { description: 'the alert', schema: alertSchema } },
  problems: ['alert_unknown'],
  handle: async ({ params: { id }, c }, { alerts }) => c.json(await alerts.find(id)),
});

export const acknowledgeAlert = route({
  method: 'POST',
  path: '/alerts/:id/ack',
  role: 'operator',
  summary: 'Records that somebody is on it, which keeps further failures of the same trouble quiet.',
  params: { id: ALERT_ID },
  body: { schema: actSchema },
  answers: {
    200: { description: 'the alert', schema: alertSchema },
    202: { description: PENDING, schema: pendingAlertSchema },
  },
  problems: ['alert_unknown', 'alerts_absent'],
  async handle({ params, body, caller, c }, { alerts, log }) {
    const mark = markOf(body, caller);
    const { id } = await alerts.find(params.id);
    log.info({ alert: id, by: mark.by }, 'an alert is acknowledged');
    const isDone = await alerts.acknowledge({ id, ...mark });
    return answerDone(c, isDone, await alerts.find(id));
  },
});

const MUTE_DAYS = 90;

/** Until a time, or for a while; which is counted from now. */
const muteBodySchema = z
  .strictObject({
    until: z.iso
      .datetime({ offset: true, error: 'write such as 2026-11-20T06:00:00Z' })
      .optional()
      .describe(`until when, at most ${MUTE_DAYS} days from now`),
    for: z
      .string()
      .regex(/^\d{1,5}[mhd]$/, 'write such as 30m, 8h or 2d')
      .optional()
      .describe('how long, such as `30m`, `8h` or `2d`; give either `until` or `for`'),
    by: actorField,
    reason: reasonField.optional(),
  })
  .transform(({ until, for: span, ...mark }, { addIssue }) => {
    if ((until === undefined) === (span === undefined))
      addIssue({ code: 'custom', message: 'give either `until` or `for`' });
    const unit = { m: 60_000, h: 3_600_000, d: 86_400_000 }[span?.at(-1) ?? ''] ?? 0;
    const ms = until === undefined ? Date.now() + Number.parseInt(span ?? '', 10) * unit : Date.parse(until);
    if (!(ms <= Date.now() + MUTE_DAYS * 86_400_000))
      addIssue({ code: 'custom', message: `at most ${MUTE_DAYS} days` });
    return { ...mark, until: Number.isFinite(ms) ? new Date(ms).toISOString() : '' };
  });

export const muteGoal = route({
  method: 'POST',
  path: '/goals/:goal/mute',
  role: 'operator',
  summary: 'Sends no alert about a goal for a while.',
  params: { goal: 'name of the goal' },
  body: { schema: muteBodySchema },
  answers: {
    200: { description: 'the mute', schema: muteSchema },
    202: { description: PENDING, schema: pendingMuteSchema },
  },
  problems: ['goal_unknown', 'alerts_absent'],
  async handle({ params, body: { until, ...who }, caller, c }, deps) {
    return setMute(c, deps, params.goal, until, markOf(who, caller));
  },
});

export const unmuteGoal = route({
  method: 'POST',
  path: '/goals/:goal/unmute',
  role: 'operator',
  summary: 'Sends alerts about a goal again.',
  params: { goal: 'name of the goal' },
  body: { schema: actSchema },
  answers: {
    200: { description: 'the mute, which ends now', schema: muteSchema },
    202: { description: PENDING, schema: pendingMuteSchema },
  },
  problems: ['goal_unknown', 'alerts_absent'],
  async handle({ params, body, caller, c }, deps) {
    const mark = markOf(body, caller);
    return setMute(c, deps, params.goal, mark.at, mark);
  },
});

export const acceptRun = route({
  method: 'POST',
  path: '/runs/:id/accept',
  role: 'operator',
  summary: 'Closes a failed run as accepted, and so settles its alert.',
  params: { id: 'ID of the run' },
  body: { schema: reasonedActSchema },
  answers: {
    200: { description: 'the run', schema: runSchema },
    202: { description: PENDING, schema: pendingRunSchema },
  },
  problems: ['run_id_malformed', 'run_unknown', 'run_not_failed', 'alerts_absent'],
  async handle({ params, body, caller, c }, { alerts, runs, shown, log }) {
    const mark = markOf(body, caller);
    const found = await runs.find(params.id);
    const { id, execution, outcome } = (await runs.story(found)).run;
    if (outcome !== 'failed')
      throw new Problem(
        'run_not_failed',
        `The run ${id} is ${outcome ?? 'under way'}; only a failed one can be accepted.`,
      );
    log.info({ run: id, execution, by: mark.by }, 'a failed run is accepted');
    const isDone = await alerts.accept({ run: id, execution, ...mark });
    return answerDone(c, isDone, shown((await runs.story(found)).run));
  },
});

/** Who asks, when and why, as it is kept. */
const markOf = ({ by, reason }: { by: string; reason?: string | undefined }, caller: Caller): Mark => ({
  at: new Date().toISOString(),
  by: boundedText(by, 100),
  ...verifiedMark(caller),
  reason: reason === undefined ? null : boundedText(reason, 300),
});

async function setMute(
  c: Context,
  { alerts, catalogue, log }: RouteDeps,
  name: string,
  until: string,
  mark: Mark,
): Promise<Response> {
  const { goal } = await goalOf(catalogue, name);
  log.info({ goal, by: mark.by, until }, 'a goal is muted until');
  return answerDone(c, await alerts.mute({ goal, until, ...mark }), { goal, until, ...mark });
}

/** 202 when Temporal keeps it and no worker has done it yet. */
const answerDone = (c: Context, isDone: boolean, body: object): Response =>
  isDone ? c.json(body) : c.json({ ...body, pending: `${PENDING}.` }, 202);
