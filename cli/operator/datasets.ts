import { Argument, Command, Option } from 'commander';
import type {
  DatasetSummary,
  Lineage,
  PartitionItem,
  PartitionView,
} from '../../goals/wire/dataset-answers.ts';
import { shownPartition } from '../../goals/wire/datasets.ts';
import { completedBy } from './completed-by.ts';
import { fillDatasetCommand } from './fill-dataset.ts';
import { type ListOptions, listed, operatorCommand, printList } from './operator-command.ts';
import { type Line, painted } from './painted.ts';
import type { Screen } from './screen.ts';
import type { Column } from './table.ts';
import { momentOf, whenAt } from './times.ts';

const quiet = painted('quiet');

const COLUMNS: readonly Column<DatasetSummary>[] = [
  { head: 'DATASET', cell: ({ name }) => name, cut: 'id' },
  { head: 'TEAM', cell: ({ team }) => team },
  {
    head: 'UPDATED',
    cell: ({ latest }) => (latest === null ? null : whenAt(latest.at)),
    plain: ({ latest }) => latest?.at ?? null,
  },
  { head: 'PARTITION', cell: ({ latest }) => (latest === null ? null : shownPartition(latest.partition)) },
  { head: 'PRODUCED BY', cell: ({ producers }) => producers.join(', '), cut: 'text' },
  { head: 'USED BY', cell: ({ users }) => users.join(', '), cut: 'text' },
];

const PARTITION_COLUMNS: readonly Column<PartitionItem>[] = [
  { head: 'PARTITION', cell: ({ key }) => key, cut: 'id' },
  { head: 'STATE', cell: ({ state }) => (state === 'missing' ? painted('careful')(state) : state) },
  {
    head: 'UPDATED',
    cell: ({ latest }) => (latest === null ? null : whenAt(latest.at)),
    plain: ({ latest }) => latest?.at ?? null,
  },
  { head: 'ROWS', cell: ({ latest }) => (latest?.rows === undefined ? null : String(latest.rows)) },
  { head: 'USES', cell: ({ latest }) => (latest === null ? null : String(latest.users)) },
  { head: 'RUN', cell: ({ latest, run }) => latest?.by.run ?? run ?? null, cut: 'id' },
];

const partitionLines = ({ dataset, partition, versions }: PartitionView): Line[] => [
  [painted('strong')(dataset), `  ${shownPartition(partition)}`],
  ...versions.flatMap(({ at, by, rows, where, uses }): Line[] => [
    [
      quiet(`${momentOf(at)}  `),
      by.run,
      ...(rows === undefined ? [] : [`  ${rows} rows`]),
      ...(where === undefined ? [] : [quiet(`  ${where}`)]),
    ],
    ...uses.map(({ run, at: used }): Line => [quiet('  used by '), run, quiet(`  ${momentOf(used)}`)]),
  ]),
];

const datasetArgument = (): Argument => new Argument('<dataset>', 'name of the dataset');

/** `goalkeeper datasets …`. */
export const datasetsCommand = (screen: Screen): Command =>
  new Command('datasets')
    .summary('list datasets and the partitions of one, fill its gaps, and show who made and used a partition')
    .addCommand(
      listed(
        operatorCommand<ListOptions>(screen, 'list', async (at, _, options) => {
          await printList(at, at.client.datasets.list(), COLUMNS, options, 'no datasets');
          return 'done';
        }),
      ).summary('list datasets'),
      { isDefault: true },
    )
    .addCommand(
      listed(
        operatorCommand<ListOptions & { missing?: true; from?: string; to?: string }>(
          screen,
          'partitions',
          async (at, [name = ''], { missing, from, to, ...options }) => {
            const filter = {
              ...(missing === undefined ? {} : { state: 'missing' as const }),
              ...(from === undefined ? {} : { from }),
              ...(to === undefined ? {} : { to }),
            };
            const partitions = at.client.datasets.partitions(name, filter);
            await printList(at, partitions, PARTITION_COLUMNS, options, 'no partitions');
            return 'done';
          },
        ),
      )
        .summary('list the partitions of a dataset')
        .addArgument(datasetArgument())
        .option('--missing', 'those that are expected, and that nobody has produced')
        .option('--from <value>', 'from this value of the first part on, where partitions are expected')
        .option('--to <value>', 'up to this value'),
    )
    .addCommand(
      operatorCommand(screen, 'show', async (at, [name = '', key = '']) => {
        at.show(await at.client.datasets.partition(name, key), partitionLines);
        return 'done';
      })
        .summary('show a partition: its versions, who made each, and who used it')
        .addArgument(datasetArgument())
        .addArgument(new Argument('<partition>', 'as the list of partitions has it')),
    )
    .addCommand(fillDatasetCommand(screen));

function lineageLines({ root, nodes, edges, truncated }: Lineage): Line[] {
  const sorted = [...nodes].sort((a, b) => a.depth - b.depth);
  return [
    ...sorted.map(({ id, kind, name, depth, outcome }): Line => {
      const way = edges.find(({ from, to }) => (depth < 0 ? from === id : to === id))?.way;
      const isRoot = id === root;
      return [
        quiet(`${String(depth).padStart(3)}  ${kind.padEnd(9)}  `),
        isRoot ? painted('strong')(name) : name,
        ...(outcome === undefined || outcome === null ? [] : [quiet(`  ${outcome}`)]),
        ...(isRoot || way === undefined ? [] : [quiet(`  (${way})`)]),
      ];
    }),
    ...(truncated ? [quiet('there is more: give --depth or --limit')] : []),
  ];
}

interface LineageOptions {
  direction?: 'up' | 'down' | 'both';
  depth?: string;
  execution?: string;
}

/** `goalkeeper runs lineage RUN`. */
export const runLineageCommand = (screen: Screen): Command =>
  operatorCommand<LineageOptions>(screen, 'lineage', async (at, [id = ''], given) => {
    const { direction, depth, execution } = given;
    const lineage = await at.client.runs.lineage(id, {
      execution,
      ...(direction === undefined ? {} : { direction }),
      ...(depth === undefined ? {} : { depth: Number(depth) }),
    });
    at.show(lineage, lineageLines);
    return 'done';
  })
    .summary('show on which runs and partitions a run rests, and which rest on it')
    .addArgument(completedBy('runs', new Argument('<run>', 'ID of the run')))
    .addOption(
      new Option('--direction <way>', 'up, to what it rests on, or down').choices(['up', 'down', 'both']),
    )
    .option('--depth <n>', 'how many steps away, up to 10 (default: 4)')
    .option('--execution <id>', 'an earlier execution of it (default: the latest)');
