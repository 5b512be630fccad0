/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// Links to goals and runs, as every list of them has them.

import type { Child } from 'hono/jsx';
import { Quoted, visible } from './text.tsx';

export const goalLink = (goal: string): Child => (
  <a href={`/goals/${encodeURIComponent(goal)}`}>{visible(goal)}</a>
);

export const runLink = (run: string): Child => (
  <a href={`/runs/${encodeURIComponent(run)}`}>
    <Quoted text={run} limit={80} />
  </a>
);

/** The first of them, and how many more there are. */
export const GoalLinks = ({ goals, most = 4 }: { goals: readonly string[]; most?: number }) => (
  <>
    {goals.slice(0, most).map((goal, i) => (i === 0 ? goalLink(goal) : <>, {goalLink(goal)}</>))}
    {goals.length > most ? ` and ${goals.length - most} more` : ''}
  </>
);
