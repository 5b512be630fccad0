// The partitions of a dataset, a page at a time: those that are expected, with gaps, or those that were made.

import { BACKFILL_KEYS } from '../../goals/wire/backfill.ts';
import type { DatasetPage, PartitionItem } from '../../goals/wire/dataset-answers.ts';
import { latestSchema } from '../../goals/wire/datasets.ts';
import { expectedKeys, type KeyValue, type PartRange } from '../../goals/wire/expected-keys.ts';
import { DATASET_BOOK, datasetBookId, memoNames, partitionBookId } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { inputPath, runId, runKey } from '../../goals/wire/run-id.ts';
import { value } from '../../views/payload.ts';
import { rangeOf } from '../catalogue/key-range.ts';
import { badCursor, cursorOf, offsetCursor, offsetIn, tokenOf } from '../http/cursor.ts';
import { invalid } from '../http/read-query.ts';
import { isInvalidArgument } from '../temporal/temporal.ts';
import {
  type DatasetDeps,
  type DeclaredDataset,
  declaredDataset,
  latestIn,
  withMarks,
} from './published-datasets.ts';

/** Expected partitions among which one answer looks for all that are missing. */
const LOOKED_AT = 5_000;

/** A partition that is expected: its key, and that of the run that would make it. */
interface ExpectedPart {
  run: string;
  key: string;
  partition: Record<string, KeyValue>;
}

export interface PartitionsAsked {
  of?: 'expected' | 'found' | undefined;
  state?: 'made' | 'missing' | undefined;
  part?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  fill: 'page' | 'all';
  limit: number;
  cursor?: string | undefined;
}

export async function pageOfDataset(
  deps: DatasetDeps,
  name: string,
  asked: PartitionsAsked,
): Promise<DatasetPage> {
  const declared = await declaredDataset(deps, name);
  const latest = (await latestIn(deps.pages, [datasetBookId(name)])).get(datasetBookId(name)) ?? null;
  const dataset = { ...declared, latest: latest?.team === declared.team ? latest : null };
  const producer = expectingOf(declared, await deps.catalogue.all());
  const which = asked.of ?? (producer === undefined ? 'found' : 'expected');
  if (which === 'found') return { dataset, ...(await found(deps, declared, asked)) };
  if (producer === undefined)
    throw invalid(
      'of',
      `is 'expected', and no goal that produces ${name} declares \`keys\` of its partition`,
    );
  return { dataset, ...(await expected(deps, declared, producer, asked)) };
}

/** The goal whose expected keys are the partitions: it has the same parts. */
const expectingOf = (
  { partition, producers }: DeclaredDataset,
  goals: readonly Publication[],
): Publication | undefined =>
  goals.find(
    ({ goal, key, keys }) =>
      producers.includes(goal) &&
      keys !== undefined &&
      JSON.stringify(key.map(inputPath).sort()) === JSON.stringify([...partition].sort()),
  );

async function expected(
  { pages }: DatasetDeps,
  { name, partition: parts }: DeclaredDataset,
  producer: Publication,
  asked: PartitionsAsked,
): Promise<Omit<DatasetPage, 'dataset'>> {
  const range: PartRange | null = rangeOf(producer, asked, { wrong: invalid });
  const same = JSON.stringify([name, producer.keys, { ...asked, fill: undefined, limit: 0, cursor: '' }]);
  const offset = asked.cursor === undefined ? 0 : offsetIn(asked.cursor, same);
  const all = expectedKeys(producer.keys ?? [], new Date(), range === null ? [] : [range]);
  const paths = producer.key.map(inputPath);
  const partsFrom = (from: number, most: number): ExpectedPart[] =>
    Array.from({ length: Math.max(0, Math.min(most, all.total - from)) }, (_, i) => {
      const { key, values } = all.at(from + i);
      const named = new Map(paths.map((path, n) => [path, values[n] as KeyValue]));
      const partition = Object.fromEntries(parts.map((part) => [part, named.get(part) ?? '']));
      return { run: key, partition, key: runKey(partition, parts).id };
    });
  const booksOf = (of: readonly ExpectedPart[]) =>
    latestIn(
      pages,
      of.map(({ key }) => partitionBookId(name, key)),
    );
  const some = partsFrom(offset, asked.limit);
  const books = await booksOf(some);
  const items = some.map(({ run, partition, key }): PartitionItem => {
    const latest = books.get(partitionBookId(name, key)) ?? null;
    if (latest !== null) return { key, partition, state: 'made', latest };
    return { key, partition, state: 'missing', latest, run: runId(producer.goal, run) };
  });
  const isMissing = (known: typeof books, { key }: ExpectedPart): boolean =>
    (known.get(partitionBookId(name, key)) ?? null) === null;
  let missing = some.filter((one) => isMissing(books, one)).map(({ run }) => run);
  let more = false;
  if (asked.fill === 'all') {
    const looked = partsFrom(0, LOOKED_AT);
    const known = await booksOf(looked);
    const gaps = looked.filter((one) => isMissing(known, one)).map(({ run }) => run);
    missing = gaps.slice(0, BACKFILL_KEYS);
    more = gaps.length > missing.length || looked.length < all.total;
  }
  const next = offset + some.length;
  return {
    of: 'expected',
    items: items.filter(({ state }) => asked.state === undefined || asked.state === state),
    next: next < all.total ? offsetCursor(next, same) : null,
    expected: { goal: producer.goal, total: all.total },
    fill:
      missing.length === 0
        ? null
        : { goal: producer.goal, keys: missing, ...(more && { more: true as const }) },
  };
}

async function found(
  { pages }: DatasetDeps,
  { name, team }: DeclaredDataset,
  { limit, cursor, state, from, to }: PartitionsAsked,
): Promise<Omit<DatasetPage, 'dataset'>> {
  if (state === 'missing' || from !== undefined || to !== undefined)
    throw invalid(
      state === 'missing' ? 'state' : 'from',
      'is of partitions that are expected, and these are found: no goal declares which there shall be',
    );
  const prefix = `${datasetBookId(name)}:`;
  const query = `WorkflowType = '${DATASET_BOOK}' AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH '${prefix}'`;
  const token = cursor === undefined ? null : tokenOf(cursor, query);
  const page = await pages(query, limit, token).catch((error: unknown) => {
    throw token !== null && isInvalidArgument(error) ? badCursor() : error;
  });
  const books = (page.executions ?? []).flatMap(({ execution, memo }): PartitionItem[] => {
    const latest = latestSchema.safeParse(value(memo?.fields?.[memoNames.latest])).data ?? null;
    if (latest !== null && latest.team !== team) return [];
    const key = (execution?.workflowId ?? '').slice(prefix.length);
    return [{ key, partition: latest?.partition ?? null, state: 'made', latest }];
  });
  const marked = await withMarks(
    pages,
    books.flatMap(({ latest }) => latest ?? []),
  );
  const items = books.map((book) =>
    book.latest === null ? book : { ...book, latest: marked.shift() ?? null },
  );
  const after = page.nextPageToken;
  return {
    ...{ of: 'found', items, expected: null, fill: null },
    next: after?.length ? cursorOf(after, query) : null,
  };
}
