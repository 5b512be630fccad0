// A team's goals as its module declares them, checked before anything is made of them.

import { check, describeProblems } from '../goals/check.ts';
import type { Goal } from '../goals/index.ts';
import { StartProblem } from '../process/start-problem.ts';
import type { Binding } from './bind.ts';
import { slowPatterns } from './slow-patterns.ts';

export interface DeclaredGoals {
  goalsModule: string;
  goals: unknown;
  jobs: readonly Binding[];
}

/**
 * The goals of a team.
 * @throws StartProblem `goals_invalid` with all problems at once.
 */
export function validGoals({ goalsModule, goals, jobs }: DeclaredGoals): readonly Goal[] {
  const bound = jobs.map(({ job }) => job);
  const problems = check(goals, bound);
  if (problems.length === 0) problems.push(...slowPatterns(goals as readonly Goal[], bound));
  if (problems.length === 0) return goals as readonly Goal[];
  throw new StartProblem(
    'goals_invalid',
    `the goals in ${goalsModule} cannot be pursued:\n${describeProblems(problems)}`,
  );
}
