// Times and durations as Temporal's protocol has them.

import type { google } from '@temporalio/proto';

/** Whole seconds: in the protocol's types they are a Long, and any number will do. */
const longOf = (ms: number): NonNullable<google.protobuf.IDuration['seconds']> =>
  Math.floor(ms / 1000) as never;

/** A duration, or a time since 1970, of so many milliseconds. */
export const protoTime = (ms: number): google.protobuf.IDuration & google.protobuf.ITimestamp => ({
  seconds: longOf(ms),
  nanos: Math.round((ms % 1000) * 1_000_000),
});

/** A duration in milliseconds; null where there is none. */
export const millisecondsOfDuration = (
  duration: google.protobuf.IDuration | null | undefined,
): number | null =>
  duration ? Number(duration.seconds ?? 0) * 1000 + (duration.nanos ?? 0) / 1_000_000 : null;
