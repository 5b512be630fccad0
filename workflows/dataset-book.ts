// The book of a dataset, or of one of its partitions: which versions were made, and which executions used them. Whoever reads it
// reads its history, with no worker up; the worker only shortens that history, and shows the latest version in the memo.

import {
  condition,
  defineSignal,
  log,
  makeContinueAsNewFunc,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type DatasetBook,
  forgottenSchema,
  latestOf,
  madeSchema,
  takenSchema,
  withMade,
  withoutExecutions,
  withUse,
} from '../goals/wire/datasets.ts';
import { datasetSignals, memoNames } from '../goals/wire/names.ts';

/** Changes after which it starts a fresh history: whoever reads it reads so many signals. */
const CHANGES = 200;

/** It ends only where nothing is left in it once runs were deleted. */
export async function datasetBook(given: DatasetBook): Promise<void> {
  let book = given;
  let hasForgotten = false;
  let changes = 0;
  const hears = (signal: string, take: (body: unknown) => DatasetBook | null): void =>
    setHandler(defineSignal<[unknown]>(signal), (body) => {
      changes++;
      const next = take(body);
      // From workers of other versions, too: what cannot be read must not stop what can.
      if (next === null) log.warn('a book of a dataset cannot read a signal', { signal });
      else book = next;
    });
  hears(datasetSignals.made, (body) => {
    const made = madeSchema.safeParse(body).data;
    return made === undefined ? null : withMade(book, made);
  });
  hears(datasetSignals.used, (body) => {
    const taken = takenSchema.safeParse(body).data;
    return taken === undefined ? null : withUse(book, taken);
  });
  hears(datasetSignals.forget, (body) => {
    const forgotten = forgottenSchema.safeParse(body).data;
    if (forgotten === undefined) return null;
    hasForgotten = true;
    return withoutExecutions(book, forgotten);
  });
  let shown = workflowInfo().memo?.[memoNames.latest] === undefined ? '' : JSON.stringify(latestOf(given));
  // Whoever was deleted is still named in this history: so another begins at once, and this one is deleted.
  while (!hasForgotten && changes < CHANGES && !workflowInfo().continueAsNewSuggested) {
    const latest = latestOf(book);
    if (JSON.stringify(latest) !== shown) {
      shown = JSON.stringify(latest);
      upsertMemo({ [memoNames.latest]: latest });
    }
    const seen = changes;
    await condition(() => changes > seen);
  }
  if (hasForgotten && book.versions.length === 0) return;
  const memo = { [memoNames.latest]: latestOf(book) };
  return makeContinueAsNewFunc<typeof datasetBook>({ memo })(book);
}
