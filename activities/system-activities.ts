// The activities that goalkeeper's own workflows ask of any worker, on the queue of those workflows.

import type { Logger } from 'pino';
import type { SystemActivities } from '../goals/wire/engine-activities.ts';
import { activityNames } from '../goals/wire/names.ts';
import { pauseRuns } from './catalogue/pause-runs.ts';
import { actOnRun } from './runs/act-on-run.ts';
import { listenForOutcomes } from './runs/listen-for-outcomes.ts';
import { endedRuns } from './runs/pools.ts';
import { recoveredRun, recoverRun } from './runs/recover-run.ts';
import { findUsers, markRuns, notifyOwners } from './runs/retract-run.ts';
import { startAskedRun } from './runs/start-run.ts';

export const systemActivities = (log: Logger): SystemActivities => ({
  [activityNames.endedRuns]: endedRuns,
  [activityNames.startRun]: startAskedRun,
  [activityNames.actOnRun]: actOnRun,
  [activityNames.findUsers]: findUsers,
  [activityNames.markRuns]: markRuns,
  [activityNames.notifyOwners]: notifyOwners,
  [activityNames.recoverRun]: recoverRun,
  [activityNames.recoveredRun]: recoveredRun,
  [activityNames.holdRuns]: pauseRuns,
  [activityNames.hearOutcomes]: listenForOutcomes(log),
});
