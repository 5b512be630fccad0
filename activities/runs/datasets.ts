// The worker's side of `produce` and `use`: what runs produced is written into the books, and found there.

import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { mayUse } from '../../goals/wire/between-goals.ts';
import {
  emptyBook,
  type FoundPartition,
  type Made,
  type PartitionVersion,
  type PublishedDataset,
  type SoughtPartition,
  shownPartition,
  type TakenUse,
} from '../../goals/wire/datasets.ts';
import {
  DATASET_BOOK,
  datasetBookId,
  datasetSignals,
  partitionBookId,
  SYSTEM_TASK_QUEUE,
} from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { latestAchieved, readBook } from '../catalogue/dataset-books.ts';
import { listPublications, publicationOf } from '../catalogue/publications.ts';
import { isRetractedFor } from './spread-doubt.ts';

const CALL_MS = 10_000;
const AT_ONCE = 20;

/** Writes what a run produced into the books of the partitions, and of their datasets. A book takes a version once. */
export async function reportProduced(made: readonly Made[]): Promise<void> {
  const { client } = Context.current();
  const waiting = [...made];
  const takeTurns = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await tellBook(client, partitionBookId(next.dataset, next.key), next);
      await tellBook(client, datasetBookId(next.dataset), next);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, made.length) }, takeTurns));
}

const tellBook = (client: Client, workflowId: string, made: Made): Promise<unknown> =>
  client.withDeadline(Date.now() + CALL_MS, () =>
    client.workflow.signalWithStart(DATASET_BOOK, {
      workflowId,
      taskQueue: SYSTEM_TASK_QUEUE,
      args: [emptyBook()],
      signal: datasetSignals.made,
      signalArgs: [made],
      staticSummary: `versions of the dataset ${made.dataset}`,
    }),
  );

/** The latest version of a partition that an achieved run has made; its book then knows who uses it. */
export async function usePartition(sought: SoughtPartition): Promise<FoundPartition> {
  const { client } = Context.current();
  const { dataset, team, partition, key, user } = sought;
  const shown = `the partition ${shownPartition(partition)} of the dataset '${dataset}'`;
  const book = await readBook(client, partitionBookId(dataset, key));
  const version = await latestAchieved(
    client,
    book.versions.filter((one) => one.team === team),
  );
  const producers = await producersOf(client, sought, version);
  const declared = producers[0]?.declared;
  if (declared !== undefined && !mayUse(declared, user.team)) {
    const message = `uses ${shown}, which the team '${team}' has not opened to '${user.team}' by \`usableBy\``;
    return { missing: { why: 'not-open', message } };
  }
  if (version === null) {
    const goals = producers.map(({ goal }) => goal).join(', ');
    const mend =
      goals === '' ? 'no goal that is published produces it' : `pursue a goal that produces it: ${goals}`;
    const message = `uses ${shown}, which no achieved run has produced; ${mend}`;
    return { missing: { why: 'not-produced', message } };
  }
  const { uses: _, forgotten: __, ...used } = version;
  const { team: ___, ...by } = user;
  await isRetractedFor(used.by, by);
  const taken: TakenUse = { maker: version.by.execution, use: { ...by, at: new Date().toISOString() } };
  await client.withDeadline(Date.now() + CALL_MS, () =>
    client.workflow.getHandle(partitionBookId(dataset, key)).signal(datasetSignals.used, taken),
  );
  return { used };
}

/** The goals that produce the dataset: the one that made the version, where it still does, else all. */
async function producersOf(
  client: Client,
  { dataset, team }: SoughtPartition,
  version: PartitionVersion | null,
): Promise<{ goal: string; declared: PublishedDataset }[]> {
  const among = (published: readonly Publication[]) =>
    published.flatMap(({ goal, retired, produces = [] }) => {
      const declared = retired
        ? undefined
        : produces.find((one) => one.name === dataset && one.team === team);
      return declared === undefined ? [] : [{ goal, declared }];
    });
  const maker = version === null ? null : await publicationOf(client, version.by.goal);
  const made = among(maker === null ? [] : [maker]);
  return made.length > 0 ? made : among(await listPublications(client));
}
