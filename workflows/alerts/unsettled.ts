// What is not settled yet, as data: one item for each run, or key, of which somebody was told or is to be told.

import type { Alert, Notice, NoticeKind, WatchedAlert } from '../../goals/wire/alerts.ts';

/**
 * Alerts of one sort about a run are one: that it failed, that it may, that something of it is left behind, that an
 * outcome is stale, that its code does not go on, that a criterion of its goal warns, that it used what was retracted.
 */
export type Sort = 'failure' | 'warning' | 'lease' | 'stale' | 'stuck' | 'warned' | 'in-doubt';

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
  if (kind === 'stale' || kind === 'stuck' || kind === 'warned' || kind === 'in-doubt') return kind;
  if (kind === 'failed') return 'failure';
  return kind === 'lease-stuck' ? 'lease' : 'warning';
};

/** A key that failed is one, however many executions of it did; what an open run or a lease tells is of one execution. */
export const isSubjectOf = (item: Unsettled, notice: Notice): boolean => {
  const sort = sortOf(notice);
  if (item.sort !== sort || item.goal !== notice.goal) return false;
  // A warning is of the goal, whichever key's run it came with.
  if (sort === 'warned') return true;
  if (item.run !== notice.run) return false;
  return sort === 'failure' || sort === 'stale' || sort === 'in-doubt'
    ? true
    : item.execution === notice.execution;
};

export const idOf = ({ sort, execution }: Unsettled): string => `${sort} ${execution}`;

export const itemOf = (notice: Notice): Unsettled => {
  const { kind, goal, run, execution, at, fingerprint } = notice;
  return { sort: sortOf(notice), kind, goal, run, execution, at, fingerprint, alert: null, held: null };
};

export const watchedOf = (item: Unsettled): WatchedAlert => {
  const { alert, goal, at: after, run, execution, sort } = item;
  const by = sort === 'failure' || sort === 'in-doubt' ? 'key' : sort === 'warned' ? 'criteria' : 'execution';
  return { alert: alert ?? '', goal, after, execution: { run, execution }, item: idOf(item), by };
};

/** What such a workflow knows. */
interface KnownByGoal {
  readonly alerts: readonly Alert[];
  readonly quiet: Readonly<Record<string, { held: Notice | null }>>;
}

/** What an alerts workflow kept that looked for goals, not for runs: of many runs of a goal it knows some. */
export function unsettledIn({ alerts, quiet }: KnownByGoal): Unsettled[] {
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
