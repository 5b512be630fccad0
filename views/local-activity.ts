import type { temporal } from '@temporalio/proto';
import { firstValue } from './payload.ts';

const LOCAL_ACTIVITY = 'core_local_activity';

/** What the marker of one of goalkeeper's local activities tells: its type and result. */
export function localActivity(
  event: temporal.api.history.v1.IHistoryEvent,
): { type: string | undefined; result: unknown } | null {
  const { markerName, details } = event.markerRecordedEventAttributes ?? {};
  if (markerName !== LOCAL_ACTIVITY) return null;
  const data = firstValue(details?.data) as { activity_type?: string } | undefined;
  return { type: data?.activity_type, result: firstValue(details?.result) };
}
