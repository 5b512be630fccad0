// The local activities by which a run, or a shard of a map, reads the errors of steps that have not ended.

import { Context } from '@temporalio/activity';
import { jsonBytes, type Ledger } from '../../goals/wire/ledger.ts';
import type { FailingItems } from '../../goals/wire/map.ts';
import {
  ledgersOf,
  pendingActivities,
  type RunExecution,
  readLedgers,
} from '../../process/pending-ledgers.ts';
import type { TemporalCaller } from '../../process/start-execution.ts';

/** JSON of the ledgers that are told of failing items. */
const TOLD_BYTES = 16 * 1024;

/** The errors of this shard's items that go on alone, as the server holds them. A local activity. */
export async function failingItems(): Promise<FailingItems> {
  const ledgers = ledgersOf(await pendingActivities(caller(), execution()));
  let bytes = 0;
  const told = Object.entries(ledgers).flatMap(([path, ledger]) => {
    if (ledger.total === 0) return [];
    bytes += jsonBytes(ledger);
    return [[path, bytes < TOLD_BYTES ? ledger : null]];
  });
  return Object.fromEntries(told);
}

/**
 * The ledgers of this run's steps that have not ended, by step path, as the server holds them. A local activity: its
 * result is in the history before the run tears those steps down.
 */
export async function pendingLedgers(): Promise<Record<string, Ledger>> {
  const { log } = Context.current();
  return readLedgers(caller(), execution(), (activityId, error) =>
    log.debug('a step could not be held', { activityId, error }),
  );
}

function caller(): TemporalCaller {
  const { client } = Context.current();
  return { client, call: (make) => make(client.workflowService) };
}

function execution(): RunExecution {
  const { workflowId: run, runId } = Context.current().info.workflowExecution as {
    workflowId: string;
    runId: string;
  };
  return { run, execution: runId };
}
