// What is not settled yet, as data: one item for each run, or key, of which somebody was told or is to be told.

import type { Notice, NoticeKind, Watched } from '../../goals/wire/alerts.ts';
import type { AlertsState } from './alerts-state.ts';

/**
 * Alerts of one sort about a run are one: that it failed, that it may, that something of it is left behind, that an
 * outcome is stale, that its code does not go on.
 */
export type Sort = 'failure' | 'warning' | 'lease' | 'stale' | 'stuck';

export interface Unsettled {
  sort: Sort;
  kind: NoticeKind;
  goal: string;
  run: string;
  /** The latest: when a key fails again, that is what has to be settled. */
  execution: string;
  at: string;
  fingerprint: string;
  /** The alert that tells of it; null as long as none does. */
  alert: string | null;
  /** To be told when the goal is quiet no more; null when there is nothing to tell. */
  held: Notice | null;
}

export const sortOf = ({ kind }: { kind: NoticeKind }): Sort => {
  if (kind === 'stale' || kind === 'stuck') return kind;
  if (kind === 'failed') return 'failure';
  return kind === 'lease-stuck' ? 'lease' : 'warning';
};

/** A key that failed is one, however many executions of it did; what an open run or a lease tells is of one execution. */
export const isSubjectOf = (item: Unsettled, notice: Notice): boolean => {
  const sort = sortOf(notice);
  if (item.sort !== sort) return false;
  return sort === 'failure' || sort === 'stale'
    ? item.run === notice.run
    : item.execution === notice.execution;
};

export const idOf = ({ sort, execution }: Unsettled): string => `${sort} ${execution}`;

export const itemOf = (notice: Notice): Unsettled => {
  const { kind, goal, run, execution, at, fingerprint } = notice;
  return { sort: sortOf(notice), kind, goal, run, execution, at, fingerprint, alert: null, held: null };
};

export const watchedOf = (item: Unsettled): Watched => {
  const { alert, goal, at: after, run, execution, sort } = item;
  const by = sort === 'failure' ? 'key' : 'execution';
  return { alert: alert ?? '', goal, after, execution: { run, execution }, item: idOf(item), by };
};

/** What an alerts workflow kept that looked for goals, not for runs: of many runs of a goal it knows some. */
export function unsettledIn({ alerts, quiet }: AlertsState): Unsettled[] {
  const items: Unsettled[] = [];
  for (const { id, kind, fingerprint, goals } of alerts)
    for (const goal of goals) {
      if (goal.settled !== null) continue;
      const sort = sortOf({ kind });
      const each = new Map(goal.runs.map((run) => [sort === 'failure' ? run.run : run.execution, run]));
      for (const run of each.values())
        items.push({ sort, kind, goal: goal.goal, ...run, fingerprint, alert: id, held: null });
      goal.left = each.size + (goal.count > goal.runs.length ? 1 : 0);
    }
  for (const waiting of Object.values(quiet)) {
    if (waiting.held === null) continue;
    items.push({ ...itemOf(waiting.held), held: waiting.held });
    waiting.held = null;
  }
  return items;
}
