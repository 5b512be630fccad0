// A goal of another module that a run needs: where its runs go, and whether its team lets this one use it.

import { Context } from '@temporalio/activity';
import { type FoundGoal, mayUse, type SoughtGoal } from '../../goals/wire/between-goals.ts';
import { hasLight } from '../../goals/wire/light.ts';
import { currentGoalOf } from '../catalogue/publications.ts';

export async function findGoal({ goal, team: by }: SoughtGoal): Promise<FoundGoal> {
  const published = await currentGoalOf(Context.current().client, goal);
  if (published === null) return { refused: { why: 'unknown', message: `no goal '${goal}' is published` } };
  const {
    outcome,
    owner,
    team,
    key,
    usualMs = null,
    expectedMs = null,
    deadlineMs,
    taskQueue,
    retired,
  } = published;
  if (retired) return { refused: { why: 'retired', message: `${goal} is no longer declared` } };
  if (!mayUse(published, by)) {
    const message = `${goal} belongs to the team '${team}', which has not opened it to '${by}' by \`usableBy\``;
    return { refused: { why: 'not-open', message } };
  }
  const {
    freshMs = null,
    priority = null,
    fairness = null,
    personal,
    tags,
    light = { hosts: 0 },
    deadlineBy,
    expectedBy,
  } = published;
  return {
    outcome,
    owner,
    team,
    key,
    usualMs,
    expectedMs,
    deadlineMs,
    freshMs,
    priority,
    fairness,
    taskQueue,
    ...(personal === undefined ? {} : { personal }),
    ...(tags === undefined ? {} : { tags }),
    // Of one that is light no more, too, some keys are asked for at hosts.
    ...(hasLight(published) ? { light } : {}),
    ...(deadlineBy === undefined ? {} : { deadlineBy }),
    ...(expectedBy === undefined ? {} : { expectedBy }),
  };
}
