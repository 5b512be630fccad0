// A run, or a shard of a map, asks here for the errors of steps that have not ended.

import { log, proxyLocalActivities } from '@temporalio/workflow';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { type Ledger, pendingLedgersSchema } from '../../goals/wire/ledger.ts';
import { type FailingItems, failingItemsSchema } from '../../goals/wire/map.ts';
import { activityNames } from '../../goals/wire/names.ts';
import type { Turns } from './turns.ts';

const local = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '5s',
  retry: { maximumAttempts: 3, initialInterval: '200ms' },
});

/**
 * Writes the ledgers of the steps that have not ended into the history, as the result of a local activity, and
 * returns them by step path. When the server cannot be asked the run still closes: only those errors are not told.
 */
export async function readPendingLedgers(turns: Turns): Promise<Record<string, Ledger>> {
  try {
    return pendingLedgersSchema.parse(await turns.answer(local[activityNames.pendingLedgers]()));
  } catch (error) {
    log.warn('the errors of unfinished steps could not be read before the run closed', { error });
    return {};
  }
}

/** The errors of a shard's items that go on alone; of none when the server cannot be asked. */
export async function readFailingItems(turns: Turns): Promise<FailingItems> {
  const told = await turns.answer(local[activityNames.failingItems]()).catch(() => ({}));
  return failingItemsSchema.safeParse(told).data ?? {};
}
