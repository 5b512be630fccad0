// The worker's side of standing outcomes: each goal that declares one has its watcher.

import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { familyOf } from '../../goals/wire/former-names.ts';
import { KEEP_STANDING, memoNames, signalNames, standingId } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import {
  type StandingMemo,
  type StandingTerms,
  standingMemoSchema,
  type Watch,
} from '../../goals/wire/standing.ts';
import { listPublications, publicationOf } from './publications.ts';

/** Has each goal watched that declares a standing outcome, and no other. An older deployment changes nothing. */
export async function watchStanding(client: Client, publications: readonly Publication[]): Promise<void> {
  await Promise.all(publications.map((publication) => watchOne(client, publication)));
}

async function watchOne(client: Client, publication: Publication): Promise<void> {
  const { goal, version, standing } = publication;
  const before = await watcherOf(client, goal);
  if (standing === undefined && before === null) return;
  const published = await publicationOf(client, goal);
  if ((published?.version ?? 0) > version || (before?.memo?.version ?? 0) > version) return;
  if (standing === undefined) return unwatchStanding(client, goal, version);
  const { taskQueue } = publication;
  const terms = termsOf(publication, standing);
  const options = { workflowId: standingId(goal), taskQueue, staticSummary: `watches that ${goal} holds` };
  if (before !== null && before.described.taskQueue !== taskQueue) {
    // Its queue is another now: the watcher moves there with what it knows.
    await client.workflow.start(KEEP_STANDING, {
      ...options,
      args: [terms, ...(before.memo === null ? [] : [watchFrom(before.memo)])],
      workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    });
    return;
  }
  // Under its new name the watcher goes on with what the one before knew.
  const moved = before === null ? await formerWatch(client, publication) : null;
  await client.workflow.signalWithStart(KEEP_STANDING, {
    ...options,
    args: [terms, ...(moved === null ? [] : [watchFrom(moved)])],
    signal: signalNames.watch,
    signalArgs: [terms],
  });
}

const termsOf = (
  { goal, team, owner, version }: Publication,
  standing: NonNullable<Publication['standing']>,
): StandingTerms => ({ goal, team, owner, ...standing, version });

/** Has the watchers look again whose outcomes may rest on one of these runs: it was marked. */
export async function wakeWatchers(client: Client, runs: readonly string[]): Promise<void> {
  const all = await listPublications(client);
  const goals = new Set(runs.flatMap((run) => familyOf(parseRunId(run)?.goal ?? '', all)));
  const produced = all.filter(({ goal }) => goals.has(goal)).flatMap(({ produces = [] }) => produces);
  const made = new Set(produced.map(({ name }) => name));
  for (const publication of all) {
    const { goal, standing, retired } = publication;
    if (standing === undefined || retired) continue;
    const { dataset } = standing;
    if (dataset === undefined ? !goals.has(goal) : !made.has(dataset.name)) continue;
    try {
      // Its own terms, once more: it looks again as it does for others.
      const terms = termsOf(publication, standing);
      await client.workflow.getHandle(standingId(goal)).signal(signalNames.watch, terms);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
}

/** Ends the watch over a goal that is retired, or stands no more; nothing when there is none. */
export async function unwatchStanding(client: Client, goal: string, version: number): Promise<void> {
  try {
    await client.workflow.getHandle(standingId(goal)).signal(signalNames.unwatch, version);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

async function formerWatch(client: Client, { formerly = [] }: Publication): Promise<StandingMemo | null> {
  for (const name of formerly) {
    const described = await client.workflow
      .getHandle(standingId(name))
      .describe()
      .catch((error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      });
    const memo = standingMemoSchema.safeParse(described?.memo?.[memoNames.standing]).data;
    if (memo !== undefined) return memo;
  }
  return null;
}

const watchFrom = ({ since, achievedAt, run, execution }: StandingMemo): Watch => ({
  ...{ since, achievedAt, run, ...(execution !== undefined && { execution }) },
  ...{ asked: run, failures: 0, toldFor: null },
});

async function watcherOf(
  client: Client,
  goal: string,
): Promise<{ described: WorkflowExecutionDescription; memo: StandingMemo | null } | null> {
  try {
    const described = await client.workflow.getHandle(standingId(goal)).describe();
    if (described.status.name !== 'RUNNING') return null;
    return {
      described,
      memo: standingMemoSchema.safeParse(described.memo?.[memoNames.standing]).data ?? null,
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
