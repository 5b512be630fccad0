import { Argument, Command, Option } from 'commander';
import type { BackfillRequest } from '../../client/index.ts';
import type { BackfillPlan, BackfillView } from '../../goals/wire/answers.ts';
import { type PlannedRun, reprocesses } from '../../goals/wire/backfill.ts';
import { completedBy } from './completed-by.ts';
import type { ExitName } from './exit-codes.ts';
import {
  type ActOptions,
  acting,
  actOf,
  type ListOptions,
  listed,
  operatorCommand,
  printList,
  wholeNumber,
} from './operator-command.ts';
import { type Line, type Part, painted } from './painted.ts';
import { agreed, PLANNED_SHOWN, type PlanOptions, planFirst } from './plan-first.ts';
import { statePart } from './run-lines.ts';
import type { Screen } from './screen.ts';
import { type Column, tableLines } from './table.ts';
import { momentOf, whenAt } from './times.ts';
import { jsonInput } from './typed-input.ts';

const quiet = painted('quiet');

const standingPart = ({ outcome, state }: BackfillView): Part => statePart(outcome ?? state);

const progressOf = ({ total, achieved, skipped, failed, open }: BackfillView): string =>
  [
    `${achieved + skipped + failed} of ${total ?? '?'}`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(open === 0 ? [] : [`${open} open`]),
  ].join(', ');

const COLUMNS: readonly Column<BackfillView>[] = [
  { head: 'BACKFILL', cell: ({ id }) => id, cut: 'id' },
  { head: 'GOAL', cell: ({ goal }) => goal, cut: 'id' },
  { head: 'STATE', cell: standingPart },
  { head: 'DONE', cell: progressOf },
  { head: 'FROM', cell: ({ from }) => from && momentOf(from), plain: ({ from }) => from },
  { head: 'TO', cell: ({ to }) => to && momentOf(to), plain: ({ to }) => to },
  { head: 'STARTED', cell: ({ startedAt }) => whenAt(startedAt), plain: ({ startedAt }) => startedAt },
];

/** How far a backfill is, and what was not achieved. */
export const backfillLines = (backfill: BackfillView): Line[] => [
  [standingPart(backfill), '  ', painted('strong')(backfill.id), `  ${progressOf(backfill)}`],
  quiet(
    `${backfill.goal}, ${backfill.from === null ? 'by its keys' : `from ${momentOf(backfill.from)} to ${momentOf(backfill.to ?? backfill.from)}`}, ${backfill.atOnce} at once`,
  ),
  ...(backfill.held ? [painted('careful')(backfill.held.message)] : []),
  ...backfill.missed.map(
    ({ at, run, outcome, message }): Line => [
      at === null ? '  ' : `  ${momentOf(at)}  `,
      statePart(outcome),
      `  ${run ?? 'no run'}: ${message}`,
    ],
  ),
];

const PLAN_COLUMNS: readonly Column<PlannedRun>[] = [
  { head: 'AT', cell: ({ at }) => (at === null ? '  ' : `  ${momentOf(at)}`) },
  { head: 'DOES', cell: ({ does }) => (does === 'again' ? painted('careful')(does) : does) },
  { head: 'RUN', cell: ({ run }) => run, cut: 'id' },
];

export const backfillPlanLines = (
  { goal, total, items, downstream }: BackfillPlan,
  width: number | null,
): Line[] => [
  ['backfill of ', painted('strong')(goal), `: ${total} ${total === 1 ? 'run' : 'runs'}`],
  ...tableLines(PLAN_COLUMNS, items.slice(0, PLANNED_SHOWN), width),
  ...(total > PLANNED_SHOWN
    ? [quiet(`  … and ${total - PLANNED_SHOWN} more; --dry-run --json has all that the gateway lists`)]
    : []),
  ...downstream.map((one): Line => [painted('careful')('  starts '), `${one.goal}, up to ${one.runs} times`]),
];

interface StartOptions extends ActOptions, PlanOptions {
  from?: string;
  to?: string;
  keys?: string;
  expected?: true;
  part?: string;
  prefix?: string;
  schedule?: string;
  step?: string;
  input?: string;
  atOnce?: number;
  reprocess?: BackfillRequest['reprocess'];
  downstream?: BackfillRequest['downstream'];
}

/** Times, or keys. */
function rangeOf({ from, to, keys, expected, part, prefix }: StartOptions): Partial<BackfillRequest> {
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  if (keys !== undefined) return { keys: keys.split(',') };
  if (!expected) return range;
  return {
    expected: {
      ...range,
      ...(part === undefined ? {} : { part }),
      ...(prefix === undefined ? {} : { prefix }),
    },
  };
}

const startBackfillCommand = (screen: Screen): Command =>
  planFirst(
    acting(
      operatorCommand<StartOptions>(screen, 'start', async (at, [goal = ''], options) => {
        const { schedule, step, input, atOnce, reprocess, downstream } = options;
        const request: BackfillRequest = {
          ...{ goal, ...rangeOf(options), ...actOf(at, options) },
          ...(schedule === undefined ? {} : { schedule }),
          ...(step === undefined ? {} : { step }),
          ...(input === undefined ? {} : { input: jsonInput(input, 'the input') }),
          ...(atOnce === undefined ? {} : { atOnce }),
          ...(reprocess === undefined ? {} : { reprocess }),
          ...(downstream === undefined ? {} : { downstream }),
        };
        const plan = await at.client.backfills.plan(request);
        const lines = (shown: BackfillPlan): Line[] => backfillPlanLines(shown, screen.size?.columns ?? null);
        if (!(await agreed(at, plan, lines, 'Start it?', options))) return 'done';
        at.show(
          await at.client.backfills.start({ ...request, idempotencyKey: crypto.randomUUID() }),
          backfillLines,
        );
        return 'done';
      }),
    ),
  )
    .summary('show which runs of a range of times or keys would be pursued, ask, and pursue them')
    .addArgument(completedBy('goals', new Argument('<goal>', 'name of the goal')))
    .option('--from <time>', 'first time, such as 2026-10-01T00:00:00Z; with --expected, first value')
    .option('--to <time>', 'end of the range, which is not part of it; with --expected, last value')
    .option('--keys <keys>', 'instead of times: keys of runs, with commas between them')
    .option('--expected', 'instead of times: the keys that the goal declares')
    .option(
      '--part <path>',
      "with --expected: part of the key that --from and --to are of (default: the key's first)",
    )
    .option('--prefix <text>', 'with --expected: keys that begin so')
    .option('--schedule <name>', "whose times are meant (default: the goal's only one)")
    .option('--step <span>', 'instead of a schedule: a time each so long, such as 1d')
    .option(
      '--input <json>',
      'with --step: the input; {date} and {time} in its texts stand for the time; with keys: the rest of it',
    )
    .option('--at-once <n>', 'most runs that are open at once (default: 4)', wholeNumber)
    .addOption(new Option('--reprocess <which>', 'what is pursued (default: missing)').choices(reprocesses))
    .addOption(
      new Option('--downstream <how>', 'whether goals that listen hear of it (default: start)').choices([
        'start',
        'hold',
      ]),
    );

const backfillArgument = (): Argument =>
  completedBy('backfills', new Argument('<backfill>', 'ID of the backfill'));

const steerBackfillCommand = (screen: Screen, verb: 'pause' | 'unpause' | 'cancel'): Command =>
  acting(
    operatorCommand<ActOptions>(screen, verb, async (at, [id = ''], options) => {
      at.show(await at.client.backfills[verb](id, actOf(at, options)), backfillLines);
      return 'done';
    }),
  ).addArgument(backfillArgument());

/** A backfill that is shown exits as a run does, where that is asked for. */
const exitOfBackfill = ({ outcome }: BackfillView): ExitName =>
  outcome === null ? 'open' : outcome === 'achieved' ? 'done' : outcome;

/** `goalkeeper backfills …`. */
export const backfillsCommand = (screen: Screen): Command =>
  new Command('backfills')
    .summary('list, show, start, pause, unpause and cancel backfills')
    .addCommand(
      listed(
        operatorCommand<ListOptions & { goal?: string; state?: 'open' | 'closed' }>(
          screen,
          'list',
          async (at, _, options) => {
            const { goal, state } = options;
            const filter = {
              ...(goal === undefined ? {} : { goal }),
              ...(state === undefined ? {} : { state }),
            };
            await printList(at, at.client.backfills.list(filter), COLUMNS, options, 'no backfills');
            return 'done';
          },
        ),
      )
        .summary('list backfills, and how far they are')
        .addOption(completedBy('goals', new Option('--goal <goal>', 'of this goal')))
        .addOption(new Option('--state <state>', 'that are in this state').choices(['open', 'closed'])),
      { isDefault: true },
    )
    .addCommand(
      operatorCommand<{ exitCode?: true }>(screen, 'show', async (at, [id = ''], { exitCode }) => {
        const backfill = await at.client.backfills.get(id);
        at.show(backfill, backfillLines);
        return exitCode ? exitOfBackfill(backfill) : 'done';
      })
        .summary('show a backfill, how far it is, and what was not achieved')
        .addArgument(backfillArgument())
        .option('--exit-code', 'exit by its outcome'),
    )
    .addCommand(startBackfillCommand(screen))
    .addCommand(steerBackfillCommand(screen, 'pause').summary('pause a backfill: it starts no more runs'))
    .addCommand(steerBackfillCommand(screen, 'unpause').summary('end the pause of a backfill'))
    .addCommand(
      steerBackfillCommand(screen, 'cancel').summary(
        'cancel a backfill: it starts no more runs, and open ones go on',
      ),
    );
