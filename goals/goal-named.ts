import type { Goal } from './goal.ts';

/** The goal of this name, or that had it before: what was begun under it goes on. Undefined where there is none. */
export const goalNamed = (goals: readonly Goal[], name: string): Goal | undefined =>
  goals.find((goal) => goal.name === name) ?? goals.find(({ formerly }) => formerly.includes(name));
