// What is published of goals, as a worker reads it: from the memos of their catalogue entries.

import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { successorOf } from '../../goals/wire/former-names.ts';
import { CATALOGUE_ENTRY, catalogueEntryId, memoNames } from '../../goals/wire/names.ts';
import { type PublishedGoal, publishedGoal } from '../../goals/wire/pause.ts';
import { type Publication, publicationSchema } from '../../goals/wire/publication.ts';

/** What is published of the goal now; null for nothing. */
export const publicationOf = (client: Client, goal: string): Promise<Publication | null> =>
  readMemo(client, goal, (memo) => publicationSchema.safeParse(memo?.[memoNames.publication]).data ?? null);

/** The same, and whether the goal is paused. */
export const publishedGoalOf = (client: Client, goal: string): Promise<PublishedGoal | null> =>
  readMemo(client, goal, publishedGoal);

/** What is published of the goal that has this name, or had it before. */
export async function currentGoalOf(client: Client, name: string): Promise<PublishedGoal | null> {
  const published = await publishedGoalOf(client, name);
  if (published !== null && !published.retired) return published;
  const successor = successorOf(name, await listPublications(client));
  return successor === undefined ? published : publishedGoalOf(client, successor.goal);
}

async function readMemo<T>(
  client: Client,
  goal: string,
  read: (memo: Record<string, unknown> | undefined) => T | null,
): Promise<T | null> {
  try {
    const { memo, status } = await client.workflow.getHandle(catalogueEntryId(goal)).describe();
    return status.name === 'RUNNING' ? read(memo) : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Of every goal, retired ones too. */
export async function listPublications(client: Client): Promise<Publication[]> {
  const found: Publication[] = [];
  const query = `WorkflowType = '${CATALOGUE_ENTRY}' AND ExecutionStatus = 'Running'`;
  for await (const { memo } of client.workflow.list({ query })) {
    const publication = publicationSchema.safeParse(memo?.[memoNames.publication]);
    if (publication.success) found.push(publication.data);
  }
  return found;
}
