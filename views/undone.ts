// What an execution's leases undid of its own work: whoever goes on from it must not keep that. Its
// leases tear down once it has closed, if not before.

import type { temporal } from '@temporalio/proto';
import { leaseBegun, leaseReleased } from './read-leases.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

interface Span {
  id: string;
  from: number;
  to: number;
}

/**
 * Says of a step whether its work is undone: of a job that a lease names, or begun, with the event of that number,
 * while a lease was held that names none. Null: not begun in this execution.
 */
export function undoneIn(events: readonly Event[]): (job: string, begunWith: number | null) => boolean {
  const jobs = new Set<string>();
  const spans: Span[] = [];
  const begun = new Map<string, NonNullable<ReturnType<typeof leaseBegun>>>();
  for (const event of events) {
    const lease = leaseBegun(event);
    if (lease !== null) begun.set(String(event.eventId), lease);
    const started = event.childWorkflowExecutionStartedEventAttributes;
    const here = begun.get(String(started?.initiatedEventId));
    if (here !== undefined) {
      for (const job of here.terms?.undoes ?? []) jobs.add(job);
      if ((here.terms?.undoes ?? null) === null)
        spans.push({ id: here.id, from: Number(event.eventId), to: Number.POSITIVE_INFINITY });
    }
    const released = leaseReleased(event);
    for (const span of spans) if (span.id === released) span.to = Math.min(span.to, Number(event.eventId));
  }
  return (job, begunWith) =>
    jobs.has(job) || (begunWith !== null && spans.some(({ from, to }) => begunWith > from && begunWith < to));
}
