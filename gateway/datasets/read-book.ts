// The book of a partition, from its history: with no worker up, and with what no worker has taken in.

import type { temporal as proto } from '@temporalio/proto';
import { type DatasetBook, emptyBook } from '../../goals/wire/datasets.ts';
import { partitionBookId } from '../../goals/wire/names.ts';
import { bookIn } from '../../views/dataset-book.ts';
import { isNotFound, type Temporal } from '../temporal/temporal.ts';

/** A book begins a fresh history after 200 changes. */
const EVENTS = 1_000;
const PAGES = 5;

export async function readBook(temporal: Temporal, dataset: string, key: string): Promise<DatasetBook> {
  const execution = { workflowId: partitionBookId(dataset, key) };
  const { namespace } = temporal;
  const events: proto.api.history.v1.IHistoryEvent[] = [];
  let nextPageToken: Uint8Array | null = null;
  try {
    for (let page = 0; page < PAGES; page++) {
      const asked: proto.api.workflowservice.v1.IGetWorkflowExecutionHistoryRequest = {
        ...{ namespace, execution, maximumPageSize: EVENTS, nextPageToken },
      };
      const answer: proto.api.workflowservice.v1.IGetWorkflowExecutionHistoryResponse = await temporal.call(
        (service) => service.getWorkflowExecutionHistory(asked),
      );
      events.push(...(answer.history?.events ?? []));
      nextPageToken = answer.nextPageToken?.length ? answer.nextPageToken : null;
      if (nextPageToken === null) break;
    }
  } catch (error) {
    if (isNotFound(error)) return emptyBook();
    throw error;
  }
  return bookIn(events);
}
