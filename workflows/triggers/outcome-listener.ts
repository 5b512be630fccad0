// The one workflow of a namespace that starts goals by the outcomes of others. Runs know nothing of it, and pay nothing
// for it. It lives as long as somebody listens, be it to a goal that is still to come, and a shift longer: so long,
// visibility may take to tell of who listens.
//
// outcome-listener.1. An outcome is done with only once every goal that listens to it was started, and survives its worker until then in
//     the heartbeat's details.

import { continueAsNew, defineSignal, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { activityNames, signalNames } from '../../goals/wire/names.ts';
import type { ListeningPosition } from '../../goals/wire/outcomes.ts';

/** A shift is some minutes, so that a day of listening is a short history. */
const SHIFTS_PER_HISTORY = 100;

export async function outcomeListener(given: ListeningPosition | null): Promise<void> {
  const called = { isCalled: false };
  // A worker whose goals listen has started: who was about to end goes on.
  setHandler(defineSignal(signalNames.listen), () => {
    called.isCalled = true;
  });
  const { [activityNames.hearOutcomes]: hear } = proxyActivities<EngineActivities>({
    startToCloseTimeout: '1h',
    heartbeatTimeout: '10s',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
  });
  const startedAt = workflowInfo().startTime.getTime();
  let hearing = given ?? { since: startedAt, watermark: startedAt, recent: [] };
  for (let i = 0; i < SHIFTS_PER_HISTORY && !workflowInfo().continueAsNewSuggested; i++) {
    called.isCalled = false;
    const heard = await hear(hearing);
    if (heard !== null) hearing = heard;
    else if (!called.isCalled) return;
  }
  return continueAsNew(hearing);
}
