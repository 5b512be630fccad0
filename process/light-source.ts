// The histories of hosts as whoever is told of light runs reads them.

import type { temporal } from '@temporalio/proto';
import { isNotFound } from './is-not-found.ts';
import type { TemporalCaller } from './start-execution.ts';

type Page = temporal.api.workflowservice.v1.IGetWorkflowExecutionHistoryResponse;

interface Place {
  id: string;
  execution: string;
}

/** What a feed of light runs reads. Pages of a history are null where Temporal keeps it no longer. */
export function lightSource({ client, call }: TemporalCaller) {
  const { namespace } = client.options;
  const orGone = (page: Promise<Page>): Promise<Page | null> =>
    page.catch((error: unknown) => {
      if (isNotFound(error)) return null;
      throw error;
    });
  const executionOf = ({ id, execution }: Place) => ({ workflowId: id, runId: execution });
  return {
    list: (query: string, pageSize: number, nextPageToken: Uint8Array | null) =>
      call((service) => service.listWorkflowExecutions({ namespace, query, pageSize, nextPageToken })),
    /** The newest events first. */
    back: (host: Place, maximumPageSize: number, nextPageToken: Uint8Array | null): Promise<Page | null> =>
      orGone(
        call((service) =>
          service.getWorkflowExecutionHistoryReverse({
            namespace,
            execution: executionOf(host),
            ...{ maximumPageSize, nextPageToken },
          }),
        ),
      ),
    /** The first event. */
    first: (host: Place): Promise<Page | null> =>
      orGone(
        call((service) =>
          service.getWorkflowExecutionHistory({
            namespace,
            execution: executionOf(host),
            maximumPageSize: 1,
          }),
        ),
      ),
  };
}
