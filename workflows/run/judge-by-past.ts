// The judgement on what a run has made. Only a criterion that judges by the goal's own past costs a look at earlier runs.

import { log, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { Goal } from '../../goals/index.ts';
import type { Judged, PastOfCriteria, WantedPast } from '../../goals/run-outcome.ts';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { activityNames } from '../../goals/wire/names.ts';
import { pastOfCriteriaSchema } from '../../goals/wire/past-criteria.ts';
import { judge, weigh } from './outcome.ts';

const { [activityNames.pastOfCriteria]: pastOfCriteria } = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 5, initialInterval: '200ms' },
});

/**
 * What the output is worth; throws the failure of a goal that is not reached. A promise only where a criterion looks at earlier
 * runs: else there is not even a moment in between, and recorded histories go on as they did.
 */
export function judgeByPast(goal: Goal, output: unknown, input: unknown): Judged | Promise<Judged> {
  const weighed = weigh(goal, output, input);
  if (weighed.wanted === null) return judge(goal, weighed);
  return pastOf(goal.name, weighed.wanted).then((past) => judge(goal, weighed, past));
}

/** None when Temporal cannot be asked: the run then says that it was judged by no earlier run. */
async function pastOf(goal: string, wanted: WantedPast): Promise<PastOfCriteria> {
  try {
    const { runId: execution } = workflowInfo();
    return pastOfCriteriaSchema.parse(await pastOfCriteria({ goal, execution, wanted }));
  } catch (error) {
    log.warn('earlier runs could not be read, so a criterion did not judge by them', { error });
    return {};
  }
}
