// A goal is paused, and goes on: told to its standing goal, which keeps it across deploys and shows it in its memo. What is
// asked for with no worker up is kept by Temporal, and shown as asked until a worker takes it.

import type { Context } from 'hono';
import type { Logger } from 'pino';
import { signalNames, standingGoalId } from '../../goals/wire/names.ts';
import { type Pause, type PauseChange, publishedGoal } from '../../goals/wire/pause.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { goalOf } from '../catalogue/goals.ts';
import { readBody } from '../http/read-body.ts';
import { readQuery } from '../http/read-query.ts';
import { noQuery, pauseBody, unpauseBody } from '../http/requests.ts';
import type { Temporal } from '../temporal/temporal.ts';
import type { Backfills } from './backfills.ts';

/** For so long an answer waits for a worker to take it up, and then to have taken it. */
const TAKEN_UP_WITHIN_MS = 1_500;
const TAKEN_WITHIN_MS = 10_000;
const LOOK_MS = 100;

// temporal.api.enums.v1.PendingWorkflowTaskState
const STARTED = 2;

interface PauseRoutes {
  temporal: Temporal;
  catalogue: Catalogue;
  backfills: Backfills;
  log: Logger;
}

export const pauseRoutes = ({ temporal, catalogue, backfills, log }: PauseRoutes) => ({
  '/goals/:goal/pause': {
    POST: async (c: Context) => {
      readQuery(c, noQuery);
      const { by = null, reason = null, hold = false } = await readBody(c, pauseBody, { optional: true });
      const goal = c.req.param('goal') ?? '';
      const paused = { by, reason, at: new Date().toISOString(), hold };
      const isTaken = await tell({ temporal, catalogue }, goal, { paused, by, reason });
      log.info({ goal, by, hold, isTaken }, 'a goal is paused');
      return answer(c, { goal, paused }, isTaken);
    },
  },
  '/goals/:goal/unpause': {
    POST: async (c: Context) => {
      readQuery(c, noQuery);
      const { by = null, reason = null } = await readBody(c, unpauseBody, { optional: true });
      const goal = c.req.param('goal') ?? '';
      const isTaken = await tell({ temporal, catalogue }, goal, { paused: null, by, reason });
      log.info({ goal, by, isTaken }, 'a goal is no longer paused');
      await backfills.goesOn(goal);
      return answer(c, { goal, paused: null }, isTaken);
    },
  },
});

/** 202 when it is kept by Temporal and no worker has taken it yet. */
const answer = (c: Context, told: { goal: string; paused: Pause | null }, isTaken: boolean): Response =>
  isTaken
    ? c.json(told)
    : c.json(
        {
          ...told,
          pausePending: true,
          pending:
            'It is kept, and counts for what is asked for here. Runs hear of it as soon as a worker is up.',
        },
        202,
      );

/** True once a worker has taken it; false when it is only certain to be taken, once one is up. */
async function tell(
  { temporal, catalogue }: Pick<PauseRoutes, 'temporal' | 'catalogue'>,
  goal: string,
  change: PauseChange,
): Promise<boolean> {
  await goalOf(catalogue, goal);
  const handle = temporal.client.workflow.getHandle(standingGoalId(goal));
  await temporal.call(() => handle.signal(signalNames.pause, change));
  for (const since = performance.now(); ; ) {
    const { memo, raw } = await temporal.call(() => handle.describe());
    const isTaken = publishedGoal(memo)?.paused?.at === change.paused?.at;
    const waitsFor = raw.pendingWorkflowTask?.state === STARTED ? TAKEN_WITHIN_MS : TAKEN_UP_WITHIN_MS;
    if (isTaken || performance.now() - since > waitsFor) {
      catalogue.forget(goal);
      return isTaken;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
