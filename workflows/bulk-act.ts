// One act on many runs: each is acted on by an activity, which is tried until it is known what became of it. It can be stopped.
//
// bulk-act.1. Never more than `atOnce` runs are acted on at once.
// bulk-act.2. Once it is stopped it begins nothing more, and all that it began is counted.

import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  defineSignal,
  proxyActivities,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { verifiedMark } from '../goals/wire/actor.ts';
import {
  type BulkActMemo,
  type BulkActStart,
  entered,
  type MeantRun,
  NOTHING_DONE,
} from '../goals/wire/bulk-act.ts';
import type { EngineActivities } from '../goals/wire/engine-activities.ts';
import { activityNames, memoNames, signalNames } from '../goals/wire/names.ts';
import { boundedText } from '../goals/wire/text/bounded-text.ts';

const { [activityNames.actOnRun]: actOnRun } = proxyActivities<EngineActivities>({
  startToCloseTimeout: '1m',
  retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '30s', maximumAttempts: 20 },
});

const stop = defineSignal<[NonNullable<BulkActMemo['stopped']>]>(signalNames.stopBulkAct);

export async function bulkAct({ terms, runs, alerts }: BulkActStart): Promise<BulkActMemo> {
  let memo = NOTHING_DONE;
  let busy = 0;
  setHandler(stop, (by) => {
    memo = { ...memo, stopped: memo.stopped ?? by };
  });
  const { act, by, reason, atOnce, add, remove } = terms;
  const { workflowId, startTime } = workflowInfo();
  const at = startTime.toISOString();
  const actOn = async ({ run, execution }: MeantRun): Promise<void> => {
    const request = `${workflowId}/${execution}`;
    const tags = { ...(add === undefined ? {} : { add }), ...(remove === undefined ? {} : { remove }) };
    const mark = { act, by, ...verifiedMark(terms), reason, ...tags, at, alerts };
    try {
      const { how, code = '' } = await actOnRun({ run, execution, request, ...mark });
      if (how === 'done') memo = { ...memo, done: memo.done + 1 };
      else memo = entered(memo, { run, execution, how, code, message: '' });
    } catch (error) {
      memo = entered(memo, { run, execution, how: 'failed', ...whatFailed(error) });
    }
  };
  await CancellationScope.nonCancellable(async () => {
    for (const meant of runs) {
      // bulk-act.1
      await condition(() => busy < atOnce || memo.stopped !== null);
      // bulk-act.2
      if (memo.stopped !== null) break;
      busy++;
      void actOn(meant).finally(() => {
        busy--;
        upsertMemo({ [memoNames.bulkAct]: memo });
      });
    }
    await condition(() => busy === 0);
    upsertMemo({ [memoNames.bulkAct]: memo });
  });
  if (memo.stopped !== null || memo.failed === 0) return memo;
  const what = `${memo.failed} of ${terms.total} runs could not be acted on`;
  throw ApplicationFailure.nonRetryable(what, 'bulk_act_incomplete');
}

function whatFailed(error: unknown): { code: string; message: string } {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const code = (cause instanceof ApplicationFailure ? cause.type : null) ?? 'engine_failed';
  return { code, message: boundedText((cause as Error | undefined)?.message ?? 'it failed', 300) };
}
