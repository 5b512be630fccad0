// Every activity of a worker on its team's queue: one for each job, and those of the engine.

import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import { DEFAULT_RETRY } from '../goals/policy.ts';
import { type Call, callSchema } from '../goals/wire/call.ts';
import type { TeamActivities } from '../goals/wire/engine-activities.ts';
import { emptyLedger, enter, type StepFailureDetails } from '../goals/wire/ledger.ts';
import { activityNames } from '../goals/wire/names.ts';
import { batchAttempt, isBatch } from './attempts/batch-attempt.ts';
import { classify, jobUnbound } from './attempts/classify.ts';
import { isOneAttempt, oneAttempt } from './attempts/one-attempt.ts';
import { ServerAttempt } from './attempts/server-attempt.ts';
import type { Binding } from './bind.ts';
import { isPaused } from './catalogue/pause-runs.ts';
import { noted } from './noted.ts';
import { awaitEvent } from './runs/await-event.ts';
import { awaitRun, cancelRun, lookAtRuns } from './runs/await-run.ts';
import { reportProduced, usePartition } from './runs/datasets.ts';
import { findGoal } from './runs/find-goal.ts';
import { findRun } from './runs/find-run.ts';
import { keptResults, keptSteps } from './runs/kept-results.ts';
import { lastAchieved } from './runs/last-achieved.ts';
import { lightPast } from './runs/light-past.ts';
import { pastOfCriteria } from './runs/past-criteria.ts';
import { failingItems, pendingLedgers } from './runs/pending-ledgers.ts';
import { askForPermit, releasePermit } from './runs/pools.ts';
import { scheduleTimes } from './runs/schedule-times.ts';
import { startAskedRun } from './runs/start-run.ts';

type Activity = (...args: never[]) => Promise<unknown>;

export function workerActivities(bindings: readonly Binding[], log: Logger): Record<string, Activity> {
  const jobs = bindings.map((binding): [string, Activity] => [
    binding.job.name,
    (input: unknown, call: Call) =>
      isBatch(Context.current().info)
        ? batchAttempt(binding, input, callSchema.parse(call ?? {}), log)
        : isOneAttempt(Context.current().info)
          ? oneAttempt(binding, input, callSchema.optional().parse(call), log)
          : new ServerAttempt(binding, callSchema.parse(call ?? {}), log).run(input),
  ]);
  const engine: TeamActivities = {
    [activityNames.pendingLedgers]: pendingLedgers,
    [activityNames.failingItems]: failingItems,
    [activityNames.findRun]: findRun,
    [activityNames.findGoal]: findGoal,
    [activityNames.lastAchieved]: lastAchieved,
    [activityNames.startRun]: startAskedRun,
    [activityNames.awaitRun]: awaitRun,
    [activityNames.cancelRun]: cancelRun,
    [activityNames.lookAtRuns]: lookAtRuns,
    [activityNames.scheduleTimes]: scheduleTimes,
    [activityNames.isHeld]: isPaused,
    [activityNames.pastOfCriteria]: pastOfCriteria,
    [activityNames.lightPast]: lightPast,
    [activityNames.keptResults]: keptResults,
    [activityNames.keptSteps]: keptSteps,
    [activityNames.note]: noted,
    [activityNames.reportProduced]: reportProduced,
    [activityNames.usePartition]: usePartition,
    [activityNames.awaitEvent]: awaitEvent,
    [activityNames.askForPermit]: askForPermit,
    [activityNames.releasePermit]: releasePermit,
  };
  return {
    ...Object.fromEntries(jobs),
    ...engine,
    // For any other type. Without it the engine would try an unknown job for ever.
    default: unbound,
  };
}

async function unbound(): Promise<never> {
  const { info } = Context.current();
  const { permanent: _, retryAfterMs: __, ...error } = classify(jobUnbound(info.activityType), DEFAULT_RETRY);
  const entry = {
    ...error,
    server: info.attempt,
    local: 1,
    at: new Date().toISOString(),
    ms: 0,
    worker: String(process.pid),
  };
  const details: StepFailureDetails = { ledger: enter(emptyLedger(), entry, false), reason: 'permanent' };
  throw ApplicationFailure.create({
    message: error.message,
    type: error.type,
    nonRetryable: true,
    details: [details],
  });
}
