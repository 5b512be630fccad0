// The catalogue as people see it: what each goal is, how it went last, and its record.

import type { PublishedGoal } from '../goals/wire/pause.ts';
import type { Catalogue } from './catalogue.ts';
import { Problem } from './problems.ts';
import type { GoalRecord, Records } from './records.ts';

export type GoalSummary = Omit<PublishedGoal, 'input' | 'output'> & GoalRecord;
export type GoalDetails = PublishedGoal & GoalRecord;

export async function listGoals(
  catalogue: Catalogue,
  records: Records,
  window: string,
): Promise<{ items: GoalSummary[]; next: null }> {
  const published = await catalogue.all();
  const items = await Promise.all(
    published.map(async ({ input: _, output: __, ...rest }) => ({
      ...rest,
      ...(await records.of(rest.goal, window)),
    })),
  );
  return { items, next: null };
}

/** The goal's publication; a `Problem` when there is none. */
export async function goalOf(catalogue: Catalogue, name: string): Promise<PublishedGoal> {
  const publication = await catalogue.find(name);
  if (publication !== null) return publication;
  throw new Problem('goal_unknown', `No goal '${name}' is published. GET /goals lists those that are.`);
}

export async function showGoal(
  catalogue: Catalogue,
  records: Records,
  name: string,
  window: string,
): Promise<GoalDetails> {
  const publication = await goalOf(catalogue, name);
  return { ...publication, ...(await records.of(name, window)) };
}
