import { Argument, Command, Option } from 'commander';
import type { ScheduleSummaryView, ScheduleView, TriggerView } from '../../goals/wire/answers.ts';
import { completedBy } from './completed-by.ts';
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
import type { Screen } from './screen.ts';
import { type Column, tableLines } from './table.ts';
import { momentOf, whenAt } from './times.ts';

const quiet = painted('quiet');

const timesOf = ({ cron, every, timezone }: ScheduleSummaryView): string =>
  [...cron, ...(every === null ? [] : [`every ${every.ms / 1000} s`]), timezone].join(', ');

const stateOf = ({ state }: ScheduleSummaryView): Part =>
  state === 'active' ? state : painted('careful')(state);

const COLUMNS: readonly Column<ScheduleSummaryView>[] = [
  { head: 'SCHEDULE', cell: ({ id }) => id, cut: 'id' },
  { head: 'STATE', cell: stateOf },
  {
    head: 'NEXT',
    cell: ({ next: [first], state }) => (first === undefined || state === 'paused' ? null : whenAt(first)),
    plain: ({ next: [first] }) => first ?? null,
  },
  { head: 'TIMES', cell: timesOf, cut: 'text' },
  { head: 'NOTE', cell: ({ note }) => note, cut: 'text' },
];

const TRIGGER_COLUMNS: readonly Column<TriggerView>[] = [
  { head: 'AT', cell: ({ at }) => `  ${momentOf(at)}` },
  { head: 'BY', cell: ({ by }) => by },
  {
    head: 'RUNS',
    cell: ({ runs }) => runs.map(({ run, how, outcome }) => `${run ?? 'none'} ${outcome ?? how}`).join(', '),
    cut: 'text',
  },
];

const scheduleLines = (schedule: ScheduleView, width: number | null): Line[] => [
  [
    stateOf(schedule),
    '  ',
    painted('strong')(schedule.id),
    quiet(schedule.note === null ? '' : `  ${schedule.note}`),
  ],
  [quiet('times  '), timesOf(schedule)],
  [quiet('next  '), schedule.next.map(momentOf).join(', ') || 'none'],
  quiet(
    `triggered ${schedule.triggered} times, ${schedule.skipped} skipped as a run was open, ${schedule.missed} missed; overlap ${schedule.overlap}, catch-up ${schedule.catchUp}`,
  ),
  ...(schedule.last.length === 0 ? [] : ['', ...tableLines(TRIGGER_COLUMNS, schedule.last, width)]),
];

const scheduleArgument = (): Argument =>
  completedBy('schedules', new Argument('<schedule>', 'ID of the schedule'));

const steeringCommand = (screen: Screen, verb: 'pause' | 'unpause'): Command =>
  acting(
    operatorCommand<ActOptions & { reason: string }>(screen, verb, async (at, [id = ''], options) => {
      const answer = await at.client.schedules[verb](id, { ...actOf(at, options), reason: options.reason });
      at.show(answer, (shown) => scheduleLines(shown, screen.size?.columns ?? null));
      return 'done';
    }),
    { needsReason: true },
  ).addArgument(scheduleArgument());

/** `goalkeeper schedules …`. */
export const schedulesCommand = (screen: Screen): Command =>
  new Command('schedules')
    .summary('list, show, pause, unpause and trigger schedules')
    .addCommand(
      listed(
        operatorCommand<ListOptions & { goal?: string }>(screen, 'list', async (at, _, options) => {
          const { goal } = options;
          const found = at.client.schedules.list(goal === undefined ? {} : { goal });
          await printList(at, found, COLUMNS, options, 'no goal has a schedule');
          return 'done';
        }),
      )
        .summary('list schedules, with their next times')
        .addOption(completedBy('goals', new Option('--goal <goal>', 'of this goal'))),
      { isDefault: true },
    )
    .addCommand(
      operatorCommand(screen, 'show', async (at, [id = '']) => {
        at.show(await at.client.schedules.get(id), (shown) =>
          scheduleLines(shown, screen.size?.columns ?? null),
        );
        return 'done';
      })
        .summary('show a schedule: its next times and last triggers')
        .addArgument(scheduleArgument()),
    )
    .addCommand(steeringCommand(screen, 'pause').summary('pause a schedule'))
    .addCommand(steeringCommand(screen, 'unpause').summary('end the pause of a schedule'))
    .addCommand(
      acting(
        operatorCommand<ActOptions>(screen, 'trigger', async (at, [id = ''], options) => {
          const act = { ...actOf(at, options), idempotencyKey: crypto.randomUUID() };
          at.show(await at.client.schedules.trigger(id, act), ({ schedule, at: time }) => [
            ['triggered ', painted('strong')(schedule), ` for ${momentOf(time)}`],
            quiet(`goalkeeper schedules show ${schedule}`),
          ]);
          return 'done';
        }),
      )
        .summary('trigger a schedule now, whatever its overlap policy says')
        .addArgument(scheduleArgument()),
    );
