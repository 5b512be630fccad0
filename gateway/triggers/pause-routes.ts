// A goal is paused, and goes on: told to its standing goal, which keeps it across deploys and shows it in its memo.

import type { Context } from 'hono';
import type { Logger } from 'pino';
import { signalNames, standingGoalId } from '../../goals/wire/names.ts';
import { type PauseChange, type PublishedGoal, publishedGoal } from '../../goals/wire/pause.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { goalOf } from '../catalogue/goals.ts';
import { Problem } from '../http/problems.ts';
import { readBody } from '../http/read-body.ts';
import { readQuery } from '../http/read-query.ts';
import { noQuery, pauseBody, unpauseBody } from '../http/requests.ts';
import type { Temporal } from '../temporal/temporal.ts';
import type { Backfills } from './backfills.ts';

/** How long a worker may take to take it. */
const TAKEN_WITHIN_MS = 10_000;
const LOOK_MS = 100;

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
      const told = await tell({ temporal, catalogue }, goal, { paused, by, reason });
      log.info({ goal, by, hold }, 'a goal is paused');
      return c.json(told);
    },
  },
  '/goals/:goal/unpause': {
    POST: async (c: Context) => {
      readQuery(c, noQuery);
      const { by = null, reason = null } = await readBody(c, unpauseBody, { optional: true });
      const goal = c.req.param('goal') ?? '';
      const told = await tell({ temporal, catalogue }, goal, { paused: null, by, reason });
      log.info({ goal, by }, 'a goal is no longer paused');
      await backfills.goesOn(goal);
      return c.json(told);
    },
  },
});

/** Resolves once every gateway can read it. */
async function tell(
  { temporal, catalogue }: Pick<PauseRoutes, 'temporal' | 'catalogue'>,
  goal: string,
  change: PauseChange,
): Promise<Pick<PublishedGoal, 'goal' | 'paused'>> {
  await goalOf(catalogue, goal);
  const handle = temporal.client.workflow.getHandle(standingGoalId(goal));
  await temporal.call(() => handle.signal(signalNames.pause, change));
  const until = performance.now() + TAKEN_WITHIN_MS;
  while (performance.now() < until) {
    const { memo } = await temporal.call(() => handle.describe());
    const paused = publishedGoal(memo)?.paused ?? null;
    if (paused?.at === change.paused?.at) {
      catalogue.forget(goal);
      return { goal, paused };
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  catalogue.forget(goal);
  throw new Problem(
    'worker_unavailable',
    `It is recorded, and holds as soon as a worker takes it; none did within ${TAKEN_WITHIN_MS / 1000} seconds.`,
    { headers: { 'retry-after': '10' } },
  );
}
