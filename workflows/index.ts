// Entry of the workflow bundle. The default export takes every workflow type: a run's type is its goal's name.

import { workflowInfo } from '@temporalio/workflow';
import { z } from 'zod';
import goals from '#goals';
import type { BatchState } from '../goals/wire/event-batch.ts';
import {
  ALERTS,
  BACKFILL,
  EVENT_BATCH,
  HEAR_OUTCOMES,
  KEEP_RECORDS,
  KEEP_STANDING,
  LEASE,
  MAP_SHARD,
  POOL,
  REQUEST,
  SCHEDULED,
  STANDING_GOAL,
} from '../goals/wire/names.ts';
import type { Hearing } from '../goals/wire/outcomes.ts';
import type { Pause } from '../goals/wire/pause.ts';
import type { Publication } from '../goals/wire/publication.ts';
import type { SweepState } from '../goals/wire/record-sweep.ts';
import { resumeSchema } from '../goals/wire/resume.ts';
import type { StandingTerms, Watch } from '../goals/wire/standing.ts';
import { alerts } from './alerts/alerts.ts';
import type { AlertsState } from './alerts/alerts-state.ts';
import { standingGoal } from './catalogue-entry.ts';
import { keepRecords } from './keep-records.ts';
import { mapShard } from './maps/map-shard.ts';
import type { PermitsState } from './pools/permits.ts';
import { semaphore } from './pools/semaphore.ts';
import { lease } from './run/lease.ts';
import { failedByInput } from './run/outcome.ts';
import { pursueGoal } from './run/pursue-goal.ts';
import { backfill } from './triggers/backfill.ts';
import { eventBatch } from './triggers/event-batch.ts';
import { hearOutcomes } from './triggers/hear-outcomes.ts';
import { keepStanding } from './triggers/keep-standing.ts';
import { scheduled } from './triggers/scheduled.ts';

/** For whoever looks at what the bundle makes of them: no workflow, as it is no function. */
export { goals };

// Not async: each promise more costs every run.
export default function run(input: unknown, resume?: unknown): Promise<unknown> {
  const { workflowType } = workflowInfo();
  if (workflowType === STANDING_GOAL)
    return standingGoal(input as Publication, (resume as Pause | undefined) ?? null);
  if (workflowType === ALERTS) return alerts(input as AlertsState | null);
  if (workflowType === KEEP_RECORDS) return keepRecords(input as SweepState);
  if (workflowType === HEAR_OUTCOMES) return hearOutcomes(input as Hearing | null);
  if (workflowType === KEEP_STANDING)
    return keepStanding(input as StandingTerms, resume as Watch | undefined, goals);
  if (workflowType === LEASE) return lease(input);
  if (workflowType === REQUEST) return Promise.resolve();
  if (workflowType === EVENT_BATCH) return eventBatch(input as BatchState);
  if (workflowType === MAP_SHARD) return mapShard(goals, input, resume);
  if (workflowType === POOL) return semaphore(input as string | PermitsState);
  if (workflowType === SCHEDULED) return scheduled(goals, input, resume);
  if (workflowType === BACKFILL) return backfill(goals, input, resume);
  const goal = goals.find(({ name }) => name === workflowType);
  // Not a failure of the run: a worker that knows the goal may be on its way, so the task is tried again.
  if (goal === undefined)
    throw new Error(
      `this worker has no goal '${workflowType}'; its bundle holds: ${goals.map(({ name }) => name).join(', ')}`,
    );
  if (resume === undefined) return pursueGoal(goal, input, null);
  const told = resumeSchema.safeParse(resume);
  if (told.success) return pursueGoal(goal, input, told.data);
  throw failedByInput(goal.name, `its second argument, a resume, is wrong: ${z.prettifyError(told.error)}`);
}
