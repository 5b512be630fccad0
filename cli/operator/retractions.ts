// `goalkeeper retractions …`: what is in doubt by each, and how it is pursued once more.

import { Argument, Command } from 'commander';
import type { RetractionRecovery } from '../../client/index.ts';
import type { RecoveryPlan, RetractionDetails, RetractionView } from '../../goals/wire/answers.ts';
import type { Doubt } from '../../goals/wire/retraction.ts';
import {
  type ActOptions,
  acting,
  actOf,
  confirmed,
  type ListOptions,
  listed,
  operatorCommand,
  printList,
  wholeNumber,
} from './operator-command.ts';
import { type Line, type Part, painted } from './painted.ts';
import { planOptionAll, recoveryLines, recoveryPlanLines, SHOWN } from './recoveries.ts';
import { statePart } from './run-lines.ts';
import type { Screen } from './screen.ts';
import type { Column } from './table.ts';
import { whenAt } from './times.ts';

export const doubtLines = (doubts: readonly Doubt[], total: number, shown = SHOWN): Line[] => [
  ...doubts
    .slice(0, shown)
    .map(({ path }): Line => [`  ${path.at(-1)}`, painted('quiet')(`  ${path.join(' ← ')}`)]),
  ...(total > Math.min(shown, doubts.length)
    ? [painted('quiet')(`  … and ${total - Math.min(shown, doubts.length)} more`)]
    : []),
];

const standingPart = ({ outcome, state }: RetractionView): Part => statePart(outcome ?? state);

const doubtsOf = ({ doubts, open, truncated }: RetractionView): string =>
  `${doubts}${truncated ? ' or more' : ''} in doubt${open === 0 ? '' : `, ${open} open`}`;

const COLUMNS: readonly Column<RetractionView>[] = [
  { head: 'RETRACTION', cell: ({ id }) => id, cut: 'id' },
  { head: 'RUN', cell: ({ run }) => run, cut: 'id' },
  { head: 'STATE', cell: standingPart },
  { head: 'IN DOUBT', cell: doubtsOf },
  { head: 'BY', cell: ({ by }) => by },
  { head: 'AT', cell: ({ at }) => whenAt(at), plain: ({ at }) => at },
];

/** Where the marks are kept, for what is planned and for what was done. */
export const keptBy = (sinks: readonly string[]): string =>
  sinks.length === 0
    ? "No sink keeps records: the marks go with the runs when Temporal's retention ends."
    : `Kept beyond Temporal's retention by ${sinks.join(', ')}.`;

export const retractionLines = (one: RetractionView): Line[] => [
  [standingPart(one), '  ', painted('strong')(one.id), `  ${doubtsOf(one)}`],
  painted('quiet')(`${one.run}, by ${one.by}: ${one.reason}`),
  ...(one.watched === 0
    ? []
    : [painted('quiet')(`${one.watched} open that may still use it: looked at again once closed`)]),
  painted('quiet')(keptBy(one.sinks)),
];

const detailsLines =
  (all: true | undefined) =>
  (one: RetractionDetails): Line[] => [
    ...retractionLines(one),
    ...doubtLines(one.items, one.items.length, all ? one.items.length : SHOWN),
  ];

interface RecoverOptions extends ActOptions {
  all?: true;
  atOnce?: number;
  dryRun?: true;
  yes?: true;
}

const retractionArgument = (): Argument => new Argument('<id>', 'ID of the retraction');

const recoverCommand = (screen: Screen): Command =>
  acting(
    operatorCommand<RecoverOptions>(screen, 'recover', async (at, [id = ''], options) => {
      const { atOnce, all, dryRun, yes } = options;
      const lines = (plan: RecoveryPlan) => recoveryPlanLines(plan, all ? plan.items.length : SHOWN);
      const request: RetractionRecovery = {
        ...actOf(at, options),
        ...(atOnce === undefined ? {} : { atOnce }),
      };
      const plan = await at.client.retractions.planRecovery(id, request);
      if (dryRun || plan.total === 0) {
        at.show(plan, lines);
        return 'done';
      }
      if (!at.json) screen.note(...lines(plan));
      await confirmed(at, `Pursue ${plan.total === 1 ? 'this run' : `these ${plan.total} runs`} once more?`, {
        yes,
      });
      const idempotencyKey = crypto.randomUUID();
      at.show(await at.client.retractions.recover(id, { ...request, idempotencyKey }), recoveryLines);
      return 'done';
    }),
  )
    .summary('pursue once more what was retracted and what is in doubt: show the plan, ask, and do it')
    .addArgument(retractionArgument())
    .option('--at-once <n>', 'how many runs are open at once (default: 4)', wholeNumber)
    .addOption(planOptionAll())
    .option('--dry-run', 'show the plan, and do nothing')
    .option('-y, --yes', 'ask nothing');

/** `goalkeeper retractions …`. */
export const retractionsCommand = (screen: Screen): Command =>
  new Command('retractions')
    .summary('list and show retractions, and recover from one')
    .addCommand(
      listed(
        operatorCommand<ListOptions>(screen, 'list', async (at, _, options) => {
          await printList(at, at.client.retractions.list(), COLUMNS, options, 'no retractions');
          return 'done';
        }),
      ).summary('list retractions, and how many runs each puts in doubt'),
      { isDefault: true },
    )
    .addCommand(
      operatorCommand<{ all?: true }>(screen, 'show', async (at, [id = ''], { all }) => {
        at.show(await at.client.retractions.get(id), detailsLines(all));
        return 'done';
      })
        .summary('show a retraction, and what is in doubt by it')
        .option('--all', `list every run in doubt, not the first ${SHOWN}`)
        .addArgument(retractionArgument()),
    )
    .addCommand(recoverCommand(screen));
