import { Argument, Command, Option } from 'commander';
import type { BulkActRequest } from '../../client/index.ts';
import type { BulkActPlan, BulkActView } from '../../goals/wire/answers.ts';
import { type BulkActKind, bulkActs } from '../../goals/wire/bulk-act.ts';
import { CommandProblem } from './command-problem.ts';
import { completedBy } from './completed-by.ts';
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
import type { Column } from './table.ts';
import { whenAt } from './times.ts';

const quiet = painted('quiet');

const standingPart = ({ outcome, state }: BulkActView): Part => statePart(outcome ?? state);

const progressOf = ({ total, done, skipped, failed }: BulkActView): string =>
  [`${done + skipped + failed} of ${total}`, ...(failed === 0 ? [] : [`${failed} failed`])].join(', ');

const COLUMNS: readonly Column<BulkActView>[] = [
  { head: 'BULK ACT', cell: ({ id }) => id, cut: 'id' },
  { head: 'ACT', cell: ({ act }) => act },
  { head: 'STATE', cell: standingPart },
  { head: 'DONE', cell: progressOf },
  { head: 'BY', cell: ({ by }) => by },
  { head: 'STARTED', cell: ({ startedAt }) => whenAt(startedAt), plain: ({ startedAt }) => startedAt },
];

/** `+incident-42 -new`. */
const tagsOf = ({ add = [], remove = [] }: Pick<BulkActView, 'add' | 'remove'>): string =>
  [...add.map((tag) => `+${tag}`), ...remove.map((tag) => `-${tag}`)].join(' ');

const bulkActLines = (one: BulkActView): Line[] => [
  [standingPart(one), '  ', painted('strong')(one.id), `  ${progressOf(one)}`],
  quiet(
    `${[one.act, tagsOf(one)].filter(Boolean).join(' ')} by ${one.by}${one.reason === null ? '' : `: ${one.reason}`}`,
  ),
  ...(one.stopped === null
    ? []
    : [quiet(`stopped by ${one.stopped.by}${one.stopped.reason === null ? '' : `: ${one.stopped.reason}`}`)]),
  ...one.missed.map(
    ({ run, how, code, message }): Line => [
      `  ${how}  `,
      run,
      quiet(`  ${code}${message === '' ? '' : `: ${message}`}`),
    ],
  ),
];

const planLines = ({ act, total, items }: BulkActPlan): Line[] => [
  [painted('strong')(act), ` of ${total} ${total === 1 ? 'run' : 'runs'}`],
  ...items.slice(0, PLANNED_SHOWN).map(({ run }): Line => [`  ${run}`]),
  ...(total > PLANNED_SHOWN ? [quiet(`  … and ${total - PLANNED_SHOWN} more`)] : []),
];

interface BulkOptions extends ActOptions, PlanOptions, Omit<BulkActRequest['filter'], 'late' | 'accepted'> {
  late?: true;
  atOnce?: number;
  add?: string[];
  remove?: string[];
}

const FILTERS = [
  ...(['goal', 'owner', 'team', 'key', 'keyFrom', 'keyTo', 'keyPrefix', 'id', 'outcome', 'state'] as const),
  ...(['fingerprint', 'code', 'kind', 'why', 'tag', 'late', 'since', 'until'] as const),
];

const SUMMARIES: Record<BulkActKind, string> = {
  cancel: 'cancel the open runs of a filter: show which, ask, and act',
  resume: 'resume the failed runs of a filter: show which, ask, and act',
  accept: 'accept the failed runs of a filter: show which, ask, and act',
  tag: 'give the runs of a filter tags, or take them away: show which, ask, and act',
};

const actCommand = (screen: Screen, act: BulkActKind): Command => {
  const command = operatorCommand<BulkOptions>(screen, act, async (at, _, options) => {
    const filter = Object.fromEntries(
      FILTERS.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
    );
    const { atOnce, add, remove } = options;
    if (act === 'tag' && (add ?? remove) === undefined)
      throw new CommandProblem('usage', 'Name a tag to --add, such as incident-42, or one to --remove.');
    const request: BulkActRequest = {
      ...{ act, filter, ...actOf(at, options) },
      ...(atOnce === undefined ? {} : { atOnce }),
      ...(add === undefined ? {} : { add }),
      ...(remove === undefined ? {} : { remove }),
    };
    const plan = await at.client.bulkActs.plan(request);
    const isNone = plan.total === 0;
    const question = `${act.charAt(0).toUpperCase()}${act.slice(1)} ${plan.total === 1 ? 'this run' : `these ${plan.total} runs`}?`;
    const shown = { ...options, ...(isNone && { dryRun: true as const }) };
    if (!(await agreed(at, plan, planLines, question, shown))) return 'done';
    at.show(
      await at.client.bulkActs.start({ ...request, idempotencyKey: crypto.randomUUID() }),
      bulkActLines,
    );
    return 'done';
  });
  if (act === 'tag')
    command
      .option('--add <tags...>', 'tags that each run gets')
      .option('--remove <tags...>', 'tags that each run loses');
  return planFirst(acting(command, { needsReason: act === 'accept' }))
    .summary(SUMMARIES[act])
    .addOption(completedBy('goals', new Option('--goal <goal>', 'runs of this goal')))
    .option('--owner <owner>', 'runs of this owner')
    .option('--team <team>', 'runs of this team')
    .option('--key <key>', 'runs of this key')
    .option('--key-from <key>', 'with --goal: first key of a range')
    .option('--key-to <key>', 'with --goal: last key of that range')
    .option('--key-prefix <text>', 'with --goal: keys that begin so')
    .option('--id <text>', 'runs whose ID begins so')
    .option('--outcome <outcome>', 'runs of this outcome')
    .option('--state <state>', 'runs in this state')
    .option('--fingerprint <fingerprint>', 'runs that an error of this fingerprint has hurt')
    .option('--code <code>', 'runs that failed with this code')
    .option('--kind <kind>', 'runs that failed with this kind of failure')
    .option('--why <kind>', 'runs that were triggered so, such as schedule')
    .option('--tag <tag>', 'runs that have this tag, or all of several, with commas')
    .option('--late', 'runs that were not reached when they were expected')
    .option('--since <time>', 'started at that time or later, such as 24h')
    .option('--until <time>', 'started before that time, such as 24h')
    .option('--at-once <n>', 'on how many runs it acts at once (default: 4)', wholeNumber);
};

/** `goalkeeper bulk …`. */
export const bulkActsCommand = (screen: Screen): Command => {
  const bulk = new Command('bulk')
    .summary('cancel, resume, accept or tag the runs of a filter; list, show and stop such acts')
    .addCommand(
      listed(
        operatorCommand<ListOptions>(screen, 'list', async (at, _, options) => {
          await printList(at, at.client.bulkActs.list(), COLUMNS, options, 'no bulk acts');
          return 'done';
        }),
      ).summary('list bulk acts, and how far they are'),
      { isDefault: true },
    )
    .addCommand(
      operatorCommand(screen, 'show', async (at, [id = '']) => {
        at.show(await at.client.bulkActs.get(id), bulkActLines);
        return 'done';
      })
        .summary('show a bulk act, and the runs on which it could not act')
        .addArgument(new Argument('<id>', 'ID of the bulk act')),
    )
    .addCommand(
      acting(
        operatorCommand<ActOptions>(screen, 'stop', async (at, [id = ''], options) => {
          at.show(await at.client.bulkActs.cancel(id, actOf(at, options)), bulkActLines);
          return 'done';
        }),
      )
        .summary('stop a bulk act: it acts on no more runs')
        .addArgument(new Argument('<id>', 'ID of the bulk act')),
    );
  for (const act of bulkActs) bulk.addCommand(actCommand(screen, act));
  return bulk;
};
