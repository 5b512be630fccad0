// Where the pages of a run and its actions are.

import type { RunSummary } from '../../../goals/wire/run-view.ts';
import type { ShownPage } from '../shell.tsx';

export const runPath = (id: string): string => `/runs/${encodeURIComponent(id)}`;
export const goalPath = (goal: string): string => `/goals/${encodeURIComponent(goal)}`;

export const runCrumbs = (
  { id, goal, key }: Pick<RunSummary, 'id' | 'goal' | 'key'>,
  last: string,
): NonNullable<ShownPage['crumbs']> => [
  { words: goal, href: goalPath(goal) },
  { words: key, href: runPath(id) },
  { words: last },
];

export const goalCrumbs = (goal: string, last: string): NonNullable<ShownPage['crumbs']> => [
  { words: 'Goals', href: '/goals' },
  { words: goal, href: goalPath(goal) },
  { words: last },
];
