import { Argument, type Command, Option } from 'commander';
import type { KeysFilter } from '../../client/index.ts';
import type { GoalKey, KeyPage } from '../../goals/wire/answers.ts';
import { type GridCell, gridOf, worstOf } from '../../goals/wire/key-grid.ts';
import { outcomes } from '../../goals/wire/run-view.ts';
import { CommandProblem } from './command-problem.ts';
import { completedBy } from './completed-by.ts';
import { type ListOptions, listed, operatorCommand, printList } from './operator-command.ts';
import { type Line, type Part, painted } from './painted.ts';
import { statePart } from './run-lines.ts';
import type { Screen } from './screen.ts';
import { type Column, tableLines } from './table.ts';
import { whenAt } from './times.ts';

const quiet = painted('quiet');
const SHOWN = 500;

const wordOf = ({ outcome, state, paused }: GoalKey): Part =>
  state === 'missing' ? painted('careful')(paused ? 'paused' : 'missing') : statePart(outcome ?? state);

const COLUMNS: readonly Column<GoalKey>[] = [
  { head: 'KEY', cell: ({ key }) => key, cut: 'id' },
  { head: 'OUTCOME', cell: wordOf },
  {
    head: 'CLOSED',
    cell: ({ closedAt }) => (closedAt === null ? null : whenAt(closedAt)),
    plain: ({ closedAt }) => closedAt,
  },
];

function totalsLine({ totals: { keys, expected, executions } }: KeyPage): Line {
  const counts = Object.entries(keys ?? executions).map(([word, n]) => `${n} ${word}`);
  const what =
    keys === null ? (expected === null ? 'executions: ' : `${expected} keys expected; executions: `) : '';
  return quiet(`${what}${counts.join(', ')}`);
}

function cellPart(cell: GridCell | null): Part | null {
  if (cell === null) return null;
  const [only, ...others] = cell.keys;
  if (only !== undefined && others.length === 0) return wordOf(only);
  const words = `${cell.achieved} of ${cell.keys.length}`;
  return worstOf(cell) === 'achieved' ? words : painted('careful')(words);
}

interface Row {
  value: string;
  cells: (GridCell | null)[];
}

function gridLines(page: KeyPage, by: readonly string[], width: number | null): Line[] {
  const grid = gridOf(page.items, by);
  const columns: Column<Row>[] = [
    { head: (by[0] ?? 'key').toUpperCase(), cell: ({ value }) => value, cut: 'id' },
    ...grid.columns.map(
      (name, i): Column<Row> => ({
        head: name === '' ? 'OUTCOME' : name,
        cell: ({ cells }) => cellPart(cells[i] ?? null),
      }),
    ),
  ];
  return [
    ...tableLines(columns, grid.rows, width),
    totalsLine(page),
    ...(grid.beside.length === 0
      ? []
      : [quiet(`${grid.beside.length} keys are in no cell: their IDs do not tell the parts`)]),
    ...(page.next === null ? [] : [quiet('… and more keys: narrow the range, or list them without --by')]),
  ];
}

interface KeysOptions extends ListOptions, Omit<KeysFilter, 'limit' | 'cursor'> {
  by?: string;
}

/** `goalkeeper goals keys`. */
export const goalKeysCommand = (screen: Screen): Command =>
  listed(
    operatorCommand<KeysOptions>(screen, 'keys', async (at, [goal = ''], options) => {
      const { of, outcome, prefix, part, from, to, schedule, since, until, by } = options;
      const filter: KeysFilter = Object.fromEntries(
        Object.entries({ of, outcome, prefix, part, from, to, schedule, since, until }).filter(
          ([, given]) => given !== undefined,
        ),
      );
      const { client, json } = at;
      if (by === undefined || json) {
        await printList(at, client.goal(goal).keys({ ...filter, limit: SHOWN }), COLUMNS, options, 'no keys');
        return 'done';
      }
      const page = await client
        .goal(goal)
        .keys({ ...filter, limit: SHOWN })
        .page();
      const named = by.split(',');
      const unknown = named.find((one) => !page.parts.includes(one));
      if (unknown !== undefined || named.length > 2)
        throw new CommandProblem(
          'option_invalid',
          `--by takes one or two parts of the key of ${goal}: ${page.parts.join(', ')}`,
          { exit: 'refused' },
        );
      at.show(page, (shown) => gridLines(shown, named, screen.size?.columns ?? null));
      return 'done';
    }),
  )
    .summary('list the keys of a goal with their latest outcome, and the gaps among them')
    .addArgument(completedBy('goals', new Argument('<goal>', 'name of the goal')))
    .option('--by <parts>', 'as a grid of one or two parts of the key, such as day,region')
    .addOption(
      new Option('--of <which>', 'those that are expected, or that have runs').choices(['expected', 'found']),
    )
    .addOption(
      new Option('--outcome <outcome>', 'whose latest outcome is this').choices([
        ...outcomes,
        'open',
        'missing',
      ]),
    )
    .option('--prefix <text>', 'that begin so')
    .option('--part <path>', "part of the key that --from and --to are of (default: the key's first)")
    .option('--from <value>', 'first value of that part')
    .option('--to <value>', 'last value of that part')
    .option(
      '--schedule <name>',
      "of the times of this schedule (default: those that the goal declares, or all schedules')",
    )
    .option('--since <time>', 'of scheduled times since then, such as 7d (default: 30d)')
    .option('--until <time>', 'of scheduled times before then');
