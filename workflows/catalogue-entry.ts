// The long-lived workflow of one goal. Its memo is the goal's publication, and whether the goal is paused, which the
// gateway reads with no worker up.
//
// catalogue-entry.1. A publication never gives way to one of a lower version, so an older worker that starts late changes nothing.

import {
  allHandlersFinished,
  condition,
  defineSignal,
  makeContinueAsNewFunc,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { verifiedMark } from '../goals/wire/actor.ts';
import { memoNames, signalNames } from '../goals/wire/names.ts';
import { type Pause, pauseChangeSchema } from '../goals/wire/pause.ts';
import type { Publication } from '../goals/wire/publication.ts';
import { patched, patches } from './patches.ts';
import { GoalPause } from './pause-of-goal.ts';
import { Readable } from './readable.ts';

const publish = defineSignal<[Publication]>(signalNames.publish);
const retire = defineSignal<[number]>(signalNames.retire);
const pause = defineSignal<[unknown]>(signalNames.pause);

/** Changes after which the workflow starts a fresh history. */
const CHANGES_PER_HISTORY = 500;

export async function catalogueEntry(publication: Publication, pausedBefore: Pause | null): Promise<never> {
  let current = publication;
  let paused = pausedBefore;
  let changes = 0;
  const pauseOfRuns = new GoalPause(publication.goal, paused);
  const become = (next: Publication): void => {
    changes++;
    // catalogue-entry.1
    if (next.version < current.version || JSON.stringify(next) === JSON.stringify(current)) return;
    current = next;
    upsertMemo({ [memoNames.publication]: new Readable(next) });
  };
  setHandler(publish, become);
  setHandler(retire, (version) => {
    become({ ...current, version, retired: true });
  });
  setHandler(pause, (given) => {
    changes++;
    const change = pauseChangeSchema.safeParse(given).data;
    if (change === undefined || !patched(patches.pause)) return;
    paused = change.paused;
    upsertMemo({ [memoNames.paused]: paused });
    const { by, reason } = change;
    pauseOfRuns.becomes({ held: paused?.hold ?? false, by, ...verifiedMark(change), reason });
  });
  await condition(
    () => pauseOfRuns.isSettled && (changes >= CHANGES_PER_HISTORY || workflowInfo().continueAsNewSuggested),
  );
  await condition(allHandlersFinished);
  // Temporal would go on with the memo of the beginning.
  const memo = {
    [memoNames.publication]: new Readable(current),
    ...(paused && { [memoNames.paused]: paused }),
  };
  const goOn = makeContinueAsNewFunc<typeof catalogueEntry>({ memo });
  return goOn(current, paused);
}
