// The one word for the state of a goal, which lists, pages and filters share.

import type { Outcome } from './run-view.ts';

export const goalStates = [
  'retired',
  'not_reached',
  'stale',
  'no_worker',
  'holds',
  'pursuing',
  'cancelled',
  'untried',
] as const;
export type GoalState = (typeof goalStates)[number];

interface Stated {
  retired: boolean;
  last: { outcome: Outcome } | null;
  standing?: { state: string };
  noWorker?: unknown;
  record: { open: number };
}

/** The first that is true. What is under way changes nothing in whether a goal holds. */
export function goalState({ retired, last, standing, noWorker, record }: Stated): GoalState {
  if (retired) return 'retired';
  if (last?.outcome === 'failed') return 'not_reached';
  if (standing?.state === 'stale') return 'stale';
  if (noWorker !== undefined) return 'no_worker';
  if (last?.outcome === 'achieved') return 'holds';
  if (record.open > 0) return 'pursuing';
  return last?.outcome === 'cancelled' ? 'cancelled' : 'untried';
}
