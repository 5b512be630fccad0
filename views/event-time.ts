import type { temporal } from '@temporalio/proto';

type Timestamp = { seconds?: unknown; nanos?: number | null };

/** Milliseconds since 1970 of a protobuf timestamp, whose seconds may be a Long; null for none. */
export function millisecondsOf(time: Timestamp | null | undefined): number | null {
  if (time === null || time === undefined) return null;
  return Number(time.seconds ?? 0) * 1000 + Math.floor((time.nanos ?? 0) / 1e6);
}

/** ISO 8601 of a protobuf timestamp; null for none. */
export function isoOf(time: Timestamp | null | undefined): string | null {
  const ms = millisecondsOf(time);
  return ms === null ? null : new Date(ms).toISOString();
}

/** When an event was written. Every event has its time; a history without is not Temporal's. */
export const at = (event: temporal.api.history.v1.IHistoryEvent): string =>
  isoOf(event.eventTime) ?? new Date(0).toISOString();
