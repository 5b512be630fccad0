// How standing outcomes stand, read from the memos of their watchers: no worker need be up.

import { LRUCache } from 'lru-cache';
import { KEEP_STANDING, memoNames, standingId } from '../../goals/wire/names.ts';
import {
  type StandingMemo,
  type StandingState,
  standingMemoSchema,
  standingState,
} from '../../goals/wire/standing.ts';
import type { Clock } from '../temporal/clock.ts';
import type { Temporal } from '../temporal/temporal.ts';

const FRESH_MS = 2_000;
const WATCHERS_LIMIT = 2_000;

export interface Standings {
  /** Of a goal; null when its outcome is none that shall stand. */
  of(goal: string): Promise<StandingState | null>;
}

export function standingsOf(temporal: Temporal, clock: Clock): Standings {
  const list = async (): Promise<Map<string, StandingMemo>> => {
    const query = `WorkflowType = '${KEEP_STANDING}' AND ExecutionStatus = 'Running'`;
    const found = new Map<string, StandingMemo>();
    const pages = temporal.client.workflow.list({ query, pageSize: 200 })[Symbol.asyncIterator]();
    while (found.size < WATCHERS_LIMIT) {
      // A deadline for each page, not for the whole.
      const { done, value } = await temporal.call(() => pages.next());
      if (done) break;
      const memo = standingMemoSchema.safeParse(value.memo?.[memoNames.standing]).data;
      if (memo !== undefined) found.set(value.workflowId, memo);
    }
    return found;
  };
  const lists = new LRUCache<'all', Map<string, StandingMemo>>({ max: 1, ttl: FRESH_MS, fetchMethod: list });
  return {
    async of(goal) {
      const memo = (await lists.fetch('all'))?.get(standingId(goal));
      return memo === undefined ? null : standingState(memo, clock.now());
    },
  };
}
