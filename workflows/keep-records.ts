// The long-lived workflow that keeps one sink of records filled. Runs know nothing of it, and pay nothing for it.
//
// keep-records.1. A record that a sink has not taken is offered again, for as long as it takes: the sweep's state moves on only after a write,
//     and survives its worker in the heartbeat's details.

import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { EngineActivities } from '../goals/wire/engine-activities.ts';
import { activityNames } from '../goals/wire/names.ts';
import type { SweepState } from '../goals/wire/record-sweep.ts';

/** A shift is some minutes, so that a day of sweeping is a short history. */
const SHIFTS_PER_HISTORY = 100;

export async function keepRecords(begin: SweepState): Promise<never> {
  const { [activityNames.sweepRecords]: sweep } = proxyActivities<EngineActivities>({
    // Only workers that have the sink poll this queue, which is called as the workflow.
    taskQueue: workflowInfo().workflowId,
    startToCloseTimeout: '1h',
    heartbeatTimeout: '10s',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
  });
  let state = begin;
  for (let i = 0; i < SHIFTS_PER_HISTORY && !workflowInfo().continueAsNewSuggested; i++)
    // keep-records.1: the activity is retried until the sink has taken what it was offered.
    state = await sweep(state);
  return continueAsNew(state);
}
