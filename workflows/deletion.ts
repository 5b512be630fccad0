// What workers have to do for runs to be forgotten, wherever something of them is kept. Its memo says how far it has come. It
// holds the IDs of what it deletes, so the gateway deletes it when somebody has seen that it is done.
//
// deletion.1. No sink is told to forget before the histories are gone: it could be filled again from them.

import {
  ActivityFailure,
  defineSignal,
  isCancellation,
  proxyActivities,
  setHandler,
  sleep,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import {
  BOOKS,
  begunDeletion,
  type DeletionMemo,
  type DeletionTerms,
  type Forgotten,
  HISTORIES,
  placesOf,
} from '../goals/wire/deletion.ts';
import type { EngineActivities } from '../goals/wire/engine-activities.ts';
import { activityNames, memoNames, signalNames } from '../goals/wire/names.ts';

/** So long a place that cannot be reached is tried. */
const TRIED_MS = 30 * 24 * 3_600_000;
/** Until a worker that knows nothing of deletions is asked again: others are on their way. */
const AGAIN_MS = 3_600_000;

const { forgetHistories, forgetAlerts, forgetBooks, forgetStored, forgetRecords } = activityNames;

const more = defineSignal<[DeletionTerms]>(signalNames.deleteMore);

/** What is asked for meanwhile is done after it: the same runs may have been pursued, and deleted, again. */
export async function deletion(given: DeletionTerms): Promise<DeletionMemo> {
  const passes: DeletionTerms[] = [];
  const known = new Set<string>();
  const take = (terms: DeletionTerms): void => {
    const executions = terms.runs.flatMap(({ workflows }) => workflows.map(({ execution }) => execution));
    if (executions.every((execution) => known.has(execution))) return;
    for (const execution of executions) known.add(execution);
    passes.push(terms);
  };
  passes.push(given);
  for (const { workflows } of given.runs) for (const { execution } of workflows) known.add(execution);
  setHandler(more, take);
  let memo = begunDeletion(given);
  for (let next = passes.shift(); next !== undefined; next = passes.shift())
    memo = await pass(next, { ...begunDeletion(next), deleted: memo.deleted });
  return memo;
}

async function pass(terms: DeletionTerms, memo: DeletionMemo): Promise<DeletionMemo> {
  const show = (): void => upsertMemo({ [memoNames.deletion]: memo });
  const until = Date.now() + TRIED_MS;
  const reach = async (place: string, forget: () => Promise<Forgotten>): Promise<void> => {
    const { deleted, refused } = await forgotten(forget, until);
    if (deleted > 0) memo.deleted[place] = (memo.deleted[place] ?? 0) + deleted;
    if (refused !== undefined) memo.unreached.push({ place, why: refused });
    memo.waiting = memo.waiting.filter((other) => other !== place);
    show();
  };
  // deletion.1
  await reach(HISTORIES, () => activitiesOn(null)[forgetHistories](terms));
  await Promise.all(
    placesOf(terms).map(({ place, queue }) =>
      reach(place, () => {
        const on = activitiesOn(queue);
        if (place === BOOKS) return on[forgetBooks](terms);
        if (queue === null) return on[forgetAlerts](terms);
        return terms.sinks.includes(queue) ? on[forgetRecords](terms) : on[forgetStored](terms);
      }),
    ),
  );
  return memo;
}

/** On the queue of a place; null: on goalkeeper's own. */
const activitiesOn = (queue: string | null) =>
  proxyActivities<EngineActivities>({
    taskQueue: queue ?? workflowInfo().taskQueue,
    startToCloseTimeout: '2m',
    scheduleToCloseTimeout: TRIED_MS,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' },
  });

async function forgotten(forget: () => Promise<Forgotten>, until: number): Promise<Forgotten> {
  for (;;) {
    try {
      return await forget();
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      if (Date.now() + AGAIN_MS > until)
        return { deleted: 0, refused: error.cause?.message ?? error.message };
      await sleep(AGAIN_MS);
    }
  }
}
