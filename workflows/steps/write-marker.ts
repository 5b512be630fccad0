import { CancellationScope, proxyLocalActivities } from '@temporalio/workflow';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { activityNames } from '../../goals/wire/names.ts';
import type { Noted } from '../../goals/wire/stored.ts';
import type { Turns } from './turns.ts';

const { [activityNames.note]: write } = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '10s',
});

/** Writes into the history what views need of a result that may lie outside of it: a local activity's result is an event. */
export async function writeMarker(turns: Pick<Turns, 'answer'>, noted: Noted): Promise<void> {
  await CancellationScope.nonCancellable(() => turns.answer(write(noted)));
}
