// `goalkeeper recoveries …`: what one trouble stopped is resumed, and recoveries are watched and steered.

import { Argument, Command, Option } from 'commander';
import type { TroubleRecovery } from '../../client/index.ts';
import type { RecoveryPlan, RecoveryView } from '../../goals/wire/answers.ts';
import { completedBy } from './completed-by.ts';
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
import { statePart } from './run-lines.ts';
import type { Screen } from './screen.ts';
import type { Column } from './table.ts';
import { whenAt } from './times.ts';

const quiet = painted('quiet');
/** Of a plan, so many runs are shown one by one, where not all are asked for. */
export const SHOWN = 20;

const standingPart = ({ outcome, state }: RecoveryView): Part => statePart(outcome ?? state);

const progressOf = ({ total, achieved, skipped, failed, open }: RecoveryView): string =>
  [
    `${achieved + skipped + failed} of ${total}`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(open === 0 ? [] : [`${open} open`]),
  ].join(', ');

const aboutOf = ({ of }: Pick<RecoveryView, 'of'>): string =>
  of.kind === 'trouble' ? `trouble ${of.fingerprint}` : of.retraction;

const COLUMNS: readonly Column<RecoveryView>[] = [
  { head: 'RECOVERY', cell: ({ id }) => id, cut: 'id' },
  { head: 'OF', cell: aboutOf, cut: 'id' },
  { head: 'STATE', cell: standingPart },
  { head: 'DONE', cell: progressOf },
  { head: 'BY', cell: ({ by }) => by },
  { head: 'STARTED', cell: ({ startedAt }) => whenAt(startedAt), plain: ({ startedAt }) => startedAt },
];

export const recoveryLines = (one: RecoveryView): Line[] => [
  [standingPart(one), '  ', painted('strong')(one.id), `  ${progressOf(one)}`],
  quiet(`${aboutOf(one)}, by ${one.by}${one.reason === null ? '' : `: ${one.reason}`}`),
  ...(one.stopped === null ? [] : [painted('bad')(`stopped: ${one.stopped.message}`)]),
  ...one.missed.map(
    ({ run, how, code, message }): Line => [
      '  ',
      statePart(how),
      `  ${run}`,
      quiet(`  ${code}${message === '' ? '' : `: ${message}`}`),
    ],
  ),
];

const stepsOf = ({ kept, again, repeats }: RecoveryPlan['items'][number]): string =>
  kept === null ? 'cannot be read' : `keeps ${kept}, runs ${again} again, repeats ${repeats}`;

/** Of a plan, all runs, or the first of them. */
export const planOptionAll = (): Option =>
  new Option('--all', `list every run of the plan, not the first ${SHOWN}`);

export const recoveryPlanLines = (plan: RecoveryPlan, shown = SHOWN): Line[] => [
  [
    painted('strong')(`${plan.total} ${plan.total === 1 ? 'run' : 'runs'}`),
    ` of ${plan.goals.map(({ goal, runs }) => `${goal} (${runs})`).join(', ') || 'no goal'}`,
  ],
  `  ${plan.kept} steps kept, ${plan.again} run again, ${plan.repeats} repeated`,
  ...(plan.codeChanged === 0
    ? []
    : [painted('careful')(`  the code has changed since for ${plan.codeChanged} of them`)]),
  ...(plan.achieved.total === 0 ? [] : [`  ${plan.achieved.total} achieved since: left alone`]),
  ...(plan.open.total === 0 ? [] : [`  ${plan.open.total} under way again: left alone`]),
  ...(plan.left === 0 ? [] : [`  ${plan.left} more than one recovery takes: ask once more after it`]),
  ...plan.items.slice(0, shown).map((one): Line => [`  ${one.run}  `, quiet(stepsOf(one))]),
  ...(plan.items.length > shown
    ? [quiet(`  … and ${plan.items.length - shown} more (--all lists them)`)]
    : []),
];

interface StartOptions extends ActOptions {
  window?: string;
  goal?: string;
  team?: string;
  atOnce?: number;
  trial?: number;
  all?: true;
  dryRun?: true;
  yes?: true;
}

const startCommand = (screen: Screen): Command =>
  acting(
    operatorCommand<StartOptions>(screen, 'start', async (at, [fingerprint = ''], options) => {
      const { window, goal, team, atOnce, trial, all, dryRun, yes } = options;
      const lines = (plan: RecoveryPlan) => recoveryPlanLines(plan, all ? plan.items.length : SHOWN);
      const given = { window, goal, team, atOnce, trial };
      const request: TroubleRecovery = {
        ...{ fingerprint, ...actOf(at, options) },
        ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      };
      const plan = await at.client.errors.planRecovery(request);
      if (dryRun || plan.total === 0) {
        at.show(plan, lines);
        return 'done';
      }
      if (!at.json) screen.note(...lines(plan));
      await confirmed(at, `Pursue ${plan.total === 1 ? 'this run' : `these ${plan.total} runs`} once more?`, {
        yes,
      });
      const idempotencyKey = crypto.randomUUID();
      at.show(await at.client.errors.recover({ ...request, idempotencyKey }), recoveryLines);
      return 'done';
    }),
  )
    .summary('resume the runs that one trouble ended, a few as a trial first: show the plan, ask, and do it')
    .addArgument(new Argument('<fingerprint>', 'fingerprint of the error, as `goalkeeper errors` lists it'))
    .option('--window <span>', 'how far back to look, such as 36h (default: 24h)')
    .addOption(completedBy('goals', new Option('--goal <goal>', 'runs of this goal')))
    .option('--team <name>', 'runs of goals of this team')
    .option('--at-once <n>', 'how many runs are open at once (default: 4)', wholeNumber)
    .option('--trial <n>', 'how many runs end before the others begin (default: 3)', wholeNumber)
    .addOption(planOptionAll())
    .option('--dry-run', 'show the plan, and do nothing')
    .option('-y, --yes', 'ask nothing');

const STEERING = {
  pause: 'pause a recovery: it begins no more runs',
  unpause: 'end the pause of a recovery',
  cancel: 'cancel a recovery: it begins no more runs, and those that are open go on',
} as const;

const recoveryArgument = (): Argument => new Argument('<id>', 'ID of the recovery');

/** `goalkeeper recoveries …`. */
export const recoveriesCommand = (screen: Screen): Command => {
  const recoveries = new Command('recoveries')
    .summary('resume what one trouble ended; list, show, pause, unpause and cancel recoveries')
    .addCommand(
      listed(
        operatorCommand<ListOptions>(screen, 'list', async (at, _, options) => {
          await printList(at, at.client.recoveries.list(), COLUMNS, options, 'no recoveries');
          return 'done';
        }),
      ).summary('list recoveries, and how far they are'),
      { isDefault: true },
    )
    .addCommand(startCommand(screen))
    .addCommand(
      operatorCommand(screen, 'show', async (at, [id = '']) => {
        at.show(await at.client.recoveries.get(id), recoveryLines);
        return 'done';
      })
        .summary('show a recovery, and the runs that were not achieved')
        .addArgument(recoveryArgument()),
    );
  for (const verb of ['pause', 'unpause', 'cancel'] as const)
    recoveries.addCommand(
      acting(
        operatorCommand<ActOptions>(screen, verb, async (at, [id = ''], options) => {
          at.show(await at.client.recoveries[verb](id, actOf(at, options)), recoveryLines);
          return 'done';
        }),
      )
        .summary(STEERING[verb])
        .addArgument(recoveryArgument()),
    );
  return recoveries;
};
