// The long-lived workflow of one goal. Its memo is the goal's publication, which the gateway reads with no worker up.
//
// S1. A publication never gives way to one of a lower version, so an older worker that starts late changes nothing.

import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineSignal,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { memoNames, signalNames } from '../goals/wire/names.ts';
import type { Publication } from '../goals/wire/publication.ts';

const publish = defineSignal<[Publication]>(signalNames.publish);
const retire = defineSignal<[number]>(signalNames.retire);

/** Changes after which the workflow starts a fresh history. */
const CHANGES_PER_HISTORY = 500;

export async function standingGoal(publication: Publication): Promise<never> {
  let current = publication;
  let changes = 0;
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
  await condition(() => changes >= CHANGES_PER_HISTORY || workflowInfo().continueAsNewSuggested);
  await condition(allHandlersFinished);
  return continueAsNew(current);
}
