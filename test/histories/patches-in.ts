// The patches in a recorded history: the SDK writes each that was taken into a marker.

import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';

/** The IDs of the patches that a history was written with. */
export function patchesIn(history: unknown): string[] {
  const { events } = historyFromJSON(history);
  return (events ?? []).flatMap(({ markerRecordedEventAttributes: marker }) => {
    const data = marker?.details?.['patch-data']?.payloads?.[0]?.data;
    return data == null ? [] : [(JSON.parse(Buffer.from(data).toString()) as { id: string }).id];
  });
}
