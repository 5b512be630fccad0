import { Argument, Command } from 'commander';
import type { GoalDetails, GoalSummary } from '../../goals/wire/answers.ts';
import { completedBy } from './completed-by.ts';
import { goalKeysCommand } from './goal-keys.ts';
import { muteGoalCommand, unmuteGoalCommand } from './mute-goal.ts';
import {
  type ActOptions,
  acting,
  actOf,
  type ListOptions,
  listed,
  operatorCommand,
  printList,
} from './operator-command.ts';
import { type Line, type Part, painted } from './painted.ts';
import { statePart } from './run-lines.ts';
import type { Screen } from './screen.ts';
import type { Column } from './table.ts';
import { momentOf, whenAt } from './times.ts';
import { inputFields } from './typed-input.ts';
import { visibleJson } from './visible-text.ts';

const quiet = painted('quiet');

const COLUMNS: readonly Column<GoalSummary>[] = [
  { head: 'GOAL', cell: ({ goal }) => goal, cut: 'id' },
  { head: 'LAST', cell: ({ last }) => (last === null ? null : statePart(last.outcome)) },
  {
    head: 'WHEN',
    cell: ({ last }) => (last?.closedAt ? whenAt(last.closedAt) : null),
    plain: ({ last }) => last?.closedAt ?? null,
  },
  { head: 'ACHIEVED', cell: ({ record }) => String(record.achieved) },
  { head: 'FAILED', cell: ({ record }) => String(record.failed) },
  { head: 'OPEN', cell: ({ record }) => String(record.open) },
  { head: 'STATE', cell: (goal) => stateOfGoal(goal) },
  { head: 'OWNER', cell: ({ owner }) => owner },
  { head: 'OUTCOME', cell: ({ outcome }) => outcome, cut: 'text' },
];

function stateOfGoal({ retired, paused, noWorker }: GoalSummary): Part | null {
  if (retired) return quiet('retired');
  if (paused) return painted('careful')('paused');
  return noWorker ? painted('careful')('no worker') : null;
}

const goalArgument = (): Argument => completedBy('goals', new Argument('<goal>', 'name of the goal'));

const listGoalsCommand = (screen: Screen): Command =>
  listed(
    operatorCommand<ListOptions & { window?: string }>(screen, 'list', async (at, _, options) => {
      const { window } = options;
      const goals = at.client.goals.list(window === undefined ? {} : { window });
      await printList(at, goals, COLUMNS, options, 'no worker has published a goal');
      return 'done';
    }),
  )
    .summary('list goals, each with its last outcome and its track record')
    .option('--window <span>', 'how far back the track record goes, such as 36h (default: 30d)');

const showGoalCommand = (screen: Screen): Command =>
  operatorCommand<{ window?: string }>(screen, 'show', async (at, [goal = ''], { window }) => {
    at.show(await at.client.goal(goal).show(window === undefined ? {} : { window }), goalLines);
    return 'done';
  })
    .summary('show a goal: its outcome, its track record, and what it takes')
    .addArgument(goalArgument())
    .option('--window <span>', 'how far back the track record goes, such as 36h (default: 30d)');

function goalLines(goal: GoalDetails): Line[] {
  const { last, record, paused, retired, standing, noWorker } = goal;
  const listed = (name: string, items: readonly string[]): Line[] =>
    items.length === 0 ? [] : [[quiet(`${name}  `), items.join(', ')]];
  return [
    [painted('strong')(goal.goal), `  ${goal.outcome}`],
    last === null
      ? quiet('no run has closed')
      : [
          statePart(last.outcome),
          `  ${last.id}`,
          quiet(last.closedAt === null ? '' : `  ${whenAt(last.closedAt)}`),
        ],
    quiet(
      `${record.achieved} achieved, ${record.failed} failed, ${record.cancelled} cancelled, ${record.open} open since ${momentOf(record.since)}`,
    ),
    ...(paused
      ? [
          [
            painted('careful')('paused'),
            ` by ${paused.by ?? 'somebody'} ${whenAt(paused.at)}${paused.reason === null ? '' : `: ${paused.reason}`}`,
          ] satisfies Line,
        ]
      : []),
    ...(retired ? [painted('careful')('retired: no more of its runs are started')] : []),
    ...(noWorker ? [painted('careful')(`no worker serves its queue ${goal.taskQueue}`)] : []),
    ...(standing ? [[quiet('standing  '), visibleJson(standing)] satisfies Line] : []),
    [quiet('owner  '), `${goal.owner} (${goal.team})`],
    ...listed('criteria', goal.criteria),
    ...listed(
      'jobs',
      goal.jobs.map((job) => (typeof job === 'string' ? job : job.name)),
    ),
    [quiet('key  '), goal.key.join(', ')],
    ...inputLines(goal.input),
  ];
}

/** The fields that a run is started with. */
function inputLines(schema: unknown): Line[] {
  const fields = inputFields(schema);
  if (fields.length === 0) return [[quiet('input  '), visibleJson(schema)]];
  return [quiet('input'), ...fields.map(({ name, takes }): Line => [`  ${name}  `, quiet(takes)])];
}

const pausedLines = (answer: { goal: string; paused: unknown; pending?: string }): Line[] => [
  [painted('strong')(answer.goal), answer.paused === null ? ' is not paused' : ' is paused'],
  ...(answer.pending === undefined ? [] : [quiet(answer.pending)]),
];

const pauseGoalCommand = (screen: Screen): Command =>
  acting(
    operatorCommand<ActOptions & { hold?: true }>(screen, 'pause', async (at, [goal = ''], options) => {
      const { hold } = options;
      at.show(
        await at.client.goal(goal).pause({ ...actOf(at, options), ...(hold === undefined ? {} : { hold }) }),
        pausedLines,
      );
      return 'done';
    }),
  )
    .summary('pause a goal: nothing starts a run of it')
    .addArgument(goalArgument())
    .option('--hold', 'runs that are under way begin no new step either');

const unpauseGoalCommand = (screen: Screen): Command =>
  acting(
    operatorCommand<ActOptions>(screen, 'unpause', async (at, [goal = ''], options) => {
      at.show(await at.client.goal(goal).unpause(actOf(at, options)), pausedLines);
      return 'done';
    }),
  )
    .summary('end the pause of a goal')
    .addArgument(goalArgument());

/** `goalkeeper goals …`. */
export const goalsCommand = (screen: Screen): Command =>
  new Command('goals')
    .summary('list, show, pause and mute goals, and list their keys')
    .addCommand(listGoalsCommand(screen), { isDefault: true })
    .addCommand(showGoalCommand(screen))
    .addCommand(goalKeysCommand(screen))
    .addCommand(pauseGoalCommand(screen))
    .addCommand(unpauseGoalCommand(screen))
    .addCommand(muteGoalCommand(screen))
    .addCommand(unmuteGoalCommand(screen));
