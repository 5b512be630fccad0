// The book of a dataset or partition, read from the history of its workflow: also what no worker has taken in yet.

import type { temporal } from '@temporalio/proto';
import {
  bookSchema,
  type DatasetBook,
  emptyBook,
  forgottenSchema,
  madeSchema,
  takenSchema,
  withMade,
  withoutExecutions,
  withUse,
} from '../goals/wire/datasets.ts';
import { datasetSignals } from '../goals/wire/names.ts';
import { firstValue } from './payload.ts';

/** Of the events of its latest execution, in order. */
export function bookIn(events: readonly temporal.api.history.v1.IHistoryEvent[]): DatasetBook {
  let book = emptyBook();
  for (const event of events) {
    const started = event.workflowExecutionStartedEventAttributes;
    if (started) book = bookSchema.safeParse(firstValue(started.input)).data ?? book;
    const signaled = event.workflowExecutionSignaledEventAttributes;
    if (!signaled) continue;
    const body = firstValue(signaled.input);
    const made = signaled.signalName === datasetSignals.made ? madeSchema.safeParse(body).data : undefined;
    const taken = signaled.signalName === datasetSignals.used ? takenSchema.safeParse(body).data : undefined;
    const forgotten =
      signaled.signalName === datasetSignals.forget ? forgottenSchema.safeParse(body).data : undefined;
    if (made !== undefined) book = withMade(book, made);
    if (taken !== undefined) book = withUse(book, taken);
    if (forgotten !== undefined) book = withoutExecutions(book, forgotten);
  }
  return book;
}
