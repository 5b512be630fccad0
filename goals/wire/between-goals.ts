// What goals may be to each other: the rules that hold within a team's module and across teams.

import type { ByClock } from './by-clock.ts';
import type { Fairness, Priority } from './priority.ts';

/** Which teams may need a goal, or listen to its outcomes, beside its own. */
export type UsableBy = 'all' | readonly string[];

/** Whether a team may need a goal, or listen to its outcomes. */
export const mayUse = (
  { team, usableBy = [] }: { team: string; usableBy?: UsableBy | undefined },
  by: string,
): boolean => team === by || usableBy === 'all' || usableBy.includes(by);

/** The first way that leads from one of `from` back to it, with both its ends: `['a', 'b', 'a']`; null when none does. */
export function cycleFrom(
  from: Iterable<string>,
  next: (name: string) => readonly string[],
): readonly string[] | null {
  for (const start of from) {
    const before = new Map<string, string>();
    const waiting = [start];
    for (let at = waiting.shift(); at !== undefined; at = waiting.shift())
      for (const to of next(at)) {
        if (to === start) return [...wayTo(at, before), start];
        if (before.has(to)) continue;
        before.set(to, at);
        waiting.push(to);
      }
  }
  return null;
}

function wayTo(end: string, before: ReadonlyMap<string, string>): string[] {
  const way = [end];
  for (let at = before.get(end); at !== undefined; at = before.get(at)) way.unshift(at);
  return way;
}

/** What `gk-find-goal` is asked and answers: where the runs of a goal of another module are started, and as what. */
export interface SoughtGoal {
  goal: string;
  /** The team that needs it. */
  team: string;
}

export type FoundGoal =
  | {
      outcome: string;
      owner: string;
      team: string;
      key: readonly string[];
      usualMs: number | null;
      expectedMs: number | null;
      /** Absent from what was found before it was told. */
      deadlineMs?: number | null;
      /** Absent where they are not times of day. */
      deadlineBy?: ByClock;
      expectedBy?: ByClock;
      freshMs: number | null;
      priority: Priority | null;
      fairness: Fairness | null;
      personal?: readonly string[];
      tags?: readonly string[];
      /** Its runs share hosts. Absent where each is a workflow of its own. */
      light?: { hosts: number };
      taskQueue: string;
    }
  | { refused: { why: 'unknown' | 'retired' | 'not-open'; message: string } };
