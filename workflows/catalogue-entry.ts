// The long-lived workflow of one goal. Its memo is the goal's publication, and whether the goal is paused, which the
// gateway reads with no worker up.
//
// S1. A publication never gives way to one of a lower version, so an older worker that starts late changes nothing.

import {
  allHandlersFinished,
  condition,
  defineSignal,
  makeContinueAsNewFunc,
  patched,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { memoNames, signalNames } from '../goals/wire/names.ts';
import { type Pause, pauseChangeSchema } from '../goals/wire/pause.ts';
import type { Publication } from '../goals/wire/publication.ts';
import { Holding } from './pause-of-goal.ts';

const publish = defineSignal<[Publication]>(signalNames.publish);
const retire = defineSignal<[number]>(signalNames.retire);
const pause = defineSignal<[unknown]>(signalNames.pause);

/** Changes after which the workflow starts a fresh history. */
const CHANGES_PER_HISTORY = 500;

/** A worker of older code may have taken such a signal, and did nothing. */
const PATCH = 'gk-pause';

export async function standingGoal(publication: Publication, pausedBefore: Pause | null): Promise<never> {
  let current = publication;
  let paused = pausedBefore;
  let changes = 0;
  const holding = new Holding(publication.goal, paused);
  const become = (next: Publication): void => {
    changes++;
    if (next.version < current.version || JSON.stringify(next) === JSON.stringify(current)) return;
    current = next;
    upsertMemo({ [memoNames.publication]: next });
  };
  setHandler(publish, become);
  setHandler(retire, (version) => {
    become({ ...current, version, retired: true });
  });
  setHandler(pause, (given) => {
    changes++;
    const change = pauseChangeSchema.safeParse(given).data;
    if (change === undefined || !patched(PATCH)) return;
    paused = change.paused;
    upsertMemo({ [memoNames.paused]: paused });
    holding.becomes({ held: paused?.hold ?? false, by: change.by, reason: change.reason });
  });
  await condition(
    () => holding.isSettled && (changes >= CHANGES_PER_HISTORY || workflowInfo().continueAsNewSuggested),
  );
  await condition(allHandlersFinished);
  // Temporal would go on with the memo of the beginning.
  const memo = { [memoNames.publication]: current, ...(paused && { [memoNames.paused]: paused }) };
  const goOn = makeContinueAsNewFunc<typeof standingGoal>({ memo });
  return goOn(current, paused);
}
