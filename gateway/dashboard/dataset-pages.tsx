/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The pages of datasets: all of them; one with its partitions and the gaps among them; a partition with its versions.

import type { DatasetPage, DatasetSummary, PartitionView } from '../../goals/wire/dataset-answers.ts';
import { shownPartition } from '../../goals/wire/datasets.ts';
import type { RunMark } from '../../goals/wire/retraction.ts';
import { runPath } from './actions/run-places.ts';
import { pathWith } from './asking.ts';
import type { PageReader } from './reader.ts';
import type { ShownPage } from './shell.tsx';
import { Table } from './table.tsx';
import { count, Quoted, State, visible, When } from './text.tsx';
import type { PageClock } from './times.ts';

export const datasetPath = (name: string): string => `/datasets/${encodeURIComponent(name)}`;

const Goals = ({ names }: { names: readonly string[] }) =>
  names.map((name, i) => (
    <>
      {i === 0 ? '' : ', '}
      <a href={`/goals/${encodeURIComponent(name)}`}>{visible(name)}</a>
    </>
  ));

export const RunLink = ({ id, execution }: { id: string; execution?: string | undefined }) => (
  <a href={pathWith(runPath(id), { execution })}>{visible(id)}</a>
);

/** A version whose run was retracted, or is in doubt, says so. */
const Made = ({ marks = [] }: { marks?: readonly RunMark[] | undefined }) => {
  if (marks.includes('retracted')) return <State mark="stale" words="Made, retracted" />;
  return marks.length > 0 ? (
    <State mark="stale" words="Made, in doubt" />
  ) : (
    <State mark="achieved" words="Made" />
  );
};

export function datasetsPage(items: readonly DatasetSummary[], clock: PageClock): ShownPage {
  const sentence = items.length === 0 ? 'No dataset is published.' : `${count(items.length, 'dataset')}.`;
  return {
    sentence,
    screen: '/goals',
    crumbs: [{ words: 'Goals', href: '/goals' }, { words: 'Datasets' }],
    body: (
      <>
        <h1>{sentence}</h1>
        <Table
          head={['Dataset', 'Team', 'Updated', 'Partition', 'Produced by', 'Used by']}
          empty="A dataset appears here once a goal that is published produces or uses it."
          rows={items.map(({ name, description, team, latest, producers, users }) => [
            <>
              <a href={datasetPath(name)}>{visible(name)}</a>
              <br />
              <small class="quiet">
                <Quoted text={description} limit={200} />
              </small>
            </>,
            visible(team),
            latest === null ? 'never' : <When at={latest.at} clock={clock} />,
            latest === null ? (
              ''
            ) : (
              <>
                {visible(shownPartition(latest.partition))}
                {latest.marks === undefined ? '' : ' '}
                {latest.marks === undefined ? null : <Made marks={latest.marks} />}
              </>
            ),
            <Goals names={producers} />,
            <Goals names={users} />,
          ])}
        />
      </>
    ),
  };
}

/** `query` as the address has it: the link to what comes next keeps it. */
export function datasetPage(
  { dataset, items, next, expected, fill }: DatasetPage,
  query: Readonly<Record<string, string | undefined>>,
  clock: PageClock,
  reader: PageReader,
): ShownPage {
  const missing = items.filter(({ state }) => state === 'missing').length;
  const all = expected === null ? count(items.length, 'partition') : `${expected.total} partitions expected`;
  const sentence = `${visible(dataset.name)}: ${all}${missing === 0 ? '' : `, ${missing} of this page missing`}.`;
  return {
    sentence,
    screen: '/goals',
    crumbs: [{ words: 'Datasets', href: '/datasets' }, { words: dataset.name }],
    body: (
      <>
        <h1>{sentence}</h1>
        <p class="lead">
          <Quoted text={dataset.description} limit={500} />
        </p>
        <p>
          Produced by <Goals names={dataset.producers} />
          {dataset.users.length === 0 ? '' : '; used by '}
          <Goals names={dataset.users} />
          {expected === null ? '' : '. The partitions follow from the keys of '}
          {expected === null ? '' : <Goals names={[expected.goal]} />}.
        </p>
        {fill === null || !reader.may('operator', dataset.team) ? null : (
          <p>
            <a
              href={pathWith(`${datasetPath(dataset.name)}/fill`, {
                part: query.part,
                from: query.from,
                to: query.to,
              })}
            >
              Plan a backfill of the gaps
            </a>
            , by {visible(fill.goal)}.
          </p>
        )}
        <Table
          head={['Partition', 'State', 'Updated', 'Rows', 'Made by', 'Uses']}
          empty="A partition appears here once an achieved run has produced it."
          rows={items.map(({ key, partition, state, latest, run }) => [
            state === 'made' ? (
              <a href={`${datasetPath(dataset.name)}/partitions/${encodeURIComponent(key)}`}>
                {visible(partition === null ? key : shownPartition(partition))}
              </a>
            ) : (
              visible(partition === null ? key : shownPartition(partition))
            ),
            state === 'made' ? <Made marks={latest?.marks} /> : <State mark="failed" words="Missing" />,
            latest === null ? '' : <When at={latest.at} clock={clock} />,
            latest?.rows ?? '',
            latest === null ? (
              visible(run ?? '')
            ) : (
              <RunLink id={latest.by.run} execution={latest.by.execution} />
            ),
            latest?.users ?? '',
          ])}
        />
        {next === null ? null : (
          <p>
            <a href={pathWith(datasetPath(dataset.name), { ...query, cursor: next })}>More partitions</a>
          </p>
        )}
      </>
    ),
  };
}

export function partitionPage({ dataset, partition, versions }: PartitionView, clock: PageClock): ShownPage {
  const sentence = `${visible(dataset)} ${visible(shownPartition(partition))}: ${count(versions.length, 'version')}.`;
  return {
    sentence,
    screen: '/goals',
    crumbs: [
      { words: 'Datasets', href: '/datasets' },
      { words: dataset, href: datasetPath(dataset) },
      { words: shownPartition(partition) },
    ],
    body: (
      <>
        <h1>{sentence}</h1>
        {versions.map(({ at, by, rows, bytes, digest, version, where, uses, marks, forgotten = 0 }) => (
          <section>
            <h2>
              <When at={at} clock={clock} /> by <RunLink id={by.run} execution={by.execution} />
            </h2>
            {marks === undefined ? null : (
              <p>
                <Made marks={marks} />
              </p>
            )}
            <p>
              {[
                rows === undefined ? '' : count(rows, 'row'),
                bytes === undefined ? '' : count(bytes, 'byte'),
                ...[version, digest, where].map((text) => visible(text ?? '')),
              ]
                .filter(Boolean)
                .join(' · ')}
            </p>
            {uses.length === 0 ? (
              <p class="quiet">Nobody has used it.</p>
            ) : (
              <ul>
                {[...uses].reverse().map((use) => (
                  <li>
                    used by <RunLink id={use.run} execution={use.execution} />{' '}
                    <small>
                      <When at={use.at} clock={clock} />
                    </small>
                  </li>
                ))}
              </ul>
            )}
            {forgotten === 0 ? null : <p class="quiet">and {forgotten} before them</p>}
          </section>
        ))}
      </>
    ),
  };
}
