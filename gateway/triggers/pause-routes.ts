// A goal is paused, and goes on: told to its catalogue entry, which keeps it across deploys and shows it in its memo. What is
// asked for with no worker up is kept by Temporal, and shown as asked until a worker takes it.

import type { Context } from 'hono';
import { z } from 'zod';
import { verifiedMark } from '../../goals/wire/actor.ts';
import { goalPauseSchema, pendingGoalPauseSchema } from '../../goals/wire/answers.ts';
import { catalogueEntryId, signalNames } from '../../goals/wire/names.ts';
import { type Pause, type PauseChange, publishedGoal } from '../../goals/wire/pause.ts';
import { pendingWorkflowTaskState } from '../../goals/wire/temporal-enums.ts';
import { goalOf } from '../catalogue/goals.ts';
import { byField, reasonField } from '../http/request-fields.ts';
import { type RouteDeps, route } from '../route-deps.ts';
import { wakeBackfills } from './backfills.ts';

/** For so long an answer waits for a worker to take it up, and then to have taken it. */
const TAKEN_UP_WITHIN_MS = 1_500;
const TAKEN_WITHIN_MS = 10_000;
const LOOK_MS = 100;

const PENDING =
  'Temporal keeps it, and it counts for what is asked for here; runs hear of it as soon as a worker is up';

const pauseBodySchema = z.strictObject({
  by: byField.optional(),
  reason: reasonField.optional(),
  hold: z
    .boolean()
    .optional()
    .describe('whether runs that are under way begin no new step; default: they do'),
});

export const pauseGoal = route({
  method: 'POST',
  path: '/goals/:goal/pause',
  role: 'operator',
  summary: 'Pauses a goal: nothing starts a run of it until it is unpaused.',
  params: { goal: 'name of the goal' },
  body: { schema: pauseBodySchema, optional: true },
  answers: {
    200: { description: 'the pause', schema: goalPauseSchema },
    202: { description: PENDING, schema: pendingGoalPauseSchema },
  },
  problems: ['goal_unknown'],
  async handle({ params: { goal }, body, caller, c }, deps) {
    const { by = null, reason = null, hold = false } = body;
    const who = { by, ...verifiedMark(caller), reason };
    const paused = { ...who, at: new Date().toISOString(), hold };
    const isTaken = await changePause(deps, goal, { paused, ...who });
    deps.log.info({ goal, by, hold, isTaken }, 'a goal is paused');
    return answerPause(c, { goal, paused }, isTaken);
  },
});

export const unpauseGoal = route({
  method: 'POST',
  path: '/goals/:goal/unpause',
  role: 'operator',
  summary: 'Ends the pause of a goal.',
  params: { goal: 'name of the goal' },
  body: { schema: pauseBodySchema.omit({ hold: true }), optional: true },
  answers: {
    200: { description: '`paused` is null', schema: goalPauseSchema },
    202: { description: PENDING, schema: pendingGoalPauseSchema },
  },
  problems: ['goal_unknown'],
  async handle({ params: { goal }, body: { by = null, reason = null }, caller, c }, deps) {
    const isTaken = await changePause(deps, goal, { paused: null, by, ...verifiedMark(caller), reason });
    deps.log.info({ goal, by, isTaken }, 'a goal is no longer paused');
    await wakeBackfills(deps, goal);
    return answerPause(c, { goal, paused: null }, isTaken);
  },
});

/** 202 when Temporal keeps it and no worker has taken it yet. */
const answerPause = (
  c: Context,
  shown: { goal: string; paused: Pause | null },
  isTaken: boolean,
): Response =>
  isTaken ? c.json(shown) : c.json({ ...shown, pausePending: true, pending: `${PENDING}.` }, 202);

/** True once a worker has taken it; false when it is only certain to be taken, once one is up. */
async function changePause(
  { temporal, catalogue }: Pick<RouteDeps, 'temporal' | 'catalogue'>,
  goal: string,
  change: PauseChange,
): Promise<boolean> {
  await goalOf(catalogue, goal);
  const handle = temporal.client.workflow.getHandle(catalogueEntryId(goal));
  await temporal.call(() => handle.signal(signalNames.pause, change));
  for (const since = performance.now(); ; ) {
    const { memo, raw } = await temporal.call(() => handle.describe());
    const isTaken = publishedGoal(memo)?.paused?.at === change.paused?.at;
    const waitsFor =
      raw.pendingWorkflowTask?.state === pendingWorkflowTaskState.STARTED
        ? TAKEN_WITHIN_MS
        : TAKEN_UP_WITHIN_MS;
    if (isTaken || performance.now() - since > waitsFor) {
      catalogue.forget(goal);
      return isTaken;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
