// Tells every gateway what this worker's goals are, through the memo of each goal's catalogue entry.

import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { namesOf } from '../../goals/wire/former-names.ts';
import {
  CATALOGUE_ENTRY,
  catalogueEntryId,
  memoNames,
  SYSTEM_TASK_QUEUE,
  signalNames,
} from '../../goals/wire/names.ts';
import type { Pause } from '../../goals/wire/pause.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { StartProblem } from '../../process/start-problem.ts';
import { checkOthers, refuseCircles, usedBy } from './check-others.ts';
import { withLightBefore } from './light-before.ts';
import { listPublications, publicationOf, publishedGoalOf } from './publications.ts';
import { unwatchStanding } from './standing.ts';

/** How long a publication may take to be seen; then it is left to the workflow, which has it for certain. */
const SEEN_WITHIN_MS = 15_000;

/** Publishes the goals, and retires those of the same deployment that are no longer among them. */
export async function publishGoals(
  client: Client,
  publications: readonly Publication[],
  log: Logger,
): Promise<void> {
  checkOthers(publications, await othersInUse(client, publications), log);
  refuseFormerNames(publications, await listPublications(client));
  await Promise.all(publications.map((publication) => publishGoal(client, publication, log)));
  // Two deployments that close a circle at one moment are both refused, as neither may have seen the other before.
  refuseCircles(publications, await othersInUse(client, publications));
  const { deployment, version } = publications[0] as Publication;
  const names = new Set(publications.map(({ goal }) => goal));
  for (const dropped of await listPublications(client)) {
    if (dropped.deployment !== deployment || dropped.version >= version || dropped.retired) continue;
    if (names.has(dropped.goal)) continue;
    log.info({ goal: dropped.goal }, 'goal is no longer declared: retired');
    await client.workflow.getHandle(catalogueEntryId(dropped.goal)).signal(signalNames.retire, version);
    await unwatchStanding(client, dropped.goal, version);
  }
}

/** What is published at this moment of the goals that ours use, and of those that these use: visibility may lag behind. */
async function othersInUse(client: Client, ours: readonly Publication[]): Promise<Publication[]> {
  const asked = new Set(ours.map(({ goal }) => goal));
  const found: Publication[] = [];
  let next = ours.flatMap(usedBy);
  while (next.length > 0) {
    const unknown = [...new Set(next)].filter((goal) => !asked.has(goal));
    for (const goal of unknown) asked.add(goal);
    const read = await Promise.all(unknown.map((goal) => publicationOf(client, goal)));
    const others = read.filter((publication) => publication !== null);
    found.push(...others);
    next = others.flatMap(usedBy);
  }
  return found;
}

async function pauseOfFormer(client: Client, { formerly = [] }: Publication): Promise<Pause | null> {
  for (const name of formerly) {
    const former = await publishedGoalOf(client, name);
    if (former?.paused) return former.paused;
  }
  return null;
}

/** Two goals of one name would share what it was: its runs, and what listens to it. */
function refuseFormerNames(ours: readonly Publication[], published: readonly Publication[]): void {
  const names = new Set(ours.map(({ goal }) => goal));
  const others = published.filter(({ goal, retired }) => !retired && !names.has(goal));
  for (const { goal, formerly = [] } of ours)
    for (const other of others) {
      const shared = namesOf(other).find((name) => formerly.includes(name) || name === goal);
      // Of one deployment: what has an old name still is about to be retired.
      if (shared === undefined || other.deployment === ours[0]?.deployment) continue;
      throw new StartProblem(
        'goal_name_taken',
        `the goal '${goal}' would have the name '${shared}', now or formerly, which the goal '${other.goal}' of the team '${other.team}' has; rename one of them, or take it out of its \`formerly\``,
      );
    }
}

async function publishGoal(client: Client, declared: Publication, log: Logger): Promise<void> {
  const published = await publicationOf(client, declared.goal);
  if (published !== null && !published.retired && published.team !== declared.team)
    throw new StartProblem(
      'goal_name_taken',
      `the goal '${declared.goal}' is already published by the team '${published.team}'; a goal's name is unique in its namespace, so rename this one`,
    );
  if (published !== null && published.version > declared.version) {
    log.warn(
      { goal: declared.goal, version: declared.version, published: published.version },
      'a newer version of this goal is published; this worker is older and changes nothing',
    );
    return;
  }
  const publication = published === null ? declared : await withLightBefore(client, declared, published, log);
  if (JSON.stringify(published) === JSON.stringify(publication)) return;
  // A goal that is paused stays so under its new name.
  const paused = published === null ? await pauseOfFormer(client, publication) : null;
  await client.workflow.signalWithStart(CATALOGUE_ENTRY, {
    workflowId: catalogueEntryId(publication.goal),
    taskQueue: SYSTEM_TASK_QUEUE,
    args: [publication, ...(paused === null ? [] : [paused])],
    signal: signalNames.publish,
    signalArgs: [publication],
    memo: { [memoNames.publication]: publication, ...(paused && { [memoNames.paused]: paused }) },
    staticSummary: `goal ${publication.goal}: what is published of it`,
  });
  const until = Date.now() + SEEN_WITHIN_MS;
  while (Date.now() < until) {
    const seen = await publicationOf(client, publication.goal);
    if (seen !== null && seen.version >= publication.version) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  log.warn({ goal: publication.goal }, 'the publication is sent, and not yet to be seen');
}
