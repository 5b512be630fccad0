// A run that a trigger wants: started or joined by the one place that decides, and waited for.

import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
} from '@temporalio/workflow';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { activityNames } from '../../goals/wire/names.ts';
import type { AskedRun, StartedRun } from '../../goals/wire/start.ts';

const calls = proxyActivities<EngineActivities>({
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
