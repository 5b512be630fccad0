// A run that a trigger wants: started or joined by the one place that decides, and waited for.

import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
} from '@temporalio/workflow';
import type { SeenRun } from '../../goals/wire/backfill.ts';
import { activityNames } from '../../goals/wire/names.ts';
import type { AskedTimes, EndedRun, ScheduleTimes } from '../../goals/wire/schedules.ts';
import type { AskedRun, StartedRun } from '../../goals/wire/start.ts';

interface Calls {
  [activityNames.startRun](asked: AskedRun): Promise<StartedRun>;
  [activityNames.awaitRun](id: string, execution: string): Promise<EndedRun>;
  [activityNames.cancelRun](id: string, execution: string): Promise<void>;
  [activityNames.lookAtRuns](ids: readonly string[]): Promise<SeenRun[]>;
  [activityNames.scheduleTimes](asked: AskedTimes): Promise<ScheduleTimes>;
}

const calls = proxyActivities<Calls>({
  // So long a worker's death is waited out.
  startToCloseTimeout: '10s',
  retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '30s' },
});

export const cancelRun = calls[activityNames.cancelRun];
export const lookAtRuns = calls[activityNames.lookAtRuns];
export const scheduleTimes = calls[activityNames.scheduleTimes];
/** Until the run has ended. */
export const awaitRun = calls[activityNames.awaitRun];

/** No run, now or ever, for what was asked. */
export interface Refused {
  how: 'refused';
  code: string;
  message: string;
}

/** Starts or joins the run. It ends before a cancellation does, so that who asked knows of it. */
export async function triggerRun(asked: AskedRun): Promise<StartedRun | Refused> {
  try {
    return await CancellationScope.nonCancellable(() => calls[activityNames.startRun](asked));
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    const { cause } = error;
    const code = (cause instanceof ApplicationFailure ? cause.type : null) ?? 'engine_failed';
    return { how: 'refused', code, message: cause?.message ?? error.message };
  }
}
