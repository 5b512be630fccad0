// The catalogue as people see it: what each goal is, how it went last, and its record.

import type { StandingState } from '../../goals/wire/standing.ts';
import { Problem } from '../http/problems.ts';
import type { Catalogue, CataloguedGoal } from './catalogue.ts';
import type { NoWorker, Served } from './served.ts';
import type { Standings } from './standing.ts';
import type { GoalRecord, Records } from './track-records.ts';

/**
 * Beside what it is and how it went: how its outcome stands, where it shall hold at all times, and that no worker serves its
 * queue, where none does.
 */
type Told<P> = Omit<P, 'standing'> & GoalRecord & { standing?: StandingState; noWorker?: NoWorker };
export type GoalSummary = Told<Omit<CataloguedGoal, 'input' | 'output'>>;
export type GoalDetails = Told<CataloguedGoal>;

export async function listGoals(
  catalogue: Catalogue,
  records: Records,
  standings: Standings,
  served: Served,
  window: string,
): Promise<{ items: GoalSummary[]; next: null }> {
  const published = await catalogue.all();
  const recorded = await records.of(
    published.map(({ goal }) => goal),
    window,
  );
  const items = await Promise.all(
    published.map(async ({ input: _, output: __, standing: ___, ...rest }) => ({
      ...rest,
      ...(recorded.get(rest.goal) as GoalRecord),
      ...(await standingOf(standings, rest.goal)),
      ...(await noWorkerOf(served, rest)),
    })),
  );
  return { items, next: null };
}

/** The goal's publication; a `Problem` when there is none. */
export async function goalOf(catalogue: Catalogue, name: string): Promise<CataloguedGoal> {
  const publication = await catalogue.find(name);
  if (publication !== null) return publication;
  throw new Problem('goal_unknown', `No goal '${name}' is published. GET /goals lists those that are.`);
}

export async function showGoal(
  catalogue: Catalogue,
  records: Records,
  standings: Standings,
  served: Served,
  name: string,
  window: string,
): Promise<GoalDetails> {
  const { standing: _, ...publication } = await goalOf(catalogue, name);
  return {
    ...publication,
    ...((await records.of([name], window)).get(name) as GoalRecord),
    ...(await standingOf(standings, name)),
    ...(await noWorkerOf(served, publication)),
  };
}

/** One that is retired is served by nobody, and nobody minds. */
async function noWorkerOf(
  served: Served,
  { retired, taskQueue }: Pick<CataloguedGoal, 'retired' | 'taskQueue'>,
): Promise<{ noWorker?: NoWorker }> {
  const noWorker = retired ? null : await served.noWorker(taskQueue);
  return noWorker === null ? {} : { noWorker };
}

async function standingOf(standings: Standings, goal: string): Promise<{ standing?: StandingState }> {
  const standing = await standings.of(goal);
  return standing === null ? {} : { standing };
}
