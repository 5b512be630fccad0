import { CancellationScope, proxyLocalActivities } from '@temporalio/workflow';
import { activityNames } from '../../goals/wire/names.ts';
import type { Noted } from '../../goals/wire/stored.ts';

const local = proxyLocalActivities<Record<string, (noted: Noted) => Promise<Noted>>>({
  startToCloseTimeout: '10s',
});

/** Writes into the history what views need of a result that may lie outside of it: a local activity's result is an event. */
export async function note(noted: Noted): Promise<void> {
  await CancellationScope.nonCancellable(() =>
    (local[activityNames.note] as (noted: Noted) => Promise<Noted>)(noted),
  );
}
