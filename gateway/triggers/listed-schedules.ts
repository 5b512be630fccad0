// The schedules that Temporal lists, read once for all who look within the same second: it has no list of one goal's.

import type { ScheduleSummary } from '@temporalio/client';
import { LRUCache } from 'lru-cache';
import { partsOfScheduleId } from '../../goals/wire/names.ts';
import type { Temporal } from '../temporal/temporal.ts';

/** Those of goals, by their IDs; at most a second old. */
export type ListedSchedules = () => Promise<ReadonlyMap<string, ScheduleSummary>>;

/** The list lags by more. */
const FRESH_MS = 1_000;
const PAGE = 200;

export function listedSchedules({ client, call }: Temporal): ListedSchedules {
  const read = async (): Promise<ReadonlyMap<string, ScheduleSummary>> => {
    const found = new Map<string, ScheduleSummary>();
    const pages = client.schedule.list({ pageSize: PAGE })[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await call(() => pages.next());
      if (done) return found;
      if (partsOfScheduleId(value.scheduleId) !== null) found.set(value.scheduleId, value);
    }
  };
  const cache = new LRUCache<string, ReadonlyMap<string, ScheduleSummary>>({
    ...{ max: 1, ttl: FRESH_MS },
    fetchMethod: read,
  });
  return () => cache.forceFetch('all');
}
