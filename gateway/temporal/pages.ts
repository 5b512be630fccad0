// Pages of Temporal's visibility, read once for all requests of the same half second.

import type { temporal as proto } from '@temporalio/proto';
import { LRUCache } from 'lru-cache';
import type { Temporal } from './temporal.ts';

export type Page = proto.api.workflowservice.v1.IListWorkflowExecutionsResponse;
/** A page of the executions that a visibility query finds. */
export type Pages = (query: string, size: number, token: Uint8Array | null) => Promise<Page>;

/** Half a second: many who look at the same list cost what one does, and it lags no more than Temporal's own. */
const FRESH_MS = 500;

export function pagesOf(temporal: Temporal): Pages {
  const { namespace } = temporal;
  const cache = new LRUCache<string, Page, Parameters<Pages>>({
    max: 200,
    ttl: FRESH_MS,
    fetchMethod: (_key, _stale, { context: [query, pageSize, nextPageToken] }) =>
      temporal.call((service) =>
        service.listWorkflowExecutions({ namespace, query, pageSize, nextPageToken }),
      ),
  });
  return (...asked) => {
    const [query, size, token] = asked;
    const key = `${size} ${Buffer.from(token ?? []).toString('base64')} ${query}`;
    return cache.forceFetch(key, { context: asked });
  };
}
